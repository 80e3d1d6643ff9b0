import assert from 'node:assert/strict';
import type { Quantity } from '../../../../../src/core/trace/quantity.ts';
import type { Selection } from '../../../../../src/protocol/viewContract.ts';
import {
  fitSelection,
  quantityName,
  readPersisted,
  readSelection,
  readUnit,
} from '../../../../../webview-ui/src/trace/selection.ts';
import { VIEWS } from '../../../../webview/support/fixtures.ts';

const { ioi, one } = VIEWS;
const LOSS: Quantity = { kind: 'loss' };

function selection(change: Partial<Selection> = {}): Selection {
  return { position: 3, layer: 1, head: 2, quantity: LOSS, ...change };
}

describe('fitSelection', () => {
  it('opens on the last token after the last layer, by surprise', () => {
    assert.deepEqual(fitSelection(null, ioi), { position: 14, layer: 3, head: 0, quantity: LOSS });
    assert.deepEqual(fitSelection(null, one), { position: 0, layer: 3, head: 0, quantity: LOSS });
  });

  it('clamps what the trace does not have', () => {
    const wild = selection({ position: 99, layer: 40, head: 25 });
    assert.deepEqual(fitSelection(wild, ioi), { position: 14, layer: 3, head: 5, quantity: LOSS });
  });

  const check = (quantity: Quantity, expected: Quantity): void => {
    it(`shows ${quantityName(quantity)} as ${quantityName(expected)}`, () => {
      assert.deepEqual(fitSelection(selection({ quantity }), ioi).quantity, expected);
    });
  };
  check({ kind: 'entropy' }, { kind: 'entropy' });
  check({ kind: 'norm', site: 'mlp_out', layer: 3 }, { kind: 'norm', site: 'mlp_out', layer: 1 });
  const head = { kind: 'head', layer: 2, head: 4 } as const;
  check({ kind: 'unit', unit: head }, { kind: 'unit', unit: head, query: 3 });
  check({ kind: 'unit', unit: head, query: 12 }, { kind: 'unit', unit: head, query: 3 });
  const neuron = { kind: 'neuron', layer: 0, neuron: 767 } as const;
  check({ kind: 'unit', unit: neuron, query: 12 }, { kind: 'unit', unit: neuron });
  check({ kind: 'unit', unit: { ...neuron, neuron: 768 } }, LOSS);
  check({ kind: 'unit', unit: { kind: 'latent', sae: '9-res', index: 0 } }, LOSS);
});

describe('readUnit', () => {
  const accepts = (text: string): void => {
    it(`accepts ${text}`, () => assert.equal(readUnit(text, ioi.model).problem, null));
  };
  accepts('L3H5');
  accepts(' L0N767 ');
  accepts('3-res/412');
  accepts('underglass-tiny/0-mlp/1535');
  accepts('3.5');
  const refuses = (text: string, ...words: readonly string[]): void => {
    it(`refuses "${text}" and says ${words.join(', ')}`, () => {
      const { unit, problem } = readUnit(text, ioi.model);
      assert.equal(unit, null);
      for (const word of words) assert.ok(problem?.includes(word), `"${problem}" lacks "${word}"`);
    });
  };
  refuses('L4N0', 'layers 0 to 3');
  refuses('L3H6', 'heads 0 to 5');
  refuses('L3N768', 'neurons 0 to 767');
  refuses('3-res/1536', '3-res', '0 to 1535');
  refuses('7-res/1', '7-res', '3-mlp');
  refuses('Mary', 'L3H1');
  refuses('', 'L3H1');
  it('says that there are no SAEs where there are none', () => {
    assert.equal(readUnit('3-res/1', VIEWS.long.model).problem, 'No SAE is attached to this model.');
  });
});

describe('what comes from outside', () => {
  const good = selection({ quantity: { kind: 'norm', site: 'resid_mid', layer: 1 } });

  it('is read when it has the form of this version', () => {
    const view = {
      version: 1,
      uri: 'file:///a.prompt',
      range: { start: 2, end: 9 },
      selection: good,
      tab: 'heads',
    };
    assert.deepEqual(readPersisted(view), view);
    assert.deepEqual(readSelection({ ...good, more: true }), good);
  });

  const refuses = (value: unknown): void => {
    it(`is refused: ${JSON.stringify(value)}`, () => assert.equal(readSelection(value), null));
  };
  refuses(null);
  refuses('selection');
  refuses([]);
  refuses({ ...good, position: -1 });
  refuses({ ...good, position: 1.5 });
  refuses({ ...good, layer: '3' });
  refuses({ ...good, head: undefined });
  refuses({ ...good, quantity: { kind: 'norm', site: 'resid_late', layer: 1 } });
  refuses({ ...good, quantity: { kind: 'unit', unit: { kind: 'neuron', layer: 1 } } });
  refuses({ ...good, quantity: { kind: 'magic' } });

  it('is dropped when it is of another version or no object', () => {
    for (const value of [undefined, null, 3, { version: 2, uri: 'a' }, { version: 1 }])
      assert.equal(readPersisted(value), null);
  });

  it('keeps the file when only the selection is broken', () => {
    assert.deepEqual(readPersisted({ version: 1, uri: 'file:///a', selection: { position: 'x' }, tab: 4 }), {
      version: 1,
      uri: 'file:///a',
      range: null,
      selection: null,
      tab: null,
    });
  });
});
