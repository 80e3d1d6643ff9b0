import { InterpError } from '../../../src/core/errors.ts';
import type { ManyPrompt, ManyState, Mean, MeanRow } from '../../../src/protocol/manyViewContract.ts';
import { toWireError } from '../../../src/protocol/wireError.ts';
import { VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';

const NAMES = ['anna', 'kate', 'lucy', 'mary', 'wrong'];
const NO_TARGET = toWireError(new InterpError('scalar/no-target', 'No target token is given.'));

function promptOf(name: string, i: number): ManyPrompt {
  const failed = name === 'wrong';
  return {
    uri: `file:///ioi/${name}.prompt`,
    name: `ioi/${name}.prompt`,
    state: failed ? 'failed' : 'done',
    value: failed ? null : 2.5 + i,
    error: failed ? NO_TARGET : null,
  };
}

const READY: ManyState = {
  title: 'ioi',
  state: 'ready',
  prompts: NAMES.map(promptOf),
  unit: 'logits',
  value: { mean: 3.5, low: 1.45, high: 5.55, count: 4 },
  model: VIEWS.ioi.model,
  options: { k: 200, saes: [], foldValueBiases: false, frozenScale: true },
  sweep: null,
  notice: null,
  nodesRevision: 1,
  sweepRevision: 1,
};
const asked = { kind: 'heads', positions: 'last', layer: null } as const;
const sweep = { asked, state: 'ready', done: 4, total: 4, message: '', failed: [] } as const;

/** Every state that the page can be in. */
export const MANY_CASES = {
  ready: READY,
  running: {
    ...READY,
    state: 'running',
    prompts: READY.prompts.map((prompt, i) =>
      i === 1
        ? { ...prompt, state: 'running', value: null }
        : i > 1
          ? { ...prompt, state: 'waiting', value: null, error: null }
          : prompt,
    ),
    value: { mean: 2, low: null, high: null, count: 1 },
  },
  changed: {
    ...READY,
    prompts: READY.prompts.map((prompt, i) => (i === 0 ? { ...prompt, state: 'changed' } : prompt)),
    nodesRevision: 2,
  },
  swept: {
    ...READY,
    sweep,
    sweepRevision: 2,
    notice: 'The engine was restarted. What was measured before is kept.',
  },
  sweeping: {
    ...READY,
    state: 'running',
    sweep: { ...sweep, state: 'running', done: 1, message: 'ioi/kate.prompt, part 1 of 2' },
    sweepRevision: 3,
  },
  failed: {
    ...READY,
    prompts: NAMES.map(() => promptOf('wrong', 0)),
    unit: '',
    value: null,
    nodesRevision: 3,
  },
} satisfies Record<string, ManyState>;
export type ManyCase = keyof typeof MANY_CASES;

const mean = (value: number): Mean => ({ mean: value, low: value - 0.2, high: value + 0.2, count: 4 });
const UNITS = ['L3H1', 'L2H0', 'L3N88', 'L1H2', '3-mlp/7'];

/** `measured` only once a sweep is there. */
export function meansOf(state: ManyState): readonly MeanRow[] {
  if (state.value === null) return [];
  return UNITS.map((unit, i) => ({
    key: `${unit}@last`,
    kind: unit.includes('/') ? 'latent' : unit.includes('N') ? 'neuron' : 'head',
    layer: Number.parseInt(unit.replace('L', ''), 10),
    cells: {
      activation: mean(noise('activation', i)),
      writeMagnitude: mean(2 * noise('write', i)),
      directEffect: mean(i === 1 ? -1.4 : 2.5 - i / 2),
      estimatedTotalEffect: mean(i === 1 ? -1.2 : 2.2 - i / 2),
      measured: state.sweep === null ? null : mean(i === 1 ? -1.3 : i === 0 ? 1 : 2.1 - i / 2),
    },
  }));
}
