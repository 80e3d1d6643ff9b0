import { createInterface } from 'node:readline/promises';

/** The outside of a command line: what the process gives, and what tests replace. */
export interface CliIo {
  readonly cwd: string;
  /** Whether the text output may use colour. */
  readonly color: boolean;
  /** Whether stderr is a terminal that may show a progress line. */
  readonly progress: boolean;
  out(text: string): void;
  err(text: string): void;
  readStdin(): Promise<Uint8Array>;
  /** Asks a person; null where none is at a terminal. */
  ask(question: string): Promise<string | null>;
}

/** The process as it is. Colour only on a terminal, and never with NO_COLOR set (no-color.org). */
export function processIo(): CliIo {
  const noColor = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  return {
    cwd: process.cwd(),
    color: process.stdout.isTTY && !noColor,
    progress: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readStdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    ask: async (question) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      const gone = new AbortController();
      // Ctrl-C and Ctrl-D are a no.
      lines.once('SIGINT', () => gone.abort());
      lines.once('close', () => gone.abort());
      try {
        return await lines.question(question, { signal: gone.signal });
      } finally {
        lines.close();
      }
    },
  };
}
