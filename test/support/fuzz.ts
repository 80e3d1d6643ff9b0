import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isInterpError } from '../../src/core/errors.ts';

/** Cases of one property: few and the same ones in `npm test`; as many as UNDERGLASS_FUZZ says, and other ones, in `npm run fuzz`. */
export function fuzzRuns(usual: number, seed: number): { numRuns: number; seed: number } {
  const asked = Number(process.env['UNDERGLASS_FUZZ']) || 0;
  if (asked === 0) return { numRuns: usual, seed };
  const other = Number(process.env['UNDERGLASS_FUZZ_SEED']) || seed;
  return { numRuns: Math.max(usual, asked), seed: other };
}

/** A file with some bytes changed, and cut off now and then. */
export function damaged(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat({ max: good.length - 1 }),
    byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 })),
  });
  const cut = fc.oneof(
    { weight: 7, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat({ max: good.length }) },
  );
  return fc.tuple(fc.array(change, { minLength: 1, maxLength: 6 }), cut).map(([changes, length]) => {
    const bytes = good.slice(0, length ?? good.length);
    for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });
}

/** Runs a reader; only errors of a person's making, of these families, that name the file may pass. */
export async function settles<T>(
  read: () => T | Promise<T>,
  options: { readonly file: string; readonly families: readonly string[] },
): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    assert.ok(isInterpError(error) && error.kind === 'user', String(error));
    assert.ok(options.families.includes(error.code.split('/')[0] ?? ''), error.code);
    assert.ok(error.message.includes(options.file), error.message);
    return null;
  }
}
