import { InterpError } from '../../errors.ts';
import { scoreScale } from '../../graph/attention.ts';
import { need } from '../../graph/keptGraphs.ts';
import { assertPosition, assertUnit, type GradientSource } from './gradientSource.ts';
import { headVector, readHead, type HeadReading } from './headReads.ts';
import type { GradientOptions, Readout } from './readout.ts';
import { LIVE_SCALE } from './readoutLogits.ts';
import type { TracedScalar } from './scalar.ts';
import { times } from './throughNorm.ts';

type Score = Extract<TracedScalar, { readonly kind: 'score' }>;
type Value = Extract<TracedScalar, { readonly kind: 'value' }>;

/** Attention score of a pair before the softmax, read from resid_pre of its layer. @throws unit/unknown, position/out-of-range */
export async function scoreReadout(
  source: GradientSource,
  scalar: Score,
  options: GradientOptions,
): Promise<Readout> {
  assertPair(source, scalar);
  const { layer, head, position, through } = scalar;
  const query = { part: 'q', layer, head, position } as const;
  const key = { part: 'k', layer, head, position: scalar.source } as const;
  const scale = scoreScale({ config: source.runner.config, layer });
  const q = times(await headVector(source, query), scale);
  const k = times(await headVector(source, key), scale);
  const sides: { readonly at: number; readonly read: HeadReading }[] = [];
  if (through !== 'k') sides.push({ at: position, read: await readHead(source, query, k, options) });
  if (through !== 'q') sides.push({ at: scalar.source, read: await readHead(source, key, q, options) });
  const live = sides.some(({ read }) => read.live);
  const both = through === 'qk';
  return {
    site: { layer, hook: 'resid_pre' },
    vectors: joined(sides),
    constants: both ? [] : sides.map(({ read }) => ({ name: 'read', value: read.constant })),
    value: sides[0]?.read.value ?? Number.NaN,
    notAdditive: both ? 'query and key multiply' : live ? LIVE_SCALE : null,
    held: [
      ...sides.flatMap(({ at, read }) => heldNorm(read, layer, at)),
      ...(through === 'q' ? [`key of ${scalar.source}`] : []),
      ...(through === 'k' ? [`query of ${position}`] : []),
    ],
  };
}

/**
 * What a pair writes along a gradient, through its value: p * V(source) . g, read from resid_pre of its layer.
 * `zGradient`: the downstream scalar's gradient at the head's z at `position` before any edit, [d_head].
 */
export async function valueReadout(
  source: GradientSource,
  scalar: Value,
  options: GradientOptions,
  zGradient: ArrayLike<number>,
): Promise<Readout> {
  assertPair(source, scalar);
  const { layer, head, position } = scalar;
  const weight = await patternWeight(source, scalar);
  const value = { part: 'v', layer, head, position: scalar.source } as const;
  const read = await readHead(source, value, times(zGradient, weight), options);
  return {
    site: { layer, hook: 'resid_pre' },
    vectors: [{ position: scalar.source, vector: Float32Array.from(read.vector) }],
    constants: [{ name: 'read', value: read.constant }],
    value: read.value,
    notAdditive: read.live ? LIVE_SCALE : null,
    held: [
      ...heldNorm(read, layer, scalar.source),
      `attention of ${position} to ${scalar.source}`,
      'gradient of the downstream scalar',
    ],
  };
}

/** @throws unit/unknown, position/out-of-range */
export function assertPair(source: GradientSource, pair: Omit<Score, 'kind' | 'through'>): void {
  const { n_layers, n_heads } = source.runner.config;
  const id = `L${pair.layer}H${pair.head}`;
  assertUnit(id, pair.layer, n_layers, 'layers');
  assertUnit(id, pair.head, n_heads, 'heads in each layer');
  assertPosition(source, pair.position);
  assertPosition(source, pair.source);
  if (pair.source <= pair.position) return;
  const name = `${id}@${pair.position}->${pair.source}`;
  throw new InterpError('unit/unknown', `${name} does not exist: tokens attend to earlier ones only.`, {
    data: { unit: name },
  });
}

async function patternWeight({ trace }: GradientSource, pair: Value): Promise<number> {
  const { data, dims } = need(await trace.layer(pair.layer), 'pattern');
  const [, , size = 0] = dims; // [1, head, query, key]
  return data[(pair.head * size + pair.position) * size + pair.source] ?? Number.NaN;
}

/** One vector per row: query and key may be the same token. */
function joined(sides: readonly { readonly at: number; readonly read: HeadReading }[]): Readout['vectors'] {
  const byRow = new Map<number, Float64Array>();
  for (const { at, read } of sides) {
    const known = byRow.get(at);
    byRow.set(at, known ? known.map((value, i) => value + (read.vector[i] ?? 0)) : read.vector);
  }
  return [...byRow].map(([position, vector]) => ({ position, vector: Float32Array.from(vector) }));
}

function heldNorm({ live }: HeadReading, layer: number, at: number): string[] {
  return live ? [] : [`scale of ln_1 of layer ${layer} at ${at}`];
}
