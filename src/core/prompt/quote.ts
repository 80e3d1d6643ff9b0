/** Plain scalars that any YAML reader takes for the same text: a letter or `_`, then harmless characters. */
const PLAIN = /^[A-Za-z_][\w./@*-]*(?: [\w./@*-]+)*$/;

/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** Characters that may stand in single quotes as they are: all that can be seen, but for the quote itself. */
const SINGLE_QUOTABLE = /^[\x20-\x26\x28-\x7e\xa0-\u2027\u202a-\ud7ff]*$/;

/** A text as a YAML scalar on one line: bare where nothing can misread it, else quoted with the fewest escapes. */
export function quoteYaml(text: string): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  if (text.includes('"') && SINGLE_QUOTABLE.test(text)) return `'${text}'`;
  // JSON strings are YAML strings, apart from DEL, C1 controls and lone surrogates, which are escaped here.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
