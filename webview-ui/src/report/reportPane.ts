import { html, nothing, type TemplateResult } from 'lit';
import { apartText } from '../../../src/core/explain/distribution.ts';
import {
  ANYONE,
  type ConceptRelation,
  type ExplainReport,
  type FamilyReport,
} from '../../../src/core/explain/report.ts';
import { button } from '../controls/button.ts';
import { chooser } from '../controls/chooser.ts';
import { tablePane } from '../controls/tablePane.ts';
import { formatCount, NONE } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { boxesModel } from './boxes.ts';
import './chart.ts';
import { entryLists } from './entryLists.ts';
import { binsTable, conceptsTable, familiesTable, matchesTable } from './figures.ts';
import { headlineOf } from './headline.ts';
import { matchList } from './matchList.ts';
import { scatterModel } from './scatter.ts';
import { histogramModel, lowestScore } from './scoreHistogram.ts';
import type { ReportStore } from './store.ts';

/** Explainer whose records exist for latents alone. */
const ORACLE = 'concepts';

export interface ReportPaneModel {
  readonly report: ExplainReport;
  readonly store: ReportStore;
  readonly theme: Theme;
  /** Tables in place of pictures. */
  readonly tables: boolean;
}

/** Scores of all explanations: the answer in a sentence, then the evidence. */
export function reportPane(model: ReportPaneModel): TemplateResult {
  const { report, store } = model;
  if (report.explainers.length === 0) return emptyReport(report, store);
  return html`<p class="headline" id="headline">${headlineOf(report)}</p>
    ${sourceLine(report, store)} ${distributions(model)} ${comparisons(model)} ${concepts(model)}
    ${entryLists(report, (unit) => store.open(unit))}`;
}

function emptyReport({ stale }: ExplainReport, store: ReportStore): TemplateResult {
  const old =
    stale > 0 ? ` ${formatCount(stale, 'explanation')} of another model, SAE or index are left out.` : '';
  return html`<div class="empty">
    <p>No unit is explained yet.${old}</p>
    <p class="dim">Explaining a layer offline needs no key and sends nothing; its figures come here.</p>
    <div class="actions">
      ${button({ id: 'explain-layer', label: 'Explain layer…', onClick: () => store.run('explainFamily') })}
      ${button({ id: 'import', label: 'Import explanations…', secondary: true, onClick: () => store.run('import') })}
    </div>
  </div>`;
}

/** Whose explanations the figures are of, and what was left out. */
function sourceLine({ explainer, explainers, stale }: ExplainReport, store: ReportStore): TemplateResult {
  const choices = explainers.map((each) => ({
    value: each.explainer,
    label: `${each.explainer} (${each.units})`,
  }));
  const isMixed =
    explainer === null && explainers.length > 1 && explainers.some((each) => each.explainer === ORACLE);
  return html`<div class="filter-bar">
      <span class="dim">Explained by</span>
      ${chooser({
        id: 'explainer',
        label: 'Explainer',
        value: store.kept.explainer ?? explainer ?? ANYONE,
        choices: [...choices, { value: ANYONE, label: 'Anyone: the best of each unit' }],
        onChoose: (value) => store.chooseExplainer(value),
      })}
      ${
        stale === 0
          ? nothing
          : html`<span class="dim" id="stale" title="Of another model, SAE or index">
              ${stale} stale left out
            </span>`
      }
      ${button({ id: 'explain-more', label: 'Explain layer…', secondary: true, onClick: () => store.run('explainFamily') })}
    </div>
    ${
      isMixed
        ? html`<p class="note dim" id="mixed">
            Concept labels exist for latents alone: choose one explainer to compare neurons and latents
            fairly.
          </p>`
        : nothing
    }`;
}

function distributions({ report, store, theme, tables }: ReportPaneModel): TemplateResult {
  const scored = report.families.filter(isScored);
  const low = lowestScore(scored);
  const copy = (text: string): void => store.copy(text);
  const head = html`<h3>
    Scores by layer and family <span class="dim">correlation of simulated and real activations</span>
    <span class="space"></span>${tables ? nothing : seriesLegend()}
  </h3>`;
  if (tables)
    return html`${tablePane({ id: 'families-table', table: familiesTable(report), selected: null, onCopy: copy })}
    ${tablePane({ id: 'bins-table', table: binsTable(report), selected: null, onCopy: copy })}`;
  const others = report.families.filter((family) => !isScored(family) && family.explained > 0);
  return html`<section id="scores">
    ${head}
    ${
      scored.length === 0
        ? html`<p class="nothing dim">Nothing is scored by simulation.</p>`
        : html`<ug-report-chart class="boxes" .model=${boxesModel(report, scored, theme)}></ug-report-chart>`
    }
    ${others.length === 0 ? nothing : html`<p class="note dim">Without such scores: ${others.map(describeOther).join('; ')}.</p>`}
    <div class="multiples">
      ${scored.map(
        (family) =>
          html`<figure>
            <figcaption>
              <b class="mono">${family.family}</b>
              <span class="dim" title="Units that are explained">${family.explained} of ${family.units}</span>
            </figcaption>
            <ug-report-chart .model=${histogramModel(family, low, theme)}></ug-report-chart>
          </figure>`,
      )}
    </div>
    ${apart(scored)}
  </section>`;
}

function isScored({ topAndRandom, randomOnly }: FamilyReport): boolean {
  return topAndRandom.count + randomOnly.count > 0;
}

/** Which units the medians are without, and which count as 0. */
function apart(families: readonly FamilyReport[]): TemplateResult | typeof nothing {
  const lines = families.flatMap(({ family, topAndRandom, randomOnly }) => {
    const sets = [
      { of: 'top and random', text: apartText(topAndRandom) },
      { of: 'random only', text: apartText(randomOnly) },
    ].filter(({ text }) => text !== null);
    return sets.length === 0 ? [] : [{ family, sets }];
  });
  if (lines.length === 0) return nothing;
  return html`<div class="note dim" id="apart">
    Units that are silent in the windows have no score; those that vary where the words say nothing count as
    0.
    <ul>
      ${lines.map(
        ({ family, sets }) =>
          html`<li>
            <span class="mono">${family}</span>: ${sets.map(({ of, text }) => `${of}: ${text}`).join('; ')}
          </li>`,
      )}
    </ul>
  </div>`;
}

/** Heads are scored by marked pairs, others perhaps by detection alone. */
function describeOther({ family, explained, detection }: FamilyReport): string {
  const auc = detection.median === null ? '' : `, detection AUC ${detection.median.toFixed(2)}`;
  return `${family} (${explained} explained${auc})`;
}

function seriesLegend(): TemplateResult {
  return html`<span class="legend series">
    <i class="swatch first"></i>top and random <i class="swatch second"></i>random only
    <i class="swatch median"></i>median
  </span>`;
}

function comparisons({ report, store, tables }: ReportPaneModel): TemplateResult | typeof nothing {
  if (report.matches.length === 0) return nothing;
  if (tables)
    return tablePane({
      id: 'matches-table',
      table: matchesTable(report),
      selected: null,
      onCopy: (text) => store.copy(text),
    });
  return matchList(report.matches);
}

function concepts({ report, store, theme, tables }: ReportPaneModel): TemplateResult | typeof nothing {
  const shown = report.concepts.filter(({ units }) => units > 0);
  if (shown.length === 0) return nothing;
  if (tables)
    return tablePane({
      id: 'concepts-table',
      table: conceptsTable(report),
      selected: null,
      onCopy: (text) => store.copy(text),
    });
  const open = (unit: string): void => store.open(unit);
  return html`<section id="concepts">
    <h3>
      Scores and concept labels <span class="dim">does a latent with a clean label get a good score?</span>
    </h3>
    <div class="multiples wide">${shown.map((relation) => scatterFigure(relation, theme, open))}</div>
  </section>`;
}

function scatterFigure(
  relation: ConceptRelation,
  theme: Theme,
  onOpen: (unit: string) => void,
): TemplateResult {
  const { family, units, correlation } = relation;
  return html`<figure>
    <figcaption>
      <b class="mono">${family}</b>
      <span class="dim">Spearman</span> <b class="num">${correlation?.toFixed(2) ?? NONE}</b>
      <span class="dim">${formatCount(units, 'latent')}</span>
    </figcaption>
    <ug-report-chart .model=${scatterModel(relation, theme, onOpen)}></ug-report-chart>
  </figure>`;
}
