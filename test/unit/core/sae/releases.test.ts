import assert from 'node:assert/strict';
import { findRelease, type ReleaseEntry } from '../../../../src/core/sae/releases.ts';

const JB = { release: 'gpt2-small-res-jb', center_input: true, input_scale: null };

const FOUND: readonly [string, Partial<ReleaseEntry>][] = [
  [
    '/x/jbloom/GPT2-Small-SAEs-Reformatted/blocks.6.hook_resid_pre',
    { ...JB, neuronpedia_id: 'gpt2-small/6-res-jb', published: { l0: 51, explained_variance: 0.9 } },
  ],
  [
    'C:\\hub\\models--jbloom--GPT2-Small-SAEs-Reformatted\\snapshots\\ab\\blocks.11.hook_resid_post',
    { ...JB, neuronpedia_id: 'gpt2-small/12-res-jb', published: { l0: 70, explained_variance: 0.77 } },
  ],
  [
    '/x/GPT2-Small-Feature-Splitting-Experiment-Layer-8/blocks.8.hook_resid_pre_768',
    { center_input: true, neuronpedia_id: 'gpt2-small/8-res_fs768-jb', input_scale: null },
  ],
  [
    '/x/gpt2-small-mlp-out-saes/sae_group_gpt2_blocks.8.hook_mlp_out_24576:v1/',
    { center_input: true, input_scale: 0.9123762783479742, neuronpedia_id: null },
  ],
  [
    '/x/gpt2-small-mlp-out-saes/sae_group_gpt2_blocks.8.hook_mlp_out_24576_v1',
    { input_scale: 0.9123762783479742, published: { l0: 36, explained_variance: 0.46 } },
  ],
  [
    '/x/GPT2-Small-OAI-v5-32k-resid-post-SAEs/v5_32k_layer_8.pt',
    { center_input: false, neuronpedia_id: 'gpt2-small/8-res_post_32k-oai', input_scale: null },
  ],
  [
    '/x/GPT2-Small-OAI-v5-128k-attn-out-SAEs/v5_128k_layer_0',
    { neuronpedia_id: 'gpt2-small/0-att_128k-oai' },
  ],
  ['/x/gpt2-small__res_slefr-ajt/10-res_slefr-ajt', { neuronpedia_id: 'gpt2-small/10-res_slefr-ajt' }],
  [
    '/x/attn-saes-gpt2-small-all-layers/gpt2-small_L7_Hcat_z_lr1.20e-03_l11.10e+00_v9.pt',
    { neuronpedia_id: 'gpt2-small/7-att-kk', center_input: false },
  ],
];

const UNKNOWN = [
  '/x/blocks.6.hook_resid_pre',
  '/x/GPT2-Small-SAEs-Reformatted',
  '/x/GPT2-Small-SAEs-Reformatted/blocks.6.hook_mlp_out',
  '/x/my-GPT2-Small-SAEs-Reformatted/blocks.6.hook_resid_pre',
  '',
];

describe('findRelease', () => {
  for (const [path, expected] of FOUND) {
    it(`knows ${path}`, () => {
      const found = findRelease(path);
      assert.deepEqual({ ...found, ...expected }, found);
    });
  }
  for (const path of UNKNOWN) {
    it(`guesses nothing of "${path}"`, () => assert.equal(findRelease(path), null));
  }
});
