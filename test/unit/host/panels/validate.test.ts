import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isInterpError } from '../../../../src/core/errors.ts';
import * as read from '../../../../src/host/panels/validate.ts';

const LATENT = { kind: 'latent', sae: '3-res', index: 4 };
const SELECTION = { position: 1, layer: 2, quantity: { kind: 'loss' }, head: 0 };
const PERSISTED = { version: 1, uri: 'file:///a.prompt', range: null, selection: SELECTION, tab: 'lens' };

const REFUSED = { code: 'request/invalid' };

describe('messages of a page', () => {
  const good: readonly unknown[] = [
    { kind: 'loss' },
    { kind: 'probability' },
    { kind: 'entropy' },
    { kind: 'norm', site: 'resid_post', layer: 3 },
    { kind: 'unit', unit: LATENT },
    { kind: 'unit', unit: { kind: 'head', layer: 1, head: 2 }, query: 5 },
    { kind: 'unit', unit: { kind: 'neuron', layer: 1, neuron: 200 } },
  ];
  for (const quantity of good)
    it(`takes ${JSON.stringify(quantity)}`, () => assert.deepEqual(read.quantity(quantity), quantity));

  const bad: readonly unknown[] = [
    null,
    'loss',
    {},
    { kind: 'toString' },
    { kind: 'norm', site: 'hook_z', layer: 0 },
    { kind: 'norm', site: 'resid_pre', layer: -1 },
    { kind: 'norm', site: 'resid_pre', layer: 0.5 },
    { kind: 'unit', unit: { kind: 'latent', sae: 3, index: 4 } },
    { kind: 'unit', unit: LATENT, query: '5' },
    { kind: 'unit', unit: { kind: 'head', layer: Number.NaN, head: 0 } },
  ];
  for (const quantity of bad)
    it(`refuses ${JSON.stringify(quantity)}`, () => assert.throws(() => read.quantity(quantity), REFUSED));

  it('are copied without what they bring besides', () => {
    assert.deepEqual(read.selection({ ...SELECTION, command: 'rm' }), SELECTION);
    assert.deepEqual(read.quantity({ kind: 'loss', unit: LATENT }), { kind: 'loss' });
  });

  it('may not ask for endless lists or send endless texts', () => {
    assert.equal(read.count({ k: 1e9 }, 'k'), 1000);
    assert.throws(() => read.text({ text: 'x'.repeat(5_000_001) }, 'text'), REFUSED);
  });

  it('name one of a closed list, and lists end', () => {
    assert.equal(read.oneOf(['run', 'cancel'], 'run'), 'run');
    assert.throws(() => read.oneOf(['run', 'cancel'], 'toString'), REFUSED);
    assert.deepEqual(read.texts(['a', 'b'], 'uris'), ['a', 'b']);
    assert.throws(() => read.texts(['a', 1], 'uris'), REFUSED);
    assert.throws(() => read.list(Array.from({ length: 1001 }), 'uris'), REFUSED);
  });

  it('say nothing with null, and some also by leaving it out', () => {
    assert.equal(read.textOrNull({}, 'tab'), null);
    assert.equal(read.indexOrNull({ card: null }, 'card'), null);
    assert.throws(() => read.indexOrNull({ card: -1 }, 'card'), REFUSED);
    assert.throws(() => read.nullable(undefined, () => read.text({}, 'tab')), REFUSED);
  });

  it('either pass or are refused by name, whatever they are', () => {
    const readers = [read.quantity, read.unitOf, read.selection];
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...readers), (value, reader) => {
        try {
          reader(value);
        } catch (error) {
          assert.ok(isInterpError(error, 'request/invalid'), String(error));
        }
      }),
      { seed: 1 },
    );
  });
});

describe('what a page persisted', () => {
  it('is taken as it was written', () => {
    assert.deepEqual(read.persistedView(PERSISTED), PERSISTED);
    const range = { start: 2, end: 5 };
    assert.deepEqual(read.persistedView({ ...PERSISTED, range, selection: null, tab: null }), {
      ...PERSISTED,
      range,
      selection: null,
      tab: null,
    });
  });

  it('is dropped when it is damaged or of another version', () => {
    for (const value of [undefined, null, 1, {}, { ...PERSISTED, version: 2 }, { ...PERSISTED, range: [] }])
      assert.equal(read.persistedView(value), null);
  });
});
