import assert from 'node:assert/strict';
import { editComplaint, type EditSurroundings } from '../../../../src/host/debug/editCheck.ts';

const SAE = {
  id: '1-res',
  hook_name: 'blocks.1.hook_resid_post',
  layer: 1,
  architecture: 'topk',
  d_sae: 32,
  directory: '',
  prepend_bos: true,
  labelled: 0,
  l0: null,
  format: 'SAELens',
  preparation: [],
  context_size: null,
};
const AROUND: EditSurroundings = {
  model: { name: 'tiny', n_layers: 2, n_heads: 3, d_mlp: 8, saes: [SAE] },
  tokens: [{ text: '<bos>' }, { text: ' Mary' }, { text: ' and' }, { text: ' Mary' }],
  corrupted: null,
  reference: null,
};

describe('the check of an edit', () => {
  const check = (
    text: string,
    expected: null | readonly [marked: string, message: RegExp, fix: string | null],
    around: Partial<EditSurroundings> = {},
  ): void => {
    it(`${text}${Object.keys(around).length > 0 ? ` with ${Object.keys(around).join(', ')}` : ''}`, () => {
      const found = editComplaint(text, { ...AROUND, ...around });
      if (expected === null) return assert.equal(found, null);
      const [marked, message, fix] = expected;
      assert.ok(found);
      assert.equal(text.slice(found.start, found.end), marked);
      assert.match(found.message, message);
      assert.equal(found.fix?.kind === 'replace' ? found.fix.text : (found.fix?.kind ?? null), fix);
    });
  };
  check('L1H2@last zero', null);
  check('L1H2@3->1 zero', null);
  check('off 1-res/31@* zero', null);
  check('L1H2@last zap', ['zap', /not a kind/, null]);
  check('off L2H0@last zero', ['L2H0', /layers 0 to 1/, null]);
  check('L1H3@last zero', ['L1H3', /heads 0 to 2/, null]);
  check('L1N8@last zero', ['L1N8', /neurons 0 to 7/, null]);
  check('2-res/0@last zero', ['2-res/0', /no SAE 2-res/, null]);
  check('1-res/32@last zero', ['1-res/32', /latents 0 to 31/, null]);
  check('L1H2@9 zero', ['9', /tokens are 0 to 3/, 'L1H2@last zero']);
  check('L1H2@last->7 zero', ['7', /tokens are 0 to 3/, 'L1H2@last->last zero']);
  check('L1H2@"Mary"#1 zero', ['"Mary"#1', /0 token/, 'L1H2@" Mary"#1 zero']);
  check('L1H2@" Mary"#3 zero', ['" Mary"#3', /2 token/, 'L1H2@" Mary"#1 zero']);
  check('L1H2@" Tom"#1 zero', ['" Tom"#1', /0 token/, 'L1H2@last zero']);
  check('L1H2@"Tom" zero', ['"Tom"', /0 token/, null]);
  check('L1H2@9 zero', null, { tokens: null });
  check('L1H2.z@last from corrupted', ['from corrupted', /no corrupted prompt/, 'corrupted']);
  check('L1H2.z@last from corrupted', null, { corrupted: 'other' });
  check('L1H2@last mean', ['mean', /no reference/, 'reference']);
  check('L1H2@last mean', null, { reference: 'other' });
});
