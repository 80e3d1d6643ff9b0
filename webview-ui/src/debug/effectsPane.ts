import { html, type TemplateResult } from 'lit';
import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import type { DebugTable, TokenEffects } from '../../../src/protocol/debugContract.ts';
import { remember } from '../controls/changed.ts';
import { readingView } from '../controls/readingView.ts';
import '../controls/strip.ts';
import { tablePane } from '../controls/tablePane.ts';
import type { TipContent } from '../controls/tip.ts';
import { formatExact } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import type { DataTable } from '../draw/tableText.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { actionsOf } from './banner.ts';
import type { DebugStore, ShownDebug } from './store.ts';

type Tokens = ShownDebug['view']['summary']['left']['tokens'];

const STRIPS: readonly (readonly [keyof TokenEffects, title: string, note: string])[] = [
  ['embeddings', 'Embeddings', 'token plus position embedding'],
  ['mlps', 'MLPs', 'neurons at the token'],
  ['bySource', 'Attended to', 'attention pairs, summed at their key'],
  ['byQuery', 'Attended from', 'attention pairs, summed at their query'],
];

/** A domain around zero that reaches as far as the largest of all values. */
export function aroundZero(values: readonly (number | null)[]): ColorDomain {
  const reach = values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0);
  return { min: -reach, max: reach, midpoint: 0, excluded: [], excludedReason: null };
}

const stripsOf = remember((effects: TokenEffects, tokens: Tokens) => {
  const domain = aroundZero(STRIPS.flatMap(([key]) => effects[key]));
  return {
    domain,
    strips: STRIPS.map(([key, title, note]) => ({
      key,
      title,
      note,
      heat: { values: effects[key], domain },
      describe: (position: number): TipContent => ({
        title: tokenLabel(tokens[position] ?? { text: '' }, position),
        rows: [
          ['Position', String(position)],
          [`${title}, est. total`, formatExact(effects[key][position] ?? null)],
        ],
      }),
    })),
  };
});

/** Four strips of the prompt: where the estimated total effect comes from. */
export function effectsPane(
  shown: ShownDebug,
  store: DebugStore,
  theme: Theme,
  on: StripActions,
): TemplateResult {
  return readingView(store.table, actionsOf(store), (table) => effectsView(shown, store, table, theme, on));
}

/** The same functions on every render. */
export interface StripActions {
  readonly onChoose: (position: number) => void;
  readonly onReveal: (position: number) => void;
}

function effectsView(
  { view }: ShownDebug,
  store: DebugStore,
  table: DebugTable,
  theme: Theme,
  on: StripActions,
): TemplateResult {
  const { tokens } = view.summary.left;
  const { domain, strips } = stripsOf(table.effects, tokens);
  return html`<h3>
      Estimated total effect per token <span class="dim">of ${table.title}, ${table.unit}</span
      ><span class="space"></span>
      ${legend({ domain, unit: table.unit, title: 'Estimated total effect', theme })}
    </h3>
    ${strips.map(
      ({ key, title, note, heat, describe }) =>
        html`<h4>${title} <span class="dim">${note}</span></h4>
          <ug-strip
            id="effects-${key}"
            .model=${{ tokens, selected: store.position, heat, describe, theme, ...on }}
          ></ug-strip>`,
    )}
    <details>
      <summary>As a table</summary>
      ${tablePane({
        id: 'effects-table',
        table: effectTable(table, tokens),
        selected: store.position,
        onCopy: (text) => store.copy(text),
      })}
    </details>`;
}

function effectTable({ effects, unit }: DebugTable, tokens: Tokens): DataTable {
  return {
    caption: 'Estimated total effect per token',
    columns: [
      { key: 'position', title: 'Position', unit: '', numeric: true },
      { key: 'token', title: 'Token', unit: '', numeric: false },
      ...STRIPS.map(([key, title]) => ({ key, title, unit, numeric: true })),
    ],
    rows: tokens.map(({ text }, position) => [
      position,
      text,
      ...STRIPS.map(([key]) => effects[key][position] ?? null),
    ]),
  };
}
