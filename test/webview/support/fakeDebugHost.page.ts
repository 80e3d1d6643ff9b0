import type { AttentionLayer } from '../../../src/core/analysis/attentionLayer.ts';
import type {
  DebugCandidate,
  NodeDetail,
  PatchResult,
  SweepRow,
} from '../../../src/protocol/debugContract.ts';
import type {
  DebugState,
  DebugViewContract,
  DebugViewEvents,
  ExperimentView,
  PersistedDebug,
} from '../../../src/protocol/debugViewContract.ts';
import { formatNode } from '../../../src/core/trace/node.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import {
  DEBUG_CASES,
  debugTable,
  experimentOf,
  measuredOf,
  TOKENS,
  type DebugCase,
} from './debugFixtures.ts';
import { openFakePage, type FakePage } from './fakePage.ts';
import { candidates, patternOf, VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';

/** What a test sees of the host behind the debug page. */
export interface FakeDebugHost extends FakePage {
  setDebug(name: DebugCase): void;
  setExperiment(change: Partial<ExperimentView>): void;
  select(position: number): void;
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);
const first = DEBUG_CASES[(query.get('case') ?? 'ioi') as DebugCase] as DebugState;
const NEW: PersistedDebug = {
  version: 1,
  uri: 'file:///ioi.prompt',
  draft: {},
  tab: null,
  steps: [],
  depth: 0,
  options: null,
  pins: [],
  node: null,
  sweep: null,
  patch: null,
};

const isTwo = (debugId: string): boolean => debugId === 'd-edited' || debugId === 'd-corrupted';

function candidatesOf(debugId: string, filter: string, k: number): readonly DebugCandidate[] {
  return candidates(k)
    .filter(({ text }) => text.toLowerCase().includes(filter.toLowerCase()))
    .map(({ id, text, logit, probability, rank }) => ({
      id,
      text,
      role: text === ' Mary' ? 'target' : text === ' John' ? 'distractor' : null,
      left: { logit: logit - 11.42, probability, rank },
      right: isTwo(debugId)
        ? { logit: logit * 0.9 - 10.278, probability: probability * 0.6, rank: rank + 1 }
        : null,
    }));
}

function detailOf(name: string): NodeDetail {
  const scores = (texts: readonly string[]): NodeDetail['upVotes'] =>
    texts.map((text, i) => ({ id: i, text, score: 4 - i * 0.5 }));
  const isHead = /H\d/u.test(name);
  return {
    name,
    upVotes: scores([' Mary', ' Maria', ' Marie', ' she']),
    downVotes: scores([' John', ' he', ' him']),
    excitedBy: isHead
      ? [
          { through: 'query', tokens: scores([' to', ' for']) },
          { through: 'key', tokens: scores([' Mary', ' Anna']) },
        ]
      : [{ through: 'input', tokens: scores([' to', ' gave']) }],
    known: name.startsWith('3-mlp')
      ? { words: 'names, second mention', by: 'concept label', score: 0.84, stale: false }
      : null,
    sources: isHead ? TOKENS.map((_, i) => (i === 2 ? 0.62 : 0.38 * noise(name, i) * 0.12)) : null,
  };
}

function attentionOf(layer: number): AttentionLayer {
  const size = TOKENS.length;
  const heads = VIEWS.ioi.model.n_heads;
  const pattern = new Float32Array(heads * size * size);
  for (let head = 0; head < heads; head++)
    pattern.set(patternOf(VIEWS.ioi, layer, head).pattern, head * size * size);
  const written = pattern.map((value, i) => value * (1 + 3 * noise('norm', layer, i % size)));
  return { layer, heads, size, pattern, written };
}

function sweepRows(part: string): readonly SweepRow[] {
  return Array.from({ length: 6 }, (_, i) => ({
    unit: `L${part}H${i}@14`,
    effect: part === '3' && i === 1 ? 2.18 : Number((noise('sweep', part, i) - 0.45).toFixed(3)),
  }));
}

function patchOf(layer: number, byToken: boolean, rows: number, columns: number): PatchResult {
  const measured = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      byToken && column === 3
        ? null
        : noise('patch', layer, row, column) ** 4 * (column === 10 || column === 14 ? 1.1 : 0.3),
    ),
  );
  const estimated = measured.map((row, i) =>
    row.map((value, j) => (value === null ? null : value * 0.8 + 0.05 * noise('estimate', layer, i, j))),
  );
  return { measured, estimated };
}

const handlers: Handlers<DebugViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({
      persisted: params.persisted ?? NEW,
      experiment: experimentOf(first),
      debug: first,
    })),
  'draft/set': (params) => gate('draft/set', params, () => null),
  'prompt/save': (params) => gate('prompt/save', params, () => null),
  'tokens/form': (params) =>
    gate('tokens/form', params, () => {
      const many = params.text === 'Alexandria' || params.text === ' Alexandria';
      const token = (text: string): (typeof TOKENS)[number] => ({ ...(TOKENS[1] ?? never()), text });
      if (params.text === 'Mary') return { tokens: [token('M'), token('ary')], single: ' Mary' };
      return { tokens: many ? [token(' Alex'), token('andria')] : [token(params.text)], single: null };
    }),
  'targets/suggest': (params) => gate('targets/suggest', params, () => [' Mary', ' John']),
  'edit/check': (params) =>
    gate('edit/check', params, () =>
      /^(off )?\S+@.+ (zero|mean|x [\d.]+)$/u.test(params.text)
        ? null
        : {
            message: '"zap" is not a kind of edit; kinds are zero, set V, x F, mean',
            start: 10,
            end: 13,
            fix: params.text.endsWith('from corrupted')
              ? { kind: 'corrupted' as const }
              : { kind: 'replace' as const, text: 'L3H1@last zero' },
          },
    ),
  'unit/open': (params) => gate('unit/open', params, () => null),
  'selection/set': (params) => gate('selection/set', params, () => null),
  'editor/reveal': (params) => gate('editor/reveal', params, () => null),
  'file/export': (params) => gate('file/export', params, () => null),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
  'debug/table': (params) =>
    gate('debug/table', params, () => debugTable(params.debugId, params.step?.at ?? null, params.options.k)),
  'debug/measure': (params) =>
    gate('debug/measure', params, () => params.nodes.map((node) => measuredOf(node, isTwo(params.debugId)))),
  'debug/candidates': (params) =>
    gate('debug/candidates', params, () => candidatesOf(params.debugId, params.filter, params.k)),
  'debug/detail': (params) => gate('debug/detail', params, () => detailOf(formatNode(params.node))),
  'debug/attention': (params) => gate('debug/attention', params, () => attentionOf(params.layer)),
  'debug/layers': (params) =>
    gate('debug/layers', params, () => {
      const names = ['embed', ...[0, 1, 2, 3].flatMap((layer) => [`${layer}_attn_out`, `${layer}_mlp_out`])];
      const two = isTwo(params.debugId);
      const value = (name: string, i: number): number =>
        name === '3_attn_out' ? 2.4 : 0.5 * (noise('layer', i) - 0.4);
      let sum = 0;
      const components = names.map((name, i) => ({
        name,
        left: value(name, i),
        right: two ? value(name, i) * 0.4 : null,
      }));
      const accumulated = components.map(({ name, left }) => {
        sum += left;
        return { name, left: sum, right: two ? sum * 0.4 : null };
      });
      const heads = [0, 1, 2, 3].map((layer) =>
        [0, 1, 2, 3, 4, 5].map((head) =>
          layer === 3 && head === 1 ? 2.31 : noise('heads', layer, head) - 0.5,
        ),
      );
      return { components, accumulated, heads };
    }),
  'debug/sweepPlan': (params) =>
    gate('debug/sweepPlan', params, () => ({
      kind: params.kind,
      positions: params.positions,
      parts: [0, 1, 2, 3].map((layer) => ({ id: String(layer), title: `Layer ${layer}`, runs: 6 })),
    })),
  'debug/sweepPart': (params) => gate('debug/sweepPart', params, () => sweepRows(params.part)),
  'debug/patchPart': (params) =>
    gate('debug/patchPart', params, () => {
      const { hook, layer, byPosition } = params.part;
      const oneRow = hook === 'resid_pre' || hook === 'attn_out' || hook === 'mlp_out';
      return patchOf(layer, byPosition, oneRow ? 1 : 6, byPosition ? TOKENS.length : 1);
    }),
  'debug/continue': (params) =>
    gate('debug/continue', params, () => ({
      left: ' Mary. They went home.',
      right: isTwo(params.debugId) ? ' John. He was glad.' : null,
    })),
};

function never(): never {
  throw new Error('no tokens');
}

const server = serve<DebugViewContract, DebugViewEvents>(port, handlers);
(window as unknown as { fakeHost: FakeDebugHost }).fakeHost = Object.assign(page, {
  setDebug: (name: DebugCase) => server.emit('debug/didChange', DEBUG_CASES[name]),
  setExperiment: (change: Partial<ExperimentView>) =>
    server.emit('experiment/didChange', { ...experimentOf(first), ...change }),
  select: (position: number) => server.emit('selection/didChange', { position }),
});
