import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isInterpError } from '../../../../src/core/errors.ts';
import { HEAD_HOOKS, EDIT_SITES, type EditUnit } from '../../../../src/core/prompt/editUnit.ts';
import { refusedEdit } from '../../../../src/core/prompt/editRules.ts';
import {
  editProblem,
  formatEdit,
  parseEdit,
  withEnabled,
  type EditKind,
  type WrittenEdit,
} from '../../../../src/core/prompt/edits.ts';
import type { Position } from '../../../../src/core/prompt/position.ts';

describe('parseEdit', () => {
  const check = (text: string, canonical: string = text): void => {
    it(text, () => assert.equal(formatEdit(parseEdit(text)), canonical));
  };
  describe('every form is written back', () => {
    check('L9H9@7 zero');
    check('off L9H9@last mean');
    check('L5N123@3..7 set 1.5');
    check('3-res/412@* x -0.5');
    check('3-res/error@* x 0.5');
    check('L3H1@" John"#2 from corrupted');
    check('E@4 zero');
    check('L9H9@12->4 zero');
    check('L9H9@*->" John"#2 set 0.25');
    check('L9H9.pattern@12 x 2');
    check('L9H9.q@12 from corrupted');
    check('L3.resid_post@last add 2 steer.safetensors#v');
    check('3-res/412@last add 4');
    check('E@last add 20 steer.safetensors#v@blocks.3.hook_resid_post');
    check('L9H9@* freeze');
    check('L9.ln2@* freeze');
    check('ln_final@last freeze');
    check('L3H1@last add 1 "my file.safetensors"#v');
  });
  describe('other forms are read', () => {
    check('  off   L03H1@7   zero  ', 'off L3H1@7 zero');
    check('attn_L9_9@12 zero', 'L9H9@12 zero');
    check('mlp_L5_123@12 zero', 'L5N123@12 zero');
    check('9.9@12 zero', 'L9H9@12 zero');
    check('gpt2-small/3-res/412@12 zero', '3-res/412@12 zero');
    check('blocks.3.hook_resid_post@12 zero', 'L3.resid_post@12 zero');
    check('resid_post3@12 zero', 'L3.resid_post@12 zero');
    check('blocks.3.ln1.hook_scale@12 freeze', 'L3.ln1@12 freeze');
    check('L3H1@" John" zero', 'L3H1@" John"#1 zero');
    check('L3H1@12->@4 zero', 'L3H1@12->4 zero');
    check('L3N1@7 set -0', 'L3N1@7 set 0');
    check('L5N1@7 set 1e2', 'L5N1@7 set 100');
    check('L5N1@7  from   corrupted', 'L5N1@7 from corrupted');
  });

  describe('says what, where and what next', () => {
    const wrong = (text: string, part: string, words: string): void => {
      it(JSON.stringify(text), () => {
        const problem = editProblem(text);
        assert.ok(problem, 'no problem');
        assert.ok(problem.message.includes(words), problem.message);
        assert.equal(text.slice(problem.start, problem.end), part);
        assert.throws(
          () => parseEdit(text),
          (error) => isInterpError(error, 'edit/malformed') && error.data['start'] === problem.start,
        );
      });
    };
    wrong('', '', 'UNIT@POSITIONS KIND');
    wrong('off ', '', 'UNIT@POSITIONS KIND');
    wrong('L9H9 zero', 'L9H9', 'UNIT@POSITIONS KIND');
    wrong('L9 H9@7 zero', 'L9', 'UNIT@POSITIONS KIND');
    wrong('@7 zero', '@7', 'UNIT@POSITIONS KIND');
    wrong('off L9X9@7 zero', 'L9X9', 'units are L3H1');
    wrong('L9H9@first zero', 'first', 'positions are not understood');
    wrong('L9H9@@7 zero', '@7', 'positions are not understood');
    wrong('L9H9@7..3 zero', '..3', 'positions are not understood');
    wrong('L9H9@7-> zero', ' ', 'positions are not understood');
    wrong('L9H9@7', 'L9H9@7', 'what to do');
    wrong('L9H9@7 ', 'L9H9@7', 'what to do');
    wrong('L9N9@7 set', 'set', 'needs one number');
    wrong('L9N9@7 set much', 'set much', 'needs one number');
    wrong('L9N9@7 set 1e999', 'set 1e999', 'too large');
    wrong('L9N9@7 zap', 'zap', 'kinds are zero');
    wrong('L9H9@7 zero now', 'zero now', 'not a kind');
    wrong('L9N9@7->3 zero', '@7->3', 'only heads have sources');
    wrong('L9H9@7 set 1', 'set 1', 'set L9H9.z');
    wrong('L9H9@7 add 1', 'add 1', 'no write direction');
    wrong('L9H9@7->3 mean', 'mean', 'no mean');
    wrong('L9H9@7->3 add 1', 'add 1', 'no direction');
    wrong('L9.ln1@7 zero', 'zero', 'freeze');
    wrong('3-res/error@7 mean', 'mean', 'zeroed or scaled');
    wrong(
      'L9H9@7 add 1 f.safetensors#v@blocks.3.hook_resid_post',
      'add 1 f.safetensors#v@blocks.3.hook_resid_post',
      'layer 3',
    );
    wrong('blocks.3.attn.hook_z@7 zero', 'blocks.3.attn.hook_z', 'L3H0.z');
  });

  it('any text is read or is edit/malformed at a place inside it', () => {
    const parts = fc.constantFrom(
      'off ',
      'L1H2',
      '.z',
      '@',
      '*',
      '->',
      ' zero',
      ' add 1',
      '#v',
      '"',
      '\\',
      '7',
      'E',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(parts, fc.string())).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const problem = editProblem(written);
        if (problem === null) {
          const edit = parseEdit(written);
          assert.deepEqual(parseEdit(formatEdit(edit)), edit);
          return;
        }
        assert.ok(0 <= problem.start && problem.start <= problem.end && problem.end <= written.length);
        assert.throws(
          () => parseEdit(written),
          (error) => isInterpError(error, 'edit/malformed'),
        );
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('every edit that has a meaning is read back from its written form', () => {
    fc.assert(
      fc.property(anyEdit, (edit) => {
        fc.pre(refusedEdit(edit) === null);
        // fast-check's records have no prototype.
        assert.deepEqual(parseEdit(formatEdit(edit)), structuredClone(edit));
      }),
      { seed: 2, numRuns: 1000 },
    );
  });
});

it('withEnabled changes nothing but the switch', () => {
  assert.equal(withEnabled('L1H1@7  zero', { enabled: false }), 'off L1H1@7  zero');
  assert.equal(withEnabled('off L1H1@7  zero', { enabled: false }), 'off L1H1@7  zero');
  assert.equal(withEnabled('off L1H1@7  zero', { enabled: true }), 'L1H1@7  zero');
});

const index = fc.nat({ max: 999_999_999 });
const number = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const anyUnit: fc.Arbitrary<EditUnit> = fc.oneof(
  fc.record({ kind: fc.constant('head' as const), layer: index, head: index }),
  fc.record({
    kind: fc.constant('head-hook' as const),
    layer: index,
    head: index,
    hook: fc.constantFrom(...HEAD_HOOKS),
  }),
  fc.record({ kind: fc.constant('neuron' as const), layer: index, neuron: index }),
  fc.record({
    kind: fc.constant('latent' as const),
    sae: fc.constantFrom('3-res', '0-mlp_2', '11-att'),
    index: fc.oneof(index, fc.constant('error' as const)),
  }),
  fc.constant({ kind: 'embedding' as const }),
  fc.record({ kind: fc.constant('site' as const), layer: index, site: fc.constantFrom(...EDIT_SITES) }),
  fc.record({
    kind: fc.constant('norm' as const),
    layer: index,
    norm: fc.constantFrom('ln1' as const, 'ln2' as const),
  }),
  fc.constant({ kind: 'norm' as const, layer: null, norm: 'ln_final' as const }),
);

const anyPosition: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ kind: fc.constant('index' as const), index }),
  fc
    .tuple(index, index)
    .map(([a, b]) => ({ kind: 'range' as const, first: Math.min(a, b), last: Math.max(a, b) })),
  fc.constant({ kind: 'last' as const }),
  fc.constant({ kind: 'all' as const }),
  fc.record({
    kind: fc.constant('text' as const),
    text: fc.string({ minLength: 1, unit: 'binary' }),
    occurrence: fc.integer({ min: 1, max: 99 }),
  }),
);

const anyKind: fc.Arbitrary<EditKind> = fc.oneof(
  fc.constantFrom<EditKind>({ kind: 'zero' }, { kind: 'mean' }, { kind: 'corrupted' }, { kind: 'freeze' }),
  fc.record({ kind: fc.constant('set' as const), value: number }),
  fc.record({ kind: fc.constant('scale' as const), factor: number }),
  fc.record({
    kind: fc.constant('add' as const),
    factor: number,
    vector: fc.option(
      fc.record({
        file: fc.string({ minLength: 1 }),
        tensor: fc.constantFrom('v', 'blocks.3.hook_resid_post'),
        hook: fc.option(fc.constantFrom('blocks.3.hook_resid_post', 'resid_pre3')),
      }),
    ),
  }),
);

const anyEdit: fc.Arbitrary<WrittenEdit> = fc.record({
  enabled: fc.boolean(),
  unit: anyUnit,
  positions: anyPosition,
  sources: fc.option(anyPosition),
  change: anyKind,
});
