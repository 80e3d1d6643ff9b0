import assert from 'node:assert/strict';
import { distinctIds, saeId } from '../../../../src/core/sae/saeId.ts';

const IDS: readonly [hook: string, neuronpedia: string | null, id: string][] = [
  ['blocks.3.hook_resid_post', null, '3-res'],
  ['blocks.0.hook_mlp_out', null, '0-mlp'],
  ['blocks.6.hook_resid_pre', null, '6-res_pre'],
  ['blocks.6.hook_resid_mid', null, '6-res_mid'],
  ['blocks.11.hook_attn_out', null, '11-att'],
  ['blocks.2.attn.hook_z', null, '2-z'],
  ['blocks.2.mlp.hook_post', null, '2-post'],
  ['blocks.6.hook_resid_pre', 'gpt2-small/6-res-jb', '6-res-jb'],
  ['blocks.6.hook_resid_post', 'not an id', '6-res'],
  ['blocks.6.hook_resid_post', 'gpt2-small/res-jb', '6-res'],
];

describe('saeId', () => {
  it('is layer and set, or what Neuronpedia calls it', () => {
    for (const [hook, neuronpedia, id] of IDS) assert.equal(saeId(hook, neuronpedia), id);
  });

  it('is made distinct among several SAEs of a hook', () => {
    assert.deepEqual(distinctIds(['3-res', '3-res', '0-mlp', '3-res']), [
      '3-res',
      '3-res_2',
      '0-mlp',
      '3-res_3',
    ]);
    assert.deepEqual(distinctIds(['a', 'a_2', 'a']), ['a', 'a_2', 'a_3']);
  });
});
