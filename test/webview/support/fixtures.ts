import { formatUnit, type Unit } from '../../../src/core/model/units.ts';
import type { Quantity } from '../../../src/core/trace/quantity.ts';
import type {
  Candidate,
  ColorDomain,
  HeatMap,
  LensRow,
  PatternReading,
  TokenReading,
  UnitReading,
} from '../../../src/core/trace/readings.ts';
import type { ModelInfo } from '../../../src/protocol/engineContract.ts';
import type { TraceView } from '../../../src/protocol/viewContract.ts';
import { noise } from './noise.ts';

/** Tokens of the sentence that most fixtures are of. */
export const IOI = [
  '<|endoftext|>',
  'When',
  ' Mary',
  ' and',
  ' John',
  ' went',
  ' to',
  ' the',
  ' store',
  ',',
  ' John',
].concat([' gave', ' a', ' drink', ' to']);
const IOI_SURPRISE = [0, 7.1, 4.4, 0.99, 3.76, 2.7, 0.71, 0.85, 3.41, 0.57, 2.98, 2.49, 1.7, 3.9, 0.43];

const WORDS = [' Mary', ' John', ' the', ' her', ' him', ' a', ' them', ' his', ' Anna', ' me', '\n', ' it'];
const SHARES = [0.71, 0.08, 0.05, 0.03, 0.02, 0.015, 0.012, 0.01, 0.008, 0.006, 0.004, 0.003];

function tokensOf(texts: readonly string[], surprise: (position: number) => number): readonly TokenReading[] {
  let at = 0;
  return texts.map((text, position) => {
    const start = at;
    at += position === 0 && text.startsWith('<|') ? 0 : text.length;
    const loss = position === 0 ? null : surprise(position);
    return {
      id: Math.floor(noise('id', text) * 4000),
      text,
      start,
      end: at,
      loss,
      probability: loss === null ? null : Math.exp(-loss),
      rank: loss === null ? null : Math.max(1, Math.round(Math.exp(loss * 0.8))),
      entropy: loss === null ? null : 0.6 + 3 * noise('entropy', position),
    };
  });
}

function modelOf(size: { layers: number; heads: number; saes: boolean }): ModelInfo {
  const sae = (layer: number, set: 'res' | 'mlp'): ModelInfo['saes'][number] => ({
    id: `${layer}-${set}`,
    hook_name: set === 'res' ? `blocks.${layer}.hook_resid_post` : `blocks.${layer}.hook_mlp_out`,
    layer,
    architecture: 'topk',
    d_sae: 1536,
    directory: '',
    prepend_bos: true,
    labelled: 900,
    l0: 32,
    format: 'SAELens',
    preparation: [],
    context_size: null,
  });
  const layers = Array.from({ length: size.layers }, (_, layer) => layer);
  return {
    modelId: 'm1',
    name: 'underglass-tiny',
    directory: '',
    n_layers: size.layers,
    d_model: 192,
    n_heads: size.heads,
    d_mlp: 768,
    n_ctx: 256,
    d_vocab: 4096,
    bos: true,
    parameters: 2_600_000,
    weightBytes: 5_200_000,
    mode: 'folded',
    memory: { own: 120_000_000, files: 70_000_000 },
    saes: size.saes ? layers.flatMap((layer) => [sae(layer, 'res'), sae(layer, 'mlp')]) : [],
    warnings: [],
  };
}

function viewOf(
  traceId: string,
  tokens: readonly TokenReading[],
  model: ModelInfo,
  marks: {
    targets?: readonly string[];
    distractors?: readonly string[];
    isSelection?: boolean;
    ignoresEdits?: boolean;
  } = {},
): TraceView {
  const losses = tokens.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  return {
    summary: {
      traceId,
      modelId: model.modelId,
      modelName: model.name,
      tokens,
      next: candidates(5),
      meanLoss: losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
      milliseconds: 31,
    },
    model,
    fileName: 'ioi.prompt',
    isSelection: marks.isSelection ?? false,
    ignoresEdits: marks.ignoresEdits ?? false,
    targets: marks.targets ?? [],
    distractors: marks.distractors ?? [],
  };
}

const SMALL = modelOf({ layers: 4, heads: 6, saes: true });
const IOI_MARKS = { targets: [' Mary'], distractors: [' John'] };

export const VIEWS = {
  ioi: viewOf(
    't-ioi',
    tokensOf(IOI, (i) => IOI_SURPRISE[i] ?? 1),
    SMALL,
    IOI_MARKS,
  ),
  one: viewOf(
    't-one',
    tokensOf(['<|endoftext|>'], () => 0),
    SMALL,
  ),
  long: viewOf(
    't-long',
    tokensOf(
      Array.from({ length: 256 }, (_, i) => (i === 0 ? '<|endoftext|>' : (IOI[1 + (i % 14)] ?? ''))),
      (i) => 8 * noise('loss', i) ** 2,
    ),
    modelOf({ layers: 48, heads: 25, saes: false }),
  ),
  emoji: viewOf('t-emoji', emojiTokens(), SMALL, { isSelection: true, ignoresEdits: true }),
} satisfies Record<string, TraceView>;

function emojiTokens(): readonly TokenReading[] {
  const texts = [
    '<|endoftext|>',
    'Party',
    '\uFFFD',
    '\uFFFD',
    '!\n',
    '\n',
    '\tint',
    ' x',
    ' ',
    '\u200b',
    'é',
    ' end',
  ];
  return tokensOf(texts, (i) => 5 * noise('emoji', i)).map((token, i) =>
    i === 2 ? { ...token, bytes: [0xf0, 0x9f] } : i === 3 ? { ...token, bytes: [0x8e, 0x89] } : token,
  );
}

export function candidates(k: number, shift = 0): readonly Candidate[] {
  return WORDS.slice(0, k).map((_, i) => ({
    id: Math.floor(noise('id', WORDS[(i + shift) % WORDS.length] ?? '') * 4000),
    text: WORDS[(i + shift) % WORDS.length] ?? '',
    logit: Number((11.42 + Math.log((SHARES[i] ?? 0.001) / 0.71)).toFixed(4)),
    probability: SHARES[i] ?? 0,
    rank: i + 1,
  }));
}

export function lens(view: TraceView, k: number): readonly LensRow[] {
  const { n_layers } = view.model;
  return Array.from({ length: n_layers + 1 }, (_, i) => {
    const depth = i / n_layers;
    return {
      layer: i - 1,
      candidates: candidates(k, n_layers - i),
      finalRank: Math.max(1, Math.round((1 - depth) ** 2 * 300)),
      finalProbability: 0.71 * depth ** 3,
    };
  });
}

const LATENT_WORDS = [
  ['female names after “gave … to”', 0.84],
  ['end of an indirect-object sentence', 0.77],
  ['names seen once so far', 0.71],
  ['the word “to” before a person', 0.9],
  ['tokens right before a name', 0.66],
  [null, null],
] as const;

export function topLatents(
  view: TraceView,
  position: number,
  layer: number,
  k: number,
): readonly UnitReading[] {
  const saes = view.model.saes.filter((sae) => sae.layer === layer);
  if (saes.length === 0) return [];
  return Array.from({ length: Math.min(k, 12) }, (_, i) => {
    const [words, score] = LATENT_WORDS[i % LATENT_WORDS.length] ?? [null, null];
    const sae = saes[i % saes.length]?.id ?? '';
    const unit: Unit = { kind: 'latent', sae, index: Math.floor(noise('latent', layer, position, i) * 1536) };
    const isPublished = i % LATENT_WORDS.length === 1;
    const by = isPublished ? 'Neuronpedia: oai_token-act-pair, gpt-4o-mini' : 'concept label';
    const said = { by, score, stale: false, ...(isPublished ? { isPublished } : {}) };
    const known = words === null ? null : { words, ...said };
    return reading(unit, 8.31 * 0.72 ** i, known);
  });
}

export function topNeurons(position: number, layer: number, k: number): readonly UnitReading[] {
  return Array.from({ length: k }, (_, i) => {
    const unit: Unit = {
      kind: 'neuron',
      layer,
      neuron: Math.floor(noise('neuron', layer, position, i) * 768),
    };
    return reading(unit, (i % 4 === 3 ? -0.16 : 3.2 * 0.8 ** i) * (1 + 0.01 * position));
  });
}

export function topHeads(view: TraceView, position: number, layer: number): readonly UnitReading[] {
  const heads = Array.from({ length: view.model.n_heads }, (_, head): UnitReading => {
    const pattern = patternOf(view, layer, head);
    const row = [...pattern.pattern.slice(position * pattern.size, position * pattern.size + position + 1)];
    const weight = row.reduce((max, value) => Math.max(max, value), 0);
    return {
      ...reading({ kind: 'head', layer, head }, 0.4 + 4 * noise('head', layer, head, position)),
      attendsTo: { position: row.indexOf(weight), weight },
    };
  });
  return heads.sort((a, b) => b.value - a.value);
}

function reading(unit: Unit, value: number, known: UnitReading['known'] = null): UnitReading {
  return { unit, id: formatUnit(unit), value, known, attendsTo: null };
}

/** Head 0 looks back one token, head 1 at the subject or the first token, the rest somewhere. */
export function patternOf(view: TraceView, layer: number, head: number): PatternReading {
  const size = view.summary.tokens.length;
  const pattern = new Float32Array(size * size);
  for (let query = 0; query < size; query++) {
    const scores = Array.from({ length: query + 1 }, (_, key) => {
      const favourite = head === 0 ? query - 1 : head === 1 ? 2 : 0;
      return Math.exp((key === favourite ? 4 : 0) + 2 * noise('pattern', layer, head, query, key));
    });
    const sum = scores.reduce((total, score) => total + score, 0);
    for (const [key, score] of scores.entries()) pattern[query * size + key] = score / sum;
  }
  return { layer, head, size, pattern };
}

const PLAIN = { midpoint: 0, excluded: [], excludedReason: null } as const;

export function heatMap(view: TraceView, quantity: Quantity): HeatMap {
  const { tokens } = view.summary;
  switch (quantity.kind) {
    case 'loss':
      return plain(
        tokens.map(({ loss }) => loss),
        'nats',
        'Surprise: -ln p(token | prefix)',
      );
    case 'entropy':
      return plain(
        tokens.map(({ entropy }) => entropy),
        'nats',
        'Entropy of the prediction made for the token',
      );
    case 'probability':
      return {
        values: tokens.map(({ probability }) => probability),
        domain: { ...PLAIN, min: 0, max: 1 },
        unit: '',
        title: 'p(token | prefix)',
      };
    case 'norm':
      return normMap(view, quantity);
    case 'unit':
      return unitMap(view, quantity);
  }
}

function plain(values: readonly (number | null)[], unit: string, title: string): HeatMap {
  const max = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return { values, domain: { ...PLAIN, min: 0, max }, unit, title };
}

function normMap(view: TraceView, { site, layer }: Quantity & { kind: 'norm' }): HeatMap {
  const layers = Array.from({ length: view.model.n_layers }, (_, i) => i);
  const count = view.summary.tokens.length;
  const row = (of: number): readonly number[] =>
    Array.from({ length: count }, (_, i) =>
      i === 0 && site.startsWith('resid') ? 240 + of : 3 + 4 * of ** 0.6 + 9 * noise(site, of, i) ** 2,
    );
  const rows = layers.map(row);
  const max = rows.reduce((most, values) => values.slice(1).reduce((m, v) => Math.max(m, v), most), 0);
  const domain: ColorDomain = {
    min: 0,
    max,
    midpoint: 0,
    excluded: site.startsWith('resid') ? [0] : [],
    excludedReason: site.startsWith('resid')
      ? 'position 0 is left out of the scale: its norm is an outlier'
      : null,
  };
  const title = `${site}, norm`;
  const own = (rows[layer] ?? []).slice(domain.excluded.length);
  return {
    values: rows[layer] ?? [],
    domain: { ...domain, max: own.reduce((most, value) => Math.max(most, value), 0) },
    unit: '',
    title,
    layers: { title, unit: '', layers, values: rows, domain },
  };
}

function unitMap(view: TraceView, { unit, query }: Quantity & { kind: 'unit' }): HeatMap {
  const count = view.summary.tokens.length;
  const title = formatUnit(unit);
  if (unit.kind === 'head') {
    const { pattern, size } = patternOf(view, unit.layer, unit.head);
    const from = query ?? count - 1;
    const values = Array.from({ length: count }, (_, key) =>
      key > from ? null : (pattern[from * size + key] ?? 0),
    );
    return { values, domain: { ...PLAIN, min: 0, max: 1 }, unit: '', title };
  }
  const values = Array.from({ length: count }, (_, i) => {
    const raw = noise(title, i);
    if (unit.kind === 'latent') return raw > 0.75 ? 9 * (raw - 0.75) * 4 : 0;
    return raw > 0.6 ? 5 * (raw - 0.6) : -0.6 * raw;
  });
  const max = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { values, domain: { ...PLAIN, min: unit.kind === 'neuron' ? -max : 0, max }, unit: '', title };
}
