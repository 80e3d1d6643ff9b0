import type {
  Cost,
  ExplanationRecord,
  ListedExplanation,
  Revision,
  ScoreDetail,
} from '../core/explain/explanation.ts';
import type {
  LanguageAccess,
  LanguageBudget,
  LanguageCapabilities,
} from '../core/explain/language/access.ts';
import type { ExplainReport, Rating, RatingReport } from '../core/explain/report.ts';
import type { ExampleGroup, UnitLogits } from '../core/records/readings.ts';

export type { LanguageAccess, LanguageCapabilities };

/** Who writes the words. `samples`: explanations asked of a language model. */
export type Explainer =
  | { readonly kind: 'summary' }
  | { readonly kind: 'n2g' }
  | { readonly kind: 'concepts' }
  | { readonly kind: 'language'; readonly samples: number }
  /** Words typed by a person. */
  | { readonly kind: 'human'; readonly words: string }
  /** A stored record, scored (again). */
  | { readonly kind: 'record'; readonly id: string };

/** `auto`: language where access is given, else words (patterns for a trie). */
export const SIMULATOR_CHOICES = [
  'auto',
  'words',
  'pattern',
  'concepts',
  'prompt-logprobs',
  'output-logprobs',
  'json',
] as const;
export type SimulatorChoice = (typeof SIMULATOR_CHOICES)[number];

export const SCORERS = ['simulation', 'detection', 'fuzzing', 'ablation'] as const;
export type ScorerKind = (typeof SCORERS)[number];

export const CALIBRATIONS = ['none', 'linear', 'percentile'] as const;
export type CalibrationChoice = (typeof CALIBRATIONS)[number];

/** How a unit is explained and scored. */
export interface ExplainOptions {
  readonly explainer: Explainer;
  readonly simulator: SimulatorChoice;
  /** Empty = explain only. */
  readonly scorers: readonly ScorerKind[];
  readonly calibration: CalibrationChoice;
  readonly language: LanguageAccess | null;
  /** Records of each split (train, calibration, test). */
  readonly perSplit: number;
  readonly seed: number;
  /** Stop before more than this is spent; null = no cap. */
  readonly budget: LanguageBudget;
}

/** One unit to explain. */
export interface ExplainRequest {
  readonly modelId: string;
  readonly unit: string;
  readonly options: ExplainOptions;
}

/** Before anything is sent. */
export interface ExplainEstimate extends Cost {
  readonly units: number;
  /** Worth asking about first. */
  readonly large: boolean;
}

/** What a run over many units ended with; records were told one by one (`explain/didRecord`). */
export interface ManyExplained {
  readonly asked: number;
  readonly done: number;
  /** Had a fresh record of the same explainer and simulator already. */
  readonly skipped: number;
  readonly failed: readonly { readonly unit: string; readonly code: string; readonly reason: string }[];
  readonly cost: Cost;
  /** Why it ended before all were done; null = all were. */
  readonly stopped: 'budget' | 'cancelled' | null;
}

/** `underglass`: the lines of the store. The others are OpenAI's and Neuronpedia's. */
export const EXCHANGE_FORMATS = ['simulation-results', 'neuron-record', 'neuronpedia', 'underglass'] as const;
export type ExchangeFormat = (typeof EXCHANGE_FORMATS)[number];

/** One unit to rate, with all that would give away what it is taken off. */
export interface RatingCard {
  /** Opaque; the engine knows the unit. */
  readonly cardId: string;
  readonly examples: readonly ExampleGroup[];
  readonly logits: Pick<UnitLogits, 'output'>;
}

/** Explaining, scoring and rating. */
export interface EngineExplain {
  'language/probe': { params: { language: LanguageAccess }; result: LanguageCapabilities };
  /** The host's answer to `language/didAsk`. */
  'language/answer': {
    params: { askId: string; text: string | null; error: string | null };
    result: null;
  };
  'explain/list': { params: { modelId: string; unit: string }; result: readonly ListedExplanation[] };
  /** `units`: ids and patterns (`L3N*`, `L*N*`, `3-res/*`, a family's id). */
  'explain/estimate': {
    params: { modelId: string; units: readonly string[]; options: ExplainOptions };
    result: ExplainEstimate;
  };
  /** @throws index/none, explain/*, language/* */
  'explain/unit': { params: ExplainRequest; result: ExplanationRecord };
  'explain/revise': { params: ExplainRequest & { id: string }; result: Revision };
  /** @throws explain/no-detail */
  'explain/detail': { params: { modelId: string; unit: string; id: string }; result: ScoreDetail };
  'explain/remove': { params: { modelId: string; unit: string; id: string }; result: null };
  'explain/many': {
    params: {
      modelId: string;
      units: readonly string[];
      options: ExplainOptions;
      concurrency: number;
      redo: boolean;
    };
    result: ManyExplained;
  };
  'explain/report': { params: { modelId: string; explainer: string | null }; result: ExplainReport };
  /** OpenAI NeuronRecord / NeuronSimulationResults JSON(L), Neuronpedia JSON, or our own JSONL. @throws explain/malformed */
  'explain/import': {
    params: { modelId: string; file: string };
    result: {
      format: string;
      explanations: number;
      /** Units whose activation records are kept: `unit/examples` shows them as `imported`. */
      records: number;
      skipped: readonly string[];
    };
  };
  'explain/export': {
    params: { modelId: string; units: readonly string[]; format: ExchangeFormat };
    result: { text: string };
  };
  'rating/deal': {
    params: { modelId: string; families: readonly string[]; count: number; seed: number };
    result: readonly RatingCard[];
  };
  /** Answers which unit it was. */
  'rating/save': {
    params: { modelId: string; cardId: string; rating: Omit<Rating, 'version' | 'unit'> };
    result: { unit: string };
  };
  'rating/report': { params: { modelId: string }; result: RatingReport };
}

/** Events of the engine about explanations. */
export interface EngineExplainEvents {
  'explain/didRecord': { readonly modelId: string; readonly record: ExplanationRecord };
  /** Asks the host to ask VS Code's own language model. */
  'language/didAsk': {
    readonly askId: string;
    readonly model: string;
    readonly messages: readonly {
      readonly role: 'system' | 'user' | 'assistant';
      readonly content: string;
    }[];
  };
}
