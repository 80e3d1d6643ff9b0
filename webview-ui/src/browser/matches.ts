import { html, nothing, type TemplateResult } from 'lit';
import type { ExampleMatch } from '../../../src/core/records/readings.ts';
import type { ShownMatches } from '../../../src/protocol/browserViewContract.ts';
import { iconButton } from '../controls/icon.ts';
import { columnFormat, formatCount } from '../draw/format.ts';
import type { UnitListModel } from './unitList.ts';
import { matchRow, type RowActions } from './unitRow.ts';

/** What the units below fire on, and the way back to the list. */
export function matchesHead({ on, off, matches }: ShownMatches, onClose: () => void): TemplateResult {
  return html`<div class="matches-head">
    <h3>
      Fire most on the selection <span class="dim">${formatCount(matches.length, 'unit')}</span>
      <span class="space"></span>
      ${iconButton({ id: 'close-matches', icon: 'close', label: 'Back to all units (Esc)', onClick: onClose })}
    </h3>
    <p class="quoted" title=${on}>${on}</p>
    ${
      off === null
        ? nothing
        : html`<p class="dim">more than on</p>
            <p class="quoted dim" title=${off}>${off}</p>`
    }
    <div class="figures match-figures list-head dim" aria-hidden="true">
      <span>Token</span><span class="side-title">Selection</span>
      ${off === null ? nothing : html`<span class="side-title">Other text</span>`}
    </div>
  </div>`;
}

export function matchesModel(
  shown: ShownMatches,
  actions: RowActions,
  on: {
    readonly onOpen: (unit: string, preserveFocus: boolean) => void;
    readonly onKey: (key: string, match: ExampleMatch | undefined) => boolean;
  },
): UnitListModel {
  const { matches } = shown;
  const most = matches.reduce((max, match) => Math.max(max, match.on, match.off), 0);
  const format = columnFormat(matches.flatMap(({ on: here, off }) => [here, off]));
  const scale = { most, format, hasOther: shown.off !== null };
  return {
    parts: { once: {} },
    question: `${shown.on}\n${shown.off ?? ''}`,
    label: 'Units that fire on the selection',
    count: matches.length,
    row: (index) => {
      const match = matches[index];
      if (match === undefined) return { key: String(index), classes: '', cells: html`` };
      return matchRow(match, scale, actions);
    },
    onOpen: (index, { preserveFocus }) => {
      const match = matches[index];
      if (match !== undefined) on.onOpen(match.id, preserveFocus);
    },
    onKey: (key, index) => on.onKey(key, matches[index]),
    onSeen: () => undefined,
  };
}
