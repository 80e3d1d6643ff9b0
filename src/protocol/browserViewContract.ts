import type { ExampleMatch, UnitCategory, UnitSort } from '../core/records/readings.ts';
import type { ModelInfo, Progress } from './engineContract.ts';
import type { IndexInfo, UnitList, UnitQuery } from './recordsContract.ts';
import type { WireError } from './wireError.ts';

/** What the feature browser keeps over a reload. */
export interface PersistedBrowser {
  readonly version: 1;
  readonly family: string | null;
  readonly text: string;
  readonly sort: UnitSort;
  readonly falling: boolean;
  readonly category: UnitCategory;
  /** Only what is pinned. */
  readonly pinnedOnly: boolean;
}

/** What the feature browser lists: the units of one model. */
export interface BrowserView {
  readonly model: ModelInfo;
  /** Ids of families, by layer. */
  readonly families: readonly string[];
  readonly index: IndexInfo | null;
  /** Ids of units. */
  readonly pins: readonly string[];
}

/** State of the feature browser. `last` is what is still shown, dimmed, while something else is under way. */
export type BrowserState =
  | {
      readonly state: 'loading';
      readonly message: string;
      /** How far the first index of the embedded model is; absent = nothing is counted. */
      readonly making?: Progress;
      readonly last: BrowserView | null;
    }
  | { readonly state: 'ready'; readonly view: BrowserView }
  | { readonly state: 'error'; readonly error: WireError; readonly last: BrowserView | null };

/** Units that fire on the editor's selection: shown in place of the list until it is closed. */
export interface ShownMatches {
  readonly on: string;
  readonly off: string | null;
  readonly matches: readonly ExampleMatch[];
}

/** Commands that the feature browser may ask the host to run; anything else is refused. */
export const BROWSER_COMMANDS = [
  'scan',
  'cancel',
  'retry',
  'openLog',
  'openReport',
  'explainFamily',
  'rate',
  'matchSelection',
  'lucky',
] as const;
export type BrowserCommand = (typeof BROWSER_COMMANDS)[number];

/** What the host serves to the feature browser in the side bar. */
export interface BrowserViewContract {
  'view/ready': {
    params: { persisted: PersistedBrowser | null };
    result: { persisted: PersistedBrowser; browser: BrowserState };
  };
  'unit/list': { params: UnitQuery & { pinnedOnly: boolean }; result: UnitList };
  'unit/open': { params: { unit: string; preserveFocus: boolean }; result: null };
  'unit/pin': { params: { unit: string; pinned: boolean }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  /** `explainFamily` acts on the family that is shown. */
  'command/run': { params: { command: BrowserCommand; family: string | null }; result: null };
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** What the host tells the feature browser unasked. */
export interface BrowserViewEvents {
  'browser/didChange': BrowserState;
  /** Rows may be other ones: explanations or pins changed. */
  'units/didChange': Record<string, never>;
  'browser/didMatch': ShownMatches | null;
}
