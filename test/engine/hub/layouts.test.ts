import assert from 'node:assert/strict';
import { join } from 'node:path';
import { referenceForward } from '../../../src/core/model/gpt2.ts';
import type { SaeConfig } from '../../../src/core/sae/config.ts';
import { referenceSae } from '../../../src/core/sae/reference.ts';
import type { SaeFormat } from '../../../src/core/sae/formats/saeForm.ts';
import { tensor } from '../../../src/core/tensor/tensor.ts';
import { latentColumn, SaeRunner } from '../../../src/core/trace/saeRunner.ts';
import { Trace } from '../../../src/core/trace/trace.ts';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { openSaes, type SaeFolder } from '../../../src/runtime/files/openSaes.ts';
import { ortSessions } from '../../../src/runtime/ort/ortSessions.ts';
import { assertClose } from '../../support/closeness.ts';
import { openRunner, TEST_THREADS } from '../../support/openRunner.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository, saeRepository } from '../../support/publishedFiles.ts';
import { normals, seededRandom } from '../../support/random.ts';
import { writeRandomModel } from '../../support/randomModel.ts';
import { writeRandomSae, type RandomSaeOptions } from '../../support/randomSae.ts';
import { readAllWeights } from '../../support/referenceWeights.ts';

const D_IN = 32;
const ROWS = 5;
const FLOAT = 1e-5;
/** Of every hook, relative to its largest value. */
const TOLERANCE = 1e-4;

/** A SAE as its publisher lays it out. */
interface Layout {
  readonly name: string;
  readonly repository: string;
  readonly folder: string;
  readonly sae: Omit<RandomSaeOptions, 'd_in'>;
  /** What a person types, and of which model when the files do not say. */
  readonly text: string;
  readonly model?: string;
  readonly id: string;
  readonly format: SaeFormat;
  readonly config: Partial<SaeConfig>;
}

const TOPK = { architecture: 'topk', k: 4 } as const;
const CENTERED = { center_input: true, prepend_bos: true, context_size: 128 } as const;
const OPENAI = { normalize_activations: 'layer_norm', prepend_bos: false, context_size: 64 } as const;

function openaiV5(site: string, hook: string, folder: string): Layout {
  const hook_name = `blocks.8.${hook}`;
  return {
    name: `OpenAI v5 by SAELens, ${site}: ${folder}`,
    repository: `jbloom/GPT2-Small-OAI-v5-32k-${site}-SAEs`,
    folder,
    sae: { ...TOPK, hook_name, form: 'flat', normalize_activations: 'layer_norm' },
    text: `gpt2-small-${site}-v5-32k/${hook_name}`,
    id: site === 'resid-post' ? '8-res_post_32k-oai' : '8-mlp_32k-oai',
    format: 'SAELens',
    config: { ...TOPK, ...OPENAI, hook_name },
  };
}

function endToEnd(set: string): Layout {
  const hook_name = 'blocks.6.hook_resid_pre';
  return {
    name: `end to end, set ${set}`,
    repository: `neuronpedia/gpt2-small__res_${set}-ajt`,
    folder: `6-res_${set}-ajt`,
    sae: { architecture: 'standard', hook_name, form: 'flat' },
    text: `gpt2-small/6-res_${set}-ajt`,
    id: `6-res_${set}-ajt`,
    format: 'SAELens',
    config: { architecture: 'standard', hook_name, center_input: false, prepend_bos: true, context_size: 64 },
  };
}

function ladder(d_sae: number): Layout {
  const hook_name = 'blocks.8.hook_resid_pre';
  return {
    name: `feature splitting, ${d_sae} latents`,
    repository: 'jbloom/GPT2-Small-Feature-Splitting-Experiment-Layer-8',
    folder: `${hook_name}_${d_sae}`,
    sae: { architecture: 'standard', hook_name, form: 'flat', d_sae },
    text: `gpt2-small/8-res_fs${d_sae}-jb`,
    id: `8-res_fs${d_sae}-jb`,
    format: 'SAELens',
    config: { architecture: 'standard', hook_name, d_sae, ...CENTERED },
  };
}

function sparsify(folder: string, hook_name: string, id: string): Layout {
  return {
    name: `sparsify, ${folder}`,
    repository: 'someone/sae-gpt2-topk',
    folder,
    sae: { ...TOPK, hook_name, form: 'sparsify' },
    text: `someone/sae-gpt2-topk/${folder}`,
    model: 'gpt2',
    id,
    format: 'sparsify',
    config: { ...TOPK, hook_name, normalize_activations: 'none' },
  };
}

function dictionary(architecture: 'standard' | 'topk' | 'gated', hook_name: string, id: string): Layout {
  const folder = `gpt2/layer_1/trainer_${architecture}`;
  return {
    name: `dictionary_learning, ${architecture}`,
    repository: 'someone/dictionaries',
    folder,
    sae: { architecture, hook_name, form: 'dictionary_learning' },
    text: `someone/dictionaries/${folder}`,
    model: 'gpt2',
    id,
    format: 'dictionary_learning',
    config: { architecture, hook_name, context_size: 64 },
  };
}

const LAYOUTS: readonly Layout[] = [
  openaiV5('resid-post', 'hook_resid_post', 'v5_32k_layer_8.pt'),
  openaiV5('mlp-out', 'hook_mlp_out', 'v5_32k_layer_8'),
  ...['sce', 'scefr', 'scl', 'sle', 'slefr', 'sll'].map(endToEnd),
  ladder(768),
  ladder(1536),
  sparsify('h.1', 'blocks.1.hook_resid_post', '1-res'),
  sparsify('layers.1.mlp', 'blocks.1.hook_mlp_out', '1-mlp'),
  dictionary('standard', 'blocks.1.hook_resid_post', '1-res'),
  dictionary('topk', 'blocks.1.hook_mlp_out', '1-mlp'),
  dictionary('gated', 'blocks.1.hook_attn_out', '1-att'),
];

describe('SAEs in the layouts of their publishers: added, opened, and encoded as written', () => {
  for (const layout of LAYOUTS) {
    it(layout.name, () => withTestHubJobs((jobs) => checkSae(layout, jobs)));
  }
});

async function checkSae(layout: Layout, { server, home, add }: TestHubJobs): Promise<void> {
  const { repository, folder, text, model, id, format, config } = layout;
  const options = { ...layout.sae, d_in: D_IN };
  const others = await saeRepository(`${folder}_other`, { ...options, seed: 8 });
  server.add(repository, { files: { ...others, ...(await saeRepository(folder, options)) } });
  const installed = await add(text, model === undefined ? {} : { model });
  assert.equal(installed.model, 'gpt2-small');
  const [opened, another] = await openSaes([installed.folder]);
  assert.ok(opened);
  assert.equal(another, undefined);
  assert.deepEqual([opened.id, opened.format], [id, format]);
  assert.deepEqual({ ...opened.config, ...config }, opened.config);
  // The same weights as SAELens writes them, which nobody served.
  const written = join(home, 'written');
  await writeRandomSae(written, { ...options, form: 'v6' });
  const [plain] = await openSaes([written]);
  assert.ok(plain);
  await checkEncode(opened, plain);
}

/** `config` of the one that was added, weights of the other. */
async function checkEncode(opened: SaeFolder, written: SaeFolder): Promise<void> {
  const { d_in, d_sae } = opened.config;
  const input = normals(seededRandom(3), ROWS * d_in, { mean: 0.7, std: 1 });
  const expected = referenceSae(opened.config, await readAllWeights(written), input);
  const runner = new SaeRunner(opened, ortSessions({ threads: TEST_THREADS }), 'mapped');
  const found = await runner.encode(tensor([ROWS, d_in], input));
  const acts = new Float32Array(ROWS * d_sae);
  for (let latent = 0; latent < d_sae; latent++)
    latentColumn(found, latent).forEach((value, row) => (acts[row * d_sae + latent] = value));
  assert.ok(expected.acts.some((value) => value > 0));
  assertClose(acts, expected.acts, FLOAT, 'acts');
  const { data } = await runner.decode(found);
  assertClose(data, expected.reconstruction, FLOAT, 'reconstruction');
  await runner.release();
}

describe('a model in several files', () => {
  it('is added whole, and computes what the model in one file does', () =>
    withTestHubJobs(async ({ server, home, add }) => {
      const files = await modelRepository({ shards: 3, maskBuffers: true, prefix: 'transformer.' });
      server.add('someone/sharded', { files });
      const installed = await add('someone/sharded');
      assert.deepEqual(
        installed.files.map(({ path }) => path).filter((path) => path.startsWith('model')),
        [
          'model.safetensors.index.json',
          ...[1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`),
        ],
      );
      const { runner, graphs } = await openRunner(installed.folder);
      const whole = join(home, 'whole');
      const config = await writeRandomModel(whole);
      const { checkpoint } = await openCheckpoint(whole);
      const ids = Array.from({ length: 12 }, (_, at) => (at * 37) % config.d_vocab);
      const expected = referenceForward(config, await readAllWeights(checkpoint), ids);
      const trace = await Trace.run(runner, ids);
      const { data } = await runner.logits(trace.residPre(config.n_layers));
      assertClose(data, expected.logits.data, TOLERANCE, 'logits');
      await graphs.release();
    }));
});
