import assert from 'node:assert/strict';
import { OPENAI_SETS } from '../../../../../src/core/hub/published/openaiSets.ts';
import { parsePublished, unitOfPath } from '../../../../../src/core/hub/published/parsePublished.ts';
import { sameFamilies } from '../../../../../src/core/hub/published/sameSae.ts';
import { parseUnit } from '../../../../../src/core/model/units.ts';
import { expectError } from '../../../../support/expectError.ts';

const BLOBS = 'https://openaipublic.blob.core.windows.net';

describe('published explanations as they are named', () => {
  const check = (text: string, expected: readonly [kind: string, id: string, unit: string | null]): void => {
    it(text, () => {
      const target = parsePublished(text);
      const id =
        'set' in target ? target.set.id : 'path' in target ? target.path : `${target.sets.length > 2}`;
      assert.deepEqual([target.kind, id, 'unit' in target ? target.unit : null], expected);
    });
  };

  check('openai', ['choices', 'true', null]);
  check('openai/gpt2-xl', ['blobs', 'openai/gpt2-xl', null]);
  check('OpenAI/gpt2-small/heads', ['blobs', 'openai/gpt2-small/heads', null]);
  check('neuronpedia/gpt2-small/6-res-jb', ['exports', 'neuronpedia/gpt2-small/6-res-jb', null]);
  check('gpt2-small/6-res-jb/650', ['exports', 'neuronpedia/gpt2-small/6-res-jb', '6-res-jb/650']);
  check('gpt2-small@6-res-jb:650', ['exports', 'neuronpedia/gpt2-small/6-res-jb', '6-res-jb/650']);
  check('gpt2-small/6-mlp/3', ['exports', 'neuronpedia/gpt2-small/6-mlp', '6-mlp-neurons/3']);
  check('https://www.neuronpedia.org/gpt2-small/6-res-jb/650?embed=true', [
    'exports',
    'neuronpedia/gpt2-small/6-res-jb',
    '6-res-jb/650',
  ]);
  check('https://neuronpedia-datasets.s3.us-east-1.amazonaws.com/index.html?prefix=v1/gpt2-small/6-res-jb/', [
    'exports',
    'neuronpedia/gpt2-small/6-res-jb',
    null,
  ]);
  check(
    'https://neuronpedia-datasets.s3.amazonaws.com/v1/gpt2-small/8-res_fs768-jb/explanations/batch-0.jsonl.gz',
    ['exports', 'neuronpedia/gpt2-small/8-res_fs768-jb', null],
  );
  check('az://openaipublic/neuron-explainer/data/explanations/5/4492.jsonl', [
    'blobs',
    'openai/gpt2-xl',
    'L5N4492',
  ]);
  check(`${BLOBS}/neuron-explainer/gpt2_small_data/collated-activations`, [
    'blobs',
    'openai/gpt2-small',
    null,
  ]);
  check(`${BLOBS}/sparse-autoencoder/viewer/gpt2-small/v5_32k/layer_8/resid_post_mlp/atoms/12-ablated.json`, [
    'blobs',
    'openai/gpt2-small/viewer-v5_32k-resid_post_mlp',
    '8-resid_post_mlp-v5-32k/12',
  ]);
  const viewer = `${BLOBS}/sparse-autoencoder/sae-viewer/index.html#/model`;
  check(`${viewer}/gpt2-small/family/v5_32k/layer/8/location/resid_post_mlp/feature/12`, [
    'blobs',
    'openai/gpt2-small/viewer-v5_32k-resid_post_mlp',
    '8-resid_post_mlp-v5-32k/12',
  ]);
  check('./copy', ['local', './copy', null]);
  check('C:\\copy', ['local', 'C:\\copy', null]);

  it('says what was likely meant, and refuses other addresses', async () => {
    await expectError(() => parsePublished('openai/gpt2-xxl'), 'published/unknown', 'openai/gpt2-xl');
    await expectError(() => parsePublished('nonsense'), 'published/unknown', 'openai/gpt2-small');
    for (const text of [
      'nonsense',
      'https://example.org/a',
      'https://u:p@www.neuronpedia.org/gpt2-small/6-res-jb',
      'http://%',
    ])
      await expectError(() => parsePublished(text), 'published/unknown');
  });

  it('says that SAEs of the viewer were never released', async () => {
    for (const text of [
      `${viewer}/gpt2-small/family/v5_l8_postmlp/n/32768/k/32/feature/12`,
      `${viewer}/gpt4/family/v5_latelayer_postmlp/feature/62_53`,
      `${BLOBS}/sparse-autoencoder/viewer/gpt2-small/v5_l8_postmlp/n32768/k32/atoms/12.json`,
    ])
      await expectError(() => parsePublished(text), 'published/unknown', 'never released');
    await expectError(() => parsePublished(`${viewer}/gpt2-small/family/v5_32k`), 'published/unknown');
  });

  it('have files whose paths say the unit again', () => {
    let files = 0;
    for (const { id, space, paths, parts } of OPENAI_SETS) {
      const latent = space.saes[8];
      const text = latent ? `${latent.id}/41` : space.n_heads > 0 ? 'L8H11' : 'L8N41';
      for (const part of parts) {
        for (const path of paths(parseUnit(text), part)) {
          const found = unitOfPath(`/a/copy/${path}`);
          assert.deepEqual([found?.set.id, found?.unit], [id, text], path);
          files++;
        }
      }
      assert.deepEqual(paths({ kind: 'latent', sae: '0-other', index: 1 }, 'records'), [], id);
    }
    assert.equal(files, 2 * 2 + 6 + 1 + 4 * 2);
    assert.equal(unitOfPath('/a/b.json'), null);
  });

  it('are at the addresses that the publishers use', () => {
    const paths = (id: string, unit: string, part: 'explanations' | 'records') =>
      OPENAI_SETS.find((set) => set.id === id)?.paths(parseUnit(unit), part);
    assert.deepEqual(paths('openai/gpt2-xl', 'L47N6399', 'explanations'), [
      'neuron-explainer/data/explanations/47/6399.jsonl',
    ]);
    assert.deepEqual(paths('openai/gpt2-small', 'L0N1', 'records'), [
      'neuron-explainer/gpt2_small_data/collated-activations/0/1.json',
    ]);
    assert.deepEqual(paths('openai/gpt2-small/heads', 'L9H9', 'records'), [
      'neuron-explainer/gpt2_small/attn_write_norm/collated-activations-by-token-pair/9/9.json',
    ]);
    assert.deepEqual(paths('openai/gpt2-small/resid_delta_attn-v4', '3-resid_delta_attn-v4/7', 'records'), [
      'neuron-explainer/gpt2_small/autoencoder_latent/resid_delta_attn_v4/collated-activations/3/7.json',
      'neuron-explainer/gpt2_small/autoencoder_latent/resid_delta_attn_v4/collated-activations-by-token-pair/3/7.json',
    ]);
    assert.equal(
      paths('openai/gpt2-small/resid_delta_mlp-v4', '3-resid_delta_mlp-v4/7', 'records')?.length,
      1,
    );
  });

  it('are of the same latents under both names of a SAE', () => {
    assert.deepEqual(sameFamilies('8-resid_post_mlp-v5-32k'), [
      '8-resid_post_mlp-v5-32k',
      '8-res_post_32k-oai',
    ]);
    assert.deepEqual(sameFamilies('3-att_128k-oai'), ['3-att_128k-oai', '3-resid_delta_attn-v5-128k']);
    assert.deepEqual(sameFamilies('6-res-jb'), ['6-res-jb']);
    assert.deepEqual(sameFamilies('6-resid_post_mlp-v4'), ['6-resid_post_mlp-v4']);
  });
});
