import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The child and its own children are ended after this time. */
  readonly timeoutMs: number;
  /** `capture` collects what it prints, `inherit` shows it at once. */
  readonly output: 'capture' | 'inherit';
}

export interface RunResult {
  readonly code: number;
  readonly output: string;
  readonly timedOut: boolean;
}

/** A process in a group of its own may hold the pipes open for ever; nobody waits longer than this for it. */
const PIPES_CLOSE_MS = 2000;

/** Captured output is printed again inside other text: without colours. */
const PLAIN = { NO_COLOR: '1', FORCE_COLOR: '0' };

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const living = new Set<ChildProcess>();

/** Runs a command to its end in a process group of its own, which never outlives this process. */
export function runProcess(options: RunOptions): Promise<RunResult> {
  const { promise, resolve, reject } = withResolvers<RunResult>();
  const stdio = options.output === 'inherit' ? 'inherit' : 'pipe';
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, ...(stdio === 'pipe' ? PLAIN : {}), ...options.env },
    detached: process.platform !== 'win32',
  });
  remember(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  let timedOut = false;
  const watchdog = setTimeout(() => {
    timedOut = true;
    endGroup(child, 'SIGKILL');
  }, options.timeoutMs);
  child.once('error', reject);
  child.once('exit', (code) => {
    clearTimeout(watchdog);
    // What the child left running goes with it; then its pipes close.
    endGroup(child, 'SIGKILL');
    forget(child);
    const finish = () => resolve({ code: code ?? 1, output, timedOut });
    const late = setTimeout(finish, PIPES_CLOSE_MS);
    child.once('close', () => {
      clearTimeout(late);
      finish();
    });
  });
  return promise;
}

/** While children live, an end of this process is theirs too. */
function remember(child: ChildProcess): void {
  if (living.size === 0) {
    process.once('exit', endLiving);
    for (const signal of SIGNALS) process.once(signal, exitBySignal);
  }
  living.add(child);
}

function forget(child: ChildProcess): void {
  living.delete(child);
  if (living.size > 0) return;
  process.off('exit', endLiving);
  for (const signal of SIGNALS) process.off(signal, exitBySignal);
}

function endLiving(): void {
  for (const child of living) endGroup(child, 'SIGKILL');
}

function exitBySignal(): void {
  process.exit(130);
}

/** Ends a child and everything in its process group. Does nothing when they are gone. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty already.
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
