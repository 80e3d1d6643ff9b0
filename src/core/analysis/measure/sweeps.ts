import { InterpError } from '../../errors.ts';
import { formatUnit, type Unit } from '../../model/units.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import type { Scalar } from '../../trace/gradients/scalar.ts';
import type { Trace } from '../../trace/trace.ts';
import type { VariantOptions } from '../../trace/variants/runVariants.ts';
import type { VariantModel } from '../../trace/variants/variantModel.ts';
import { measureEdits } from './measure.ts';

export type SweepKind = 'heads' | 'neurons' | 'latents';

/** Which units are taken to 0 one at a time, and where. */
export interface SweepRequest {
  readonly kind: SweepKind;
  /** Only units of this layer (of latents: of SAEs of this layer); null = all. */
  readonly layer: number | null;
  /** Each unit is 0 at all of these at once. */
  readonly positions: readonly number[];
}

/** A part of a sweep that takes about half a second; whoever asks part by part keeps what was measured. */
export interface SweepPart {
  readonly id: string;
  readonly title: string;
  readonly runs: number;
}

/** One run of a sweep. */
export interface SweptUnit {
  readonly unit: Unit;
  /** Measured total effect: L(run) - L(run with the unit at 0). */
  readonly effect: number;
}

/** Multiply-adds of a part. A core does about 100 to 200 thousand million a second. */
const PART_WORK = 1e11;
const PART_ID = /^(\*|\d+):(\d+)-(\d+)$/;

/** Splits a sweep into parts of like work, units in the order of the model. */
export async function planSweep(
  model: VariantModel,
  base: Trace,
  request: SweepRequest,
): Promise<SweepPart[]> {
  const units = await sweptUnits(model, base, request);
  const first = request.positions.reduce((least, position) => Math.min(least, position), base.ids.length);
  const rows = base.ids.length - first;
  const parts: SweepPart[] = [];
  let from = 0;
  let work = 0;
  for (const [index, unit] of units.entries()) {
    work += rows * workPerRow(model, unit);
    if (work < PART_WORK && index + 1 < units.length) continue;
    parts.push(partOf(units, request, from, index));
    from = index + 1;
    work = 0;
  }
  return parts;
}

function partOf(units: readonly Unit[], { layer }: SweepRequest, from: number, to: number): SweepPart {
  const [first, last] = [units[from], units[to]];
  const names = [first, last].map((unit) => (unit ? formatUnit(unit) : ''));
  const title = from === to ? (names[0] ?? '') : names.join(' to ');
  return { id: `${layer ?? '*'}:${from}-${to}`, title, runs: to - from + 1 };
}

/** Measures the units of one part. @throws request/invalid (a part of no plan), cancelled */
export async function sweepPart(
  model: VariantModel,
  base: Trace,
  request: Omit<SweepRequest, 'layer'> & { readonly part: string },
  scalar: Scalar,
  options: VariantOptions = {},
): Promise<SweptUnit[]> {
  const { layer, from, to } = readPart(request.part);
  const units = (await sweptUnits(model, base, { ...request, layer })).slice(from, to + 1);
  const edits = units.map((unit) => [zeroed(unit, request.positions)]);
  const effects = await measureEdits(model, base, edits, scalar, options);
  return units.map((unit, index) => ({ unit, effect: effects[index]?.effect ?? Number.NaN }));
}

function readPart(id: string): { layer: number | null; from: number; to: number } {
  const match = PART_ID.exec(id);
  if (!match)
    throw new InterpError('request/invalid', `"${id}" is not a part of a sweep.`, { data: { part: id } });
  const [, layer, from, to] = match;
  return { layer: layer === '*' ? null : Number(layer), from: Number(from), to: Number(to) };
}

/** The edit that takes a unit to 0: a head's whole output z, a neuron's or latent's activation. */
export function zeroed(unit: Unit, positions: readonly number[]): RunEdit {
  const zero = { positions, keep: 0, value: 0 };
  switch (unit.kind) {
    case 'head':
      return { kind: 'hook', hook: 'z', layer: unit.layer, head: unit.head, ...zero };
    case 'neuron':
      return { kind: 'hook', hook: 'post', layer: unit.layer, index: unit.neuron, ...zero };
    case 'latent':
      return { kind: 'latent', sae: unit.sae, index: unit.index, ...zero };
  }
}

async function sweptUnits(model: VariantModel, base: Trace, request: SweepRequest): Promise<Unit[]> {
  const { n_layers, n_heads, d_mlp } = model.config;
  const layers = Array.from({ length: n_layers }, (_, layer) => layer).filter(
    (layer) => request.layer === null || request.layer === layer,
  );
  const numbered = (count: number, make: (layer: number, index: number) => Unit): Unit[] =>
    layers.flatMap((layer) => Array.from({ length: count }, (_, index) => make(layer, index)));
  switch (request.kind) {
    case 'heads':
      return numbered(n_heads, (layer, head) => ({ kind: 'head', layer, head }));
    case 'neurons':
      return numbered(d_mlp, (layer, neuron) => ({ kind: 'neuron', layer, neuron }));
    case 'latents':
      return activeLatents(model, base, request);
  }
}

/** Latents of attached SAEs that are active at one of the positions, by SAE and index. */
async function activeLatents(
  model: VariantModel,
  base: Trace,
  { layer, positions }: SweepRequest,
): Promise<Unit[]> {
  const units: Unit[] = [];
  for (const [sae, runner] of model.source.saes) {
    const { config } = runner.sae;
    if (layer !== null && config.layer !== layer) continue;
    const hook = await base.hook(config.hook_name);
    const acts = await runner.encode(tensor([base.ids.length, config.d_in], hook.data));
    const active = new Set<number>();
    for (const position of positions) {
      const from = position * acts.k;
      for (const index of acts.indices.subarray(from, from + (acts.counts[position] ?? 0))) active.add(index);
    }
    for (const index of [...active].toSorted((a, b) => a - b)) units.push({ kind: 'latent', sae, index });
  }
  return units;
}

/** Multiply-adds per row of what runs after the unit. */
function workPerRow({ config, source }: VariantModel, unit: Unit): number {
  const layer = unit.kind === 'latent' ? (source.saes.get(unit.sae)?.sae.config.layer ?? 0) : unit.layer;
  const block = 4 * config.d_model ** 2 + 2 * config.d_model * config.d_mlp;
  return (config.n_layers - layer) * block;
}
