import assert from 'node:assert/strict';
import { measureNodes } from '../../src/core/analysis/measure/measure.ts';
import { planSweep, sweepPart, zeroed, type SweepRequest } from '../../src/core/analysis/measure/sweeps.ts';
import { formatUnit } from '../../src/core/model/units.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import type { Node } from '../../src/core/trace/node.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { createReader } from '../../src/core/trace/variants/createReader.ts';
import { runVariants } from '../../src/core/trace/variants/runVariants.ts';
import { assertClose } from '../support/closeness.ts';
import { expectError } from '../support/expectError.ts';
import { withVariantModel, type OpenVariants } from '../support/variantModel.ts';

const POSITIONS = 7;
const LAST = POSITIONS - 1;
const SCALAR: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [5],
  distractors: [17],
  position: LAST,
};
const ALL = Array.from({ length: POSITIONS }, (_, at) => at);
const SAES = [
  { hook_name: 'blocks.0.hook_mlp_out', architecture: 'standard' },
  { hook_name: 'blocks.1.hook_resid_post', architecture: 'topk' },
] as const;

describe('sweeps', () => {
  const requests: readonly SweepRequest[] = [
    { kind: 'heads', layer: null, positions: [LAST] },
    { kind: 'heads', layer: 1, positions: ALL },
    { kind: 'neurons', layer: 0, positions: [3] },
    { kind: 'latents', layer: null, positions: [LAST] },
    { kind: 'latents', layer: 1, positions: ALL },
  ];
  it('every unit once, its effect the same as when it is run alone', () =>
    opened(async ({ model, trace }) => {
      for (const request of requests) {
        const parts = await planSweep(model, trace, request);
        const swept = [];
        for (const { id, runs } of parts) {
          const units = await sweepPart(model, trace, { ...request, part: id }, SCALAR);
          assert.equal(units.length, runs);
          swept.push(...units);
        }
        const names = swept.map(({ unit }) => formatUnit(unit));
        assert.equal(new Set(names).size, names.length);
        if (request.kind !== 'latents') assert.equal(names.length, expectedUnits(model, request));
        const reader = await createReader(model, trace, SCALAR);
        const some = swept[Math.floor(swept.length / 2)];
        assert.ok(some);
        const alone = await runVariants(model, trace, [[zeroed(some.unit, request.positions)]], reader);
        assert.equal(some.effect, (alone.base[0] ?? Number.NaN) - (alone.value[0] ?? Number.NaN), names[0]);
        assert.ok(swept.some(({ effect }) => Math.abs(effect) > 1e-3));
      }
    }));

  it('latents that are swept are the active ones', () =>
    opened(async ({ model, trace }) => {
      const request = { kind: 'latents', layer: null, positions: [LAST] } as const;
      const [part] = await planSweep(model, trace, request);
      assert.ok(part);
      const units = await sweepPart(model, trace, { ...request, part: part.id }, SCALAR);
      let active = 0;
      for (const [id, runner] of model.source.saes) {
        const { data } = await trace.hook(runner.sae.config.hook_name);
        const { counts } = await runner.encode({ dims: [POSITIONS, runner.sae.config.d_in], data });
        active += counts[LAST] ?? 0;
        assert.ok(units.some(({ unit }) => unit.kind === 'latent' && unit.sae === id));
      }
      assert.equal(units.length, active);
    }));

  it('a part of no plan is refused', () =>
    opened(async ({ model, trace }) => {
      const request = { kind: 'heads', positions: [LAST], part: 'heads' } as const;
      await expectError(() => sweepPart(model, trace, request, SCALAR), 'request/invalid', '"heads"');
    }));
});

describe('measured effects', () => {
  it('of last-layer neurons with the scale held are activation x gradient', () =>
    opened(async ({ model, trace }) => {
      const layer = model.config.n_layers - 1;
      const nodes = Array.from({ length: model.config.d_mlp }, (_, neuron): Node => {
        return { kind: 'neuron', layer, neuron, position: LAST };
      });
      const measured = await measureNodes(model, trace, nodes, SCALAR);
      const source = { runner: model.runner, trace, sae: (id: string) => model.sae(id) };
      const slope = (await gradients(source, SCALAR, { frozenScale: true })).layer(layer)?.get('post');
      const post = (await trace.layer(layer)).get('post');
      const estimated = nodes.map((_, neuron) => {
        const at = LAST * model.config.d_mlp + neuron;
        return (post?.data[at] ?? Number.NaN) * (slope?.data[at] ?? Number.NaN);
      });
      assertClose(
        measured.map(({ frozen }) => frozen ?? Number.NaN),
        estimated,
        1e-4,
        'frozen',
      );
      assert.ok(
        measured.some(({ effect, frozen }) => effect !== frozen),
        'the live scale moves',
      );
    }));

  it('every kind of node has one; constants of the scalar itself have none', () =>
    opened(async ({ model, trace }) => {
      const place = { layer: 0, position: 4 };
      const nodes: readonly Node[] = [
        { kind: 'embedding', position: 4 },
        { kind: 'neuron', neuron: 3, ...place },
        { kind: 'head', head: 1, source: 2, ...place },
        { kind: 'error', sae: '0-mlp', ...place },
        { kind: 'bias', name: 'b_O', ...place },
        { kind: 'bias', name: 'b_out', ...place },
        { kind: 'bias', name: 'b_V', ...place },
        { kind: 'bias', name: 'b_dec', sae: '0-mlp', ...place },
        { kind: 'bias', name: 'ln_f', layer: null, position: LAST },
      ];
      const measured = await measureNodes(model, trace, nodes, SCALAR);
      assert.deepEqual(
        measured.map(({ effect }) => effect !== null && Math.abs(effect) > 1e-6),
        nodes.map((node) => node.kind !== 'bias' || node.name !== 'ln_f'),
      );
    }));

  it('a node after the scalar has exactly 0', () =>
    opened(async ({ model, trace }) => {
      const scalar = { kind: 'neuron', layer: 0, neuron: 3, position: 4 } as const;
      const nodes: readonly Node[] = [
        { kind: 'neuron', layer: 0, neuron: 3, position: 4 },
        { kind: 'neuron', layer: 1, neuron: 3, position: 4 },
        { kind: 'embedding', position: 5 },
        { kind: 'embedding', position: 4 },
      ];
      const effects = (await measureNodes(model, trace, nodes, scalar)).map(({ effect }) => effect);
      assert.deepEqual(effects.slice(0, 3), [0, 0, 0]);
      assert.notEqual(effects[3], 0);
    }));
});

function expectedUnits({ config }: OpenVariants['model'], { kind, layer }: SweepRequest): number {
  return (kind === 'heads' ? config.n_heads : config.d_mlp) * (layer === null ? config.n_layers : 1);
}

function opened(use: (opened: OpenVariants) => Promise<void>): Promise<void> {
  return withVariantModel({ seed: 13, positions: POSITIONS, saes: SAES }, use);
}
