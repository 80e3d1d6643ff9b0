import { html, nothing, type TemplateResult } from 'lit';
import { MOST_POINTS } from '../../../src/core/explain/report.ts';
import { button } from '../controls/button.ts';
import { chooser } from '../controls/chooser.ts';
import { errorView, readingView } from '../controls/readingView.ts';
import type { Theme } from '../draw/theme.ts';
import { cardView } from './cardView.ts';
import { firstChoice, ratable } from './ratable.ts';
import { ratingResults } from './ratingResults.ts';
import type { Revealed } from './ratingSession.ts';
import type { ReportStore } from './store.ts';

const COUNTS = [5, 10, 20, 50];

/** Blind rating: the choice of units, the card at hand, and what was rated so far. */
export function ratePane(families: readonly string[], store: ReportStore, theme: Theme): TemplateResult {
  const { session, kept } = store;
  const actions = { again: () => session.retry(), copy: (text: string) => store.copy(text) };
  return html`${session.error === null ? nothing : errorView(session.error, actions, () => session.retry())}
  ${session.revealed === null ? nothing : reveal(session.revealed, store)}
  ${
    session.card !== null
      ? cardView(session.card, store, theme)
      : session.status === 'dealing'
        ? html`<p class="waiting dim" role="status">Dealing cards…</p>`
        : session.isThrough
          ? through(store)
          : kept.card === null
            ? setup(families, store)
            : nothing
  }
  ${
    session.card === null
      ? readingView(store.ratings, actions, (report) => ratingResults(report, theme))
      : nothing
  }`;
}

function setup(families: readonly string[], store: ReportStore): TemplateResult {
  const known = ratable(families);
  const kept = store.kept.families.filter((family) => known.includes(family));
  const chosen = kept.length > 0 ? kept : firstChoice(families);
  const toggle = (family: string): void => {
    const next = chosen.includes(family) ? chosen.filter((each) => each !== family) : [...chosen, family];
    // The order of the families, not of the clicks: it decides what is dealt.
    if (next.length > 0) store.keep({ families: known.filter((each) => next.includes(each)) });
  };
  return html`<section id="setup">
    <p class="headline">
      What does this unit do? Rate it from its examples alone, without knowing what it is.
    </p>
    <p class="dim">
      You see texts on which a unit fires and the tokens that it votes for and against; type what it stands
      for and give points. Only then it is told whether it was a neuron or a latent.
    </p>
    <fieldset>
      <legend>Draw from</legend>
      <div class="families">
        ${known.map(
          (family) =>
            html`<label class="check">
              <input
                type="checkbox"
                value=${family}
                .checked=${chosen.includes(family)}
                ?disabled=${chosen.length === 1 && chosen.includes(family)}
                @change=${() => toggle(family)}
              />
              <span class="mono">${family}</span>
            </label>`,
        )}
      </div>
    </fieldset>
    <div class="filter-bar">
      ${chooser({
        id: 'count',
        label: 'Cards',
        value: String(store.kept.count),
        choices: COUNTS.map((count) => ({ value: String(count), label: `${count} cards` })),
        onChoose: (count) => store.keep({ count: Number(count) }),
      })}
      ${button({ id: 'deal', label: 'Deal', onClick: () => store.session.start(chosen, store.kept.count) })}
    </div>
  </section>`;
}

function through({ session }: ReportStore): TemplateResult {
  const dealt = session.cards?.length ?? 0;
  return html`<div class="empty" id="through">
    <p>
      ${dealt === 0 ? 'No unit could be dealt: no index covers these families.' : `All ${dealt} cards are through, ${session.rated} rated.`}
    </p>
    <div class="actions">
      ${button({ id: 'deal-again', label: 'Rate more', onClick: () => session.end() })}
    </div>
  </div>`;
}

/** What the last card was. */
function reveal({ unit, words, points }: Revealed, store: ReportStore): TemplateResult {
  const kind = unit.includes('/') ? 'a latent' : unit.includes('N') ? 'a neuron' : 'a head';
  return html`<p class="notice revealed" role="status">
    <span>
      That was <b class="mono">${unit}</b>, ${kind}. You gave ${points} of ${MOST_POINTS}
      points${words === '' ? '.' : html`: “${words}”.`}
    </span>
    ${button({ id: 'open-rated', label: 'Open', secondary: true, onClick: () => store.open(unit) })}
  </p>`;
}
