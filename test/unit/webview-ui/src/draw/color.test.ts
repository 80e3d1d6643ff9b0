import assert from 'node:assert/strict';
import type { ColorDomain } from '../../../../../src/core/trace/readings.ts';
import {
  alphaOf,
  blend,
  contrastRatio,
  inkOn,
  MAX_ALPHA,
  MIN_CONTRAST,
  paintOf,
  parseCssColor,
  shareOf,
  type Palette,
  type Rgb,
} from '../../../../../webview-ui/src/draw/color.ts';

const rgb = (r: number, g: number, b: number): Rgb => ({ r, g, b });

function domain(min: number, max: number, midpoint: number): ColorDomain {
  return { min, max, midpoint, excluded: [], excludedReason: null };
}

/** Colours of VS Code's default themes (Dark+, Light+, and the Modern ones) with the scales of Underglass. */
const PALETTES: Record<string, Palette> = {
  'dark modern': {
    positive: rgb(245, 166, 35),
    negative: rgb(86, 156, 246),
    background: rgb(31, 31, 31),
    foreground: rgb(204, 204, 204),
    maxAlpha: MAX_ALPHA.dark,
  },
  'dark+': {
    positive: rgb(245, 166, 35),
    negative: rgb(86, 156, 246),
    background: rgb(30, 30, 30),
    foreground: rgb(212, 212, 212),
    maxAlpha: MAX_ALPHA.dark,
  },
  'light modern': {
    positive: rgb(214, 120, 10),
    negative: rgb(30, 98, 205),
    background: rgb(255, 255, 255),
    foreground: rgb(59, 59, 59),
    maxAlpha: MAX_ALPHA.light,
  },
  'light+': {
    positive: rgb(214, 120, 10),
    negative: rgb(30, 98, 205),
    background: rgb(255, 255, 255),
    foreground: rgb(97, 97, 97),
    maxAlpha: MAX_ALPHA.light,
  },
};

describe('shareOf', () => {
  const check = (value: number, of: ColorDomain, expected: number): void => {
    it(`${value} in ${of.min}..${of.midpoint}..${of.max} is ${expected}`, () => {
      assert.equal(shareOf(value, of), expected);
    });
  };
  check(0, domain(0, 8, 0), 0);
  check(4, domain(0, 8, 0), 0.5);
  check(8, domain(0, 8, 0), 1);
  check(900, domain(0, 8, 0), 1);
  check(-3, domain(0, 8, 0), 0);
  check(-2, domain(-4, 4, 0), -0.5);
  check(-9, domain(-4, 4, 0), -1);
  check(15, domain(10, 20, 10), 0.5);
  check(1, domain(0, 0, 0), 0);
  check(NaN, domain(0, 8, 0), 0);
  check(Infinity, domain(0, 8, 0), 1);
});

describe('alphaOf', () => {
  it('is nothing at zero, everything at one, and lifts what is weak', () => {
    assert.equal(alphaOf(0, 0.62), 0);
    assert.equal(alphaOf(-1, 0.62), 0.62);
    assert.ok(Math.abs(alphaOf(0.5, 1) - 0.5 ** 0.8) < 1e-12);
  });
});

describe('contrastRatio', () => {
  it('is 21 between black and white and 1 with itself, whichever comes first', () => {
    assert.equal(contrastRatio(rgb(0, 0, 0), rgb(255, 255, 255)), 21);
    assert.equal(contrastRatio(rgb(255, 255, 255), rgb(0, 0, 0)), 21);
    assert.equal(contrastRatio(rgb(90, 10, 200), rgb(90, 10, 200)), 1);
  });

  it('agrees with the published example of #767676 on white', () => {
    assert.equal(contrastRatio(rgb(0x76, 0x76, 0x76), rgb(255, 255, 255)).toFixed(2), '4.54');
  });
});

describe('text on a painted token', () => {
  for (const [name, palette] of Object.entries(PALETTES)) {
    it(`keeps ${MIN_CONTRAST} : 1 at every value in ${name}`, () => {
      for (let share = -1; share <= 1; share += 0.01) {
        const color = share < 0 ? palette.negative : palette.positive;
        const under = blend(color, alphaOf(share, palette.maxAlpha), palette.background);
        const ratio = contrastRatio(inkOn(under, palette.foreground), under);
        assert.ok(ratio >= MIN_CONTRAST, `share ${share.toFixed(2)}: ${ratio.toFixed(2)}`);
      }
    });
  }

  it('keeps the colour of the theme where nothing is painted', () => {
    for (const palette of Object.values(PALETTES))
      assert.deepEqual(inkOn(palette.background, palette.foreground), palette.foreground);
  });
});

describe('paintOf', () => {
  const palette: Palette = {
    positive: rgb(200, 100, 0),
    negative: rgb(0, 100, 200),
    background: rgb(0, 0, 0),
    foreground: rgb(255, 255, 255),
    maxAlpha: 0.5,
  };
  const check = (value: number | null, fill: string, share: number): void => {
    it(`${value} is ${fill}`, () => {
      const paint = paintOf(value, domain(-2, 2, 0), palette);
      assert.equal(paint.fill, fill);
      assert.equal(paint.share, share);
    });
  };
  check(2, 'rgb(200 100 0 / 0.5)', 1);
  check(-2, 'rgb(0 100 200 / 0.5)', -1);
  check(0, 'rgb(200 100 0 / 0)', 0);
  check(null, 'rgb(200 100 0 / 0)', 0);
});

describe('parseCssColor', () => {
  const check = (text: string, expected: Rgb | null): void => {
    it(`reads "${text}"`, () => assert.deepEqual(parseCssColor(text), expected));
  };
  check('#f5a623', rgb(245, 166, 35));
  check(' #FFF ', rgb(255, 255, 255));
  check('#f5a62380', rgb(245, 166, 35));
  check('#fa08', rgb(255, 170, 0));
  check('rgba(36, 137, 219, 0.51)', rgb(36, 137, 219));
  check('rgb(36 137 219 / 50%)', rgb(36, 137, 219));
  check('#12345', null);
  check('tomato', null);
  check('', null);
});
