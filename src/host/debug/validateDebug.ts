import { invalid, fieldsOf, index, text, type Fields } from '../panels/validate.ts';
import { SCALAR_CHOICES } from '../../core/prompt/keys.ts';
import { BIAS_NAMES, type Node } from '../../core/trace/node.ts';
import {
  PATCH_HOOKS,
  type DebugOptions,
  type DebugView,
  type PatchHook,
  type PatchPart,
  type SweepKind,
  type TraceStep,
} from '../../protocol/debugContract.ts';
import type {
  DebugCommand,
  ExperimentDraft,
  KeptPatch,
  KeptSweep,
  PersistedDebug,
} from '../../protocol/debugViewContract.ts';

/** Longest lists that a page may send. */
const MAX_ITEMS = 1000;
/** Rows per column that a page may ask for: a table of tens of thousands of rows. */
const MAX_TABLE_K = 20_000;
const MAX_LIST_K = 1000;

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

export function listLength(fields: Fields): number {
  return Math.min(index(fields, 'k'), MAX_LIST_K);
}

export function sweepKind(value: unknown): SweepKind {
  if (value === 'heads' || value === 'neurons' || value === 'latents') return value;
  throw invalid('a kind of sweep', value);
}

export function side(value: unknown): 'left' | 'right' {
  if (value === 'left' || value === 'right') return value;
  throw invalid('left or right', value);
}

export function patchPart(value: unknown): PatchPart {
  const fields = fieldsOf(value);
  const hook = patchHook(fields['hook']);
  return { hook, layer: index(fields, 'layer'), byPosition: flag(fields, 'byPosition') };
}

function patchHook(value: unknown): PatchHook {
  const hook = PATCH_HOOKS.find((known) => known === value);
  if (!hook) throw invalid('a hook that is patched', value);
  return hook;
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
  const name = BIAS_NAMES.find((known) => known === fields['name']);
  if (!name) throw invalid('the name of a bias', fields['name']);
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

/** What a page persisted, or null when it is of another version or damaged: then the page starts afresh. */
export function persistedDebug(value: unknown): PersistedDebug | null {
  try {
    const fields = fieldsOf(value);
    if (fields['version'] !== 1) return null;
    return {
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
    };
  } catch {
    return null;
  }
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

const COMMANDS = ['run', 'cancel', 'openLog', 'openSettings', 'openExample', 'openTrace'] as const;

export function debugCommand(value: unknown): DebugCommand {
  const command = COMMANDS.find((known) => known === value);
  if (!command) throw invalid('a command', value);
  return command;
}

/** A finite number from 0. */
export function amount(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw invalid(`${key}: a number from 0`, value);
  return value;
}

function scalar(value: unknown): (typeof SCALAR_CHOICES)[number] {
  const name = SCALAR_CHOICES.find((known) => known === value);
  if (!name) throw invalid('a scalar', value);
  return name;
}

function compare(value: unknown): 'edits' | 'corrupted' {
  if (value === 'edits' || value === 'corrupted') return value;
  throw invalid('edits or corrupted', value);
}

function alignment(value: unknown): (number | null)[] | null {
  return nullable(value, (found) =>
    list(found, 'alignment').map((position) => nullable(position, () => index({ position }, 'position'))),
  );
}

export function texts(value: unknown, key: string): string[] {
  return list(value, key).map((item) => text({ item }, 'item'));
}

function list(value: unknown, key: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw invalid(`${key}: a list`, value);
  return value;
}

function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') throw invalid(`${key}: true or false`, value);
  return value;
}

function nullable<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}
