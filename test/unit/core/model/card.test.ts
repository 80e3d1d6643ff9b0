import assert from 'node:assert/strict';
import { parseModelCard } from '../../../../src/core/model/card.ts';
import { expectError } from '../../../support/expectError.ts';

describe('parseModelCard', () => {
  it('reads what it knows and defaults to GPT-2', () => {
    const parse = (json: Record<string, unknown>): unknown => parseModelCard(json, { file: 'card.json' });
    assert.deepEqual(parse({}), { name: null, bos: true, description: null });
    assert.deepEqual(parse({ name: 'tiny', bos: false, description: 'd', license: 'MIT' }), {
      name: 'tiny',
      bos: false,
      description: 'd',
    });
  });

  it('refuses a wrong field', async () => {
    await expectError(
      () => parseModelCard({ bos: 'auto' }, { file: 'card.json' }),
      'model/bad-config',
      'card.json',
      '"bos"',
      '"auto"',
    );
  });
});
