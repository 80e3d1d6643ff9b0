import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceForward, type ReferenceRun } from '../../src/core/model/gpt2.ts';
import { allHooks } from '../../src/core/model/hooks.ts';
import { parsePrompt } from '../../src/core/prompt/parsePrompt.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { createTokenizer } from '../../src/core/tokens/tokenizer.ts';
import { latentColumn, SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openSaes, type SaeFolder } from '../../src/runtime/files/openSaes.ts';
import { readTokenizerFiles } from '../../src/runtime/files/tokenizerFiles.ts';
import { readLatentWords } from '../../src/engine/latentWords.ts';
import { assertClose } from '../support/closeness.ts';
import { openRunner, type OpenRunner } from '../support/openRunner.ts';
import { readAllWeights } from '../support/referenceWeights.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = join(ROOT, 'models', 'underglass-tiny');
/** Relative to the largest value of the hook. */
const TOLERANCE = 1e-4;

describe('the embedded model', function () {
  this.timeout(60_000);
  let open: OpenRunner;
  let trace: Trace;
  let reference: ReferenceRun;
  let saes: SaeFolder[];

  before(async () => {
    open = await openRunner(MODEL);
    const tokenizer = createTokenizer(await readTokenizerFiles(MODEL));
    const { body } = parsePrompt(await readFile(join(ROOT, 'examples', 'ioi.prompt'), 'utf8'));
    const ids = [
      tokenizer.bosId ?? assert.fail('no BOS'),
      ...tokenizer.encode(body.text).map(({ id }) => id),
    ];
    trace = await Trace.run(open.runner, ids);
    reference = referenceForward(open.checkpoint.config, await readAllWeights(open.checkpoint), ids);
    saes = await openSaes([join(MODEL, 'saes')]);
  });

  after(() => open?.graphs.release());

  it('agrees with the float64 reference at every hook and in its logits', async () => {
    const { config } = open.checkpoint;
    for (const { name } of allHooks(config)) {
      assertClose((await trace.hook(name)).data, reference.hooks.get(name)?.data ?? [], TOLERANCE, name);
    }
    const logits = await open.runner.logits(trace.residPre(config.n_layers));
    assertClose(logits.data, reference.logits.data, TOLERANCE, 'logits');
  });

  it('has a SAE on every resid_post and mlp_out, of at least 8 x d_model latents, most of them with words', async () => {
    const { n_layers, d_model } = open.checkpoint.config;
    const hooks = Array.from({ length: n_layers }, (_, layer) => [
      `blocks.${layer}.hook_mlp_out`,
      `blocks.${layer}.hook_resid_post`,
    ]).flat();
    assert.deepEqual(saes.map(({ config }) => config.hook_name).toSorted(), hooks.toSorted());
    for (const sae of saes) {
      assert.ok(sae.config.d_sae >= 8 * d_model, sae.id);
      const words = await readLatentWords(join(sae.directory, 'latents.jsonl'));
      assert.ok(words.size > 0, `${sae.id} has words`);
      for (const { f1 } of words.values()) assert.ok(f1 !== null && f1 > 0 && f1 <= 1);
    }
  });

  it('its SAEs agree with the float64 reference on its own activations', async () => {
    for (const sae of saes) {
      const hook = await trace.hook(sae.config.hook_name);
      const runner = new SaeRunner(sae, open.sessions, 'mapped');
      const acts = await runner.encode(hook);
      const expected = referenceSae(sae.config, await readAllWeights(sae), hook.data);
      assertClose(
        (await runner.decode(acts)).data,
        expected.reconstruction,
        TOLERANCE,
        `${sae.id} reconstruction`,
      );
      const { d_sae } = sae.config;
      const strongest = acts.indices[acts.k * (trace.ids.length - 1)] ?? 0;
      const column = trace.ids.map((_, row) => expected.acts[row * d_sae + strongest] ?? Number.NaN);
      assertClose(latentColumn(acts, strongest), column, TOLERANCE, `${sae.id}/${strongest}`);
    }
  });

  it('a SAE spliced in with its error term leaves the logits unchanged', async () => {
    const { config } = open.checkpoint;
    const clean = await open.runner.logits(trace.residPre(config.n_layers));
    for (const sae of saes) {
      const spliced = await splice(sae);
      const { layer } = sae.config;
      let x = spliced;
      if (sae.config.hook_name.endsWith('hook_mlp_out')) {
        const edits = { mlp_out: { keep: { dims: [1, 1], data: new Float32Array(1) }, value: spliced } };
        const run = await open.runner.block({ layer, x: trace.residPre(layer), want: ['resid_post'], edits });
        x = run.get('resid_post') ?? assert.fail('no resid_post');
      }
      for (let next = layer + 1; next < config.n_layers; next++) {
        x = (await open.runner.block({ layer: next, x, want: ['resid_post'] })).get('resid_post') ?? x;
      }
      assertClose((await open.runner.logits(x)).data, clean.data, TOLERANCE, sae.id);
    }
  });

  /** Reconstruction plus error, computed as a splice does. */
  async function splice(sae: SaeFolder): Promise<Tensor> {
    const runner = new SaeRunner(sae, open.sessions, 'mapped');
    const hook = await trace.hook(sae.config.hook_name);
    const { data } = await runner.decode(await runner.encode(hook));
    const error = hook.data.map((value, index) => value - (data[index] ?? Number.NaN));
    assert.ok(error.some((value) => value !== 0));
    return { dims: hook.dims, data: data.map((value, index) => value + (error[index] ?? Number.NaN)) };
  }
});

describe('a golden of Hugging Face transformers', () => {
  it('the graphs give its hidden states, attentions and logits', async () => {
    const folder = join(ROOT, 'test', 'golden', 'hf-gpt2');
    const golden = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as {
      readonly ids: readonly number[];
      readonly hidden_states: readonly (readonly number[])[];
      readonly attentions: readonly (readonly number[])[];
      readonly logits: readonly number[];
    };
    const { runner, graphs } = await openRunner(folder);
    const trace = await Trace.run(runner, golden.ids);
    for (const [layer, expected] of golden.attentions.entries()) {
      assertClose(
        trace.residPre(layer).data,
        golden.hidden_states[layer] ?? [],
        TOLERANCE,
        `hidden state ${layer}`,
      );
      const pattern = await trace.hook(`blocks.${layer}.attn.hook_pattern`);
      assertClose(pattern.data, expected, TOLERANCE, `attention ${layer}`);
    }
    assertClose((await runner.logits(trace.residPre(3))).data, golden.logits, TOLERANCE, 'logits');
    await graphs.release();
  });
});
