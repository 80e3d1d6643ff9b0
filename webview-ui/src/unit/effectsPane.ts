import { html, nothing, type TemplateResult } from 'lit';
import type { RemovalEffects, TokenVote, UnitSummary } from '../../../src/core/records/readings.ts';
import { chooser } from '../controls/chooser.ts';
import { readingView } from '../controls/readingView.ts';
import { divergingBar } from '../draw/bars.ts';
import { columnFormat, formatExact, formatNumber, formatPercentShort } from '../draw/format.ts';
import { legend } from '../draw/legend.ts';
import type { Theme } from '../draw/theme.ts';
import { tokenLabel } from '../draw/tokenText.ts';
import { tokenView } from '../draw/tokenView.ts';
import { actionsOf } from './actions.ts';
import { positiveDomain, symmetricDomain } from './heat.ts';
import type { UnitStore } from './store.ts';
import { textBox } from './testPane.ts';
import './window.ts';

const TYPED = 'typed';

/** What changes when the latent is taken out of the residual stream: computed now, on one text. */
export function effectsPane(summary: UnitSummary, store: UnitStore, theme: Theme): TemplateResult {
  const examples = store.reads.examples.top.reading.value?.[0]?.examples ?? [];
  const source = store.effectSource;
  const isTyped = source !== null && 'text' in source ? true : examples.length === 0;
  const value = isTyped
    ? TYPED
    : String(source !== null && 'sequence' in source ? source.sequence : (examples[0]?.sequence ?? ''));
  const choose = (chosen: string): void =>
    store.setEffects({ source: chosen === TYPED ? { text: store.kept.test } : { sequence: Number(chosen) } });
  return html`<div class="filter-bar">
      <span class="dim">Removed from</span>
      ${chooser({
        id: 'effect-source',
        label: 'Text',
        value,
        choices: [
          ...examples.map(({ sequence }, i) => ({ value: String(sequence), label: `top window ${i + 1}` })),
          { value: TYPED, label: 'a text of your own' },
        ],
        onChoose: choose,
      })}
    </div>
    ${
      isTyped
        ? textBox({
            id: 'effect-text',
            label: 'Text without the latent',
            hint: 'Type a text; Ctrl+Enter runs it',
            value: store.kept.test,
            onInput: (test) => store.keep({ test }),
            onRun: () => store.setEffects({ source: { text: store.kept.test } }),
          })
        : nothing
    }
    ${
      store.reads.effects.reading.status === 'idle'
        ? nothing
        : readingView(store.reads.effects, actionsOf(store), (effects) =>
            effectsView(effects, { summary, store, theme }),
          )
    }`;
}

interface EffectsModel {
  readonly summary: UnitSummary;
  readonly store: UnitStore;
  readonly theme: Theme;
}

function effectsView(effects: RemovalEffects, { store, theme }: EffectsModel): TemplateResult {
  const { tokens, activations, lossDifference, kl } = effects;
  const chosen = Math.min(tokens.length - 1, store.effectToken ?? strongest(activations));
  const losses = lossDifference.filter((value) => value !== null);
  const most = losses.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const onChoose = (token: number): void => store.setEffects({ token });
  const rows = [
    { name: 'Activation', unit: '', values: activations, domain: positiveDomain(maximum(activations)) },
    { name: 'Loss difference', unit: 'nats', values: lossDifference, domain: symmetricDomain(most) },
    { name: 'KL(with || without)', unit: 'nats', values: kl, domain: positiveDomain(maximum(kl)) },
  ];
  return html`<p class="test-line">
      Without the latent the loss ${direction(losses)}; the prediction changes most after
      <b class="mono">${tokenView({ text: tokens[strongest(kl)] ?? '' }, strongest(kl))}</b> (KL
      ${formatNumber(maximum(kl))} nats).
    </p>
    ${rows.map(
      ({ name, unit, values, domain }) =>
        html`<section class="effect-row">
          <h3>${name} <span class="dim">${unit}</span> ${legend({ domain, unit, title: name, theme })}</h3>
          <ug-window
            .model=${{
              label: name,
              tokens,
              values,
              second: null,
              pairs: null,
              names: [name, ''],
              mark: chosen,
              domain,
              theme,
              onChoose,
            }}
          ></ug-window>
        </section>`,
    )}
    ${votesView(effects, chosen)}`;
}

function votesView(effects: RemovalEffects, at: number): TemplateResult {
  const { tokens, upvoted, downvoted, likelier, unlikelier } = effects;
  return html`<section class="votes" id="votes">
    <h3>
      Next tokens after <span class="mono">${tokenView({ text: tokens[at] ?? '' }, at)}</span>
      <span class="dim"
        >position ${at}, what the latent changes of logit and probability; Enter or a click on a token chooses
        it</span
      >
    </h3>
    <div class="two halves by-logit">
      ${voteTable('argued for', upvoted[at] ?? [], 'logit')}
      ${voteTable('argued against', downvoted[at] ?? [], 'logit')}
    </div>
    <div class="two halves by-probability">
      ${voteTable('made likelier', likelier[at] ?? [], 'probability')}
      ${voteTable('made unlikelier', unlikelier[at] ?? [], 'probability')}
    </div>
  </section>`;
}

/** Tokens by one of the two changes, which has the bars; both are told. */
function voteTable(name: string, votes: readonly TokenVote[], by: 'logit' | 'probability'): TemplateResult {
  if (votes.length === 0) return html`<p class="nothing dim">None ${name}.</p>`;
  const format = columnFormat(
    votes.map(({ logit }) => logit),
    { signed: true },
  );
  const most = votes.reduce((max, vote) => Math.max(max, Math.abs(vote[by])), 0);
  return html`<table class="list" aria-label=${name}>
    <thead>
      <tr>
        <th>${name}</th>
        <th></th>
        <th class="num">${by === 'logit' ? html`logit ▾` : 'logit'}</th>
        <th class="num">${by === 'probability' ? html`probability ▾` : 'probability'}</th>
      </tr>
    </thead>
    <tbody>
      ${votes.map(
        (vote) =>
          html`<tr>
            <td class="grow mono" title=${tokenLabel(vote)}>${tokenView(vote)}</td>
            <td class="bar-cell">${divergingBar(most > 0 ? vote[by] / most : 0)}</td>
            <td class="num">${format(vote.logit)}</td>
            <td class="num" title=${formatExact(vote.probability)}>${points(vote.probability)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** A change of probability in percentage points: `+12.3 %`, `-0.1 %`, `<0.1 %` of either sign. */
function points(change: number): string {
  const text = formatPercentShort(Math.abs(change));
  if (change === 0 || text.startsWith('<')) return text;
  return `${change < 0 ? '-' : '+'}${text}`;
}

function direction(losses: readonly number[]): TemplateResult {
  const mean = losses.length === 0 ? 0 : losses.reduce((sum, value) => sum + value, 0) / losses.length;
  const by = html`<b>${formatNumber(Math.abs(mean), { digits: 2 })}</b> nats per token`;
  if (mean === 0) return html`stays as it is`;
  return mean > 0 ? html`rises by ${by}` : html`falls by ${by}`;
}

function strongest(values: ArrayLike<number>): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best;
}

function maximum(values: ArrayLike<number>): number {
  return values.length === 0 ? 0 : (values[strongest(values)] ?? 0);
}
