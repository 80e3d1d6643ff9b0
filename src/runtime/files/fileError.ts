import { InterpError } from '../../core/errors.ts';

/** Codes of Node for what is not there. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

/** A failed read as one of the closed set; an InterpError passes unchanged. */
export function fileError(path: string, error: unknown): InterpError {
  if (error instanceof InterpError) return error;
  const reason = reasonOf(error);
  const options = { data: { file: path, reason }, cause: error };
  return ABSENT.has(reason)
    ? new InterpError('file/not-found', `${path} does not exist.`, options)
    : new InterpError('file/unreadable', `${path} could not be read: ${reason}.`, options);
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

/** `EACCES` and the like where Node says so, else the message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
