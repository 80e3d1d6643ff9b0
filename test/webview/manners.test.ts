import assert from 'node:assert/strict';
import { eventuallyEqual } from '../support/eventually.ts';
import type { TraceState } from '../../src/protocol/viewContract.ts';
import { TABS } from '../../webview-ui/src/trace/store.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';
import { SCENARIOS, type ScenarioName } from './support/scenarios.ts';

let browser: TraceBrowser;

const WIDTHS = [340, 520, 900];

describe('the manners of the trace page', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('breaks no rule of its policy and asks nothing of another origin, whatever is opened', async () => {
    for (const theme of ['dark', 'hc-light'] as const) {
      const trace = await browser.open({ theme });
      await openEverything(trace);
      assert.deepEqual(await trace.calls('view/violation'), []);
      assert.deepEqual(trace.complaints, []);
      const strangers = trace.requested.filter(
        (url) => !url.startsWith(browser.origin) && !url.startsWith('data:'),
      );
      assert.deepEqual(strangers, []);
    }
  });

  it('reports a violation to the host when there is one', async () => {
    const trace = await browser.open();
    await trace.page.locator('#candidates').waitFor();
    await trace.page.evaluate(() => document.body.setAttribute('style', 'color:red'));
    await eventuallyEqual(
      async () =>
        ((await trace.calls('view/violation')) as { directive: string }[]).map(({ directive }) => directive),
      ['style-src-attr'],
    );
  });

  it(`never scrolls sideways at ${WIDTHS.join(', ')} px`, async () => {
    const trace = await browser.open();
    const { page, host } = trace;
    for (const scenario of Object.keys(SCENARIOS) as ScenarioName[]) {
      await host((fake, name) => fake.setTrace(name), scenario);
      await page.locator(SHOWN[SCENARIOS[scenario].state]).first().waitFor();
      for (const width of WIDTHS) await assertNoOverflow(trace, { width, what: scenario });
    }
    await host((fake) => fake.setTrace('ioi'), null);
    for (const tab of TABS) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator('.place .reading[data-status=ready]').first().waitFor();
      for (const width of WIDTHS) await assertNoOverflow(trace, { width, what: tab });
    }
    await page.keyboard.press('t');
    await page.locator('#token-table').waitFor();
    for (const width of WIDTHS) await assertNoOverflow(trace, { width, what: 'tables' });
  });

  it('gives up the second column under 700 px, side details under 520 px and the map under 360 px', async () => {
    const { page } = await browser.open();
    await page.locator('#candidates').waitFor();
    const shown = async (): Promise<readonly boolean[]> => {
      const overview = await page.locator('.overview').boundingBox();
      const place = await page.locator('.place').boundingBox();
      return [
        (overview?.y ?? 0) === (place?.y ?? 1),
        await page.locator('#candidates td.extra').first().isVisible(),
        await page.locator('#map').isVisible(),
      ];
    };
    for (const [width, expected] of [
      [900, [true, true, true]],
      [600, [false, true, true]],
      [500, [false, false, true]],
      [340, [false, false, false]],
    ] as const) {
      await page.setViewportSize({ width, height: 700 });
      await eventuallyEqual(shown, [...expected], `${width} px`);
    }
  });

  it('bars never lie over their numbers', async () => {
    const { page } = await browser.open({ width: 340 });
    for (const tab of TABS) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator('.place .reading[data-status=ready] table').first().waitFor();
      const overlaps = (): Promise<number> =>
        page.locator('.place tbody tr').evaluateAll((rows) => {
          const over = rows.filter((row) => {
            const bar = row.querySelector('.bar')?.getBoundingClientRect();
            const number = row.querySelector('.bar-cell + .num');
            if (!bar || !number) return false;
            const range = document.createRange();
            range.selectNodeContents(number);
            return bar.right > range.getBoundingClientRect().left;
          });
          return over.length;
        });
      await eventuallyEqual(overlaps, 0, tab);
    }
  });
});

/** By what each state of the page is known. */
const SHOWN: Readonly<Record<TraceState['state'], string>> = {
  ready: 'main:not(.dimmed)',
  empty: '.empty',
  loading: '.notice.loading',
  stale: '.notice.stale',
  error: '.notice.error',
};

async function openEverything({ page }: TracePage): Promise<void> {
  await page.locator('#candidates').waitFor();
  await page.locator('.tok').nth(3).hover();
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator('.place .reading[data-status=ready]').first().waitFor();
  }
  await page.locator('#heads tbody tr').nth(2).click();
  await page.locator('#quantity').click();
  await page.locator('#quantity .option').nth(3).click();
  await page.locator('#button-ellipsis').click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.locator('dialog.keys[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog.keys').waitFor({ state: 'detached' });
  await page.locator('#button-table').click();
  await page.locator('#pattern-table').waitFor();
}

async function assertNoOverflow(
  { page }: TracePage,
  { width, what }: { readonly width: number; readonly what: string },
): Promise<void> {
  await page.setViewportSize({ width, height: 700 });
  const overflow = (): Promise<number> =>
    page.evaluate(async () => {
      // Two frames: the observers of the new size have run by then.
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      const root = document.documentElement;
      return root.scrollWidth - root.clientWidth;
    });
  await eventuallyEqual(overflow, 0, `${what} at ${width} px`);
}
