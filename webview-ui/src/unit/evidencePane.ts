import { html, nothing, type TemplateResult } from 'lit';
import {
  isOfPattern,
  type Calibration,
  type ExplanationRecord,
  type ListedExplanation,
  type ScoreDetail,
  type Scores,
} from '../../../src/core/explain/explanation.ts';
import type { UnitSummary } from '../../../src/core/records/readings.ts';
import { iconButton } from '../controls/icon.ts';
import { readingView } from '../controls/readingView.ts';
import { formatCount, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { actionsOf } from './actions.ts';
import { callsView } from './callsView.ts';
import { bigNumber, intervalText, scoredHow, scoreText } from './figures.ts';
import { scoreBar } from './scoreBar.ts';
import { scoreRows } from './scoreRows.ts';
import { sequencesView } from './sequencesView.ts';
import type { UnitStore } from './store.ts';

/** Why a score is what it is: every scored window, every score, what was used for what, and what was sent. */
export function evidencePane(
  listed: ListedExplanation,
  summary: UnitSummary,
  store: UnitStore,
  theme: Theme,
): TemplateResult {
  const { record, hasDetail } = listed;
  const draw = (detail: ScoreDetail): TemplateResult =>
    // The evidence of another explanation is not shown under this one's words.
    detail.id === record.id
      ? detailView(detail, { summary, store, theme })
      : html`<p class="dim">Reading…</p>`;
  return html`<aside class="evidence" aria-label="Evidence of the score">
    ${headView(listed, summary, store)} ${scoresView(record.scores)} ${failuresView(record)}
    ${
      hasDetail
        ? readingView(store.reads.detail, actionsOf(store), draw)
        : html`<p class="nothing dim">
            The windows of this score are not kept here. Score again to see them.
          </p>`
    }
  </aside>`;
}

function headView(
  { record, hasDetail, stale }: ListedExplanation,
  summary: UnitSummary,
  store: UnitStore,
): TemplateResult {
  const { cost, pattern } = record;
  const detail = hasDetail ? store.reads.detail.reading.value : null;
  const fileName = `${summary.id.replaceAll('/', '-')}-${record.explainer.replaceAll(/[^\w.-]+/gu, '-')}.json`;
  const sent =
    cost.requests === 0
      ? ', nothing sent'
      : `, ${bigNumber(cost.requests)} requests, ${bigNumber(cost.promptTokens)} + ${bigNumber(cost.completionTokens)} tokens`;
  return html`<h3>
      Evidence <span class="dim">${isOfPattern(record) ? 'of the pattern' : 'of the words'}</span>
      <span class="space"></span>
      ${
        detail?.id !== record.id
          ? nothing
          : iconButton({
              id: 'export-evidence',
              icon: 'export',
              label: 'Export as JSON',
              onClick: () => store.export(fileName, JSON.stringify({ record, detail }, null, 2)),
            })
      }
      ${iconButton({ id: 'close-evidence', icon: 'close', label: 'Close (Esc)', onClick: () => store.keep({ explanation: null }) })}
    </h3>
    <p class="evidence-words">${record.explanation}</p>
    <p class="dim">
      Explained by ${record.explainer}, ${scoredHow(record) ?? 'not scored'};
      ${formatCount(record.sequences, 'window')} scored${sent}.
    </p>
    ${stale === null ? nothing : html`<p class="dim">Stale: ${stale}</p>`}
    ${
      pattern === null
        ? nothing
        : html`<details class="pattern">
            <summary>Pattern</summary>
            <pre class="mono">${pattern}</pre>
          </details>`
    }`;
}

function failuresView({ failures }: ExplanationRecord): TemplateResult | typeof nothing {
  if (failures.length === 0) return nothing;
  return html`<section class="failures">
    <h3>Failures <span class="dim">not scored, never counted as zero</span></h3>
    <ul>
      ${failures.map(
        ({ sequence, reason }) =>
          html`<li>
            ${sequence === null ? nothing : html`<span class="dim">window ${sequence}: </span>`}${reason}
          </li>`,
      )}
    </ul>
  </section>`;
}

function detailView(
  detail: ScoreDetail,
  {
    summary,
    store,
    theme,
  }: { readonly summary: UnitSummary; readonly store: UnitStore; readonly theme: Theme },
): TemplateResult {
  return html`${sequencesView(detail, { summary, store, theme })} ${splitsView(detail)}
  ${callsView(detail, store)}`;
}

function scoresView(scores: Scores | null): TemplateResult {
  const rows = scores === null ? [] : scoreRows(scores);
  if (rows.length === 0) return html`<p class="nothing dim">Not scored.</p>`;
  return html`<table class="list scores" id="scores">
    <thead>
      <tr>
        <th>Score</th>
        <th class="num">Value</th>
        <th></th>
        <th class="num">95 % interval</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, help, score }) =>
          html`<tr title=${help}>
            <td class="grow">${name}</td>
            <td class="num">${score === null ? '–' : scoreText(score.value)}</td>
            <td class="bar-cell">${score === null ? nothing : scoreBar(score.value, score)}</td>
            <td class="num dim">${score === null ? 'not defined' : intervalText(score)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function splitsView({ splits, calibration }: ScoreDetail): TemplateResult {
  const row = (name: string, what: string, windows: readonly number[]): TemplateResult =>
    html`<tr>
      <td>${name}</td>
      <td class="dim">${what}</td>
      <td class="num" title=${windows.join(', ')}>${windows.length}</td>
    </tr>`;
  return html`<section class="splits">
    <h3>Splits <span class="dim">windows; nothing that explained or calibrated also scored</span></h3>
    <table class="list">
      <tbody>
        ${row('Explained', explainedText(splits), [...splits.train, ...(splits.contrast ?? [])])}
        ${row('Calibrated', calibrationText(calibration), splits.calibration)}
        ${row('Scored', 'seen by neither', splits.test)}
      </tbody>
    </table>
  </section>`;
}

/** Random windows are counted against by some explainers: what they saw is no less. */
function explainedText({ train, contrast = [] }: ScoreDetail['splits']): string {
  const random = contrast.length === 0 ? '' : `: ${train.length} top, ${contrast.length} random`;
  return `seen by the explainer${random}`;
}

function calibrationText(calibration: Calibration): string {
  switch (calibration.kind) {
    case 'none':
      return 'not calibrated';
    case 'linear':
      return `linear: ${formatNumber(calibration.slope)} × simulated ${calibration.intercept < 0 ? '−' : '+'} ${formatNumber(Math.abs(calibration.intercept))}`;
    case 'percentile':
      return `by percentiles, ${calibration.points} points`;
  }
}
