import assert from 'node:assert/strict';
import { confirmation } from '../../../../src/host/hub/confirmText.ts';
import type { HubFile, HubFound, HubSae } from '../../../../src/protocol/hubContract.ts';

const file = (path: string, bytes: number | null, state: HubFile['state']): HubFile => ({
  path,
  bytes,
  sha256: null,
  state,
});

const MODEL: HubFound = {
  kind: 'model',
  id: 'gpt2-small',
  title: 'GPT-2 small',
  model: 'gpt2-small',
  source: 'https://host/openai-community/gpt2',
  revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
  licence: 'MIT',
  files: [file('config.json', 665, 'cached'), file('model.safetensors', 548_105_171, 'absent')],
  bytes: 548_105_836,
  downloadBytes: 548_105_171,
  freeBytes: 20e9,
  folder: '/store/models/gpt2-small',
  isInstalled: false,
  sae: null,
  unit: null,
  notes: [],
};

const RES_JB: HubSae = {
  id: '6-res-jb',
  release: 'gpt2-small-res-jb',
  hook_name: 'blocks.6.hook_resid_pre',
  d_sae: 24_576,
  center: true,
  scale: null,
  prepend_bos: true,
  context_size: 128,
  l0: 51,
  explained_variance: 0.9,
  neuronpedia: 'gpt2-small/6-res-jb',
};

const sae = (id: string): HubFound => ({
  ...MODEL,
  kind: 'sae',
  title: `Residual stream: ${id}`,
  source: `https://host/jbloom/saes/${id}`,
  licence: null,
  files: [file('cfg.json', 100, 'absent'), file('sae_weights.safetensors', 151e6, 'partial')],
  bytes: 151e6,
  downloadBytes: 100e6,
  folder: `/store/models/gpt2-small/saes/${id}`,
  sae: { ...RES_JB, id },
});

describe('what is shown before a download', () => {
  it('of a model: size, room, licence, places, and what the cache has', () => {
    const { question, detail, button } = confirmation([MODEL]);
    assert.equal(question, 'Add GPT-2 small?');
    assert.equal(button, 'Download 548.1 MB');
    assert.deepEqual(detail.split('\n'), [
      'Download: 548.1 MB',
      'Disk: 548.1 MB needed, 20.0 GB free',
      'Licence: MIT',
      'From: https://host/openai-community/gpt2 at 607a30d',
      'To: /store/models/gpt2-small',
      'In the Hugging Face cache, used there: config.json (665 B)',
    ]);
  });

  it('of several SAEs: sums, what their input goes through, what was fetched before', () => {
    const { question, detail } = confirmation(['6-res-jb', '7-res-jb'].map(sae));
    assert.equal(question, 'Add gpt2-small/6-res-jb, gpt2-small/7-res-jb?');
    assert.match(detail, /^Download: 200\.0 MB of 302\.0 MB; the rest is here$/mu);
    assert.match(detail, /^Licence: none stated$/mu);
    assert.match(
      detail,
      /^Input as it was trained on: the mean over d_model is taken off, with BOS, 128 tokens of context$/mu,
    );
    assert.match(detail, /^Fetched before, gone on with: sae_weights\.safetensors \(151\.0 MB\)/mu);
  });

  it('says when there is too little room, and when a host does not tell a size', () => {
    const tight = { ...MODEL, freeBytes: 1e6, files: [file('a.pt', null, 'absent')] };
    const { detail } = confirmation([tight]);
    assert.match(detail, /There is too little room for it\./u);
    assert.match(detail, /or more: a host does not say all sizes/u);
  });

  it('downloads nothing that lies on this machine', () => {
    const local = { ...MODEL, downloadBytes: 0, files: [file('model.safetensors', 5, 'local')] };
    const { detail, button } = confirmation([local]);
    assert.equal(button, 'Add');
    assert.match(detail, /^Download: nothing; all of it is on this machine$/mu);
    assert.match(detail, /used where it lies: model\.safetensors \(5 B\)$/mu);
  });

  it('counts what would be too long to name', () => {
    const many = Array.from({ length: 9 }, (_, layer) => sae(`${layer}-res-jb`));
    assert.equal(
      confirmation(many).question,
      'Add gpt2-small/0-res-jb, gpt2-small/1-res-jb and 7 more SAEs?',
    );
  });
});
