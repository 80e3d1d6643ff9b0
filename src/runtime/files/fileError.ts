import { InterpError, type ErrorCode } from '../../core/errors.ts';

/** Codes of Node for what is not there. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

/** A failure of the file system as one of the closed set; an InterpError passes unchanged. */
export function fileError(path: string, error: unknown): InterpError {
  return translate(path, error, { code: 'file/unreadable', verb: 'could not be read' });
}

/** As `fileError`, for a failed write. A missing parent folder is a failed write too. */
export function writeError(path: string, error: unknown): InterpError {
  if (error instanceof InterpError) return error;
  const reason = reasonOf(error);
  return new InterpError('file/unwritable', `${path} could not be written: ${reason}.`, {
    data: { file: path, reason },
    cause: error,
  });
}

function translate(path: string, error: unknown, otherwise: { code: ErrorCode; verb: string }): InterpError {
  if (error instanceof InterpError) return error;
  const reason = reasonOf(error);
  const options = { data: { file: path, reason }, cause: error };
  if (ABSENT.has(reason)) return new InterpError('file/not-found', `${path} does not exist.`, options);
  return new InterpError(otherwise.code, `${path} ${otherwise.verb}: ${reason}.`, options);
}

/** `EACCES` and the like where Node says so, else the message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
