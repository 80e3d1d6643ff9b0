/** Takes secrets out of a text that may be shown, logged or kept. */
export type Redact = (text: string) => string;

const HIDDEN = '[key]';
/** A shorter key is not looked for in replies: it may be a word of them. */
const MIN_REPLY_KEY = 8;
/** How keys look in what servers say of a request: `Bearer …`, `sk-…` (also with stars), `api-key: …`. */
const LIKELY = [
  /\bBearer\s+[^\s"',;]+/gi,
  /\bsk-[\w*.-]{4,}/g,
  /\b((?:x-)?api[-_]?key["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi,
];

/** For messages of errors: the key in every spelling, and whatever looks like one. */
export function redactor(key: string | null): Redact {
  const exact = keyRedactor(key, 1);
  return (text) =>
    LIKELY.reduce(
      (rest, pattern) => rest.replace(pattern, (_, label: unknown) => labelled(label)),
      exact(text),
    );
}

/** For replies, which are kept: only the key itself, should a server send it back. */
export function replyRedactor(key: string | null): Redact {
  return keyRedactor(key, MIN_REPLY_KEY);
}

function keyRedactor(key: string | null, least: number): Redact {
  if (key === null || key.length < least) return (text) => text;
  const base64 = Buffer.from(key).toString('base64');
  const spellings = new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), base64]);
  return (text) => [...spellings].reduce((rest, spelling) => rest.replaceAll(spelling, HIDDEN), text);
}

function labelled(label: unknown): string {
  return typeof label === 'string' ? `${label}${HIDDEN}` : HIDDEN;
}
