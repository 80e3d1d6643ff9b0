import assert from 'node:assert/strict';
import { formatUnit, parseUnit, type Unit } from '../../../../src/core/model/units.ts';
import { expectError } from '../../../support/expectError.ts';

describe('unit ids', () => {
  const check = (text: string, unit: Unit, canonical = text): unknown =>
    it(text, () => {
      assert.deepEqual(parseUnit(text), unit);
      assert.equal(formatUnit(unit), canonical);
    });
  check('L9H11', { kind: 'head', layer: 9, head: 11 });
  check('L5N123', { kind: 'neuron', layer: 5, neuron: 123 });
  check('3-res/412', { kind: 'latent', sae: '3-res', index: 412 });
  check('underglass-tiny/3-res/412', { kind: 'latent', sae: '3-res', index: 412 }, '3-res/412');
  check('gpt2-small/6-res-jb/650', { kind: 'latent', sae: '6-res-jb', index: 650 }, '6-res-jb/650');
  check('attn_L9_9', { kind: 'head', layer: 9, head: 9 }, 'L9H9');
  check('mlp_L5_123', { kind: 'neuron', layer: 5, neuron: 123 }, 'L5N123');
  check('9.9', { kind: 'head', layer: 9, head: 9 }, 'L9H9');

  for (const text of ['', 'L9', 'H9', 'L9H', 'l9h9', '3-res', 'res/412', 'a/b/c/d', 'L-1H2', 'L9H9 ']) {
    it(`refuses "${text}"`, () => expectError(() => parseUnit(text), 'unit/unknown', text));
  }
});
