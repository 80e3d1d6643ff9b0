import assert from 'node:assert/strict';
import {
  openedByEdits,
  partKeeps,
  throughResidualEdits,
} from '../../../../../src/core/analysis/nodes/editedWrites.ts';
import type { ReadPlan } from '../../../../../src/core/analysis/nodes/readPlan.ts';
import type { HookEdit, ResidualEdit, RunEdit } from '../../../../../src/core/trace/edits/runEdit.ts';

const ZERO_HEAD: HookEdit = { kind: 'hook', hook: 'z', layer: 1, head: 1, positions: [2], keep: 0, value: 0 };
const HALF_OUT: HookEdit = {
  kind: 'hook',
  hook: 'attn_out',
  layer: 1,
  positions: [0, 2],
  keep: 0.5,
  value: 0,
};
const ZERO_MID: ResidualEdit = {
  kind: 'residual',
  hook: 'resid_mid',
  layer: 1,
  positions: [2],
  keep: 0,
  value: 0,
};
const LATENT: RunEdit = { kind: 'latent', sae: '1-mlp', index: 3, positions: [2], keep: 0, value: 0 };
const SIZE = { heads: 2, pos: 3 };

describe('nodes of an edited run', () => {
  it('an edited output scales what its part writes', () => {
    assert.deepEqual(partKeeps([ZERO_HEAD], 0, SIZE), { heads: null, attention: null, mlp: null });
    assert.deepEqual([...(partKeeps([ZERO_HEAD], 1, SIZE).heads ?? [])], [1, 1, 1, 1, 1, 0]);
    const both = partKeeps([ZERO_HEAD, HALF_OUT], 1, SIZE);
    assert.deepEqual([...(both.heads ?? [])], [0.5, 1, 0.5, 0.5, 1, 0]);
    assert.deepEqual([...(both.attention ?? [])], [0.5, 1, 0.5]);
    const mlp = partKeeps([{ ...HALF_OUT, hook: 'mlp_out' }], 1, SIZE);
    assert.deepEqual([mlp.heads, [...(mlp.mlp ?? [])]], [null, [0.5, 1, 0.5]]);
  });

  it('an edit of the residual stream stands before what is written later, not behind it', () => {
    const rows = {
      space: 'residual',
      positions: [2],
      rowOf: Int32Array.of(-1, -1, 0),
      matrix: { dims: [1, 2], data: Float32Array.of(3, 4) },
      inSum: true,
    } as const;
    const plan: ReadPlan = { at: (stage) => (stage <= 5 ? rows : null) };
    const read = (edit: RunEdit, stage: number): readonly number[] | null => {
      const through = throughResidualEdits(plan, [edit], { hook: 'resid_post', layer: 2 });
      const found = through.at(stage);
      return found && [...found.matrix.data];
    };
    assert.deepEqual(
      [-1, 2, 3, 5, 6].map((stage) => read(ZERO_MID, stage)),
      [[0, 0], [0, 0], [3, 4], [3, 4], null],
    );
    assert.deepEqual(read({ ...ZERO_MID, positions: [1] }, 0), [3, 4]);
    assert.deepEqual(read({ ...ZERO_MID, layer: 3 }, 0), [3, 4], 'after the reading');
  });

  const cases: readonly (readonly [string, RunEdit, boolean])[] = [
    ['a zeroed head', ZERO_HEAD, false],
    ['a head set to a mean', { ...ZERO_HEAD, value: [Float32Array.of(1)] }, true],
    [
      'an edited neuron, which is its own activation',
      { ...HALF_OUT, hook: 'post', index: 1, value: 7 },
      false,
    ],
    ['a steered residual stream', { ...ZERO_MID, keep: 1, value: [Float32Array.of(1)] }, true],
    ['a latent of a SAE that is off', LATENT, true],
    [
      'a frozen scale',
      { kind: 'scale', norm: 'ln1', layer: 0, positions: [0], invStd: Float32Array.of(1) },
      false,
    ],
  ];
  for (const [name, edit, opened] of cases) {
    it(`${name} ${opened ? 'opens' : 'leaves'} the sum`, () =>
      assert.equal(openedByEdits([edit], []) !== null, opened));
  }

  it('a latent of a SAE that entered leaves the sum', () =>
    assert.equal(openedByEdits([LATENT], ['1-mlp']), null));
});
