import { isInterpError, toInterpError, type InterpError } from '../core/errors.ts';

/** Exit codes, as --help and the README list them. */
export const EXIT = {
  ok: 0,
  user: 1,
  usage: 2,
  environment: 3,
  bug: 4,
  /** 128 + SIGINT, as shells have it. */
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of an error: its own for usage and cancel, else by who can mend it. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isInterpError(error, 'cli/usage')) return EXIT.usage;
  if (isInterpError(error, 'cancelled')) return EXIT.cancelled;
  return EXIT[toInterpError(error).kind];
}

/** What is printed on stderr: what and where, then what next. A bug shows its stack. */
export function errorText(error: InterpError): string {
  const stack = error.kind === 'bug' && error.stack !== undefined ? `\n${error.stack}` : '';
  return `underglass: ${error.message} [${error.code}]\n${error.next}${stack}\n`;
}
