import type { EngineExplain, ExplainEstimate, ExplainOptions } from './explainContract.ts';
import type { ModelInfo, Progress } from './engineContract.ts';
import type { EngineUnitReads, IndexInfo, UnitRef } from './recordsContract.ts';
import type { ExampleGroup, UnitSummary } from '../core/records/readings.ts';
import type { ListedExplanation } from '../core/explain/explanation.ts';
import type { WireError } from './wireError.ts';

export const UNIT_TABS = ['examples', 'statistics', 'weights', 'effects', 'test'] as const;
export type UnitTab = (typeof UNIT_TABS)[number];

/** What a unit page keeps over a reload: names only. */
export interface PersistedUnit {
  readonly version: 1;
  /** Name or folder of the model, as the model choice says it; null = the default one. */
  readonly model: string | null;
  readonly unit: string;
  readonly tab: string | null;
  /** Text in the "test it" box, and words typed as an own explanation: nothing typed is lost. */
  readonly test: string;
  readonly words: string;
  /** Explanation whose evidence is shown. */
  readonly explanation: string | null;
  /** Explanations of others are hidden until one's own is scored. */
  readonly guess: boolean;
}

/** What explains here without or with a language model. */
export interface LanguageChoice {
  /** `gpt-4o at api.openai.com`, `Copilot`; null = none is configured, so nothing leaves the machine. */
  readonly name: string | null;
  readonly hasKey: boolean;
}

/** What a unit page shows at its top, and what decides which of its parts there are. */
export interface UnitPageView {
  readonly summary: UnitSummary;
  readonly model: ModelInfo;
  /** Null: no index covers the unit. */
  readonly index: IndexInfo | null;
  /** How far the first index of the embedded model is, which brings examples and statistics; null = none is being made. */
  readonly making: Progress | null;
  readonly pinned: boolean;
  readonly language: LanguageChoice;
}

/** Strongest windows that a page shows at first. */
export const FIRST_WINDOWS = 5;

/** What the first paint of a unit shows besides its summary, read with it. Null: the page asks for it. */
export interface FirstReads {
  readonly explanations: readonly ListedExplanation[] | null;
  /** The first `FIRST_WINDOWS` of the top set. */
  readonly top: readonly ExampleGroup[] | null;
}

/** State of a unit page. `last` is what is still shown, dimmed, while something else is under way. */
export type UnitState =
  | { readonly state: 'loading'; readonly message: string; readonly last: UnitPageView | null }
  /** `first` comes once, with a unit that was not shown before. */
  | { readonly state: 'ready'; readonly view: UnitPageView; readonly first?: FirstReads }
  | { readonly state: 'error'; readonly error: WireError; readonly last: UnitPageView | null };

/** What a page starts with: told when it asks, and written into the page itself where it is known by then. */
export interface UnitOpening {
  readonly persisted: PersistedUnit;
  readonly unit: UnitState;
}

/** The page's own model and unit are filled in by the host. */
type ForPage<C> = {
  [M in keyof C]: C[M] extends { params: infer P; result: infer R }
    ? { params: Omit<P, keyof UnitRef>; result: R }
    : never;
};
/** Reads that a unit page passes on to the engine. */
export type UnitReads = Omit<EngineUnitReads, 'unit/summary' | 'unit/list' | 'unit/match'>;
/** Explaining that a unit page passes on to the engine. */
export type UnitExplanations = Pick<
  EngineExplain,
  'explain/list' | 'explain/unit' | 'explain/revise' | 'explain/detail' | 'explain/remove'
>;
/** Language access and caps are the host's to fill in; a page says whether it wants the language model at all. */
type PageOptions = Omit<ExplainOptions, 'language' | 'budget'> & { readonly useLanguage: boolean };

/** Commands that a unit page may ask the host to run; anything else is refused. */
export const UNIT_COMMANDS = [
  'scan',
  'cancel',
  'openLog',
  'openSettings',
  'chooseLanguageModel',
  'setKey',
  'openReport',
] as const;
export type UnitCommand = (typeof UNIT_COMMANDS)[number];

/** What the host serves to a unit page. */
export interface UnitViewContract
  extends ForPage<UnitReads>, Omit<ForPage<UnitExplanations>, 'explain/unit' | 'explain/revise'> {
  'view/ready': {
    params: { persisted: PersistedUnit | null };
    result: UnitOpening;
  };
  /** Goes to another unit in this page; ids in every form. @throws unit/unknown */
  'unit/open': { params: { unit: string }; result: null };
  'unit/pin': { params: { pinned: boolean }; result: null };
  /** Before a language model is asked: what it will cost. */
  'explain/estimate': { params: { options: PageOptions }; result: ExplainEstimate };
  /** Explains and scores; progress comes as `explain/didProgress`. Asks first when it is large. */
  'explain/unit': {
    params: { options: PageOptions };
    result: EngineExplain['explain/unit']['result'];
  };
  'explain/revise': {
    params: { id: string; options: PageOptions };
    result: EngineExplain['explain/revise']['result'];
  };
  /** Opens a text as an untitled prompt file beside the page. */
  'prompt/open': { params: { text: string }; result: null };
  /** Puts a link to the page on the clipboard: it opens the unit with this tab in another window, or on another machine. */
  'link/copy': { params: { tab: UnitTab }; result: null };
  'file/export': { params: { name: string; text: string }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  'command/run': { params: { command: UnitCommand }; result: null };
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** What the host tells a unit page unasked. */
export interface UnitViewEvents {
  'unit/didChange': UnitState;
  /** The list of explanations is another one. */
  'explain/didChange': Record<string, never>;
  /** A link asks for a tab. */
  'view/didLink': { readonly tab: UnitTab };
  /** A command made words of the unit: their evidence is shown. */
  'explain/didMake': { readonly unit: string; readonly id: string };
  'explain/didProgress': { readonly done: number; readonly total: number; readonly message: string } | null;
}
