import assert from 'node:assert/strict';
import { OPENAI_SETS } from '../../../../../src/core/hub/published/openaiSets.ts';
import { whyOutdated } from '../../../../../src/core/hub/published/outdated.ts';

describe('sets that an older version imported', () => {
  it('lack something where records by token pair came since, and nowhere else', () => {
    const outdated = OPENAI_SETS.filter(
      ({ id, source }) => whyOutdated({ id, source: `${source}/collated-activations` }) !== null,
    );
    assert.deepEqual(
      outdated.map(({ id }) => id),
      ['openai/gpt2-small/resid_delta_attn-v4'],
    );
    for (const set of OPENAI_SETS) assert.equal(whyOutdated(set), null);
    assert.equal(whyOutdated({ id: 'local/mine', source: '/home/me/collated-activations' }), null);
  });
});
