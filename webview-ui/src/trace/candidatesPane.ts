import { html, nothing, type TemplateResult } from 'lit';
import type { Candidate } from '../../../src/core/trace/readings.ts';
import type { TraceView } from '../../../src/protocol/viewContract.ts';
import { columnFormat, formatPercent } from '../draw/format.ts';
import { bar } from './bars.ts';
import { tokenView } from './tokenView.ts';

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
  return html`<table class="list candidates" id="candidates">
    <thead>
      <tr>
        <th scope="col" class="num rank">Rank</th>
        <th scope="col">Token</th>
        <th scope="col" class="num extra">Logit</th>
        <th scope="col" class="num" colspan="2">Probability</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ candidate, tags }) =>
          html`<tr
            title="Token id ${candidate.id}, logit ${candidate.logit}, probability ${candidate.probability}"
          >
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
