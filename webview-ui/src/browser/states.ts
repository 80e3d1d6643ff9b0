import { html, nothing, type TemplateResult } from 'lit';
import type { BrowserState, BrowserView } from '../../../src/protocol/browserViewContract.ts';
import { fromWireError } from '../../../src/protocol/wireError.ts';
import { button } from '../controls/button.ts';
import { icon } from '../controls/icon.ts';
import { loadingNotice } from '../controls/notices.ts';
import { formatProgress, progressLine } from '../controls/progressLine.ts';
import { errorView, type ReadingActions } from '../controls/readingView.ts';
import type { FamilyName } from './families.ts';
import type { BrowserStore } from './store.ts';

/** What is under way, what failed, and what an index or explanations are missing. */
export function notices(store: BrowserStore): TemplateResult {
  const { browser, view, family } = store;
  return html`${browser === null ? nothing : stateNotice(browser, store)}
  ${browser?.state !== 'ready' || view === null || family === undefined ? nothing : indexNotice(view, family, store)}`;
}

function stateNotice(browser: BrowserState, store: BrowserStore): TemplateResult | typeof nothing {
  if (browser.state === 'ready') return nothing;
  const cancel = (): void => store.run('cancel');
  if (browser.state === 'loading')
    return browser.making === undefined
      ? loadingNotice(browser.message, cancel)
      : progressLine({
          id: 'making',
          ...browser.making,
          text: `${browser.message}: ${formatProgress(browser.making)}`,
          onCancel: cancel,
        });
  return errorView(fromWireError(browser.error), actionsOf(store), () => store.run('retry'));
}

/** Whether an index covers what is shown; where one does, whether anything is explained yet. */
function indexNotice(
  view: BrowserView,
  family: FamilyName,
  store: BrowserStore,
): TemplateResult | typeof nothing {
  const { index } = view;
  const scan = (label: string): TemplateResult =>
    button({ id: 'scan', label, onClick: () => store.run('scan') });
  if (index === null)
    return notice(
      'No index yet: a scan of a corpus finds densities and the texts on which each unit fires.',
      scan('Scan…'),
    );
  if (!index.families.includes(family.id))
    return notice(`The index of ${index.corpus} does not cover ${family.id}.`, scan('Scan…'));
  if (index.state === 'partial')
    return notice(`The scan is paused at ${Math.floor(index.done * 100)} %.`, scan('Go on…'));
  if (index.state === 'stale')
    return notice(index.reason ?? 'The index is stale.', scan('Scan again…'), 'stale');
  const explained = store.explained.reading.value;
  if (explained === null || explained.total > 0) return nothing;
  const explain = button({ id: 'explain', label: 'Explain…', onClick: () => store.run('explainFamily') });
  return notice(`Nothing in ${family.id} is explained yet.`, explain);
}

function notice(text: string, action: TemplateResult, kind = ''): TemplateResult {
  return html`<div class="notice ${kind}" role="status">
    ${kind === 'stale' ? icon('history') : icon('info')}
    <p>${text}</p>
    <div class="actions">${action}</div>
  </div>`;
}

/** No unit passes what was asked for: what to loosen. */
export function nothingFound(store: BrowserStore): TemplateResult {
  const { text, category, pinnedOnly } = store.kept;
  const limits = [
    ...(text.trim() === '' ? [] : [`“${text.trim()}”`]),
    ...(category === 'all' ? [] : [category]),
    ...(pinnedOnly ? ['pinned'] : []),
  ];
  return html`<div class="empty">
    <p>${limits.length === 0 ? 'This family has no units.' : `No unit passes: ${limits.join(', ')}.`}</p>
    ${pinnedOnly && text.trim() === '' ? html`<p class="dim">A star at a unit, or the key P, pins it.</p>` : nothing}
    <div class="actions">
      ${store.isNarrowed ? button({ id: 'widen', label: 'Clear the search', onClick: () => store.widen() }) : nothing}
    </div>
  </div>`;
}

export function actionsOf(store: BrowserStore): ReadingActions {
  return { again: () => store.rows.again(), copy: (text) => store.copy(text) };
}
