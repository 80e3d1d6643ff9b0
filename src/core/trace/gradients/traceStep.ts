import { InterpError } from '../../errors.ts';
import { parseUnit } from '../../model/units.ts';
import { resolvePosition, scanPosition, type Position } from '../../prompt/position.ts';
import type { LogitScalar, Scalar, TracedScalar } from './scalar.ts';

/** A step upstream as it is written; `via` = the downstream node of a value trace, null = the logits. */
export interface WrittenStep {
  readonly at: string;
  readonly via: string | null;
}

/** What a step upstream is read against. */
export interface StepContext {
  /** What the untraced view explains: the end of every chain. */
  readonly base: LogitScalar;
  /** Tokens of the prompt, BOS included: positions may be written by text. */
  readonly tokens: readonly { readonly text: string }[];
}

/** Part of a traced reading that a head has and others have not. */
const THROUGH = /^(.+)\.(qk|q|k|v)$/;

/**
 * Reads what a trace goes upstream from: `L9H9.q@12->4` (`.k`, `.qk`, `.v`), `L5N123@14`, `3-res/412@14`. Positions
 * are written as in edits; each must mean one token. @throws unit/unknown, position/out-of-range
 */
export function parseTraceStep({ at, via }: WrittenStep, context: StepContext): TracedScalar {
  const { place, position, source } = readPlace(at, context);
  const through = THROUGH.exec(place);
  const unit = parseUnit(through?.[1] ?? place);
  if (unit.kind === 'head') {
    if (source === null || !through) throw notAStep(at, 'a head is traced at a pair through q, k, qk or v');
    if (source > position)
      throw notAStep(at, `token ${position} does not attend to token ${source}, which comes later`);
    const pair = { layer: unit.layer, head: unit.head, position, source };
    const way = through[2];
    if (way === 'q' || way === 'k' || way === 'qk') return { kind: 'score', ...pair, through: way };
    return { kind: 'value', ...pair, downstream: downstreamOf(at, via, context) };
  }
  if (through || source !== null) throw notAStep(at, 'neurons and latents are traced at one token');
  return { ...unit, position };
}

/** The step that `parseTraceStep` reads; null for the logits. */
export function formatTraceStep(scalar: Scalar): WrittenStep | null {
  const at = formatScalar(scalar);
  if (at === null) return null;
  return { at, via: scalar.kind === 'value' ? formatScalar(scalar.downstream) : null };
}

function formatScalar(scalar: Scalar): string | null {
  switch (scalar.kind) {
    case 'logits':
      return null;
    case 'neuron':
      return `L${scalar.layer}N${scalar.neuron}@${scalar.position}`;
    case 'latent':
      return `${scalar.sae}/${scalar.index}@${scalar.position}`;
    case 'score':
    case 'value': {
      const way = scalar.kind === 'value' ? 'v' : scalar.through;
      return `L${scalar.layer}H${scalar.head}.${way}@${scalar.position}->${scalar.source}`;
    }
  }
}

function downstreamOf(
  at: string,
  via: string | null,
  context: StepContext,
): Exclude<Scalar, { readonly kind: 'value' }> {
  if (via === null) return context.base;
  const downstream = parseTraceStep({ at: via, via: null }, context);
  if (downstream.kind === 'value') throw notAStep(at, `${via} is itself a value trace`);
  return downstream;
}

function readPlace(
  at: string,
  { tokens }: StepContext,
): { place: string; position: number; source: number | null } {
  const mark = at.indexOf('@');
  const query = mark > 0 ? scanPosition(at, mark) : null;
  if (!query) throw notAStep(at, 'the token is missing');
  const isPair = at.startsWith('->', query.end);
  const key = isPair ? scanPosition(at, query.end + 2) : null;
  if ((isPair && !key) || (key?.end ?? query.end) !== at.length)
    throw notAStep(at, 'its positions are not understood');
  const one = (position: Position): number => onePosition(at, position, tokens);
  return {
    place: at.slice(0, mark),
    position: one(query.position),
    source: key ? one(key.position) : null,
  };
}

function onePosition(at: string, position: Position, tokens: StepContext['tokens']): number {
  const [found, another] = resolvePosition(position, tokens);
  if (found === undefined || another !== undefined) throw notAStep(at, 'a trace starts at one token');
  return found;
}

function notAStep(at: string, why: string): InterpError {
  return new InterpError(
    'unit/unknown',
    `"${at}" cannot be traced upstream: ${why}. Traces look like L9H9.q@12->4, L5N123@14 or 3-res/412@14.`,
    { data: { step: at } },
  );
}
