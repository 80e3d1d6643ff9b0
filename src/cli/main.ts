import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SpeedChoice } from '../core/speed.ts';
import { createJobs, type Jobs } from '../engine/jobs.ts';
import { automaticThreads } from '../runtime/cores.ts';
import { ortSessions } from '../runtime/ort/ortSessions.ts';
import { processIo } from './io.ts';
import { runCli } from './run.ts';

/** The command line: the engine in this process, one command, one exit code. */
async function main(): Promise<void> {
  const cancel = new AbortController();
  process.once('SIGINT', () => cancel.abort());
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));
  const version = process.env.UNDERGLASS_VERSION ?? packageVersion();
  process.exitCode = await runCli(process.argv.slice(2), {
    io: processIo(),
    version,
    createJobs: (speed) => engine(version, speed),
    signal: cancel.signal,
  });
}

function engine(version: string, { provider, prepack, ...speed }: SpeedChoice): Jobs {
  const threads = speed.threads ?? automaticThreads();
  const sessions = ortSessions({ threads, provider });
  return createJobs({
    sessions,
    embeddedFolder: above('models'),
    version,
    runtimeVersion: () => sessions.version(),
    threads,
    provider: () => sessions.provider(),
    prepack,
  });
}

/** Run from the sources, the version stands in package.json only. */
function packageVersion(): string {
  const text: unknown = JSON.parse(readFileSync(above('package.json'), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}

/** A file or folder of the package: beside the folder of this file (dist) or one further up (src/cli). */
function above(name: string): string {
  const beside = path.join(import.meta.dirname, '..', name);
  return existsSync(beside) ? beside : path.join(import.meta.dirname, '..', '..', name);
}

await main();
