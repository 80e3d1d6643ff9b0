import assert from 'node:assert/strict';
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
    await trace.page.waitForFunction(() =>
      window.fakeHost.calls.some(({ method }) => method === 'view/violation'),
    );
    const [violation] = await trace.calls('view/violation');
    assert.equal((violation as { directive: string }).directive, 'style-src-attr');
  });

  it(`never scrolls sideways at ${WIDTHS.join(', ')} px`, async () => {
    const trace = await browser.open();
    const { page, host } = trace;
    for (const scenario of Object.keys(SCENARIOS) as ScenarioName[]) {
      await host((fake, name) => fake.setTrace(name), scenario);
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
    const shown = async (width: number): Promise<readonly boolean[]> => {
      await page.setViewportSize({ width, height: 700 });
      const overview = await page.locator('.overview').boundingBox();
      const place = await page.locator('.place').boundingBox();
      return [
        (overview?.y ?? 0) === (place?.y ?? 1),
        await page.locator('#candidates td.extra').first().isVisible(),
        await page.locator('#map').isVisible(),
      ];
    };
    assert.deepEqual(await shown(900), [true, true, true]);
    assert.deepEqual(await shown(600), [false, true, true]);
    assert.deepEqual(await shown(500), [false, false, true]);
    assert.deepEqual(await shown(340), [false, false, false]);
  });

  it('bars never lie over their numbers', async () => {
    const { page } = await browser.open({ width: 340 });
    for (const tab of TABS) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator('.place .reading[data-status=ready] table').first().waitFor();
      const overlaps = await page.locator('.place tbody tr').evaluateAll((rows) =>
        rows.filter((row) => {
          const bar = row.querySelector('.bar')?.getBoundingClientRect();
          const number = row.querySelector('.bar-cell + .num');
          if (!bar || !number) return false;
          const range = document.createRange();
          range.selectNodeContents(number);
          return bar.right > range.getBoundingClientRect().left;
        }),
      );
      assert.deepEqual(overlaps, [], tab);
    }
  });
});

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
  await page.keyboard.press('Escape');
  await page.locator('#button-table').click();
  await page.locator('#pattern-table').waitFor();
}

async function assertNoOverflow(
  { page }: TracePage,
  { width, what }: { readonly width: number; readonly what: string },
): Promise<void> {
  await page.setViewportSize({ width, height: 700 });
  const overflow = await page.evaluate(async () => {
    // Two frames: the observers of the new size have run by then.
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const root = document.documentElement;
    return root.scrollWidth - root.clientWidth;
  });
  assert.equal(overflow, 0, `${what} at ${width} px`);
}
