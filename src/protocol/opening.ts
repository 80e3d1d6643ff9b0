/** Id of the element that holds it in a page's HTML. */
export const OPENING_ID = 'opening';

/** Stands for a Float32Array: its bytes in base64. */
const FLOATS = '$float32';

/** What a page starts with as text of its HTML: JSON that no HTML parser ends early, number arrays bit for bit. */
export function writeOpening(opening: unknown): string {
  const text = JSON.stringify(opening, (_key, value: unknown) =>
    value instanceof Float32Array ? { [FLOATS]: toBase64(value) } : value,
  );
  return text.replaceAll('<', String.raw`\u003c`);
}

/** The inverse of `writeOpening`. */
export function readOpening(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(FLOATS in value)) return value;
    return fromBase64(String(value[FLOATS]));
  });
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer);
}
