/**
 * Unit pages of `npm run bench:editor`, and alone: `npm run bench:editor:units`. A page counts from the accepted id to its
 * painted examples, in a window whose index is made, once for a new page and once for the next unit in the open page.
 */
import { pathToFileURL } from 'node:url';
import type { Frame, Page } from 'playwright-core';
import { openWorkbench } from '../support/host/workbench.ts';
import { runCommand, webviewFrame } from '../support/host/workbenchUi.ts';
import { median, ms, printTable } from './measure.ts';

const ROUNDS = 3;
const STEPS = 5;
const IDLE_MS = 9000;
const REST_MS = 1500;
const INDEX_MS = 180_000;
const UNITS = ['L3N18', 'L2N5', '2-res/100'];

/** Waits for a new unit page, from the accepted id, ms. */
interface OpenedUnit {
  /** Until VS Code has made the frame that the page is written into. */
  readonly frame: number;
  readonly painted: number;
}

export interface TimedUnits {
  readonly pages: readonly OpenedUnit[];
  /** Next unit in the open page, ms. */
  readonly steps: readonly number[];
}

/** Rows of the table of waits. */
export function unitRows(runs: readonly TimedUnits[]): readonly (readonly string[])[] {
  const ofPages = (read: (page: OpenedUnit) => number): string =>
    ms(median(runs.flatMap((run) => run.pages.map(read))));
  return [
    ['unit page painted from an index', ofPages(({ painted }) => painted), '300 ms'],
    ["  of it VS Code's, until its frame is there", ofPages(({ frame }) => frame), '-'],
    ['next unit in the open page', ms(median(runs.flatMap((run) => run.steps))), '100 ms'],
  ];
}

export async function timeUnitPages(page: Page): Promise<TimedUnits> {
  await page.context().addInitScript({ content: NOTE_PAINT });
  await typeUnit(page, UNITS[0] ?? '');
  await page.keyboard.press('Enter');
  const frame = await webviewFrame(page, 'ug-unit');
  await frame.locator('#pane ug-window').first().waitFor({ timeout: INDEX_MS });
  await page.waitForTimeout(IDLE_MS);
  const steps: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    steps.push(await timeStep(frame));
    await page.waitForTimeout(REST_MS);
  }
  const pages: OpenedUnit[] = [];
  for (const unit of UNITS) {
    await runCommand(page, 'View: Close All Editors');
    await page.waitForTimeout(REST_MS);
    pages.push(await timeUnitPage(page, unit));
  }
  await runCommand(page, 'View: Close All Editors');
  return { pages, steps };
}

/** The box that takes an id, filled. */
async function typeUnit(page: Page, unit: string): Promise<void> {
  await runCommand(page, 'Underglass: Open Neuron…');
  await page.locator('.quick-input-widget .quick-input-box input').fill(unit);
  await page.waitForTimeout(REST_MS);
}

/**
 * Runs in every frame, so that nobody looks at the page while it opens: looking takes time of it. VS Code writes the page
 * into a document that is there already, without a load: hence the interval. The first message after a frame comes when
 * that frame is painted.
 */
const NOTE_PAINT = `(() => {
  if (window.top === window) return;
  let known = null;
  const look = () => {
    if ('shownAt' in window || document.querySelector('#pane ug-window .tok') === null) return;
    window.shownAt = Number.NaN;
    requestAnimationFrame(() => setTimeout(() => { window.shownAt = performance.timeOrigin + performance.now(); }));
  };
  const follow = () => {
    if (document === known) return;
    known = document;
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  };
  follow();
  setInterval(follow, 3);
})()`;

async function timeUnitPage(page: Page, unit: string): Promise<OpenedUnit> {
  await typeUnit(page, unit);
  const started = await page.evaluate(() => performance.timeOrigin + performance.now());
  await page.keyboard.press('Enter');
  await page.waitForTimeout(REST_MS);
  const frame = await webviewFrame(page, '#pane ug-window .tok');
  const { origin, shown, paint } = await frame.evaluate(() => ({
    origin: performance.timeOrigin,
    shown: (window as unknown as { shownAt: number }).shownAt,
    // Nothing is seen of a page that VS Code has not put into view.
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  }));
  return { frame: origin - started, painted: Math.max(shown, origin + paint) - started };
}

/** Counted inside the page: a press on "next" -> the examples of the next unit, drawn and painted. */
function timeStep(frame: Frame): Promise<number> {
  return frame.evaluate(
    () =>
      new Promise<number>((resolve) => {
        // No function is named in here: the page has no helpers of the bundler.
        const before = document.querySelector('#unit-id')?.textContent;
        const started = performance.now();
        const observer = new MutationObserver(() => {
          const id = document.querySelector('#unit-id')?.textContent;
          const isNew = id !== before && document.querySelector('main.dimmed') === null;
          if (!isNew || document.querySelector('#pane ug-window .tok') === null) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
        });
        observer.observe(document.body, { attributes: true, childList: true, subtree: true });
        document.querySelector<HTMLElement>('#button-chevron-right')?.click();
      }),
  );
}

async function measureAlone(): Promise<TimedUnits> {
  const workbench = await openWorkbench({
    workspace: 'examples',
    size: { width: 1360, height: 1300 },
    settings: { 'editor.codeLens': false },
  });
  try {
    return await timeUnitPages(workbench.page);
  } finally {
    await workbench.close();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const runs: TimedUnits[] = [];
  for (let round = 0; round < ROUNDS; round++) runs.push(await measureAlone());
  printTable(`Unit pages, medians of ${ROUNDS} windows`, [['what', 'measured', 'target'], ...unitRows(runs)]);
}
