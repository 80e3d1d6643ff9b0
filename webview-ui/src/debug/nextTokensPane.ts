import { html, nothing, type TemplateResult } from 'lit';
import type { CandidateValues, DebugCandidate } from '../../../src/protocol/debugContract.ts';
import { iconButton } from '../controls/icon.ts';
import { readingView } from '../controls/readingView.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { textField } from '../controls/textField.ts';
import { bar, divergingBar } from '../draw/bars.ts';
import { columnFormat, formatPercent, NONE } from '../draw/format.ts';
import { toCsv, type DataTable } from '../draw/tableText.ts';
import { tokenView } from '../draw/tokenView.ts';
import { actionsOf } from './banner.ts';
import { sideChooser } from './filterBar.ts';
import type { ShownSide } from './rows.ts';
import type { DebugStore, ShownDebug } from './store.ts';

/** What the model may say next, with every target and distractor. */
export function nextTokensPane(shown: ShownDebug, store: DebugStore): TemplateResult {
  const list = store.candidates.reading.value ?? [];
  return html`<div class="filter-bar">
      ${textField({
        id: 'candidate-filter',
        label: 'Filter tokens',
        value: store.candidateFilter,
        placeholder: 'Filter',
        problem: null,
        onEnter: (filter) => store.filterCandidates(filter),
      })}
      ${sideChooser(shown, store)}
      <span class="space"></span>
      ${iconButton({ icon: 'table', id: 'candidates-csv', label: 'Export as CSV', onClick: () => store.exportFile('next-tokens.csv', toCsv(candidateData(list))) })}
      ${iconButton({ icon: 'copy', id: 'candidates-copy', label: 'Copy as CSV', onClick: () => store.copy(toCsv(candidateData(list))) })}
    </div>
    ${readingView(store.candidates, actionsOf(store), (candidates) => candidateTable(candidates, store.choice.side))}`;
}

/** Values of a candidate on a side; of the difference the rank is the left one. */
export function candidateValues(candidate: DebugCandidate, side: ShownSide): CandidateValues | null {
  const { left, right } = candidate;
  if (side === 'left') return left;
  if (side === 'right' || right === null) return right;
  return {
    logit: left.logit - right.logit,
    probability: left.probability - right.probability,
    rank: left.rank,
  };
}

function candidateTable(candidates: readonly DebugCandidate[], side: ShownSide): TemplateResult {
  const rows = candidates.map((candidate) => ({ candidate, values: candidateValues(candidate, side) }));
  if (side === 'difference')
    rows.sort((a, b) => Math.abs(b.values?.probability ?? 0) - Math.abs(a.values?.probability ?? 0));
  const logit = columnFormat(
    rows.map(({ values }) => values?.logit ?? null),
    { signed: true },
  );
  const signed = side === 'difference';
  return html`<table class="list candidates" id="candidates" role="grid">
    <thead>
      <tr>
        <th scope="col" class="num rank">Rank</th>
        <th scope="col">Token</th>
        <th scope="col" class="num" title="Relative to the first target's">
          Logit <span class="dim">to first target</span>
        </th>
        <th scope="col" class="num" colspan="2">Probability</th>
      </tr>
    </thead>
    <tbody @keydown=${walkRows}>
      ${rows.map(
        ({ candidate, values }, i) =>
          html`<tr tabindex=${i === 0 ? 0 : -1}>
            <td class="num rank dim">${rankText(candidate, side)}</td>
            <td class="grow">
              <span class="mono">${tokenView(candidate)}</span>
              ${candidate.role === null ? nothing : html`<span class="tag">${candidate.role}</span>`}
            </td>
            <td class="num">${logit(values?.logit ?? null)}</td>
            <td class="bar-cell">
              ${signed ? divergingBar(values?.probability ?? 0) : bar(values?.probability ?? 0)}
            </td>
            <td class="num">
              ${signed && (values?.probability ?? 0) > 0 ? '+' : ''}${formatPercent(values?.probability ?? null)}
            </td>
          </tr>`,
      )}
      ${
        rows.length === 0
          ? html`<tr>
              <td colspan="5" class="dim">No token passes the filter.</td>
            </tr>`
          : nothing
      }
    </tbody>
  </table>`;
}

function rankText({ left, right }: DebugCandidate, side: ShownSide): string {
  if (side === 'left') return String(left.rank);
  if (right === null) return NONE;
  return side === 'right' ? String(right.rank) : `${right.rank} → ${left.rank}`;
}

function candidateData(candidates: readonly DebugCandidate[]): DataTable {
  const keys = ['logit', 'probability', 'rank'] as const;
  const column = (key: string, numeric: boolean): DataTable['columns'][number] => ({
    key,
    title: key,
    unit: '',
    numeric,
  });
  return {
    caption: 'Next tokens',
    columns: [
      column('id', true),
      column('text', false),
      column('role', false),
      ...keys.map((key) => column(key, true)),
      ...keys.map((key) => column(`${key}Right`, true)),
    ],
    rows: candidates.map(({ id, text, role, left, right }) => [
      id,
      text,
      role,
      ...keys.map((key) => left[key]),
      ...keys.map((key) => right?.[key] ?? null),
    ]),
  };
}
