import assert from 'node:assert/strict';
import { parseTarget } from '../../../../src/core/hub/parseTarget.ts';
import type { HubTarget } from '../../../../src/core/hub/target.ts';
import { expectError } from '../../../support/expectError.ts';

const BLOBS = 'https://openaipublic.blob.core.windows.net/sparse-autoencoder/gpt2-small';

/** A target in short. */
function told(target: HubTarget): string {
  switch (target.kind) {
    case 'model':
      return `model ${target.model.id}${target.revision === null ? '' : ` at ${target.revision}`}`;
    case 'sae':
      return `sae ${target.sae.id}${target.latent === null ? '' : ` latent ${target.latent}`}`;
    case 'release':
      return `release ${target.release.id}`;
    case 'repository':
      return `repository ${target.place.repository} at ${target.place.revision} in "${target.place.path}"`;
    case 'blob':
      return `blob ${target.url}`;
    case 'folder':
      return `folder ${target.path}`;
  }
}

describe('what a person types', () => {
  const check = (text: string, expected: string): void => {
    it(text, () => assert.equal(told(parseTarget(text, { endpoint: 'http://mirror.test:8080' })), expected));
  };
  check('gpt2', 'model gpt2-small');
  check('GPT2-Small', 'model gpt2-small');
  check(' gpt2-xl ', 'model gpt2-xl');
  check('openai-community/gpt2-medium', 'model gpt2-medium');
  check('distilgpt2', 'model distilgpt2');
  check('gpt2@main', 'model gpt2-small at main');
  check('openai-community/gpt2@607a30d', 'model gpt2-small at 607a30d');
  check('https://huggingface.co/gpt2', 'model gpt2-small');
  check('https://huggingface.co/openai-community/gpt2/', 'model gpt2-small');
  check('https://hf.co/openai-community/gpt2-large', 'model gpt2-large');
  check('someone/her-gpt2', 'repository someone/her-gpt2 at main in ""');
  check('someone/saes@v1/layer 3/x', 'repository someone/saes at v1 in "layer 3/x"');
  check('https://huggingface.co/a/b/tree/main/blocks.6', 'repository a/b at main in "blocks.6"');
  check('https://huggingface.co/a/b/blob/abc/x%2By.pt', 'repository a/b at abc in "x+y.pt"');
  check('http://mirror.test:8080/a/b', 'repository a/b at main in ""');
  check('hf://a/b', 'repository a/b at main in ""');
  check('gpt2-small-res-jb', 'release gpt2-small-res-jb');
  check('gpt2-small-res-jb/blocks.6.hook_resid_pre', 'sae 6-res-jb');
  check('gpt2-small-res-jb/blocks.11.hook_resid_post', 'sae 12-res-jb');
  check('gpt2-small-res-jb/6-res-jb', 'sae 6-res-jb');
  check('gpt2-small-mlp-tm/blocks.3.hook_mlp_out', 'sae 3-mlp-tm');
  check('openai-v4-resid-delta-attn/5', 'sae 5-resid_delta_attn-v4');
  check('gpt2-small/6-res-jb/650', 'sae 6-res-jb latent 650');
  check('gpt2-small/6-res-jb', 'sae 6-res-jb');
  check('gpt2-small@6-res-jb:650', 'sae 6-res-jb latent 650');
  check('gpt2-small@6-res-jb', 'sae 6-res-jb');
  check('https://www.neuronpedia.org/gpt2-small/6-res-jb/650', 'sae 6-res-jb latent 650');
  check('https://neuronpedia.org/gpt2-small/8-res_fs768-jb/12?embed=true', 'sae 8-res_fs768-jb latent 12');
  check(`${BLOBS}/resid_post_mlp_v5_32k/autoencoders/8.pt`, 'sae 8-resid_post_mlp-v5-32k');
  check(
    'az://openaipublic/sparse-autoencoder/gpt2-small/mlp_post_act/autoencoders/0.pt',
    'sae 0-mlp_post_act-v1',
  );
  check(`${BLOBS}/new_place/autoencoders/8.pt`, `blob ${BLOBS}/new_place/autoencoders/8.pt`);
  check('/models/mine', 'folder /models/mine');
  check('./mine', 'folder ./mine');
  check('~/mine', 'folder ~/mine');
  check('C:\\models\\mine', 'folder C:\\models\\mine');
  check('file:///models/my%20own', 'folder /models/my own');
});

describe('what is not understood', () => {
  const refuse = (text: string, ...words: string[]): void => {
    it(text === '' ? '(nothing)' : text, () => expectError(() => parseTarget(text), 'hub/unknown', ...words));
  };
  refuse('');
  refuse('gpt2-smal', 'Did you mean "gpt2-small"?');
  refuse('distilgpt-2', 'Did you mean "distilgpt2"?');
  refuse('gpt2-small-res-jv', 'Did you mean "gpt2-small-res-jb"?');
  refuse('gpt2-small/6-res-jv/650', 'Did you mean "gpt2-small/6-res-jb/650"?');
  refuse('gpt2-small-res-jb/blocks.6.hook_resid_pr', 'gpt2-small-res-jb/blocks.6.hook_resid_pre');
  refuse('gpt2-small/6-res-jb/24576', '24576 latents');
  refuse('https://example.org/a/b', 'www.neuronpedia.org');
  refuse('https://huggingface.co/datasets/a/b', 'repositories of models');
  refuse('https://me:secret@huggingface.co/a/b', 'password');
  refuse('https://openaipublic.blob.core.windows.net/neuron-explainer/data/x.json', '.pt files');
  refuse('https://huggingface.co/a/b/blob/main/%2e%2e%2fx', 'path');
  refuse('a/b/../c');
  it('never quotes a password', async () => {
    const error = await expectError(() => parseTarget('https://me:secret@huggingface.co/a/b'), 'hub/unknown');
    assert.ok(!error.message.includes('secret'));
  });
});
