import {
  CALIBRATIONS,
  EXCHANGE_FORMATS,
  SCORERS,
  SIMULATOR_CHOICES,
  type ExchangeFormat,
  type ExplainOptions,
  type Explainer,
} from '../protocol/explainContract.ts';
import type { LanguageFlags } from './languageAccess.ts';
import { readInteger, usage } from './readFlags.ts';

/** Flags of `underglass explain`. */
export const EXPLAIN_OPTIONS = {
  units: { type: 'string', multiple: true },
  explainer: { type: 'string' },
  words: { type: 'string' },
  simulator: { type: 'string' },
  scores: { type: 'string' },
  calibration: { type: 'string' },
  samples: { type: 'string' },
  'per-split': { type: 'string' },
  'max-requests': { type: 'string' },
  'budget-tokens': { type: 'string' },
  redo: { type: 'boolean' },
  revise: { type: 'boolean' },
  report: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

export interface ExplainFlags extends LanguageFlags {
  readonly units?: readonly string[] | undefined;
  readonly explainer?: string | undefined;
  readonly words?: string | undefined;
  readonly simulator?: string | undefined;
  readonly scores?: string | undefined;
  readonly calibration?: string | undefined;
  readonly samples?: string | undefined;
  readonly 'per-split'?: string | undefined;
  readonly 'max-requests'?: string | undefined;
  readonly 'budget-tokens'?: string | undefined;
  readonly redo?: boolean | undefined;
  readonly revise?: boolean | undefined;
  readonly report?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** The model that explanations are about. */
export interface SubjectArgs {
  readonly model: string | undefined;
  readonly saes: readonly string[];
  readonly json: boolean;
}

export interface ExplainArgs extends SubjectArgs {
  /** Ids and patterns, or files of them (`-` = stdin). Empty: the report alone. */
  readonly units: readonly string[];
  /** The language model is read from flags and environment when the command runs. */
  readonly options: Omit<ExplainOptions, 'language'>;
  readonly language: LanguageFlags;
  readonly redo: boolean;
  /** Try the words on sentences of the embedded generator, and keep the better. */
  readonly revise: boolean;
  readonly report: boolean;
  /** Explainer that was asked for by name, for the report; null = the best words of each unit. */
  readonly named: string | null;
  /** Send without asking, however much it is. */
  readonly yes: boolean;
}

export interface ImportArgs extends SubjectArgs {
  /** Files, folders, addresses, or sets by their ids. */
  readonly sources: readonly string[];
  readonly units: readonly string[];
  /** Also activation records and the windows behind scores. */
  readonly records: boolean;
  readonly storage: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export const IMPORT_FLAGS = [
  'model',
  'sae',
  'units',
  'records',
  'storage',
  'dry-run',
  'yes',
  'json',
] as const;

/** @throws cli/usage */
export function readImportArgs(
  subject: SubjectArgs,
  sources: readonly string[],
  values: {
    readonly units?: readonly string[] | undefined;
    readonly records?: boolean | undefined;
    readonly storage?: string | undefined;
    readonly 'dry-run'?: boolean | undefined;
    readonly yes?: boolean | undefined;
  },
): ImportArgs {
  if (sources.length === 0)
    throw usage('import wants files of explanations, or a set such as openai/gpt2-small.');
  const { units = [], records = false, storage, yes = false } = values;
  const dryRun = values['dry-run'] ?? false;
  if (dryRun && yes) throw usage('--dry-run and --yes exclude each other.');
  return { ...subject, sources, units, records, storage, dryRun, yes };
}

export interface ExportArgs extends SubjectArgs {
  readonly units: readonly string[];
  readonly format: ExchangeFormat;
  readonly out: string | undefined;
}

const EXPLAINERS = ['summary', 'n2g', 'concepts', 'language'] as const;
const DEFAULT_SAMPLES = 3;
const DEFAULT_PER_SPLIT = 5;

/** @throws cli/usage */
export function readExplainArgs(
  subject: SubjectArgs,
  rest: readonly string[],
  flags: ExplainFlags,
): ExplainArgs {
  const units = [...(flags.units ?? []), ...rest];
  const report = flags.report ?? false;
  if (units.length === 0 && !report)
    throw usage('explain wants --units PATTERN, a file of unit ids, or --report.');
  const scores = flags.scores?.split(',') ?? ['simulation', 'detection', 'fuzzing'];
  const scorers = flags.scores === 'none' ? [] : scores.map((name) => oneOf('scores', SCORERS, name));
  return {
    ...subject,
    units,
    options: {
      explainer: readExplainer(flags),
      simulator: oneOf('simulator', SIMULATOR_CHOICES, flags.simulator ?? 'auto'),
      scorers,
      calibration: oneOf('calibration', CALIBRATIONS, flags.calibration ?? 'linear'),
      perSplit: readInteger('per-split', flags['per-split'], 2) ?? DEFAULT_PER_SPLIT,
      seed: 0,
      budget: {
        requests: readInteger('max-requests', flags['max-requests'], 0) ?? null,
        tokens: readInteger('budget-tokens', flags['budget-tokens'], 0) ?? null,
      },
    },
    language: flags,
    redo: flags.redo ?? false,
    revise: readRevise(flags, units),
    report,
    named: flags.words === undefined ? (flags.explainer ?? null) : 'human',
    yes: flags.yes ?? false,
  };
}

function readRevise({ revise = false, scores }: ExplainFlags, units: readonly string[]): boolean {
  if (!revise) return false;
  if (units.length === 0) throw usage('--revise wants --units: what is revised.');
  if (scores === 'none') throw usage('--revise compares scores: --scores none excludes it.');
  return true;
}

/** @throws cli/usage */
export function readFormat(text: string | undefined): ExchangeFormat {
  return oneOf('format', EXCHANGE_FORMATS, text ?? 'simulation-results');
}

/** Typed words are a person's own; a language model explains when one is named. */
function readExplainer(flags: ExplainFlags): Explainer {
  if (flags.words !== undefined) {
    if (flags.explainer !== undefined) throw usage('--words and --explainer exclude each other.');
    return { kind: 'human', words: flags.words };
  }
  const kind = oneOf(
    'explainer',
    EXPLAINERS,
    flags.explainer ?? (flags.language === undefined ? 'summary' : 'language'),
  );
  if (kind !== 'language') return { kind };
  return { kind, samples: readInteger('samples', flags.samples, 1) ?? DEFAULT_SAMPLES };
}

function oneOf<T extends string>(flag: string, known: readonly T[], text: string): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw usage(`--${flag} is ${known.join(', ')}, not "${text}".`);
  return found;
}
