import {
  fieldsOf,
  flag,
  index,
  invalid,
  list,
  nullable,
  oneOf,
  persisted,
  text,
  texts,
  type Fields,
} from '../panels/validate.ts';
import { SCALAR_CHOICES } from '../../core/prompt/keys.ts';
import { BIAS_NAMES, type Node } from '../../core/trace/node.ts';
import {
  PATCH_HOOKS,
  SWEEP_KINDS,
  type DebugOptions,
  type DebugView,
  type PatchHook,
  type PatchPart,
  type SweepKind,
  type TraceStep,
} from '../../protocol/debugContract.ts';
import {
  DEBUG_COMMANDS,
  type DebugCommand,
  type ExperimentDraft,
  type KeptPatch,
  type KeptSweep,
  type PersistedDebug,
} from '../../protocol/debugViewContract.ts';

/** Rows per column that a page may ask for: a table of tens of thousands of rows. */
const MAX_TABLE_K = 20_000;

/** Readers of what a debug page sends, as in panels/validate. @throws request/invalid */
export function view(value: unknown): DebugView {
  const fields = fieldsOf(value);
  return {
    debugId: text(fields, 'debugId'),
    step: fields['step'] === null ? null : step(fields['step']),
    options: options(fields['options']),
  };
}

export function step(value: unknown): TraceStep {
  const fields = fieldsOf(value);
  return { at: text(fields, 'at'), via: nullable(fields['via'], () => text(fields, 'via')) };
}

export function options(value: unknown): DebugOptions {
  const fields = fieldsOf(value);
  return {
    k: Math.min(index(fields, 'k'), MAX_TABLE_K),
    saes: texts(fields['saes'], 'saes'),
    foldValueBiases: flag(fields, 'foldValueBiases'),
    frozenScale: flag(fields, 'frozenScale'),
  };
}

export function sweepKind(value: unknown): SweepKind {
  return oneOf(SWEEP_KINDS, value);
}

export function side(value: unknown): 'left' | 'right' {
  return oneOf(['left', 'right'], value);
}

export function patchPart(value: unknown): PatchPart {
  const fields = fieldsOf(value);
  const hook = patchHook(fields['hook']);
  return { hook, layer: index(fields, 'layer'), byPosition: flag(fields, 'byPosition') };
}

function patchHook(value: unknown): PatchHook {
  return oneOf(PATCH_HOOKS, value);
}

export function nodes(value: unknown): Node[] {
  return list(value, 'nodes').map(node);
}

export function node(value: unknown): Node {
  const fields = fieldsOf(value);
  const position = index(fields, 'position');
  const layer = (): number => index(fields, 'layer');
  switch (fields['kind']) {
    case 'embedding':
      return { kind: 'embedding', position };
    case 'neuron':
      return { kind: 'neuron', layer: layer(), neuron: index(fields, 'neuron'), position };
    case 'head': {
      const at = { head: index(fields, 'head'), position, source: index(fields, 'source') };
      return { kind: 'head', layer: layer(), ...at };
    }
    case 'latent': {
      const latent = { sae: text(fields, 'sae'), index: index(fields, 'index') };
      return { kind: 'latent', layer: layer(), ...latent, position };
    }
    case 'error':
      return { kind: 'error', sae: text(fields, 'sae'), layer: layer(), position };
    case 'bias':
      return bias(fields, position);
    default:
      throw invalid('a node', value);
  }
}

function bias(fields: Fields, position: number): Node {
  const name = oneOf(BIAS_NAMES, fields['name']);
  const place = { layer: nullable(fields['layer'], () => index(fields, 'layer')), position };
  return fields['sae'] === undefined
    ? { kind: 'bias', name, ...place }
    : { kind: 'bias', name, sae: text(fields, 'sae'), ...place };
}

export function draft(value: unknown): ExperimentDraft {
  const fields = fieldsOf(value);
  const read = <T>(key: string, reader: (value: unknown) => T): { [name: string]: T } =>
    fields[key] === undefined ? {} : { [key]: reader(fields[key]) };
  const oneText = (key: string) => (): string => text(fields, key);
  const textOrNull = (key: string) => (found: unknown) => nullable(found, oneText(key));
  return {
    ...read('targets', (found) => texts(found, 'targets')),
    ...read('distractors', (found) => texts(found, 'distractors')),
    ...read('edits', (found) => texts(found, 'edits')),
    ...read('position', oneText('position')),
    ...read('corrupted', textOrNull('corrupted')),
    ...read('reference', textOrNull('reference')),
    ...read('seed', () => index(fields, 'seed')),
    ...read('scalar', scalar),
    ...read('compare', compare),
    ...read('alignment', alignment),
  };
}

export function persistedDebug(value: unknown): PersistedDebug | null {
  return persisted(value, (fields) => ({
    version: 1,
    uri: text(fields, 'uri'),
    draft: draft(fields['draft']),
    tab: nullable(fields['tab'], () => text(fields, 'tab')),
    steps: list(fields['steps'], 'steps').map(step),
    depth: index(fields, 'depth'),
    options: nullable(fields['options'], options),
    pins: texts(fields['pins'], 'pins'),
    node: nullable(fields['node'], () => text(fields, 'node')),
    sweep: nullable(fields['sweep'] ?? null, keptSweep),
    patch: nullable(fields['patch'] ?? null, keptPatch),
  }));
}

function keptSweep(value: unknown): KeptSweep {
  const fields = fieldsOf(value);
  const positions = text(fields, 'positions');
  return { ...kept(fields), kind: sweepKind(fields['kind']), positions };
}

function keptPatch(value: unknown): KeptPatch {
  const fields = fieldsOf(value);
  return { ...kept(fields), hook: patchHook(fields['hook']) };
}

function kept(fields: Fields): { of: string; layer: number | null; done: number } {
  const layer = nullable(fields['layer'], () => index(fields, 'layer'));
  return { of: text(fields, 'of'), layer, done: index(fields, 'done') };
}

export function debugCommand(value: unknown): DebugCommand {
  return oneOf(DEBUG_COMMANDS, value);
}

/** A finite number from 0. */
export function amount(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw invalid(`${key}: a number from 0`, value);
  return value;
}

function scalar(value: unknown): (typeof SCALAR_CHOICES)[number] {
  return oneOf(SCALAR_CHOICES, value);
}

function compare(value: unknown): 'edits' | 'corrupted' {
  return oneOf(['edits', 'corrupted'], value);
}

function alignment(value: unknown): (number | null)[] | null {
  return nullable(value, (found) =>
    list(found, 'alignment').map((position) => nullable(position, () => index({ position }, 'position'))),
  );
}
