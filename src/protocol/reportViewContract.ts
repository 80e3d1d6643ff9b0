import type { ExplainReport, Rating, RatingReport } from '../core/explain/report.ts';
import type { ModelInfo } from './engineContract.ts';
import type { RatingCard } from './explainContract.ts';
import type { WireError } from './wireError.ts';

/** Points given so far to the card at hand; null = none yet. */
export type RatingPoints = Readonly<Record<'confidence' | 'strong' | 'weak' | 'logits', number | null>>;

/** `report`: scores of all explanations. `rate`: blind rating. */
export const REPORT_TABS = ['report', 'rate'] as const;
export type ReportTab = (typeof REPORT_TABS)[number];

/** What a report page keeps over a reload: names, the card at hand, and what was typed of it. */
export interface PersistedReport {
  readonly version: 1;
  readonly model: string | null;
  readonly tab: ReportTab;
  /** Explainer that was chosen, or `ANYONE`; null = none was: see `reportFigures`. */
  readonly explainer: string | null;
  /** Families to draw cards from, and how many cards. */
  readonly families: readonly string[];
  readonly count: number;
  /** The same families, count and seed are the same cards. */
  readonly seed: number;
  /** Place of the card at hand among those dealt; null = none are dealt. */
  readonly card: number | null;
  /** Words of the card at hand. */
  readonly words: string;
  readonly points: RatingPoints;
}

/** An explain-many run that is under way. */
export interface RunningExplanations {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

/** State of the report page. */
export type ReportState =
  | { readonly state: 'loading'; readonly message: string }
  | {
      readonly state: 'ready';
      readonly model: ModelInfo;
      readonly families: readonly string[];
      readonly running: RunningExplanations | null;
    }
  | { readonly state: 'error'; readonly error: WireError };

/** Commands that a report page may ask the host to run; anything else is refused. */
export const REPORT_COMMANDS = [
  'cancel',
  'retry',
  'openLog',
  'explainFamily',
  'scan',
  'import',
  'export',
] as const;
export type ReportCommand = (typeof REPORT_COMMANDS)[number];

/** What the host serves to the report page. */
export interface ReportViewContract {
  'view/ready': {
    params: { persisted: PersistedReport | null };
    result: { persisted: PersistedReport; report: ReportState };
  };
  'explain/report': { params: { explainer: string | null }; result: ExplainReport };
  'rating/deal': {
    params: { families: readonly string[]; count: number; seed: number };
    result: readonly RatingCard[];
  };
  'rating/save': {
    params: { cardId: string; rating: Omit<Rating, 'version' | 'unit'> };
    result: { unit: string };
  };
  'rating/report': { params: Record<string, never>; result: RatingReport };
  /** The tab that is shown from now on. */
  'tab/show': { params: { tab: ReportTab }; result: null };
  'unit/open': { params: { unit: string }; result: null };
  'file/export': { params: { name: string; text: string }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  'command/run': { params: { command: ReportCommand; family: string | null }; result: null };
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** What the host tells the report page unasked. */
export interface ReportViewEvents {
  'report/didChange': ReportState;
  /** New records came in: the figures are other ones. */
  'records/didChange': Record<string, never>;
  /** A command asks for a tab of the page that is open. */
  'tab/didAsk': { readonly tab: ReportTab };
}
