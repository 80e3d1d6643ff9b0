import { parseNode, type Node } from '../../../src/core/trace/node.ts';
import type { DebugOptions, TraceStep } from '../../../src/protocol/debugContract.ts';
import type { KeptPatch, KeptSweep, PersistedDebug } from '../../../src/protocol/debugViewContract.ts';

export const NOTHING_KEPT: PersistedDebug = {
  version: 1,
  uri: '',
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

/** Rows per column and end that are shown at first. */
export const FIRST_OPTIONS: DebugOptions = { k: 10, saes: [], foldValueBiases: false, frozenScale: true };

/** What a page kept over a reload; null when it is not in the form of this version. The host checks the draft. */
export function readPersistedDebug(value: unknown): PersistedDebug | null {
  if (!isRecord(value) || value['version'] !== 1 || typeof value['uri'] !== 'string') return null;
  const steps = Array.isArray(value['steps']) ? value['steps'].filter(isStep) : [];
  const depth = typeof value['depth'] === 'number' ? value['depth'] : 0;
  return {
    version: 1,
    uri: value['uri'],
    draft: isRecord(value['draft']) ? value['draft'] : {},
    tab: typeof value['tab'] === 'string' ? value['tab'] : null,
    steps,
    depth: Math.max(0, Math.min(steps.length, Math.floor(depth))),
    options: readOptions(value['options']),
    pins: isTexts(value['pins']) ? value['pins'] : [],
    node: typeof value['node'] === 'string' ? value['node'] : null,
    sweep: isKept(value['sweep'], 'kind') ? (value['sweep'] as unknown as KeptSweep) : null,
    patch: isKept(value['patch'], 'hook') ? (value['patch'] as unknown as KeptPatch) : null,
  };
}

/** The node of a name; null for none, and for what is no name. */
export function readNode(name: string | null): Node | null {
  try {
    return name === null ? null : parseNode(name);
  } catch {
    return null;
  }
}

function readOptions(value: unknown): DebugOptions | null {
  if (!isRecord(value)) return null;
  const { k, saes, foldValueBiases, frozenScale } = value;
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 1 || !isTexts(saes)) return null;
  if (typeof foldValueBiases !== 'boolean' || typeof frozenScale !== 'boolean') return null;
  return { k, saes, foldValueBiases, frozenScale };
}

/** The host checks the names. */
function isKept(value: unknown, name: 'kind' | 'hook'): value is Record<string, unknown> {
  if (!isRecord(value) || typeof value['of'] !== 'string' || typeof value[name] !== 'string') return false;
  return typeof value['done'] === 'number' && Number.isInteger(value['done']) && value['done'] >= 0;
}

function isStep(value: unknown): value is TraceStep {
  if (!isRecord(value) || typeof value['at'] !== 'string') return false;
  return value['via'] === null || typeof value['via'] === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
