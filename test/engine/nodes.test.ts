import assert from 'node:assert/strict';
import { attentionLayer } from '../../src/core/analysis/attentionLayer.ts';
import { layerAttribution } from '../../src/core/analysis/layerAttribution.ts';
import { indexCount, nodeAt, type NodeGroup } from '../../src/core/analysis/nodes/nodeGroups.ts';
import { metricsAt } from '../../src/core/analysis/nodes/nodeMetrics.ts';
import type { Metric, NodeMetrics, SumCheck } from '../../src/core/analysis/nodes/nodeRows.ts';
import type { NodeSide } from '../../src/core/analysis/nodes/nodeSide.ts';
import { metricsOf, nodeTable, sumCheck } from '../../src/core/analysis/nodes/nodeTable.ts';
import { nodeWrite } from '../../src/core/analysis/nodes/nodeWrite.ts';
import { sideNodes } from '../../src/core/analysis/nodes/sideNodes.ts';
import { tokenEffects } from '../../src/core/analysis/tokenEffects.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import { formatUnit } from '../../src/core/model/units.ts';
import { formatNode, parseNode, unitOfNode, type Node } from '../../src/core/trace/node.ts';
import type { RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import type { LogitScalar, Scalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { expectError } from '../support/expectError.ts';
import { openRandomNodes, type OpenNodes } from '../support/openNodes.ts';
import { allReferenceNodes, nudgedScalar } from '../support/referenceNodes.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const SIZE = 12;
/** Not the last position: nodes after it must be exactly 0. */
const POSITION = 9;
const PLAIN = { foldValueBiases: false };
const FROZEN = { frozenScale: true };
/** Sums of direct effects against the scalar. */
const SUM = 1e-3;
const LOGIT_DIFF: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [4],
  distractors: [9, 11],
  position: POSITION,
};
const SAES = [
  { architecture: 'topk', hook_name: 'blocks.0.hook_resid_post', normalize_activations: 'layer_norm' },
  { architecture: 'standard', hook_name: 'blocks.1.hook_resid_mid', center_input: true },
  { architecture: 'topk', hook_name: 'blocks.1.hook_mlp_out', rescale_acts_by_decoder_norm: true },
  { architecture: 'jumprelu', hook_name: 'blocks.2.hook_mlp_out', apply_b_dec_to_input: false },
  {
    architecture: 'jumprelu',
    hook_name: 'blocks.0.hook_mlp_out',
    center_input: true,
    input_scale: 1.8,
  },
  { architecture: 'gated', hook_name: 'blocks.1.hook_attn_out', form: 'dictionary_learning' },
  {
    architecture: 'standard',
    hook_name: 'blocks.2.attn.hook_z',
    normalize_activations: 'constant_norm_rescale',
    json: { reshape_activations: 'hook_z' },
  },
  { architecture: 'jumprelu', hook_name: 'blocks.1.mlp.hook_post', normalize_activations: 'layer_norm' },
  { architecture: 'standard', hook_name: 'blocks.2.mlp.hook_post', d_sae: 64 },
] as const;

describe('nodes of a run', function () {
  this.timeout(120_000);
  const models = [
    { name: 'sharp', foldValueBiases: false, seed: 3, config: {} },
    {
      name: 'odd sizes, untied, relu, scores by layer, value biases folded',
      foldValueBiases: true,
      seed: 4,
      config: {
        n_layer: 3,
        n_embd: 21,
        n_head: 3,
        n_inner: 50,
        vocab_size: 301,
        tie_word_embeddings: false,
        activation_function: 'relu',
        scale_attn_by_inverse_layer_idx: true,
      },
    },
  ];
  for (const { name, foldValueBiases, ...model } of models) {
    it(`${name}: every column of every node is the float64 reference's`, () =>
      withNodes(model, [], async (nodes) => {
        const found = await allMetrics(await nodes.side(LOGIT_DIFF), { foldValueBiases });
        const expected = allReferenceNodes(nodes, LOGIT_DIFF, { foldValueBiases });
        assert.deepEqual([...found.keys()].toSorted(), [...expected.keys()].toSorted());
        for (const [key, want] of expected) {
          const got = found.get(key);
          assert.ok(got);
          for (const column of ['activation', 'writeMagnitude', 'directEffect'] as const) {
            const what = `${key} ${column}: ${got[column]} instead of ${want[column]}`;
            assert.ok(Math.abs(got[column] - want[column]) < 2e-4, what);
          }
          // A7: what the scalar does not read has a direct effect of exactly 0.
          if (want.directEffect === 0) assert.ok(Object.is(got.directEffect, 0), key);
        }
      }));
  }

  describe('of one model', () => {
    let nodes: OpenNodes;
    let close: () => void = () => undefined;
    let closed: Promise<void>;

    before(async () => {
      const opened = new Promise<OpenNodes>((resolve, reject) => {
        closed = withNodes({ seed: 5, config: { n_layer: 3 } }, SAES, async (found) => {
          resolve(found);
          await new Promise<void>((done) => (close = done));
        });
        closed.catch(reject);
      });
      nodes = await opened;
    });

    after(async () => {
      close();
      await closed;
    });

    it('A2: sums of direct effects close, value biases folded or not', async () => {
      for (const scalar of additiveScalars(nodes)) {
        for (const foldValueBiases of [false, true]) {
          const check = await sumCheck(await nodes.side(scalar), { foldValueBiases });
          assertCloses(check, `${JSON.stringify(scalar)} ${foldValueBiases}`);
        }
      }
    });

    it('A2: sums close with SAEs in the place of what they read', async () => {
      const cases: readonly (readonly [readonly string[], readonly (keyof SumCheck['byKind'])[]])[] = [
        [['1-mlp', '2-mlp', '1-att', '2-z'], []],
        [['1-post', '2-post', '1-att'], []],
        [
          ['1-res_mid', '1-post', '2-mlp'],
          ['embedding', 'neuron'],
        ],
        [['0-res'], ['embedding']],
        [
          ['1-res_mid', '1-mlp', '2-mlp', '2-z'],
          ['embedding', 'head', 'neuron'],
        ],
        [
          ['0-res', '1-mlp', '1-att', '2-mlp', '2-z'],
          ['embedding', 'head', 'neuron'],
        ],
      ];
      for (const [saes, gone] of cases) {
        for (const scalar of additiveScalars(nodes)) {
          const check = await sumCheck(await nodes.side(scalar, { saes }), PLAIN);
          assertCloses(check, `${saes.join(' ')} ${JSON.stringify(scalar)}`);
        }
        const { byKind } = await sumCheck(await nodes.side(LOGIT_DIFF, { saes }), PLAIN);
        assert.ok(byKind.latent !== 0 && byKind.error !== 0, saes.join(' '));
        for (const kind of gone) assert.equal(byKind[kind], 0, `${saes.join(' ')} ${kind}`);
      }
    });

    it('says why a sum does not close', async () => {
      const score = { kind: 'score', layer: 2, head: 1, position: 7, source: 3, through: 'qk' } as const;
      const open: readonly Scalar[] = [score, { ...LOGIT_DIFF, reading: 'log_prob' }];
      for (const scalar of open) {
        const { notAdditive } = await sumCheck(await nodes.side(scalar), PLAIN);
        assert.ok((notAdditive ?? '').length > 5, JSON.stringify(scalar));
      }
      const live = await sumCheck(await nodes.side(LOGIT_DIFF, { frozenScale: false }), PLAIN);
      assert.ok(live.notAdditive !== null);
    });

    it('refuses SAEs that stand for the same nodes', async () => {
      const side = await nodes.side(LOGIT_DIFF, { saes: ['0-res', '1-res_mid'] });
      await expectError(() => sumCheck(side, PLAIN), 'sae/conflict', '0-res', '1-res_mid');
      const part = await nodes.side(LOGIT_DIFF, { saes: ['1-post', '1-mlp'] });
      await expectError(() => sumCheck(part, PLAIN), 'sae/conflict', '1-post', '1-mlp', 'part of layer 1');
    });

    it('A4: estimated total effect is activation x gradient, by central differences', async () => {
      const named = ['L0N7@3', 'L1N11@9', 'L2N5@9', 'L0H1@5->2', 'L1H2@9->4', 'L2H0@9->0', 'E@3'];
      const found = await metricsOf(await nodes.side(LOGIT_DIFF), named.map(parseNode), PLAIN);
      named.forEach((name, index) => {
        const step = 1e-3;
        const slope =
          (nudgedScalar(nodes, LOGIT_DIFF, parseNode(name), 1 + step) -
            nudgedScalar(nodes, LOGIT_DIFF, parseNode(name), 1 - step)) /
          (2 * step);
        const got = found[index]?.estimatedTotalEffect ?? Number.NaN;
        assert.ok(
          Math.abs(got - slope) < 1e-4 + 1e-2 * Math.abs(slope),
          `${name}: ${got} instead of ${slope}`,
        );
      });
    });

    it('nodes of SAEs inside a part write together what the part writes', async () => {
      const cases = [
        ['1-post', 'L1.b_out', 'blocks.1.hook_mlp_out'],
        ['2-z', 'L2.b_O', 'blocks.2.hook_attn_out'],
      ] as const;
      for (const [sae, bias, hook] of cases) {
        const side = await nodes.side(LOGIT_DIFF, { saes: [sae] });
        const found = await allMetrics(side, PLAIN);
        const own = [...found.keys()].filter((name) => name.startsWith(sae) && name.includes(`@${POSITION}`));
        assert.ok(own.length > 3, own.join());
        const written = new Float64Array(nodes.config.d_model);
        for (const name of [...own, `${bias}@${POSITION}`]) {
          const write = (await nodeWrite(side, parseNode(name), PLAIN)) ?? assert.fail(name);
          write.forEach((value, i) => (written[i] = (written[i] ?? 0) + value));
          assertNear(found.get(name)?.writeMagnitude, Math.hypot(...write), name);
        }
        const { data } = nodes.reference.hooks.get(hook) ?? assert.fail(hook);
        written.forEach((value, i) => assertNear(value, data[POSITION * written.length + i], `${hook} ${i}`));
      }
    });

    it('A5: in the last MLP direct and total effect are one, in the last attention they are not', async () => {
      const found = await allMetrics(await nodes.side(LOGIT_DIFF), PLAIN);
      let different = 0;
      for (const [key, { directEffect, estimatedTotalEffect }] of found) {
        const far = Math.abs(directEffect - estimatedTotalEffect) > 1e-4;
        if (/^L2N\d+@9$/.test(key)) assert.ok(!far, key);
        if (/^L2H\d+@9->/.test(key) && far) different++;
      }
      assert.ok(different > 0);
    });

    it('A14: rows are the union of the top and bottom k of each column and side, named alike on both', async () => {
      const ids = nodes.ids.map((id, index) => (index === 4 ? id + 1 : id));
      const other = await nodes.other(ids);
      const alignment = ids.map((_, index) => (index === 6 ? null : index));
      const saes = ['1-mlp', '2-z'];
      const left = await nodes.side(LOGIT_DIFF, { saes });
      const right = await other.side(LOGIT_DIFF, { saes });
      const onLeft = await allMetrics(left, PLAIN);
      const onRight = await allMetrics(right, PLAIN);
      for (const k of [1, 30]) {
        const table = await nodeTable({
          left,
          right,
          alignment,
          options: { k, saes, foldValueBiases: false },
          words: (unit) => ({ words: formatUnit(unit), by: 'summary', score: null, stale: false }),
        });
        const expected = new Set([
          ...ranked(onLeft, k),
          ...ranked(onRight, k).filter((name) => !atSix(name)),
        ]);
        assert.deepEqual(table.rows.map(({ name }) => name).toSorted(), [...expected].toSorted());
        for (const row of table.rows) {
          assert.deepEqual(row.left, onLeft.get(row.name) ?? null, row.name);
          assert.deepEqual(row.right, atSix(row.name) ? null : (onRight.get(row.name) ?? null), row.name);
          const unit = unitOfNode(row.node);
          assert.equal(row.known?.words ?? null, unit && formatUnit(unit));
          assert.equal(row.attributedTo !== null, row.name.startsWith('2-z/') && row.node.kind === 'latent');
        }
        assert.equal(table.total, onLeft.size);
        assertCloses(table.left, 'left');
        assert.ok(table.right);
        assertCloses(table.right, 'right');
      }
    });

    it('A7: nodes after the reading, or beside it, have a direct effect of exactly 0', async () => {
      const traced = await allMetrics(
        await nodes.side({ kind: 'neuron', layer: 1, neuron: 5, position: 6 }),
        PLAIN,
      );
      let read = 0;
      for (const [key, { directEffect }] of traced) {
        const reads = /@6(->\d+)?$/.test(key) && !/^L2|^L1N|^L1\.b_out/.test(key);
        if (!reads) assert.ok(Object.is(directEffect, 0), key);
        else if (directEffect !== 0) read++;
      }
      assert.ok(read > 100);
      const latent = { kind: 'latent', sae: '1-mlp', index: 3, position: 4 } as const;
      const beside = await sumCheck(await nodes.side(latent, { saes: ['1-mlp'] }), PLAIN);
      assert.equal(beside.byKind.latent, 0);
      assertCloses(beside, 'the SAE of the traced latent stands beside');
    });

    it('an edited run: an ablated head writes nothing, and the sum closes', async () => {
      const positions = [POSITION];
      const edits: readonly RunEdit[] = [
        { kind: 'hook', hook: 'z', layer: 1, head: 2, positions, keep: 0, value: 0 },
        { kind: 'hook', hook: 'attn_out', layer: 0, positions, keep: 0.5, value: 0 },
        { kind: 'hook', hook: 'mlp_out', layer: 2, positions, keep: -2, value: 0 },
        { kind: 'residual', hook: 'resid_mid', layer: 1, positions, keep: 0.25, value: 0 },
        { kind: 'hook', hook: 'post', layer: 1, index: 3, positions, keep: 0, value: 4 },
      ];
      const trace = await Trace.run(nodes.open.runner, nodes.ids, { edits });
      const clean = await nodes.side(LOGIT_DIFF);
      const source = { ...nodes.source, trace };
      const side = { ...clean, trace, edits, gradients: await gradients(source, LOGIT_DIFF, FROZEN) };
      for (const foldValueBiases of [false, true])
        assertCloses(await sumCheck(side, { foldValueBiases }), 'edited');
      const [pair, neuron] = await metricsOf(side, ['L1H2@9->4', 'L1N3@9'].map(parseNode), PLAIN);
      assert.ok((pair?.activation ?? 0) > 0);
      assert.deepEqual([pair?.writeMagnitude, pair?.directEffect, pair?.estimatedTotalEffect], [0, 0, 0]);
      assert.equal(neuron?.activation, 4);
    });

    it('token effects add up what the nodes say', async () => {
      const side = await nodes.side(LOGIT_DIFF);
      const expected = { embeddings: zeros(), mlps: zeros(), bySource: zeros(), byQuery: zeros() };
      for (const [name, { estimatedTotalEffect }] of await allMetrics(side, PLAIN)) {
        const node = parseNode(name);
        if (node.kind === 'embedding') add(expected.embeddings, node.position, estimatedTotalEffect);
        if (node.kind === 'neuron') add(expected.mlps, node.position, estimatedTotalEffect);
        if (node.kind === 'head') {
          add(expected.bySource, node.source, estimatedTotalEffect);
          add(expected.byQuery, node.position, estimatedTotalEffect);
        }
      }
      const effects = await tokenEffects(side);
      for (const map of ['embeddings', 'mlps', 'bySource', 'byQuery'] as const) {
        expected[map].forEach((value, at) => assertNear(effects[map][at], value, `${map} ${at}`));
      }
    });

    it('layers add up to the scalar, and the lens ends at it', async () => {
      const side = await nodes.side(LOGIT_DIFF);
      const at = { side, scalar: LOGIT_DIFF };
      const layers = await layerAttribution({ left: at, right: at, ...PLAIN });
      const { value } = side.gradients.readout;
      assertNear(
        layers.components.reduce((sum, { left }) => sum + left, 0),
        value,
        'components',
      );
      assertNear(layers.accumulated.at(-1)?.left, value, 'lens');
      assert.deepEqual(
        layers.components.map(({ name }) => name),
        ['embed', '0_attn_out', '0_mlp_out', '1_attn_out', '1_mlp_out', '2_attn_out', '2_mlp_out', 'ln_f'],
      );
      const { byKind } = await sumCheck(side, PLAIN);
      assertNear(
        layers.heads.flat().reduce((sum, effect) => sum + effect, 0),
        byKind.head,
        'heads',
      );
      for (const { left, right } of layers.components) assert.equal(left, right);
    });

    it('attention by what is written is the write magnitude of each pair', async () => {
      const side = await nodes.side(LOGIT_DIFF);
      const { heads, size, pattern, written } = await attentionLayer(side, 1);
      const named = ['L1H2@9->4', 'L1H0@0->0', 'L1H3@11->10'].map(parseNode);
      const found = await metricsOf(side, named, PLAIN);
      named.forEach((node, index) => {
        assert.ok(node.kind === 'head');
        const place = (node.head * size + node.position) * size + node.source;
        assertNear(written[place], found[index]?.writeMagnitude, formatNode(node));
        assertNear(pattern[place], found[index]?.activation, formatNode(node));
      });
      assert.equal(pattern.length, heads * size * size);
      assert.equal(written[1], 0, 'a later key');
    });
  });
});

/** Scalars whose sum closes, of every kind and hook. */
function additiveScalars({ saes }: OpenNodes): Scalar[] {
  const score = { kind: 'score', layer: 2, head: 1, position: 7, source: 3 } as const;
  return [
    LOGIT_DIFF,
    { ...LOGIT_DIFF, reading: 'logit', position: SIZE - 1 },
    { kind: 'neuron', layer: 0, neuron: 3, position: 5 },
    { kind: 'neuron', layer: 2, neuron: 7, position: 6 },
    { ...score, through: 'q' },
    { ...score, through: 'k' },
    { kind: 'value', layer: 1, head: 2, position: POSITION, source: 3, downstream: LOGIT_DIFF },
    ...saes.map(({ id }): Scalar => ({ kind: 'latent', sae: id, index: 3, position: 7 })),
  ];
}

async function withNodes(
  model: { readonly seed: number; readonly config: Readonly<Record<string, unknown>> },
  saes: typeof SAES | [],
  run: (nodes: OpenNodes) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const ids = Array.from({ length: SIZE }, (_, index) => (index * 37 + 5) % 290);
    const nodes = await openRandomNodes(folder, model, { saes, ids: () => ids });
    await run(nodes);
    await nodes.release();
  });
}

/** Every listed node of a side by name. */
async function allMetrics(
  side: NodeSide,
  options: { readonly foldValueBiases: boolean },
): Promise<Map<string, NodeMetrics>> {
  const nodes = sideNodes(side, options);
  const found = new Map<string, NodeMetrics>();
  for (const place of nodes.places) {
    for (const group of await nodes.groups(place)) {
      if ('listed' in group && !group.listed) continue;
      for (let index = 0; index < indexCount(group); index++) {
        const node = nodeAt(group, index);
        if (isNode(group, index, node)) found.set(formatNode(node), metricsAt(group, index));
      }
    }
  }
  return found;
}

function isNode(group: NodeGroup, index: number, node: Node): boolean {
  if (node.kind === 'head') return node.source <= node.position;
  return group.kind !== 'latent' || index % group.k < (group.counts[node.position] ?? 0);
}

/** Names that belong into the table, by sorting all of them. */
function ranked(all: ReadonlyMap<string, NodeMetrics>, k: number): string[] {
  const top = (metric: Metric, sign: 1 | -1): string[] =>
    [...all]
      .filter(([name, metrics]) => {
        const constant = ['embedding', 'error', 'bias'].includes(parseNode(name).kind);
        return sign * metrics[metric] > 0 && !(metric === 'activation' && constant);
      })
      .toSorted(([, a], [, b]) => sign * (b[metric] - a[metric]))
      .slice(0, k)
      .map(([name]) => name);
  return [
    ...top('activation', 1),
    ...top('writeMagnitude', 1),
    ...(['directEffect', 'estimatedTotalEffect'] as const).flatMap((each) => [
      ...top(each, 1),
      ...top(each, -1),
    ]),
  ];
}

function atSix(name: string): boolean {
  return /@6(->|$)|->6$/.test(name);
}

function assertCloses(check: SumCheck, what: string): void {
  assert.equal(check.notAdditive, null, what);
  assert.ok(Math.abs(check.residual) < SUM, `${what}: residual ${check.residual} of ${check.value}`);
  const sum = Object.values(check.byKind).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - check.direct) < 1e-9, what);
}

function assertNear(actual: number | undefined, expected: number | undefined, what: string): void {
  const difference = Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN));
  assert.ok(difference < 1e-4, `${what}: ${actual} instead of ${expected}`);
}

function zeros(): number[] {
  return Array.from({ length: SIZE }, () => 0);
}

function add(sums: number[], at: number, value: number): void {
  sums[at] = (sums[at] ?? 0) + value;
}
