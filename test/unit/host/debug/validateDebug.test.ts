import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import type { Node } from '../../../../src/core/trace/node.ts';
import * as read from '../../../../src/host/debug/validateDebug.ts';
import type { PersistedDebug } from '../../../../src/protocol/debugViewContract.ts';

const options = { k: 10, saes: ['3-mlp'], foldValueBiases: false, frozenScale: true };
const persisted: PersistedDebug = {
  version: 1,
  uri: 'file:///a.prompt',
  draft: { targets: [' Mary'], corrupted: null, alignment: [0, null, 1], seed: 3 },
  tab: 'nodes',
  steps: [{ at: 'L1H0.v@3->1', via: 'L2N5@3' }],
  depth: 1,
  options,
  pins: ['E@1'],
  node: null,
  sweep: { of: 'run', kind: 'neurons', positions: '*', layer: 3, done: 2 },
  patch: { of: 'run', hook: 'q', layer: null, done: 0 },
};

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => isInterpError(error, 'request/invalid'));
}

describe('what a debug page sends', () => {
  describe('nodes', () => {
    const check = (node: Node): void => {
      it(`${node.kind} is read as it is`, () => assert.deepEqual(read.node({ ...node, more: 1 }), node));
    };
    check({ kind: 'embedding', position: 0 });
    check({ kind: 'neuron', layer: 1, neuron: 5, position: 3 });
    check({ kind: 'head', layer: 1, head: 2, position: 3, source: 0 });
    check({ kind: 'latent', sae: '3-mlp', layer: 3, index: 7, position: 2 });
    check({ kind: 'error', sae: '3-mlp', layer: 3, position: 2 });
    check({ kind: 'bias', name: 'b_O', layer: 3, position: 2 });
    check({ kind: 'bias', name: 'ln_f', layer: null, position: 2 });
    check({ kind: 'bias', name: 'b_dec', layer: 3, sae: '3-mlp', position: 2 });

    const refuse = (title: string, value: unknown): void => {
      it(`${title} is refused`, () => refuses(() => read.node(value)));
    };
    refuse('nothing', null);
    refuse('another kind', { kind: 'layer', position: 1 });
    refuse('a negative position', { kind: 'embedding', position: -1 });
    refuse('a broken index', { kind: 'neuron', layer: 1, neuron: 1.5, position: 0 });
    refuse('an unknown bias', { kind: 'bias', name: 'b_X', layer: 1, position: 0 });
  });

  it('a view keeps its step, and k is bounded', () => {
    const view = { debugId: 'a', step: { at: 'L1N5@3', via: null }, options };
    assert.deepEqual(read.view(view), view);
    assert.equal(read.view({ ...view, options: { ...options, k: 1e9 } }).options.k, 20_000);
    refuses(() => read.view({ ...view, options: { ...options, frozenScale: 'yes' } }));
    refuses(() => read.view({ ...view, step: { at: 5, via: null } }));
  });

  it('a draft has the keys that were sent, and no others', () => {
    assert.deepEqual(read.draft({}), {});
    assert.deepEqual(read.draft({ ...persisted.draft, evil: 1 }), persisted.draft);
    const wrong = [
      { targets: 'x' },
      { seed: -1 },
      { scalar: 'loss' },
      { compare: 'both' },
      { alignment: [0.5] },
      { edits: [1] },
      { targets: Array.from({ length: 1001 }, () => 'x') },
    ];
    for (const draft of wrong) refuses(() => read.draft(draft));
  });

  it('what was persisted comes back, or nothing when it is damaged', () => {
    assert.deepEqual(read.persistedDebug(structuredClone(persisted)), persisted);
    for (const damaged of [null, {}, { ...persisted, version: 2 }, { ...persisted, steps: 'x' }])
      assert.equal(read.persistedDebug(damaged), null);
  });

  it('names of commands, sweeps, sides and hooks are checked', () => {
    assert.equal(read.debugCommand('run'), 'run');
    assert.equal(read.sweepKind('heads'), 'heads');
    assert.equal(read.side('right'), 'right');
    const part = { hook: 'z', layer: 1, byPosition: false };
    assert.deepEqual(read.patchPart(part), part);
    refuses(() => read.debugCommand('rm'));
    refuses(() => read.sweepKind('all'));
    refuses(() => read.side('middle'));
    refuses(() => read.patchPart({ ...part, hook: 'mlp' }));
    refuses(() => read.amount({ temperature: Number.NaN }, 'temperature'));
  });
});
