import { SCALAR_CHOICES, type ScalarName } from '../core/prompt/keys.ts';
import { parsePosition } from '../core/prompt/position.ts';
import { PATCH_HOOKS, SWEEP_KINDS, type PatchHook, type SweepKind } from '../protocol/debugContract.ts';
import type { PromptArgs } from './args.ts';
import { readInteger, readTemperature, usage } from './readFlags.ts';

/** Flags that make an experiment of a prompt. Undefined = as the front matter says. */
export interface ExperimentArgs extends PromptArgs {
  readonly targets: readonly string[] | undefined;
  readonly distractors: readonly string[] | undefined;
  readonly position: string | undefined;
  readonly scalar: ScalarName | undefined;
  readonly edits: readonly string[] | undefined;
  /** Text or file; a relative file starts at the current folder. */
  readonly corrupted: string | undefined;
  readonly reference: string | undefined;
  readonly seed: number | undefined;
}

export interface DebugArgs extends ExperimentArgs {
  readonly trace: string | undefined;
  /** Downstream node of a value trace. */
  readonly via: string | undefined;
  readonly sweep: SweepKind | undefined;
  /** Where units are ablated in a sweep. */
  readonly at: string;
  readonly layer: number | null;
  readonly patch: boolean;
  /** What a patching sweep patches; empty = the usual ones. */
  readonly hooks: readonly PatchHook[];
  readonly measure: number;
  readonly k: number;
  /** SAEs whose latents are nodes; `all` = every attached one that fits beside the others. */
  readonly splice: readonly string[];
  readonly foldValueBiases: boolean;
  readonly liveScale: boolean;
}

export interface RunArgs extends ExperimentArgs {
  readonly top: number;
  readonly max: number;
  readonly temperature: number;
}

export const EXPERIMENT_OPTIONS = {
  target: { type: 'string', multiple: true },
  distractor: { type: 'string', multiple: true },
  position: { type: 'string' },
  scalar: { type: 'string' },
  ablate: { type: 'string', multiple: true },
  reference: { type: 'string' },
} as const;

export const DEBUG_OPTIONS = {
  trace: { type: 'string' },
  via: { type: 'string' },
  sweep: { type: 'string' },
  at: { type: 'string' },
  layer: { type: 'string' },
  patch: { type: 'string' },
  measure: { type: 'string' },
  k: { type: 'string' },
  splice: { type: 'string', multiple: true },
  'fold-value-biases': { type: 'boolean' },
  'live-scale': { type: 'boolean' },
} as const;

export const EXPERIMENT_FLAGS = Object.keys(EXPERIMENT_OPTIONS) as (keyof typeof EXPERIMENT_OPTIONS)[];
export const DEBUG_FLAGS = Object.keys(DEBUG_OPTIONS) as (keyof typeof DEBUG_OPTIONS)[];

type ValueOf<O> = O extends { readonly type: 'boolean' }
  ? boolean
  : O extends { readonly multiple: true }
    ? string[]
    : string;
type ValuesOf<O> = { readonly [K in keyof O]?: ValueOf<O[K]> | undefined };

/** What `parseArgs` gives for the flags of `debug` and `run`. */
export type ExperimentValues = ValuesOf<typeof EXPERIMENT_OPTIONS> &
  ValuesOf<typeof DEBUG_OPTIONS> & {
    readonly hook?: string[] | undefined;
    readonly seed?: string | undefined;
    readonly top?: string | undefined;
    readonly max?: string | undefined;
    readonly temperature?: string | undefined;
  };

const DEFAULT_K = 10;
const DEFAULT_TOP = 10;
const DEFAULT_MAX = 20;

/** @throws cli/usage */
export function readDebugArgs(prompt: PromptArgs, values: ExperimentValues): DebugArgs {
  if (values.via !== undefined && values.trace === undefined) throw usage('--via belongs to --trace.');
  return {
    ...readExperiment(prompt, values),
    corrupted: values.patch === '' ? undefined : values.patch,
    trace: values.trace,
    via: values.via,
    sweep: readChoice('sweep', values.sweep, SWEEP_KINDS),
    at: readPositions('at', values.at) ?? '*',
    layer: readInteger('layer', values.layer, 0) ?? null,
    patch: values.patch !== undefined,
    hooks: (values.hook ?? []).flatMap((hook) => readChoice('hook', hook, PATCH_HOOKS) ?? []),
    measure: readInteger('measure', values.measure, 0) ?? 0,
    k: readInteger('k', values.k, 1) ?? DEFAULT_K,
    splice: values.splice ?? [],
    foldValueBiases: values['fold-value-biases'] ?? false,
    liveScale: values['live-scale'] ?? false,
  };
}

/** @throws cli/usage */
export function readRunArgs(prompt: PromptArgs, values: ExperimentValues): RunArgs {
  return {
    ...readExperiment(prompt, values),
    top: readInteger('top', values.top, 1) ?? DEFAULT_TOP,
    max: readInteger('max', values.max, 0) ?? DEFAULT_MAX,
    temperature: readTemperature(values.temperature),
  };
}

function readExperiment(prompt: PromptArgs, values: ExperimentValues): ExperimentArgs {
  return {
    ...prompt,
    targets: values.target,
    distractors: values.distractor,
    position: readPositions('position', values.position),
    scalar: readChoice('scalar', values.scalar, SCALAR_CHOICES),
    edits: values.ablate,
    corrupted: undefined,
    reference: values.reference,
    seed: readInteger('seed', values.seed, 0),
  };
}

function readPositions(name: string, text: string | undefined): string | undefined {
  if (text === undefined || parsePosition(text)) return text;
  throw usage(`--${name} wants positions such as last, 7, 3..7, * or '" John"#2', not "${text}".`);
}

function readChoice<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw usage(`--${name} is one of ${choices.join(', ')}, not "${text}".`);
}
