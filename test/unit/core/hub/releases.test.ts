import assert from 'node:assert/strict';
import { safeName, safePath } from '../../../../src/core/hub/fileName.ts';
import { MODELS, modelNamed } from '../../../../src/core/hub/models.ts';
import { parseTarget } from '../../../../src/core/hub/parseTarget.ts';
import { RELEASES, releaseNamed, saeOfModel, saeOfNeuronpedia } from '../../../../src/core/hub/releases.ts';

const saes = RELEASES.flatMap((release) => release.saes);

describe('table of SAE releases', () => {
  it('has every release that is promised, each of full length', () => {
    const lengths = Object.fromEntries(RELEASES.map((release) => [release.id, release.saes.length]));
    assert.equal(lengths['gpt2-small-res-jb'], 13);
    assert.equal(lengths['gpt2-small-res-jb-feature-splitting'], 8);
    for (const site of ['resid-post', 'resid-mid', 'attn-out', 'mlp-out']) {
      for (const size of ['32k', '128k']) assert.equal(lengths[`gpt2-small-${site}-v5-${size}`], 12);
    }
    assert.equal(lengths['gpt2-small-hook-z-kk'], 12);
    assert.equal(lengths['gpt2-small-mlp-tm'], 12);
    assert.equal(lengths['gpt2-small-res_scefr-ajt'], 3);
    assert.equal(RELEASES.filter(({ id }) => id.endsWith('-ajt')).length, 6);
    assert.equal(RELEASES.filter(({ id }) => id.startsWith('openai-')).length, 2 + 3 + 4 + 4);
  });

  it('names each SAE once, and each name is read back', () => {
    assert.equal(new Set(saes.map(({ id }) => id)).size, saes.length);
    for (const sae of saes) {
      assert.match(sae.id, /^\d+-[^/\s]+$/);
      assert.match(sae.hook_name, /^blocks\.\d+\.(?:mlp\.|attn\.)?hook_[a-z_]+$/);
      assert.deepEqual(parseTarget(`${sae.release}/${sae.name}`), { kind: 'sae', sae, latent: null });
      assert.equal(saeOfModel(sae.model, sae.id), sae);
      if (sae.neuronpedia !== null) assert.equal(saeOfNeuronpedia(sae.neuronpedia), sae);
    }
  });

  it('asks for centring where the weights were centred, and for nothing else', () => {
    const centred = new Set(saes.filter((sae) => sae.preprocessing.center).map(({ release }) => release));
    assert.deepEqual(
      [...centred],
      ['gpt2-small-res-jb', 'gpt2-small-res-jb-feature-splitting', 'gpt2-small-mlp-tm'],
    );
    const scaled = new Set(saes.filter((sae) => sae.preprocessing.scale !== null).map((sae) => sae.release));
    assert.deepEqual([...scaled], ['gpt2-small-mlp-tm']);
  });

  it('makes the addresses of its publishers', () => {
    const at = (release: string, index: number): unknown => releaseNamed(release)?.saes[index]?.files;
    assert.deepEqual(at('gpt2-small-resid-post-v5-32k', 8), {
      host: 'huggingface',
      repository: 'jbloom/GPT2-Small-OAI-v5-32k-resid-post-SAEs',
      paths: { folder: 'v5_32k_layer_8.pt' },
    });
    assert.deepEqual(at('gpt2-small-mlp-tm', 11), {
      host: 'huggingface',
      repository: 'tommmcgrath/gpt2-small-mlp-out-saes',
      paths: { folder: 'sae_group_gpt2_blocks.11.hook_mlp_out_24576:v2' },
    });
    assert.deepEqual(at('openai-v5-128k-resid-post-attn', 3), {
      host: 'openai',
      url: 'https://openaipublic.blob.core.windows.net/sparse-autoencoder/gpt2-small/resid_post_attn_v5_128k/autoencoders/3.pt',
    });
  });
});

describe('table of models', () => {
  it('names each model once', () => {
    const names = MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
    assert.equal(new Set(names).size, names.length);
    assert.equal(modelNamed('GPT2')?.id, 'gpt2-small');
    assert.equal(modelNamed('gpt3'), undefined);
  });

  it('sizes of its parts agree: float32 weights, the mask buffers of old checkpoints and a header', () => {
    for (const { id, parameters, n_layers, pinned } of MODELS) {
      const bytes = pinned.find(({ path }) => path === 'model.safetensors')?.bytes ?? 0;
      const masks = 4 * n_layers * 1024 * 1024;
      const header = bytes - 4 * parameters - masks;
      assert.ok(header > 0 && header < 200_000, `${id}: ${header}`);
    }
  });
});

describe('names of files', () => {
  const check = (path: string, expected: string): void => {
    it(path, () => assert.equal(safePath(path), expected));
  };
  check(
    'sae_group_gpt2_blocks.0.hook_mlp_out_24576:v1/cfg.json',
    'sae_group_gpt2_blocks.0.hook_mlp_out_24576_v1/cfg.json',
  );
  check('gpt2-small_lr1.20e-03_l1.00e+00.pt', 'gpt2-small_lr1.20e-03_l1.00e_00.pt');
  check('../../etc/passwd', 'etc/passwd');
  check('a//./b', 'a/b');
  check('con/aux.txt', '_con/_aux.txt');
  check('ends. ', 'ends_');
  it('is never empty', () => assert.equal(safeName(''), '_'));
});
