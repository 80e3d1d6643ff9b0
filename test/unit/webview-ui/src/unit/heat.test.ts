import assert from 'node:assert/strict';
import {
  attendedTo,
  heatStyle,
  pairHeat,
  pairValue,
  positiveDomain,
} from '../../../../../webview-ui/src/unit/heat.ts';
import type { Theme } from '../../../../../webview-ui/src/draw/theme.ts';

const THEME: Theme = {
  positive: { r: 245, g: 166, b: 35 },
  negative: { r: 86, g: 156, b: 246 },
  background: { r: 31, g: 31, b: 31 },
  foreground: { r: 204, g: 204, b: 204 },
  maxAlpha: 0.62,
  highContrast: false,
  reducedMotion: false,
  text: '',
  description: '',
  line: '',
  focus: '',
  font: '',
  editorFont: '',
};

describe('heat of windows', () => {
  // Rows: query 0 -> [1], query 1 -> [2, 3], query 2 -> [4, 5, 6].
  const pairs = [1, 2, 3, 4, 5, 6];

  it('reads pairs of a lower triangle', () => {
    const check = (query: number, key: number, expected: number): void =>
      assert.equal(pairValue(pairs, query, key), expected);
    check(0, 0, 1);
    check(1, 0, 2);
    check(2, 2, 6);
    check(0, 2, 0);
  });

  it('a key is attended to as strongly as by its strongest query', () => {
    assert.deepEqual(attendedTo(pairs, 3), [4, 5, 6]);
  });

  it('of one token: what it attends to as lines, what later tokens take from it as fill', () => {
    const window = { pairs, tokens: ['a', 'b', 'c'], activations: Float32Array.of(1, 3, 6) };
    assert.deepEqual(pairHeat(window, null), { fill: [1, 3, 6], line: [4, 5, 6] });
    assert.deepEqual(pairHeat(window, 1), { fill: [0, 0, 5], line: [2, 3, 0] });
  });

  it('fill and line by share; high contrast by lines alone', () => {
    const check = (fill: number | null, line: number | null, theme: Theme, expected: RegExp): void =>
      assert.match(heatStyle({ fill, line }, positiveDomain(8), theme), expected);
    check(8, null, THEME, /^background-color:rgb\(245 166 35 \/ 0\.62\);color:[^;]+;$/u);
    check(0, 8, THEME, /^border-bottom:3px dashed currentcolor$/u);
    check(null, 0.1, THEME, /^$/u);
    const contrast = { ...THEME, highContrast: true };
    check(8, 4, contrast, /^border-bottom:4px solid currentcolor;text-decoration:overline dashed 2px$/u);
    check(-8, null, contrast, /^$/u);
  });
});
