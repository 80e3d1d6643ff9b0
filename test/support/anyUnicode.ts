import fc from 'fast-check';

const LAST_CODE_POINT = 0x10ffff;

/** Texts of any code points, lone surrogates included; half of them ASCII. (fast-check's own take a second to set up.) */
export function anyUnicode(): fc.Arbitrary<string> {
  const codePoint = fc.oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: LAST_CODE_POINT }),
  );
  return fc.array(codePoint, { maxLength: 12 }).map((points) => String.fromCodePoint(...points));
}
