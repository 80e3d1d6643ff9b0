/** What Windows keeps for itself, and control characters; "+" is no trouble on disk but is in addresses and globs. */
const FORBIDDEN = /[<>:"|?*+\\/\p{Cc}]/gu;
/** Device names that Windows takes for a file of any ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name that every file system takes, for one part of a path. Never empty, `.` or `..`. */
export function safeName(name: string): string {
  const plain = name.replace(FORBIDDEN, '_').replace(/[. ]+$/u, '_');
  if (plain === '' || DEVICE.test(plain)) return `_${plain}`;
  return plain;
}

/** Name of the folder that a model of a repository gets: `org/name` is kept at `org--name`. */
export function repositoryFolder(repository: string): string {
  return safeName(repository.replaceAll('/', '--'));
}

/** Whether a text could be a repository's name, `org/name`, and not only a path. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(text);
}

/** Each part of a `/`-separated path made safe; empty, `.` and `..` parts are dropped: it never leaves its folder. */
export function safePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map(safeName)
    .join('/');
}
