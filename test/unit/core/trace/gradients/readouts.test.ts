import assert from 'node:assert/strict';
import { isInterpError } from '../../../../../src/core/errors.ts';
import type { SaeNormalization } from '../../../../../src/core/sae/config.ts';
import { heldScale, keptPart } from '../../../../../src/core/trace/gradients/gradientSource.ts';
import { saeSite, throughInput } from '../../../../../src/core/trace/gradients/readoutLatent.ts';
import { logProbOf } from '../../../../../src/core/trace/gradients/readoutLogits.ts';
import type { HookEdit, RunEdit } from '../../../../../src/core/trace/edits/runEdit.ts';
import { dot } from '../../../../../src/core/trace/gradients/throughNorm.ts';
import { normals, seededRandom } from '../../../../support/random.ts';

describe('log-probability of targets', () => {
  const logits = Float32Array.of(1, -2, 0.5, 3);

  it('is the log of the summed softmax', () => {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const expected = Math.log((Math.exp(1) + Math.exp(0.5)) / total);
    assert.ok(Math.abs(logProbOf(logits, [0, 2]).value - expected) < 1e-12);
    assert.equal(logProbOf(logits, [0, 2, 2]).value, logProbOf(logits, [0, 2]).value);
  });

  it('has the slopes of differences, which sum to 0', () => {
    const { coefficients } = logProbOf(logits, [0, 2]);
    for (const [id, coefficient] of coefficients.entries()) {
      const at = (step: number): number =>
        logProbOf(
          logits.map((logit, other) => (other === id ? logit + step : logit)),
          [0, 2],
        ).value;
      assert.ok(Math.abs(coefficient - (at(0.0625) - at(-0.0625)) / 0.125) < 1e-3, `logit ${id}`);
    }
    assert.ok(Math.abs(coefficients.reduce((sum, each) => sum + each, 0)) < 1e-6);
  });

  it('does not overflow, and is exactly 0 when the target is certain', () => {
    assert.equal(logProbOf(Float32Array.of(1000, 0), [0]).value, 0);
    assert.deepEqual([...logProbOf(Float32Array.of(1000, 0), [0]).coefficients], [0, 0]);
  });
});

describe('reading through a SAE input normalisation', () => {
  const random = seededRandom(3);
  const [x, move] = [normals(random, 10, { mean: 1, std: 2 }), normals(random, 10, { mean: 0, std: 1 })];
  const direction = Float64Array.from(normals(random, 10, { mean: 0, std: 1 }));

  const norms = ['none', 'constant_norm_rescale', 'layer_norm'] satisfies SaeNormalization[];
  const cases = norms.flatMap((normalize_activations) =>
    [
      { center_input: false, input_scale: 1 },
      { center_input: true, input_scale: 1 },
      { center_input: false, input_scale: 0.4 },
      { center_input: true, input_scale: 2.5 },
    ].map((prepared) => ({ normalize_activations, ...prepared })),
  );
  for (const config of cases) {
    it(`${JSON.stringify(config)}: live has the slope of a difference, frozen adds up`, () => {
      const step = 2 ** -8;
      const at = (by: number): number =>
        throughInput(
          config,
          x.map((value, i) => value + by * (move[i] ?? 0)),
          direction,
          'live',
        ).value;
      const live = throughInput(config, x, direction, 'live');
      assert.ok(Math.abs(dot(live.vector, move) - (at(step) - at(-step)) / (2 * step)) < 1e-4);
      const frozen = throughInput(config, x, direction, 'frozen');
      assert.ok(Math.abs(dot(frozen.vector, x) - frozen.value) < 1e-9);
      assert.equal(frozen.value, live.value);
    });
  }
});

describe('site of a SAE', () => {
  it('is the hook that it reads', () => {
    assert.deepEqual(saeSite({ hook_name: 'blocks.3.hook_mlp_out' }), { layer: 3, hook: 'mlp_out' });
    assert.deepEqual(saeSite({ hook_name: 'blocks.0.attn.hook_z' }), { layer: 0, hook: 'z' });
  });
  it('is refused for hooks that nothing is traced from', () => {
    const asked = () => saeSite({ hook_name: 'blocks.3.mlp.hook_pre' });
    assert.throws(asked, (error) => isInterpError(error, 'sae/unsupported'));
  });
});

describe('what edits leave', () => {
  const edit = (changes: Partial<HookEdit>): RunEdit => ({
    kind: 'hook',
    hook: 'q',
    layer: 1,
    positions: [2, 3],
    keep: 0.5,
    value: 0,
    ...changes,
  });
  const at = { hook: 'q', layer: 1, head: 0, position: 2 } as const;
  const check = (edits: readonly RunEdit[], expected: number | null): void =>
    assert.equal(keptPart(edits, at), expected);

  it('of a head at a row', () => {
    check([], null);
    check([edit({})], 0.5);
    check([edit({}), edit({ keep: 0.5, head: 0 })], 0.25);
    check([edit({ head: 1 }), edit({ layer: 0 }), edit({ hook: 'k' }), edit({ positions: [1] })], null);
  });

  it('of a LayerNorm: the last scale that is held', () => {
    const freeze = (norm: 'ln1' | 'ln2', value: number): RunEdit => {
      return { kind: 'scale', norm, layer: 0, positions: [1, 4], invStd: Float32Array.of(1, value) };
    };
    assert.equal(heldScale([freeze('ln1', 2), freeze('ln1', 3), freeze('ln2', 5)], 'ln1', 0, 4), 3);
    assert.equal(heldScale([freeze('ln1', 2)], 'ln1', 0, 0), null);
    assert.equal(heldScale([freeze('ln1', 2)], 'ln1', 1, 4), null);
  });
});
