import assert from 'node:assert/strict';
import type { LogitScalar, TracedScalar } from '../../../../../src/core/trace/gradients/scalar.ts';
import { formatTraceStep, parseTraceStep } from '../../../../../src/core/trace/gradients/traceStep.ts';
import { isInterpError } from '../../../../../src/core/errors.ts';

const base: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [1],
  distractors: [2],
  position: 4,
};
const tokens = ['<|endoftext|>', 'When', ' Mary', ' and', ' John', ' went', ' John'].map((text) => ({
  text,
}));
const context = { base, tokens };

describe('trace steps', () => {
  const check = (at: string, expected: TracedScalar, written = at, via: string | null = null): void => {
    it(at, () => {
      const scalar = parseTraceStep({ at, via }, context);
      assert.deepEqual(scalar, expected);
      assert.deepEqual(formatTraceStep(scalar), { at: written, via });
    });
  };
  const pair = { layer: 9, head: 8, position: 5, source: 4 };
  check('L9H8.q@5->4', { kind: 'score', ...pair, through: 'q' });
  check('L9H8.qk@5->4', { kind: 'score', ...pair, through: 'qk' });
  check('9.8.k@5->4', { kind: 'score', ...pair, through: 'k' }, 'L9H8.k@5->4');
  check('L9H8.v@5->4', { kind: 'value', ...pair, downstream: base });
  check(
    'L9H8.v@5->4',
    { kind: 'value', ...pair, downstream: { kind: 'neuron', layer: 10, neuron: 7, position: 5 } },
    'L9H8.v@5->4',
    'L10N7@5',
  );
  check('L5N123@3', { kind: 'neuron', layer: 5, neuron: 123, position: 3 });
  check('3-res/412@3', { kind: 'latent', sae: '3-res', index: 412, position: 3 });
  check('L9H8.q@last->" John"#1', { kind: 'score', ...pair, position: 6, through: 'q' }, 'L9H8.q@6->4');

  it('the logits are no step', () => assert.equal(formatTraceStep(base), null));

  const refuse = (at: string, words: string, code = 'unit/unknown'): void => {
    it(`refuses ${at}`, () => {
      assert.throws(
        () => parseTraceStep({ at, via: null }, context),
        (error) => isInterpError(error) && error.code === code && error.message.includes(words),
      );
    });
  };
  refuse('L9H8', 'the token is missing');
  refuse('L9H8@5->4', 'through q, k, qk or v');
  refuse('L9H8.q@5', 'through q, k, qk or v');
  refuse('L9H8.q@4->5', 'comes later');
  refuse('L5N123.q@3', 'at one token');
  refuse('L5N123@3..4', 'starts at one token');
  refuse('L5N123@3 zero', 'not understood');
  refuse('X@3', 'not a unit id');
  refuse('L5N123@7', 'tokens are 0 to 6', 'position/out-of-range');
});
