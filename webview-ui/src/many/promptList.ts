import { html, nothing, type TemplateResult } from 'lit';
import type { ManyPrompt, ManyState } from '../../../src/protocol/manyViewContract.ts';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import { remember } from '../controls/changed.ts';
import { sortHeader, rankOf, type SortColumn, type Sorted } from '../controls/sortHeader.ts';
import type { VirtualModel, VirtualRow } from '../controls/virtualTable.ts';
import { divergingBar } from '../draw/bars.ts';
import { columnFormat } from '../draw/format.ts';
import type { ManyStore } from './store.ts';

type PromptKey = 'name' | 'value' | 'followed';
export type PromptOrder = Sorted<PromptKey>;
export const FIRST_PROMPT_ORDER: PromptOrder = { sort: 'name', order: 'ascending' };

interface Line {
  readonly prompt: ManyPrompt;
  /** Value of the followed row in it. */
  readonly followed: number | null;
}

const STATES: Readonly<Record<ManyPrompt['state'], string>> = {
  waiting: 'waiting',
  running: 'running…',
  done: '',
  changed: 'changed since',
  failed: 'failed',
};

const linesOf = remember(
  (
    prompts: readonly ManyPrompt[],
    each: readonly (number | null)[] | null,
    { sort, order }: PromptOrder,
  ): readonly Line[] => {
    const lines = prompts.map((prompt, i) => ({ prompt, followed: each?.[i] ?? null }));
    if (sort !== 'name')
      return lines.sort((a, b) => rankOf(number(b, sort), order) - rankOf(number(a, sort), order));
    const way = order === 'descending' ? -1 : 1;
    return lines.sort((a, b) => way * a.prompt.name.localeCompare(b.prompt.name, 'en', { numeric: true }));
  },
);

/** Every prompt with its scalar and with its value of the row that is chosen above; Enter opens its debug view. */
export function promptList(
  many: ManyState,
  store: ManyStore,
  sorting: { readonly order: PromptOrder; onSort(order: PromptOrder): void },
): TemplateResult {
  const { prompts } = many;
  const failed = prompts.filter(({ state }) => state === 'failed');
  return html`<section aria-label="Prompts">
    <h3>Prompts <span class="dim">${prompts.length}, each opens its debug view</span></h3>
    ${failed.map((prompt) => failure(prompt, store))}
    <ug-virtual-table id="prompts" .model=${modelOf(many, store, sorting)}></ug-virtual-table>
  </section>`;
}

function failure({ name, uri, error }: ManyPrompt, store: ManyStore): TemplateResult | typeof nothing {
  if (error === null) return nothing;
  const { message, next } = fromWireError(error);
  return html`<p class="note failed">
    <button type="button" class="link mono" @click=${() => store.openPrompt(uri)}>${name}</button>
    ${message} <span class="dim">${next}</span>
  </p>`;
}

function modelOf(
  many: ManyState,
  store: ManyStore,
  { order, onSort }: { readonly order: PromptOrder; onSort(order: PromptOrder): void },
): VirtualModel {
  const { followed } = store;
  const each = followed === null ? null : store.each.reading.value;
  const lines = linesOf(
    many.prompts,
    each,
    followed === null && order.sort === 'followed' ? FIRST_PROMPT_ORDER : order,
  );
  const columns = columnsFor(many, followed?.key ?? null);
  return {
    parts: { lines, order, key: followed?.key ?? null, unit: many.unit },
    label: `Prompts: ${lines.length}. Enter opens the debug view of one.`,
    head: html`<tr role="row" aria-rowindex="1">
      ${columns.map((column) => sortHeader(column, order, onSort))}
      <th role="columnheader"><span class="unseen">State</span></th>
    </tr>`,
    foot: nothing,
    columns: columns.length + 1,
    count: lines.length,
    row: (index) => rowOf(lines[index], scalesOf(lines), { follows: followed !== null }),
    selected: null,
    onChoose: (index) => {
      const uri = lines[index]?.prompt.uri;
      if (uri !== undefined) store.openPrompt(uri);
    },
    onKey: () => false,
    onSeen: () => undefined,
  };
}

function columnsFor({ unit }: ManyState, followed: string | null): readonly SortColumn<PromptKey>[] {
  const name = { key: 'name', title: 'Prompt', doc: 'File', numeric: false, extra: false } as const;
  const value = {
    key: 'value',
    title: unit === '' ? 'Result' : `Result, ${unit}`,
    doc: "What each prompt asks for, as its front matter says: the target's logit less the distractor's, a logit or a log-probability",
  } as const;
  const of = { key: 'followed', title: followed ?? '', doc: 'The row that is chosen above' } as const;
  const numbers = followed === null ? [value] : [value, of];
  return [name, ...numbers.map((column) => ({ ...column, numeric: true, extra: false }))];
}

interface Scale {
  readonly format: (value: number | null) => string;
  readonly most: number;
}

const scalesOf = remember((lines: readonly Line[]): Readonly<Record<'value' | 'followed', Scale>> => {
  const scale = (key: 'value' | 'followed'): Scale => {
    const values = lines.map((line) => number(line, key));
    return {
      format: columnFormat(values, { signed: true }),
      most: values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0),
    };
  };
  return { value: scale('value'), followed: scale('followed') };
});

function rowOf(
  line: Line | undefined,
  scales: ReturnType<typeof scalesOf>,
  { follows }: { readonly follows: boolean },
): VirtualRow {
  if (line === undefined) return { key: '', classes: '', cells: html`` };
  const { prompt } = line;
  const cell = (key: 'value' | 'followed'): TemplateResult => {
    const value = number(line, key);
    const { most, format } = scales[key];
    if (value === null) return html`<td role="gridcell" class="num dim">${format(value)}</td>`;
    return html`<td role="gridcell" class="num">
      <span class="effect">${divergingBar(most === 0 ? 0 : value / most)}<span>${format(value)}</span></span>
    </td>`;
  };
  return {
    key: prompt.uri,
    classes: prompt.state,
    cells: html`<td role="gridcell" class="mono id prompt-name" title=${prompt.name}>${prompt.name}</td>
      ${cell('value')} ${follows ? cell('followed') : nothing}
      <td role="gridcell" class="dim grow">${STATES[prompt.state]}</td>`,
  };
}

function number({ prompt, followed }: Line, key: 'value' | 'followed'): number | null {
  return key === 'value' ? prompt.value : followed;
}
