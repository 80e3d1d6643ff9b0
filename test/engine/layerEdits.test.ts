import assert from 'node:assert/strict';
import { join } from 'node:path';
import { referenceForward, type Edit as ReferenceEdit, type Weights } from '../../src/core/model/gpt2.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { layerEdits, type Rows } from '../../src/core/trace/edits/layerEdits.ts';
import type { RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import type { Past, Runner } from '../../src/core/trace/runner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { assertClose } from '../support/closeness.ts';
import { openRunner } from '../support/openRunner.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const POSITIONS = 12;
const D_MODEL = 32;
const D_HEAD = 8;
const HEADS = 4;
const LAYER = 1;
const ALL = Array.from({ length: POSITIONS }, (_, position) => position);
const TOLERANCE = 1e-4;

/** Numbers that are easily told apart: row `position` of a hook. */
const row = (width: number, position: number): Float32Array =>
  Float32Array.from({ length: width }, (_, index) => Math.sin(1 + index + 7 * position));
const rows = (width: number, positions: readonly number[]): Float32Array[] =>
  positions.map((position) => row(width, position));

interface Case {
  readonly name: string;
  readonly edit: RunEdit;
  /** The same edit on the float64 reference's hooks. */
  readonly reference: ReferenceEdit;
}

/** keep * h + value on [pos, head, width] or [pos, width]. */
function change(
  hook: string,
  at: { positions: readonly number[]; head?: number; index?: number; keep: number },
  value: (position: number, unit: number) => number,
): ReferenceEdit {
  return (name, values, dims) => {
    if (name !== `blocks.${LAYER}.${hook}`) return;
    const width = dims.at(-1) ?? 1;
    const heads = dims.length === 3 ? (dims[1] ?? 1) : 1;
    for (const position of at.positions) {
      for (let head = 0; head < heads; head++) {
        if (at.head !== undefined && heads > 1 && head !== at.head) continue;
        for (let unit = 0; unit < width; unit++) {
          if (at.index !== undefined && unit !== at.index) continue;
          const offset = (position * heads + head) * width + unit;
          values[offset] = at.keep * (values[offset] ?? 0) + value(position, unit);
        }
      }
    }
  };
}

function pattern(
  at: { positions: readonly number[]; head: number; index?: number; keep: number },
  value: (position: number, key: number) => number,
): ReferenceEdit {
  return (name, values) => {
    if (name !== `blocks.${LAYER}.attn.hook_pattern`) return;
    for (const query of at.positions) {
      for (let key = 0; key <= query; key++) {
        if (at.index !== undefined && key !== at.index) continue;
        const offset = (at.head * POSITIONS + query) * POSITIONS + key;
        values[offset] = at.keep * (values[offset] ?? 0) + value(query, key);
      }
    }
  };
}

const heads = (['q', 'k', 'v', 'z'] as const).flatMap((hook): Case[] => {
  const some = { positions: [3, 11], head: 2, keep: 0 };
  const every = { positions: ALL, keep: 0.5 };
  return [
    {
      name: `${hook} of one head set at two positions`,
      edit: { kind: 'hook', hook, layer: LAYER, ...some, value: rows(D_HEAD, some.positions) },
      reference: change(`attn.hook_${hook}`, some, (position, unit) => row(D_HEAD, position)[unit] ?? 0),
    },
    {
      name: `${hook} of every head halved everywhere`,
      edit: { kind: 'hook', hook, layer: LAYER, ...every, value: 0 },
      reference: change(`attn.hook_${hook}`, every, () => 0),
    },
  ];
});

const wide = (
  [
    ['attn_out', 'hook_attn_out'],
    ['resid_mid', 'hook_resid_mid'],
    ['mlp_out', 'hook_mlp_out'],
    ['post', 'mlp.hook_post'],
  ] as const
).map(([hook, full]): Case => {
  const width = hook === 'post' ? 4 * D_MODEL : D_MODEL;
  const at = { positions: [2, 5, 11], keep: 0.25 };
  const value = rows(width, at.positions);
  return {
    name: `${hook} kept by a quarter and added to`,
    edit:
      hook === 'resid_mid'
        ? { kind: 'residual', hook, layer: LAYER, ...at, value }
        : { kind: 'hook', hook, layer: LAYER, ...at, value },
    reference: change(full, at, (position, unit) => row(width, position)[unit] ?? 0),
  };
});

const norms = (['ln1', 'ln2'] as const).map((norm): Case => {
  const positions = [1, 4, 11];
  const invStd = Float32Array.of(0.5, 1.5, 0.7);
  return {
    name: `${norm} held`,
    edit: { kind: 'scale', norm, layer: LAYER, positions, invStd },
    reference: (name, values) => {
      if (name !== `blocks.${LAYER}.${norm}.hook_scale`) return;
      for (const [order, position] of positions.entries()) values[position] = 1 / (invStd[order] ?? 1);
    },
  };
});

const CASES: readonly Case[] = [
  ...heads,
  ...wide,
  ...norms,
  {
    name: 'one neuron set everywhere',
    edit: { kind: 'hook', hook: 'post', layer: LAYER, index: 7, positions: ALL, keep: 0, value: 3 },
    reference: change('mlp.hook_post', { positions: ALL, index: 7, keep: 0 }, () => 3),
  },
  {
    name: 'one neuron set to a number per position',
    edit: {
      kind: 'hook',
      hook: 'post',
      layer: LAYER,
      index: 7,
      positions: [4, 9],
      keep: 0,
      value: [Float32Array.of(3), Float32Array.of(-2)],
    },
    reference: change('mlp.hook_post', { positions: [4, 9], index: 7, keep: 0 }, (position) =>
      position === 4 ? 3 : -2,
    ),
  },
  {
    name: 'one attention pair zeroed',
    edit: {
      kind: 'hook',
      hook: 'pattern',
      layer: LAYER,
      head: 1,
      index: 2,
      positions: [8],
      keep: 0,
      value: 0,
    },
    reference: pattern({ positions: [8], head: 1, index: 2, keep: 0 }, () => 0),
  },
  {
    name: 'one head attends evenly, never forward',
    edit: { kind: 'hook', hook: 'pattern', layer: LAYER, head: 3, positions: ALL, keep: 0, value: 0.1 },
    reference: pattern({ positions: ALL, head: 3, keep: 0 }, () => 0.1),
  },
  {
    name: 'pattern rows given',
    edit: {
      kind: 'hook',
      hook: 'pattern',
      layer: LAYER,
      head: 0,
      positions: [5, 11],
      keep: 0,
      value: rows(POSITIONS, [5, 11]),
    },
    reference: pattern(
      { positions: [5, 11], head: 0, keep: 0 },
      (query, key) => row(POSITIONS, query)[key] ?? 0,
    ),
  },
];

describe('layerEdits', () => {
  for (const { name, edit, reference } of CASES) {
    it(`${name}: equals the float64 reference; in a batch bitwise; with a shared past`, () =>
      withModel(async ({ runner, weights, ids }) => {
        const config = runner.config;
        const expected = referenceForward(config, weights, ids, reference).hooks.get(
          `blocks.${LAYER}.hook_resid_post`,
        );
        const clean = await Trace.run(runner, ids);
        const whole = { first: 0, count: POSITIONS };
        const single = await runLayer(runner, clean, [[edit]], whole);
        assertClose(single.data, expected?.data ?? [], TOLERANCE, 'single');
        assert.notDeepEqual(single.data, clean.residPre(LAYER + 1).data, 'the edit does something');

        const other = CASES[(CASES.findIndex((each) => each.name === name) + 5) % CASES.length]?.edit;
        const batch = await runLayer(runner, clean, [[], [edit], other ? [other] : []], whole);
        assert.deepEqual(part(batch, 1, 3), single.data, 'edited item of the batch');
        assert.deepEqual(part(batch, 0, 3), clean.residPre(LAYER + 1).data, 'unedited item of the batch');

        const same = [edit];
        const twice = await runLayer(runner, clean, [same, same], whole);
        assert.deepEqual(part(twice, 0, 2), single.data, 'shared edits, first');
        assert.deepEqual(part(twice, 1, 2), single.data, 'shared edits, second');

        const tail = { first: 7, count: POSITIONS - 7 };
        const late: RunEdit = lateOnly(edit, tail.first);
        const full = await runLayer(runner, clean, [[late]], whole);
        const partial = await runLayer(runner, clean, [[], [late]], tail);
        const from = tail.first * D_MODEL;
        assertClose(part(partial, 1, 2), full.data.subarray(from), 1e-5, 'shared past');
      }));
  }

  it('two edits of one coordinate: the later one sees what the earlier one made', () => {
    const config = { n_heads: HEADS, d_head: D_HEAD, d_model: D_MODEL, d_mlp: 4 * D_MODEL };
    const at = { kind: 'hook', hook: 'mlp_out', layer: 0, positions: [1] } as const;
    const edits = [
      { ...at, keep: 0, value: 3 },
      { ...at, keep: 2, value: 1 },
    ];
    const { mlp_out } = layerEdits(config, 0, [edits], { first: 0, count: 3 });
    assert.deepEqual([...(mlp_out?.keep.data ?? [])], [1, 0, 1]);
    assert.deepEqual([...(mlp_out?.value.data ?? [])], [0, 7, 0]);
  });
});

/** The edit without its positions before `first`. */
function lateOnly(edit: RunEdit, first: number): RunEdit {
  const kept = edit.positions.flatMap((position, order) => (position >= first ? [order] : []));
  const positions = kept.map((order) => edit.positions[order] ?? 0);
  if (edit.kind === 'scale')
    return { ...edit, positions, invStd: Float32Array.from(kept, (order) => edit.invStd[order] ?? 0) };
  if (edit.kind === 'latent' || typeof edit.value === 'number') return { ...edit, positions };
  const { value } = edit;
  return { ...edit, positions, value: kept.map((order) => value[order] ?? new Float32Array()) };
}

function part({ data }: Tensor, index: number, parts: number): Float32Array {
  return data.slice((index * data.length) / parts, ((index + 1) * data.length) / parts);
}

async function runLayer(
  runner: Runner,
  clean: Trace,
  batch: readonly (readonly RunEdit[])[],
  rows: Rows,
): Promise<Tensor> {
  const x = clean.residPre(LAYER).data.subarray(rows.first * D_MODEL);
  const repeated = Float32Array.from(batch.flatMap(() => [...x]));
  const run = await runner.block({
    layer: LAYER,
    x: { dims: [batch.length * rows.count, D_MODEL], data: repeated },
    batch: batch.length,
    want: ['resid_post'],
    edits: layerEdits(runner.config, LAYER, batch, rows),
    ...(rows.first === 0 ? {} : { past: await pastOf(clean, rows.first) }),
  });
  const result = run.get('resid_post');
  assert.ok(result);
  return result;
}

async function pastOf(clean: Trace, count: number): Promise<Past> {
  const activations = await clean.layer(LAYER);
  const cut = (name: 'k' | 'v'): Tensor => {
    const data = activations.get(name)?.data ?? new Float32Array();
    const heads = Array.from({ length: HEADS }, (_, head) =>
      data.slice(head * POSITIONS * D_HEAD, (head * POSITIONS + count) * D_HEAD),
    );
    return { dims: [1, HEADS, count, D_HEAD], data: Float32Array.from(heads.flatMap((each) => [...each])) };
  };
  return { k: cut('k'), v: cut('v') };
}

async function withModel(
  use: (model: { runner: Runner; weights: Weights; ids: readonly number[] }) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const config = await writeRandomModel(join(folder, 'model'));
    const { runner, checkpoint, graphs } = await openRunner(join(folder, 'model'));
    const random = seededRandom(11);
    const ids = Array.from({ length: POSITIONS }, () => random.below(config.d_vocab));
    await use({ runner, weights: await readAllWeights(checkpoint), ids });
    await graphs.release();
  });
}
