import { join } from 'node:path';
import { toInterpError } from '../core/errors.ts';
import { AUTOMATIC, parseSpeed, speedOf, type SpeedChoice } from '../core/speed.ts';
import type { EngineContract, EngineEvents } from '../protocol/engineContract.ts';
import { serve } from '../protocol/rpc.ts';
import { automaticThreads } from '../runtime/cores.ts';
import { ortSessions } from '../runtime/ort/ortSessions.ts';
import { parentPort } from './ipcPort.ts';
import { createJobs } from './jobs.ts';

/** The engine process. Its one argument is the folder of embedded models; it ends with its host. */
function main(): void {
  const { choice, notes } = readSpeed();
  const threads = choice.threads ?? automaticThreads();
  const sessions = ortSessions({ threads, provider: choice.provider });
  const jobs = createJobs({
    sessions,
    embeddedFolder: process.argv[2] ?? join(__dirname, '..', 'models'),
    // Replaced by the build with package.json's version.
    version: process.env.UNDERGLASS_VERSION ?? 'development',
    runtimeVersion: () => sessions.version(),
    threads,
    provider: () => sessions.provider(),
    prepack: choice.prepack,
    notes,
    emit: (name, payload) => server.emit(name, payload),
  });
  const server = serve<EngineContract, EngineEvents>(parentPort(), jobs.handlers);
  process.on('disconnect', () => process.exit(0));
  server.emit('engine/didLog', {
    level: 'info',
    message: `engine started with ${threads} threads`,
  });
}

/** A choice that cannot be is told, and the machine's own taken: an engine that does not start helps nobody. */
function readSpeed(): { readonly choice: SpeedChoice; readonly notes: readonly string[] } {
  try {
    return { choice: parseSpeed(speedOf(process.env)), notes: [] };
  } catch (error) {
    return { choice: AUTOMATIC, notes: [toInterpError(error).message] };
  }
}

main();
