import { html, nothing, type TemplateResult } from 'lit';
import type { Candidate } from '../../../src/core/trace/readings.ts';
import type { TraceView } from '../../../src/protocol/viewContract.ts';
import { walkRows } from '../controls/rowKeys.ts';
import { columnFormat, formatExact, formatPercent } from '../draw/format.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { bar } from '../draw/bars.ts';
import { tipOn, type TipContent } from '../controls/tip.ts';
import { tokenView } from '../draw/tokenView.ts';

/** How many candidates are listed before those that are marked. */
const LISTED = 8;

export interface CandidateRow {
  readonly candidate: Candidate;
  readonly tags: readonly string[];
}

/** The first candidates, then every further one that is a target, a distractor or the token that follows. */
export function candidateRows(
  candidates: readonly Candidate[],
  view: TraceView,
  position: number,
): readonly CandidateRow[] {
  const following = view.summary.tokens[position + 1]?.id;
  const rows = candidates.map((candidate) => {
    const tags: string[] = [];
    if (view.targets.includes(candidate.text)) tags.push('target');
    if (view.distractors.includes(candidate.text)) tags.push('distractor');
    if (candidate.id === following) tags.push('follows');
    return { candidate, tags };
  });
  return rows.filter(({ tags }, i) => i < LISTED || tags.length > 0);
}

/** Candidates for the next token, most likely first. */
export function candidatesPane(rows: readonly CandidateRow[]): TemplateResult {
  const logit = columnFormat(rows.map(({ candidate }) => candidate.logit));
  return html`<table class="list candidates" id="candidates" role="grid">
    <thead>
      <tr>
        <th scope="col" class="num rank">Rank</th>
        <th scope="col">Token</th>
        <th scope="col" class="num extra">Logit</th>
        <th scope="col" class="num" colspan="2">Probability</th>
      </tr>
    </thead>
    <tbody @keydown=${walkRows}>
      ${rows.map(
        ({ candidate, tags }, i) =>
          html`<tr tabindex=${i === 0 ? 0 : -1} ${tipOn(() => candidateTip(candidate))}>
            <td class="num rank dim">${candidate.rank}</td>
            <td class="grow">
              <span class="mono">${tokenView(candidate)}</span>
              ${tags.map((tag) => html`<span class="tag ${tag}">${tag}</span>`)}
            </td>
            <td class="num extra">${logit(candidate.logit)}</td>
            <td class="bar-cell">${bar(candidate.probability)}</td>
            <td class="num">${formatPercent(candidate.probability)}</td>
          </tr>`,
      )}
      ${
        rows.length === 0
          ? html`<tr>
              <td colspan="5" class="dim">No candidates.</td>
            </tr>`
          : nothing
      }
    </tbody>
  </table>`;
}

function candidateTip(candidate: Candidate): TipContent {
  return {
    title: tokenLabel(candidate),
    rows: [
      ['Token id', String(candidate.id)],
      ['Logit', formatExact(candidate.logit)],
      ['Probability', formatExact(candidate.probability)],
      ['Rank', String(candidate.rank)],
    ],
  };
}
