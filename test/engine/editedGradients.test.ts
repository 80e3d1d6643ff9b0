import assert from 'node:assert/strict';
import type { Edit, ReferenceRun } from '../../src/core/model/gpt2.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import { gradients, type GradientSource } from '../../src/core/trace/gradients/gradients.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import type { LatentEdit, RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { hold, referenceRun } from '../support/differences.ts';
import { allGradients, assertSlopes, openBench, type GradientBench } from '../support/gradientBench.ts';
import type { RandomSaeOptions } from '../support/randomSae.ts';
import { referenceEdits } from '../support/referenceEdits.ts';
import { dot, headRow, hookOf, readLogits, readScore } from '../support/referenceScalars.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const TOLERANCE = 1e-4;
const LAST = 5;
const ALL = [0, 1, 2, 3, 4, 5];
const LOGITS = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [7],
  distractors: [3],
  position: LAST,
} as const;
const SCORE = { kind: 'score', layer: 1, head: 1, position: LAST, source: 2 } as const;

const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
const hook = (name: 'q' | 'k' | 'v' | 'z', head: number): RunEdit => {
  const value = [numbers(8), numbers(8)];
  return { kind: 'hook', hook: name, layer: 1, head, positions: [2, LAST], keep: 0.5, value };
};

const EDITS: readonly (readonly [string, readonly RunEdit[]])[] = [
  ['query', [hook('q', 1)]],
  ['key', [hook('k', 1)]],
  ['value', [hook('v', 1)]],
  ['head', [hook('z', 0)]],
  [
    'a pair cut',
    [{ kind: 'hook', hook: 'pattern', layer: 0, head: 1, index: 1, positions: [3, 4, 5], keep: 0, value: 0 }],
  ],
  [
    'pattern scaled and frozen',
    [
      { kind: 'hook', hook: 'pattern', layer: 1, head: 0, positions: ALL, keep: 0.5, value: 0.1 },
      { kind: 'hook', hook: 'pattern', layer: 1, head: 1, positions: [LAST], keep: 0, value: [numbers(6)] },
    ],
  ],
  [
    'neurons and MLP output',
    [
      { kind: 'hook', hook: 'post', layer: 0, index: 3, positions: ALL, keep: 0, value: 2 },
      { kind: 'hook', hook: 'post', layer: 1, positions: [4], keep: 2, value: 0 },
      { kind: 'hook', hook: 'mlp_out', layer: 0, positions: [1, 5], keep: 0.3, value: 0 },
    ],
  ],
  ['attention output', [{ kind: 'hook', hook: 'attn_out', layer: 1, positions: [2, 5], keep: 0, value: 1 }]],
  [
    'residual streams',
    [
      { kind: 'residual', hook: 'resid_pre', layer: 0, positions: [1], keep: 0.5, value: 0 },
      {
        kind: 'residual',
        hook: 'resid_mid',
        layer: 0,
        positions: [2, 5],
        keep: 0.5,
        value: [numbers(16), numbers(16)],
      },
      { kind: 'residual', hook: 'resid_post', layer: 0, positions: [3], keep: 0, value: 1 },
      { kind: 'residual', hook: 'resid_post', layer: 0, positions: [5], keep: 2, value: 0 },
      { kind: 'residual', hook: 'resid_post', layer: 1, positions: [LAST], keep: 0.5, value: 0 },
    ],
  ],
  [
    'held scales',
    [
      { kind: 'scale', norm: 'ln1', layer: 1, positions: [1, 5], invStd: Float32Array.of(0.7, 1.3) },
      { kind: 'scale', norm: 'ln2', layer: 0, positions: ALL, invStd: numbers(6).map((x) => 1 + x / 2) },
      { kind: 'scale', norm: 'ln_final', layer: null, positions: [LAST], invStd: Float32Array.of(0.8) },
    ],
  ],
];

const SITES = [
  'attn.hook_z',
  'hook_attn_out',
  'hook_resid_mid',
  'mlp.hook_post',
  'hook_mlp_out',
  'hook_resid_post',
];

const HELD: readonly RunEdit[] = EDITS.find(([name]) => name === 'held scales')?.[1] ?? [];

describe('gradients of edited runs equal float64 central differences at every hook', function () {
  this.timeout(60_000);

  it('of every kind of edit but those of latents', () =>
    withBench([], async (bench) => {
      for (const [name, edits] of EDITS) {
        await check(bench, edits).catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`, { cause: error });
        });
      }
      await check(
        bench,
        EDITS.flatMap(([, edits]) => edits),
      );
    }));

  it('of resid_pre, which is resid_post of the layer before', () =>
    withBench([], async (bench) => {
      const edit = { kind: 'residual', positions: [2, 5], keep: 0.5, value: 1 } as const;
      const found = await Promise.all(
        [{ hook: 'resid_pre', layer: 1 } as const, { hook: 'resid_post', layer: 0 } as const].map(
          async (at) => {
            const trace = await Trace.run(bench.source.runner, bench.ids, { edits: [{ ...edit, ...at }] });
            return allGradients(
              bench,
              await gradients({ ...bench.source, trace }, LOGITS, { frozenScale: true }),
            );
          },
        ),
      );
      assert.deepEqual(found[0], found[1]);
    }));

  it('of a log-probability under a held final scale, and of a value trace', () =>
    withBench([], async (bench) => {
      const { config, weights, ids, source } = bench;
      const edits = [...HELD, hook('v', 1), hook('z', 1)];
      const trace = await Trace.run(source.runner, ids, { edits });
      const base = { config, weights, ids, edit: referenceEdits(edits, new Map()) };
      const run = referenceRun({ ...base, read: () => 0 });
      const logProb = { ...LOGITS, reading: 'log_prob' } as const;
      const found = await gradients({ ...source, trace }, logProb, { frozenScale: false });
      const read = readLogits(config, logProb);
      assert.ok(Math.abs(found.readout.value - read(run)) < TOLERANCE);
      assertSlopes(allGradients(bench, found), { ...base, read }, TOLERANCE);

      const pair = { layer: 1, head: 1, position: LAST, source: 2 };
      const value = { kind: 'value', ...pair, downstream: LOGITS } as const;
      const traced = await gradients({ ...source, trace }, value, { frozenScale: false });
      const above = await gradients({ ...source, trace }, LOGITS, { frozenScale: false });
      // z keeps half of what the pattern mixes, by the edit of z
      const z = headOf(above.layer(1)?.get('z')?.data ?? [], config).map((each) => each / 2);
      const p = hookOf(run, 'blocks.1.attn.hook_pattern')[(1 * 6 + LAST) * 6 + 2] ?? Number.NaN;
      const readValue = (moved: ReferenceRun): number =>
        p * dot(headRow(config, moved, 'blocks.1.attn.hook_v', 2, 1), z);
      assert.ok(Math.abs(traced.readout.value - readValue(run)) < TOLERANCE);
      assertSlopes(allGradients(bench, traced), { ...base, read: readValue }, TOLERANCE);
    }));

  for (const site of SITES) {
    it(`of latents and the error of a SAE at ${site}`, () => withBench([`blocks.0.${site}`], checkLatents));
    it(`of latents and the error of a SAE at ${site} with centred and scaled input`, () =>
      withBench([`blocks.0.${site}`], checkLatents, { center_input: true, input_scale: 2.2 }));
  }

  it('of latents at several hooks of a block, among other edits', () =>
    withBench(
      [
        'blocks.0.hook_attn_out',
        'blocks.0.mlp.hook_post',
        'blocks.0.hook_mlp_out',
        'blocks.0.hook_resid_post',
      ],
      async (bench) => {
        const latents = [...bench.saes.keys()].map((sae): LatentEdit => {
          const [index = 0] = activeLatents(bench, sae);
          return { kind: 'latent', sae, index, positions: [4], keep: 0, value: 0 };
        });
        const others = EDITS.filter(([name]) => ['neurons and MLP output', 'head'].includes(name));
        await check(bench, [...others.flatMap(([, edits]) => edits), ...latents]);
      },
    ));
});

async function checkLatents(bench: GradientBench): Promise<void> {
  const [id = ''] = bench.saes.keys();
  const edit = (index: LatentEdit['index'], keep: number, value: number): LatentEdit => {
    return { kind: 'latent', sae: id, index, positions: [2, 4], keep, value };
  };
  const active = activeLatents(bench, id);
  await check(bench, [edit(active[0] ?? 0, 0, 0)]);
  await check(bench, [edit(active[0] ?? 0, 0.5, 1), edit(active[1] ?? 1, 0, 3)]);
  await check(bench, [edit('error', 0, 0)]);
}

async function withBench(
  hooks: readonly string[],
  use: (bench: GradientBench) => Promise<void>,
  prepared: Partial<RandomSaeOptions> = {},
): Promise<void> {
  const saes = hooks.map((hook_name) => ({
    architecture: 'standard' as const,
    hook_name,
    ...prepared,
    ...(hook_name.endsWith('hook_z') ? { json: { reshape_activations: 'hook_z' } } : {}),
  }));
  await withTemporaryFolder(async (folder) => {
    const bench = await openBench(folder, { seed: 9, saes });
    try {
      await use(bench);
    } finally {
      await bench.release();
    }
  });
}

/** Latents that are active at both edited positions, the most active first. */
function activeLatents({ saes, clean }: GradientBench, id: string): number[] {
  const { folder, weights } = saes.get(id) ?? assert.fail(id);
  const { config } = folder;
  const { acts } = referenceSae(config, weights, hookOf(clean, config.hook_name));
  const at = (position: number, latent: number): number => acts[position * config.d_sae + latent] ?? 0;
  const least = (latent: number): number => Math.min(at(2, latent), at(4, latent));
  const all = Array.from({ length: config.d_sae }, (_, latent) => latent).filter(
    (latent) => least(latent) > 0,
  );
  assert.ok(all.length >= 2, 'the case has active latents');
  return all.toSorted((a, b) => least(b) - least(a));
}

async function check(bench: GradientBench, edits: readonly RunEdit[]): Promise<void> {
  const { config, weights, ids, source } = bench;
  const saes = new Map([...bench.saes.keys()].map((id) => [id, source.sae(id)]));
  const trace = await Trace.run(source.runner, ids, { edits, saes });
  const edited: GradientSource = { ...source, trace };
  const references = new Map(
    [...bench.saes].map(([id, sae]) => [id, { config: sae.folder.config, weights: sae.weights }]),
  );
  const edit = referenceEdits(edits, references);
  const base = { config, weights, ids };
  const run = referenceRun({ ...base, edit, read: () => 0 });

  const logits = await gradients(edited, LOGITS, { frozenScale: true });
  const frozen = both(edit, hold(run, [{ name: 'ln_final.hook_scale' }]));
  const read = readLogits(config, LOGITS);
  assert.ok(Math.abs(logits.readout.value - read(run)) < TOLERANCE * Math.max(1, Math.abs(read(run))));
  assertSlopes(allGradients(bench, logits), { ...base, edit: frozen, read }, TOLERANCE, 1);

  for (const through of ['q', 'k'] as const) {
    const scalar = { ...SCORE, through };
    const score = await gradients(edited, scalar, { frozenScale: false });
    assertSlopes(
      allGradients(bench, score),
      { ...base, edit, read: readScore(config, scalar, run) },
      TOLERANCE,
      1,
    );
  }
}

function both(first: Edit, second: Edit): Edit {
  return (name, values, dims) => {
    first(name, values, dims);
    second(name, values, dims);
  };
}

/** Row of head 1 at the last position of [1, pos, head, d_head]. */
function headOf(z: ArrayLike<number>, { n_heads, d_head }: ModelConfig): Float64Array {
  const start = (LAST * n_heads + 1) * d_head;
  return Float64Array.from({ length: d_head }, (_, i) => z[start + i] ?? Number.NaN);
}
