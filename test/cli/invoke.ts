import { createJobs, type Jobs, type JobsOptions } from '../../src/engine/jobs.ts';
import { runCli } from '../../src/cli/run.ts';
import type { SpeedChoice } from '../../src/core/speed.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { TEST_THREADS } from '../support/openRunner.ts';

export interface Invocation {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly cwd: string;
  /** Folder of embedded models; default: there are none. */
  readonly models?: string;
  readonly stdin?: string | Uint8Array;
  readonly color?: boolean;
  readonly signal?: AbortSignal;
  /** What a person answers when asked; default: nobody is at the terminal. */
  readonly answer?: string;
  /** Hosts, time and disk of downloads. */
  readonly hub?: JobsOptions['hub'];
}

/** Runs a command line in this process, with a real engine. */
export async function invoke(argv: readonly string[], around: Surroundings): Promise<Invocation> {
  let out = '';
  let err = '';
  const stdin = around.stdin ?? '';
  const code = await runCli(argv, {
    io: {
      cwd: around.cwd,
      color: around.color ?? false,
      progress: false,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      readStdin: () => Promise.resolve(typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin),
      ask: (question) => {
        if (around.answer === undefined) return Promise.resolve(null);
        err += question;
        return Promise.resolve(around.answer);
      },
    },
    version: '1.2.3',
    createJobs: (speed) => engine(around, speed),
    signal: around.signal ?? new AbortController().signal,
  });
  return { code, out, err };
}

function engine({ models, cwd, hub }: Surroundings, speed: SpeedChoice): Jobs {
  const threads = speed.threads ?? TEST_THREADS;
  const sessions = ortSessions({ threads, provider: speed.provider });
  return createJobs({
    sessions,
    embeddedFolder: models ?? `${cwd}/no-models`,
    version: '1.2.3',
    runtimeVersion: () => Promise.resolve('test'),
    threads,
    provider: () => sessions.provider(),
    prepack: speed.prepack,
    ...(hub ? { hub } : {}),
  });
}
