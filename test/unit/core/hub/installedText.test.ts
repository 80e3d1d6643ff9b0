import assert from 'node:assert/strict';
import { textOfInstalled, type InstalledOrigin } from '../../../../src/core/hub/installedText.ts';
import { MODELS } from '../../../../src/core/hub/models.ts';
import { parseTarget } from '../../../../src/core/hub/parseTarget.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const HOST = 'https://huggingface.co';
const BLOBS = 'https://openaipublic.blob.core.windows.net/sparse-autoencoder/gpt2-small';

describe('text that adds again what was added', () => {
  const check = (origin: Partial<InstalledOrigin>, expected: string): void => {
    const text = textOfInstalled({ model: 'gpt2-small', sae: null, source: '', revision: null, ...origin });
    assert.equal(text, expected);
    parseTarget(text);
  };

  it('of models: by name at the pinned commit, else with the commit', () => {
    const [gpt2] = MODELS;
    assert.ok(gpt2);
    const source = `${HOST}/${gpt2.repository}`;
    check({ source, revision: gpt2.revision }, gpt2.id);
    check({ source, revision: COMMIT }, `${gpt2.id}@${COMMIT}`);
    check({ model: 'a--b', source: `${HOST}/a/b`, revision: COMMIT }, `a/b@${COMMIT}`);
    check({ source: 'http://127.0.0.1:1/gone/gpt2-small', revision: COMMIT }, `gone/gpt2-small@${COMMIT}`);
  });

  it('of SAEs: by release, repository or address, as they came', () => {
    const release = `${HOST}/jbloom/GPT2-Small-SAEs-Reformatted/blocks.6.hook_resid_pre`;
    const text = `gpt2-small-res-jb/blocks.6.hook_resid_pre@${COMMIT}`;
    check({ sae: '6-res-jb', source: release, revision: COMMIT }, text);
    check({ sae: '6-res-jb_2', source: release, revision: COMMIT }, text);
    check({ sae: '6-res-jb', source: `${HOST}/x/y/a/b`, revision: COMMIT }, `x/y@${COMMIT}/a/b`);
    check({ sae: 'x--y', source: `${HOST}/x/y`, revision: COMMIT }, `x/y@${COMMIT}`);
    check(
      { sae: '8-resid_post_mlp-v5-32k', source: `${BLOBS}/resid_post_mlp_v5_32k/autoencoders/8.pt` },
      'openai-v5-32k-resid-post-mlp/8',
    );
    check({ sae: 'other', source: `${BLOBS}/other/autoencoders/8.pt` }, `${BLOBS}/other/autoencoders/8.pt`);
  });

  it('of this machine: where it lies', () => {
    check({ source: '/home/me/model' }, '/home/me/model');
    check({ sae: '8.pt', source: '/home/me/8.pt' }, '/home/me/8.pt');
  });
});
