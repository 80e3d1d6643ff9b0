import assert from 'node:assert/strict';
import { borderOf, fillOf, hexColor, levelOf, LEVELS } from '../../../../src/host/editor/tokenPaint.ts';

const domain = { min: -2, max: 4, midpoint: 0, excluded: [], excludedReason: null };

describe('colour steps of tokens', () => {
  it('place a value between the midpoint and its end of the domain', () => {
    const check = (value: number | null, expected: number): void =>
      assert.equal(levelOf(value, domain), expected);
    check(0, 0);
    check(4, LEVELS);
    check(2, LEVELS / 2);
    check(-2, -LEVELS);
    check(-1, -LEVELS / 2);
    check(99, LEVELS);
    check(-99, -LEVELS);
    check(0.01, 0);
    check(null, 0);
    check(Number.NaN, 0);
  });

  it('stay empty where the domain has no width', () => {
    assert.equal(levelOf(1, { ...domain, max: 0 }), 0);
  });

  it('grow in opacity up to what the theme allows', () => {
    const alphas = Array.from({ length: LEVELS }, (_, index) =>
      Number.parseInt(fillOf('#f5a623', index + 1, 'dark').slice(7), 16),
    );
    assert.deepEqual(
      alphas,
      alphas.toSorted((a, b) => a - b),
    );
    assert.equal(alphas.at(-1), Math.round(0.62 * 255));
    assert.match(fillOf('#f5a623', 1, 'light'), /^#f5a623[0-9a-f]{2}$/);
  });

  it('are underlines in high contrast: thicker when stronger, dashed below the midpoint', () => {
    assert.deepEqual(borderOf(LEVELS), { width: '0 0 4px 0', style: 'solid' });
    assert.deepEqual(borderOf(-1), { width: '0 0 1px 0', style: 'dashed' });
  });

  it('take the first colour that can be read', () => {
    assert.equal(hexColor([undefined, 'red', '#A0B1C2D3', '#000000'], '#ffffff'), '#a0b1c2');
    assert.equal(hexColor([], '#ffffff'), '#ffffff');
  });
});
