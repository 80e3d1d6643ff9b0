import assert from 'node:assert/strict';
import type { PublishedSae } from '../../../../src/core/hub/publishedSae.ts';
import { findRelease } from '../../../../src/core/sae/releases.ts';

const CENTERED = { center: true, scale: null, prepend_bos: true, context_size: 128 };

const FOUND: readonly [string, Partial<PublishedSae>][] = [
  [
    '/x/jbloom/GPT2-Small-SAEs-Reformatted/blocks.6.hook_resid_pre',
    { id: '6-res-jb', preprocessing: CENTERED, l0: 51 },
  ],
  [
    'C:\\hub\\models--jbloom--GPT2-Small-SAEs-Reformatted\\snapshots\\ab\\blocks.11.hook_resid_post',
    { id: '12-res-jb', preprocessing: CENTERED },
  ],
  [
    'https://huggingface.co/jbloom/GPT2-Small-SAEs-Reformatted@5f2a/blocks.6.hook_resid_pre',
    { id: '6-res-jb' },
  ],
  [
    '/x/GPT2-Small-Feature-Splitting-Experiment-Layer-8/blocks.8.hook_resid_pre_768',
    { id: '8-res_fs768-jb', preprocessing: CENTERED },
  ],
  ['/x/gpt2-small-mlp-out-saes/sae_group_gpt2_blocks.8.hook_mlp_out_24576:v1/', { id: '8-mlp-tm' }],
  ['/x/gpt2-small-mlp-out-saes/sae_group_gpt2_blocks.8.hook_mlp_out_24576_v1', { id: '8-mlp-tm' }],
  ['/x/GPT2-Small-OAI-v5-32k-resid-post-SAEs/v5_32k_layer_8.pt', { id: '8-res_post_32k-oai' }],
  ['/x/gpt2-small__res_slefr-ajt/10-res_slefr-ajt', { id: '10-res_slefr-ajt' }],
  ['/y/resid_post_mlp_v5_32k/autoencoders/6.pt', { id: '6-resid_post_mlp-v5-32k' }],
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
