import assert from 'node:assert/strict';
import { estimatePatch, gridCorrelation } from '../../src/core/analysis/measure/attributionPatching.ts';
import { patch, PATCHED, type Patched, type PatchSides } from '../../src/core/analysis/measure/patching.ts';
import { referenceForward } from '../../src/core/model/gpt2.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import type { RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import type { Activations } from '../../src/core/trace/runner.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { createReader } from '../../src/core/trace/variants/createReader.ts';
import { runVariants } from '../../src/core/trace/variants/runVariants.ts';
import { normals, seededRandom } from '../support/random.ts';
import { withVariantModel, type OpenVariants } from '../support/variantModel.ts';

const CLEAN = 8;
/** The corrupted prompt has one token more after position 2. */
const CORRUPTED = 9;
const PAIRS = [0, 1, 2, 4, 5, 6, 7, 8];
const TOLERANCE = 1e-4;
const ACROSS_PATHS = 1e-5;

describe('activation patching', () => {
  it('is 1 where the one difference becomes clean, 0 where nothing differs or nothing reads', () =>
    withSides(async ({ model, trace }, sides) => {
      const changed = 5;
      const ids = trace.ids.map((id, at) => (at === changed ? (id + 1) % model.config.d_vocab : id));
      const same = {
        clean: trace,
        corrupted: await Trace.run(model.runner, ids),
        pairs: ids.map((_, at) => at),
        scalar: { clean: sides.scalar.clean, corrupted: sides.scalar.clean },
      };
      const start = await patch(model, same, { hook: 'resid_pre', layer: 0, byPosition: true });
      for (const [at, cell] of (start.measured[0] ?? []).entries()) {
        const expected = at === changed ? 1 : 0;
        assert.ok(Math.abs((cell ?? Number.NaN) - expected) < ACROSS_PATHS, `position ${at}: ${cell}`);
        if (at < changed) assert.equal(cell, 0, `position ${at} is the same in both`);
      }
      const last = model.config.n_layers - 1;
      const end = await patch(model, same, { hook: 'mlp_out', layer: last, byPosition: true });
      assert.deepEqual(end.measured[0]?.slice(0, -1), Array(CLEAN - 1).fill(0));
      assert.notEqual(end.measured[0]?.at(-1), 0);
    }));

  it('equals float64 runs with the clean values put in, at every hook', () =>
    withSides(async ({ model, weights }, sides) => {
      const clean = referenceForward(model.config, weights, sides.clean.ids);
      const corrupted = referenceForward(model.config, weights, sides.corrupted.ids);
      const value = (run: typeof clean, length: number): number => {
        const at = (id: number): number =>
          run.logits.data[(length - 1) * model.config.d_vocab + id] ?? Number.NaN;
        return at(5) - at(17);
      };
      const range = value(clean, CLEAN) - value(corrupted, CORRUPTED);
      for (const hook of PATCHED) {
        const { measured } = await patch(model, sides, { hook, layer: 0, byPosition: true });
        const name = `blocks.0.${['z', 'q', 'k', 'v', 'pattern'].includes(hook) ? 'attn.' : ''}hook_${hook}`;
        for (const [head, row] of measured.entries()) {
          const from = 4;
          const to = PAIRS[from] ?? 0;
          const run = referenceForward(model.config, weights, sides.corrupted.ids, (edited, values, dims) => {
            if (edited !== name) return;
            const source = clean.hooks.get(name)?.data ?? new Float64Array();
            if (hook === 'pattern') {
              for (let key = 0; key < CORRUPTED; key++) {
                const own = PAIRS.indexOf(key);
                values[(head * CORRUPTED + to) * CORRUPTED + key] =
                  own < 0 ? 0 : (source[(head * CLEAN + from) * CLEAN + own] ?? 0);
              }
              return;
            }
            const width = dims.at(-1) ?? 1;
            const heads = dims.length === 3 ? (dims[1] ?? 1) : 1;
            const start = (from * heads + head) * width;
            values.set(source.subarray(start, start + width), (to * heads + head) * width);
          });
          const expected = (value(run, CORRUPTED) - value(corrupted, CORRUPTED)) / range;
          const error = Math.abs((row[from] ?? Number.NaN) - expected);
          assert.ok(error < TOLERANCE * Math.max(1, Math.abs(expected)), `${hook} ${head}: ${error}`);
        }
      }
    }));

  it('positions without a partner are null, heads at all positions are one column', () =>
    withSides(async ({ model }, sides) => {
      const some = { ...sides, pairs: PAIRS.map((to, from) => (from === 3 ? null : to)) };
      const { measured } = await patch(model, some, { hook: 'attn_out', layer: 1, byPosition: true });
      assert.deepEqual(
        measured[0]?.map((cell) => cell === null),
        PAIRS.map((_, from) => from === 3),
      );
      const heads = await patch(model, some, { hook: 'v', layer: 1, byPosition: false });
      assert.deepEqual(
        heads.measured.map((row) => row.length),
        Array.from({ length: model.config.n_heads }, () => 1),
      );
    }));
});

describe('attribution patching', () => {
  it('is the measured change of a small patch, at every hook', () =>
    withSides(async ({ model, trace }, sides) => {
      const scalar = sides.scalar.clean;
      const source = { runner: model.runner, trace, sae: (id: string) => model.sae(id) };
      const slope = await gradients(source, scalar, { frozenScale: false });
      const acts = await trace.layer(0);
      const reader = await createReader(model, trace, scalar);
      for (const hook of PATCHED) {
        const edit = nudge(trace, acts, hook);
        const { value, base } = await runVariants(model, trace, [[edit]], reader);
        const measured = (value[0] ?? Number.NaN) - (base[0] ?? Number.NaN);
        const estimated = estimatePatch(slope, trace, acts, edit);
        assert.ok(Math.abs(estimated) > 1e-5, `${hook} matters: ${estimated}`);
        const error = Math.abs(measured - estimated) / Math.abs(estimated);
        assert.ok(error < 0.05, `${hook}: measured ${measured}, estimated ${estimated}`);
      }
    }));

  it('stands beside the measured cells', () =>
    withSides(async ({ model }, sides) => {
      const source = { runner: model.runner, trace: sides.corrupted, sae: (id: string) => model.sae(id) };
      const slope = await gradients(source, sides.scalar.corrupted, { frozenScale: false });
      const cells = { hook: 'mlp_out', layer: 1, byPosition: true } as const;
      const { measured, estimated } = await patch(model, sides, cells, { gradients: slope });
      assert.ok(estimated);
      const correlation = gridCorrelation(measured, estimated) ?? 0;
      assert.ok(correlation > 0.5, `correlation ${correlation}`);
    }));

  it('correlation: 1 for a line, null without spread, cells without a partner left out', () => {
    assert.equal(gridCorrelation([[1, 2, 3]], [[2, 4, 6]]), 1);
    assert.equal(gridCorrelation([[1, null, 3]], [[6, 100, 2]]), -1);
    assert.equal(gridCorrelation([[1, 1]], [[2, 3]]), null);
    assert.equal(gridCorrelation([[1]], [[2]]), null);
    assert.equal(gridCorrelation([[1, Number.NaN, 2]], [[2, 3, 4]]), null);
  });
});

/** A thousandth of noise added to one row of a hook of layer 0. */
function nudge(trace: Trace, acts: Activations, hook: Patched): RunEdit {
  const values = hook === 'resid_pre' ? trace.residPre(0) : acts.get(hook);
  const width = hook === 'pattern' ? CLEAN : (values?.dims.at(-1) ?? 0);
  const value = [normals(seededRandom(2), width, { mean: 0, std: 1e-3 })];
  const added = { layer: 0, positions: [4], keep: 1, value };
  if (hook === 'resid_pre') return { kind: 'residual', hook, ...added };
  const inHead = hook !== 'attn_out' && hook !== 'mlp_out';
  return { kind: 'hook', hook, ...(inHead ? { head: 1 } : {}), ...added };
}

async function withSides(use: (opened: OpenVariants, sides: PatchSides) => Promise<void>): Promise<void> {
  await withVariantModel({ seed: 12, positions: CLEAN }, async (opened) => {
    const { model, trace } = opened;
    const random = seededRandom(5);
    const ids = Array.from({ length: CORRUPTED }, (_, at) => {
      const partner = PAIRS.indexOf(at);
      const same = partner === 0 || partner === 7;
      return same ? (trace.ids[partner] ?? 0) : random.below(model.config.d_vocab);
    });
    const corrupted = await Trace.run(model.runner, ids);
    const scalar: LogitScalar = {
      kind: 'logits',
      reading: 'logit_diff',
      targets: [5],
      distractors: [17],
      position: CLEAN - 1,
    };
    await use(opened, {
      clean: trace,
      corrupted,
      pairs: PAIRS,
      scalar: { clean: scalar, corrupted: { ...scalar, position: CORRUPTED - 1 } },
    });
  });
}
