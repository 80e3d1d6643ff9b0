import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Opened, Question } from './protocol.ts';

/** One of the two tools, in a process of its own. */
export interface Side {
  /** Milliseconds of one run, and what it found if that is little. */
  run(task: string, ids: readonly number[]): Promise<Timed>;
  /** Most memory that the process has had so far, bytes. */
  peak(): Promise<number>;
  close(): Promise<void>;
}

export interface Timed {
  readonly ms: number;
  readonly values?: readonly number[];
}

/** Starts a side and lets it open what it will be timed on. @throws what the process says when it ends. */
export async function openSide(command: string, args: readonly string[], opened: Opened): Promise<Side> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (text) => (complaints = (complaints + String(text)).slice(-2000)));
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <Reply>(question: Question): Promise<Reply> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} ended: ${complaints}`);
    return JSON.parse(value) as Reply;
  };
  await ask({ open: opened });
  return {
    run: (run, ids) => ask({ run, ids }),
    peak: async () => (await ask<{ readonly peak: number }>({ memory: true })).peak,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
