import { InterpError, type ErrorCode, type ErrorData } from '../core/errors.ts';

/** An error as it crosses a process: enough to rebuild it, with its causes as text. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
  readonly data: ErrorData;
  /** Outermost first; never holds secrets. */
  readonly causes: readonly string[];
}

const MAX_CAUSES = 5;

export function toWireError(error: InterpError): WireError {
  const causes: string[] = [];
  let cause = error.cause;
  while (cause !== undefined && cause !== null && causes.length < MAX_CAUSES) {
    causes.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return { code: error.code, message: error.message, next: error.next, data: error.data, causes };
}

export function fromWireError(wire: WireError): InterpError {
  const cause = wire.causes.length === 0 ? undefined : wire.causes.join('\ncaused by: ');
  return new InterpError(wire.code, wire.message, { data: wire.data, cause });
}
