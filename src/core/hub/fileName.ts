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

/** Each part of a `/`-separated path made safe; empty, `.` and `..` parts are dropped: it never leaves its folder. */
export function safePath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map(safeName)
    .join('/');
}
