import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { latentSources } from '../../src/core/analysis/nodes/latentSources.ts';
import { nodeDetail, type NodeDetail, type TokenScore } from '../../src/core/analysis/nodes/nodeDetail.ts';
import type { NodeSide } from '../../src/core/analysis/nodes/nodeSide.ts';
import { sumCheck } from '../../src/core/analysis/nodes/nodeTable.ts';
import { parsePrompt } from '../../src/core/prompt/parsePrompt.ts';
import { createTokenizer } from '../../src/core/tokens/tokenizer.ts';
import { gradients, readout } from '../../src/core/trace/gradients/gradients.ts';
import { parseNode } from '../../src/core/trace/node.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { readTokenizerFiles } from '../../src/runtime/files/tokenizerFiles.ts';
import { expectError } from '../support/expectError.ts';
import { openNodes, openRandomNodes, type OpenNodes } from '../support/openNodes.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const K = 5;
const SCALAR: LogitScalar = { kind: 'logits', reading: 'logit', targets: [4], distractors: [], position: 7 };
const ROOT = join(import.meta.dirname, '..', '..');

describe('what a node says and hears', function () {
  this.timeout(120_000);

  it('A13: votes, exciting tokens and sources are what their definitions say', () =>
    withTemporaryFolder(async (folder) => {
      const saes = [
        { architecture: 'standard', hook_name: 'blocks.0.hook_attn_out' },
        { architecture: 'topk', hook_name: 'blocks.1.hook_mlp_out' },
      ] as const;
      const ids = [5, 42, 79, 116, 153, 190, 227, 264];
      const nodes = await openRandomNodes(folder, { seed: 9 }, { saes, ids: () => ids });
      await checkNeurons(nodes);
      await checkHead(nodes);
      await checkAttentionLatent(nodes);
      await nodes.release();
    }));

  it('sums close on the embedded model, with SAEs and without', async () => {
    const directory = join(ROOT, 'models', 'underglass-tiny');
    const tokenizer = createTokenizer(await readTokenizerFiles(directory));
    const { body } = parsePrompt(await readFile(join(ROOT, 'examples', 'ioi.prompt'), 'utf8'));
    const ids = [tokenizer.bosId ?? 0, ...tokenizer.encode(body.text).map(({ id }) => id)];
    const nodes = await openNodes(directory, [join(directory, 'saes')], ids);
    const scalar: LogitScalar = { ...SCALAR, position: ids.length - 1 };
    for (const saes of [[], ['0-mlp', '1-mlp', '2-mlp', '3-mlp'], ['1-res', '3-mlp']]) {
      const check = await sumCheck(await nodes.side(scalar, { saes }), { foldValueBiases: false });
      assert.equal(check.notAdditive, null);
      assert.ok(Math.abs(check.residual) < 1e-3, `${saes.join(' ')}: ${check.residual} of ${check.value}`);
    }
    await nodes.release();
  });
});

async function detail(nodes: OpenNodes, side: NodeSide, name: string): Promise<NodeDetail> {
  return nodeDetail({
    side,
    node: parseNode(name),
    k: K,
    foldValueBiases: false,
    gradientsOf: (scalar, options) => gradients(nodes.source, scalar, { frozenScale: true, ...options }),
    text: (id) => `t${id}`,
    words: () => ({ words: 'known', by: 'summary', score: 0.5, stale: false }),
  });
}

async function checkNeurons(nodes: OpenNodes): Promise<void> {
  const side = await nodes.side(SCALAR);
  const { d_mlp, d_model } = nodes.config;
  const post = nodes.reference.hooks.get('blocks.1.mlp.hook_post')?.data ?? [];
  const at = (neuron: number): number => post[6 * d_mlp + neuron] ?? 0;
  const all = Array.from({ length: d_mlp }, (_, neuron) => neuron);
  const positive = all.find((neuron) => at(neuron) > 0.1) ?? 0;
  const negative = all.find((neuron) => at(neuron) < -0.05) ?? 0;
  const W_out = nodes.weights('h.1.mlp.c_proj.weight');
  const gain = nodes.weights('ln_f.weight');
  for (const neuron of [positive, negative]) {
    const found = await detail(nodes, side, `L1N${neuron}@6`);
    const write = Float64Array.from({ length: d_model }, (_, i) => {
      return at(neuron) * (W_out[neuron * d_model + i] ?? 0) * (gain[i] ?? 0);
    });
    const scores = against(nodes, write);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const votes = scores.map((score) => score - mean);
    assertList(found.upVotes, votes, 1);
    assertList(found.downVotes, votes, -1);
    const { vectors } = await readout(
      nodes.source,
      { kind: 'neuron', layer: 1, neuron, position: 6 },
      FROZEN,
    );
    assertList(
      found.excitedBy[0]?.tokens ?? [],
      against(nodes, Float64Array.from(vectors[0]?.vector ?? [])),
      1,
    );
    // The sign of the activation decides which end of the write direction is up.
    const direction = write.map((value) => value / at(neuron));
    const best = top(against(nodes, direction), at(neuron) > 0 ? 1 : -1)[0];
    assert.equal(found.upVotes[0]?.id, best);
    assert.deepEqual([found.sources, found.known?.words], [null, 'known']);
  }
}

async function checkHead(nodes: OpenNodes): Promise<void> {
  const found = await detail(nodes, await nodes.side(SCALAR), 'L1H2@6->3');
  assert.deepEqual(
    found.excitedBy.map(({ through }) => through),
    ['query', 'key'],
  );
  const pattern = nodes.reference.hooks.get('blocks.1.attn.hook_pattern')?.data ?? new Float64Array();
  const row = pattern.slice((2 * 8 + 6) * 8, (2 * 8 + 7) * 8);
  row.forEach((value, source) => assert.ok(Math.abs((found.sources?.[source] ?? 9) - value) < 1e-5));
  for (const [index, through] of (['q', 'k'] as const).entries()) {
    const score = { kind: 'score', layer: 1, head: 2, position: 6, source: 3, through } as const;
    const { vectors } = await readout(nodes.source, score, FROZEN);
    const expected = against(nodes, Float64Array.from(vectors[0]?.vector ?? []));
    assertList(found.excitedBy[index]?.tokens ?? [], expected, 1);
  }
}

/** Sources, b_O and the encoder's constants add up to the pre-activation. */
async function checkAttentionLatent(nodes: OpenNodes): Promise<void> {
  const side = await nodes.side(SCALAR, { saes: ['0-att', '1-mlp'] });
  const [sae] = side.saes;
  assert.ok(sae);
  const acts = await sae.acts();
  const index = acts.indices[6 * acts.k] ?? 0;
  const name = `0-att/${index}@6`;
  const node = parseNode(name);
  const sources = (await latentSources(side, node)) ?? new Float64Array();
  const latent = { kind: 'latent', sae: '0-att', index, position: 6 } as const;
  const read = await readout(nodes.source, latent, FROZEN);
  const b_O = nodes.weights('h.0.attn.c_proj.bias');
  const bias = (read.vectors[0]?.vector ?? []).map((value, i) => value * (b_O[i] ?? 0));
  const sum = [...sources, ...bias, ...read.constants.map(({ value }) => value)].reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - read.value) < 1e-4, `${sum} instead of ${read.value}`);
  assert.equal(sources[7], 0, 'a later token');
  const found = await detail(nodes, side, name);
  assert.deepEqual([found.known?.words, found.known?.score], ['known', 0.5]);
  assert.deepEqual(found.sources, [...sources]);
  assert.ok(found.excitedBy.length > 0 && found.upVotes.length === K);
  const silent = Array.from({ length: 200 }, (_, each) => each).find((each) => !acts.indices.includes(each));
  await expectError(() => detail(nodes, side, `0-att/${silent}@6`), 'unit/unknown', 'not active');
}

const FROZEN = { frozenScale: true };

/** A direction against every row of the (tied) token table. */
function against({ weights, config }: OpenNodes, direction: Float64Array): Float64Array {
  const table = weights('wte.weight');
  return Float64Array.from({ length: config.d_vocab }, (_, id) =>
    direction.reduce((sum, value, i) => sum + value * (table[id * config.d_model + i] ?? 0), 0),
  );
}

function assertList(found: readonly TokenScore[], scores: Float64Array, sign: 1 | -1): void {
  assert.deepEqual(
    found.map(({ id }) => id),
    top(scores, sign),
  );
  for (const { id, score, text } of found) {
    assert.ok(Math.abs(score - (scores[id] ?? 0)) < 1e-4, `${text}: ${score} instead of ${scores[id]}`);
  }
}

function top(scores: Float64Array, sign: 1 | -1): number[] {
  return [...scores.keys()].toSorted((a, b) => sign * ((scores[b] ?? 0) - (scores[a] ?? 0))).slice(0, K);
}
