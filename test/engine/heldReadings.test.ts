import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heatMap } from '../../src/core/analysis/heatMap.ts';
import { layerAttribution } from '../../src/core/analysis/layerAttribution.ts';
import { logitLens } from '../../src/core/analysis/logitLens.ts';
import { referenceForward } from '../../src/core/model/gpt2.ts';
import type { RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { assertClose } from '../support/closeness.ts';
import { openRandomNodes, type OpenNodes } from '../support/openNodes.ts';
import { referenceEdits } from '../support/referenceEdits.ts';
import { hookOf, readLogits } from '../support/referenceScalars.ts';

const IDS = [3, 14, 1, 5, 9, 26, 5];
const LAYERS = 3;
const HELD = [2, 5];
const TOLERANCE = 1e-4;
const EDITS: readonly RunEdit[] = [
  { kind: 'hook', hook: 'post', layer: 1, index: 4, positions: [2, 5], keep: 0, value: 3 },
  { kind: 'scale', norm: 'ln_final', layer: null, positions: HELD, invStd: Float32Array.of(0.2, 0.7) },
];
const SCALAR: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [7, 11],
  distractors: [3],
  position: 5,
};

describe('readings of a run whose final LayerNorm is held', () => {
  let folder: string;
  let nodes: OpenNodes;
  let edited: Trace;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-test-'));
    nodes = await openRandomNodes(folder, { seed: 21, config: { n_layer: LAYERS } }, { ids: () => IDS });
    edited = await Trace.run(nodes.open.runner, IDS, { edits: EDITS });
  });
  after(async () => {
    await nodes?.release();
    await rm(folder, { recursive: true, force: true });
  });

  it('the logit lens of a held token reads every layer at the held scale, of others at its own', async () => {
    for (const position of [5, 4]) {
      const { d_vocab } = nodes.config;
      const rows = await logitLens(edited, { position, k: d_vocab }, String);
      for (const { layer, candidates } of rows) {
        const logits = lensLogits(nodes, residName(layer)).subarray(
          position * d_vocab,
          (position + 1) * d_vocab,
        );
        const probabilities = softmax(logits);
        const found = new Float64Array(d_vocab);
        for (const { id, probability } of candidates) found[id] = probability;
        assertClose(found, probabilities, TOLERANCE, `token ${position}, layer ${layer}`);
      }
    }
  });

  it('the lens of every token by layer, as the trace page draws it', async () => {
    const acts = (): never => assert.fail('no SAE is asked');
    const source = { runner: nodes.open.runner, trace: edited, tokens: [], saes: [], acts };
    const { layers } = await heatMap(source, { kind: 'loss' });
    const { d_vocab } = nodes.config;
    layers?.values.forEach((losses, layer) => {
      const logits = lensLogits(nodes, residName(layer));
      const expected = IDS.slice(1).map((next, at) => {
        const row = softmax(logits.subarray(at * d_vocab, (at + 1) * d_vocab));
        return -Math.log(row[next] ?? Number.NaN);
      });
      assertClose(losses.slice(1).map(Number), expected, TOLERANCE, `layer ${layer}`);
    });
    assert.equal(layers?.values.length, LAYERS);
  });

  it('the scalar after each component, which ends at the scalar of the run', async () => {
    const source = { ...nodes.source, trace: edited };
    const found = await gradients(source, SCALAR, { frozenScale: true });
    const side = {
      reads: nodes.reads,
      trace: edited,
      scalar: SCALAR,
      gradients: found,
      saes: [],
      edits: EDITS,
    };
    const of = { side, scalar: SCALAR };
    const { accumulated } = await layerAttribution({ left: of, right: null, foldValueBiases: false });
    const places = ['blocks.0.hook_resid_pre'];
    for (let layer = 0; layer < LAYERS; layer++)
      places.push(`blocks.${layer}.hook_resid_mid`, `blocks.${layer}.hook_resid_post`);
    const expected = places.map((place) => lensScalar(nodes, place));
    assertClose(
      accumulated.map(({ left }) => left),
      expected,
      TOLERANCE,
      'accumulated',
    );
    assert.ok(Math.abs((accumulated.at(-1)?.left ?? 0) - found.readout.value) < TOLERANCE);
  });
});

/** Where the residual stream of a lens row stands; -1 is the embeddings. */
function residName(layer: number): string {
  return layer < 0 ? 'blocks.0.hook_resid_pre' : `blocks.${layer}.hook_resid_post`;
}

/** Float64 run with the edits whose last residual stream is replaced by an earlier one. */
function lensRun({ config, weights }: OpenNodes, place: string): ReturnType<typeof referenceForward> {
  const edit = referenceEdits(EDITS, new Map());
  const run = referenceForward(config, weights, IDS, edit);
  return referenceForward(config, weights, IDS, (name, values, dims) => {
    edit(name, values, dims);
    if (name === `blocks.${LAYERS - 1}.hook_resid_post`) values.set(hookOf(run, place));
  });
}

/** [pos, d_vocab]. */
function lensLogits(nodes: OpenNodes, place: string): Float64Array {
  return lensRun(nodes, place).logits.data;
}

function lensScalar(nodes: OpenNodes, place: string): number {
  return readLogits(nodes.config, SCALAR)(lensRun(nodes, place));
}

function softmax(logits: Float64Array): Float64Array {
  const max = Math.max(...logits);
  const exp = logits.map((logit) => Math.exp(logit - max));
  const total = exp.reduce((sum, value) => sum + value, 0);
  return exp.map((value) => value / total);
}
