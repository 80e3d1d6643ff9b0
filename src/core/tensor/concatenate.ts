/** Arrays of one kind end to end, in a new one that `make` makes. */
export function concatenate<T extends Float32Array | Uint8Array>(
  parts: readonly T[],
  make: (length: number) => T,
): T {
  const whole = make(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
