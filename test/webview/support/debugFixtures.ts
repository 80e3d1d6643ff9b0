import { CONCEPT_LABEL, type WordsOfUnit } from '../../../src/core/trace/words.ts';
import type { NodeMetrics, NodeRow, SumCheck } from '../../../src/core/analysis/nodes/nodeRows.ts';
import { formatNode, type Node } from '../../../src/core/trace/node.ts';
import type {
  DebugSide,
  DebugSummary,
  DebugTable,
  MeasuredNode,
} from '../../../src/protocol/debugContract.ts';
import type {
  DebugPageView,
  DebugState,
  ExperimentView,
  ShownExperiment,
} from '../../../src/protocol/debugViewContract.ts';
import { InterpError } from '../../../src/core/errors.ts';
import { toWireError } from '../../../src/protocol/wireError.ts';
import { VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';

export const TOKENS = VIEWS.ioi.summary.tokens;
const MODEL = VIEWS.ioi.model;

const EXPERIMENT: ShownExperiment = {
  targets: [' Mary'],
  distractors: [' John'],
  scalar: 'logit_diff',
  position: '@last',
  edits: [],
  corrupted: null,
  reference: null,
  seed: 7,
  compare: 'edits',
  alignment: null,
};
const EDITS = ['L3H1@" to"#2 zero', 'off L2N377@* mean'];
const CORRUPTED = 'When Mary and John went to the store, Mary gave a drink to';

function sideOf(value: number, seed: string): DebugSide {
  return {
    tokens: TOKENS.map(({ id, text, start, end }) => ({ id, text, start, end })),
    value,
    loss: TOKENS.map(({ loss }, i) => (loss === null ? null : loss * (0.8 + 0.4 * noise(seed, i)))),
    kl: seed === 'one' ? null : TOKENS.map((_, i) => (i < 4 ? 0 : 0.6 * noise('kl', i) ** 3)),
  };
}

function summaryOf(debugId: string, change: Partial<DebugSummary> = {}): DebugSummary {
  return {
    debugId,
    targets: [{ text: ' Mary', id: 11 }],
    distractors: [{ text: ' John', id: 12 }],
    position: 14,
    left: sideOf(3.42, 'one'),
    right: null,
    alignment: null,
    edits: [],
    warnings: [],
    milliseconds: 40,
    ...change,
  };
}

function viewOf(
  debugId: string,
  change: Partial<ShownExperiment>,
  summary: Partial<DebugSummary>,
): DebugPageView {
  return {
    fileName: 'ioi.prompt',
    experiment: { ...EXPERIMENT, ...change },
    isDraft: false,
    summary: summaryOf(debugId, summary),
    model: MODEL,
  };
}

export const DEBUG_VIEWS = {
  ioi: viewOf('d-ioi', {}, {}),
  large: viewOf('d-large', {}, {}),
  /** `large`, with the row of the largest effects at 0. */
  ablated: viewOf('d-ablated', {}, {}),
  edited: viewOf(
    'd-edited',
    { edits: EDITS },
    {
      left: sideOf(1.31, 'left'),
      right: sideOf(3.42, 'right'),
      alignment: TOKENS.map((_, i) => i),
      edits: EDITS.map((text) => ({ text, enabled: !text.startsWith('off '), alreadySo: false })),
    },
  ),
  corrupted: viewOf(
    'd-corrupted',
    { corrupted: CORRUPTED, compare: 'corrupted' },
    {
      left: sideOf(3.42, 'left'),
      right: {
        ...sideOf(-2.9, 'right'),
        tokens: TOKENS.map((token, i) => (i === 10 ? { ...token, id: 1, text: ' Mary' } : token)),
      },
      alignment: TOKENS.map((_, i) => (i === 3 ? null : i)),
    },
  ),
  open: viewOf('d-open', { scalar: 'log_prob', distractors: [] }, {}),
} satisfies Record<string, DebugPageView>;

const failed = toWireError(new InterpError('engine/crashed', 'The engine ended while debugging ioi.prompt.'));
const NO_TARGET = 'No target is written. What should the model have said?';

/** Every state that the panel can be in. */
export const DEBUG_CASES = {
  ioi: { state: 'ready', view: DEBUG_VIEWS.ioi },
  large: { state: 'ready', view: DEBUG_VIEWS.large },
  ablated: { state: 'ready', view: DEBUG_VIEWS.ablated },
  edited: { state: 'ready', view: DEBUG_VIEWS.edited },
  corrupted: { state: 'ready', view: DEBUG_VIEWS.corrupted },
  open: { state: 'ready', view: DEBUG_VIEWS.open },
  empty: { state: 'empty', reason: NO_TARGET },
  loading: { state: 'loading', message: 'Debugging ioi.prompt', last: null },
  rerunning: { state: 'loading', message: 'Debugging ioi.prompt', last: DEBUG_VIEWS.ioi },
  stale: { state: 'stale', reason: 'The file has changed.', last: DEBUG_VIEWS.ioi },
  error: { state: 'error', error: failed, last: null },
  failed: { state: 'error', error: failed, last: DEBUG_VIEWS.ioi },
} satisfies Record<string, DebugState>;
export type DebugCase = keyof typeof DEBUG_CASES;

/** What the header shows in a state: an empty one has no target. */
export function experimentOf(debug: DebugState): ExperimentView {
  const view = debug.state === 'ready' ? debug.view : debug.state === 'empty' ? null : debug.last;
  if (view !== null) return { fileName: view.fileName, experiment: view.experiment, isDraft: view.isDraft };
  const experiment = debug.state === 'empty' ? { ...EXPERIMENT, targets: [], distractors: [] } : EXPERIMENT;
  return { fileName: 'ioi.prompt', experiment, isDraft: false };
}

type Known = readonly [
  node: Node,
  activation: number,
  direct: number,
  estimated: number,
  measured: number,
  words?: string,
];

/** The circuit of the drawing: figures are invented. */
const CIRCUIT: readonly Known[] = [
  [head(3, 1, 14, 2), 0.62, 2.31, 2.44, 2.18],
  [head(3, 3, 14, 2), 0.41, 1.12, 1.35, 0.44],
  [
    { kind: 'neuron', layer: 2, neuron: 377, position: 14 },
    3.2,
    0.61,
    0.58,
    0.57,
    'verbs of giving that follow a name',
  ],
  [
    { kind: 'latent', sae: '3-mlp', layer: 3, index: 88, position: 14 },
    2.9,
    0.52,
    0.49,
    0.5,
    'names, second mention',
  ],
  [{ kind: 'embedding', position: 2 }, 1, 0.21, 1.9, 1.84],
  [head(2, 0, 14, 10), 0.77, 0.02, 1.48, 1.22],
  [head(3, 2, 14, 4), 0.33, -0.91, -0.88, -0.4],
  [head(1, 2, 10, 4), 0.81, 0, 0.66, 0.7],
  [{ kind: 'error', sae: '3-mlp', layer: 3, position: 14 }, 1, -0.12, -0.1, -0.11],
  [{ kind: 'bias', name: 'b_out', layer: 3, position: 14 }, 1, -0.11, -0.11, -0.11],
  [{ kind: 'bias', name: 'ln_f', layer: null, position: 14 }, 1, -0.07, -0.07, -0.07],
];

function head(layer: number, index: number, position: number, source: number): Node {
  return { kind: 'head', layer, head: index, position, source };
}

function metricsOf(activation: number, direct: number, estimated: number): NodeMetrics {
  return {
    activation,
    writeMagnitude: activation * 1.7,
    directEffect: direct,
    estimatedTotalEffect: estimated,
  };
}

/** Latents have labels, the others explanations of another index. */
function saidOf(words: string, { kind }: Node): WordsOfUnit {
  return kind === 'latent'
    ? { words, by: CONCEPT_LABEL, score: 0.84, stale: false }
    : { words, by: 'summary', score: 0.62, stale: true };
}

function rowOf([node, activation, direct, estimated, , words]: Known, two: boolean): NodeRow {
  const right = metricsOf(activation * 0.9, direct * 0.5, estimated * 0.4);
  return {
    name: formatNode(node),
    node,
    left: metricsOf(activation, direct, estimated),
    right: two ? right : null,
    known: words === undefined ? null : saidOf(words, node),
    attributedTo: null,
  };
}

/** 50,000 neurons of one prompt. */
export const LARGE_ROWS = 50_000;

function largeRows({ ablated }: { readonly ablated: boolean }): readonly NodeRow[] {
  const sizeOf = (i: number): number => 4 * noise('large', i) ** 6 * (i % 3 === 0 ? -1 : 1);
  const sizes = Array.from({ length: LARGE_ROWS }, (_, i) => sizeOf(i));
  const most = sizes.reduce((best, size, i) => (Math.abs(size) > Math.abs(sizes[best] ?? 0) ? i : best), 0);
  return sizes.map((whole, i) => {
    const node: Node = {
      kind: 'neuron',
      layer: i % 4,
      neuron: Math.floor(i / 60),
      position: Math.floor(i / 4) % 15,
    };
    const size = ablated && i === most ? 0 : whole;
    return rowOf([node, Math.abs(size) * 2, size, size * 1.1, size], false);
  });
}

function sumOf(value: number, rows: readonly NodeRow[], notAdditive: string | null): SumCheck {
  const byKind = { embedding: 0, neuron: 0, head: 0, latent: 0, error: 0, bias: 0 };
  for (const { node, left } of rows) byKind[node.kind] += left?.directEffect ?? 0;
  return {
    byKind,
    direct: notAdditive === null ? value : value * 0.7,
    value,
    residual: notAdditive === null ? 2e-6 : -value * 0.3,
    notAdditive,
  };
}

export function debugTable(debugId: string, step: string | null, k: number): DebugTable {
  const large = debugId === 'd-large' || debugId === 'd-ablated';
  const two = debugId === 'd-edited' || debugId === 'd-corrupted';
  const rows = large
    ? largeRows({ ablated: debugId === 'd-ablated' })
    : CIRCUIT.map((known) => rowOf(known, two)).slice(0, Math.max(k, 8) + 8);
  const notAdditive = step?.includes('.qk@') === true ? 'query and key multiply' : null;
  const value = step === null ? (debugId === 'd-edited' ? 1.31 : 3.42) : 0.87;
  return {
    rows,
    total: large ? LARGE_ROWS : 2325,
    left: sumOf(value, rows, notAdditive),
    right: two ? sumOf(3.42, rows, null) : null,
    k,
    title: step === null ? 'logit " Mary" - logit " John" at 14' : `score of ${step}`,
    unit: step === null ? 'logits' : 'activation',
    held: step === null ? ['final LayerNorm scale'] : ['LayerNorm scale'],
    effects: {
      embeddings: TOKENS.map((_, i) => (i === 2 ? 1.9 : i === 4 ? -0.7 : 0.2 * (noise('e', i) - 0.5))),
      mlps: TOKENS.map((_, i) => 0.9 * (noise('m', i) - 0.4)),
      bySource: TOKENS.map((_, i) => (i === 2 ? 3.1 : i === 4 ? -1.2 : 0.3 * (noise('s', i) - 0.5))),
      byQuery: TOKENS.map((_, i) => (i === 14 ? 3.6 : 0.3 * (noise('q', i) - 0.5))),
    },
  };
}

export function measuredOf(node: Node, two: boolean): MeasuredNode {
  const name = formatNode(node);
  const known = CIRCUIT.find(([one]) => formatNode(one) === name);
  const left = known?.[4] ?? Number((2 * (noise('measured', name) - 0.5)).toFixed(3));
  return { name, left, right: two ? left * 0.4 : null, leftFrozen: left * 0.95 };
}
