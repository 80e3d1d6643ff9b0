/**
 * First key that an object of a JSON text names twice, at any depth, or null. JSON.parse keeps the last one
 * silently; the safetensors format forbids it, since two readers could then see two different files.
 * The text must be valid JSON.
 */
export function findDuplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = []; // one per open bracket; null for arrays
  let at = 0;
  while (at < json.length) {
    const char = json[at];
    if (char === '"') {
      const end = stringEnd(json, at);
      const keys = open.at(-1);
      if (keys && isKey(json, end)) {
        const key = String(JSON.parse(json.slice(at, end)));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end;
      continue;
    }
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    at += 1;
  }
  return null;
}

/** Index after the closing quote of the string that starts at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** A string is a key when a colon follows it. */
function isKey(json: string, end: number): boolean {
  let at = end;
  while (' \t\r\n'.includes(json[at] ?? 'x')) at += 1;
  return json[at] === ':';
}
