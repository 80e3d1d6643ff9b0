import assert from 'node:assert/strict';
import { eventuallyEqual } from '../support/eventually.ts';
import { BROWSER_CASES, type BrowserCase } from './support/browserFixtures.ts';
import { startFeatureBrowser, type BrowserPage, type FeatureBrowser } from './support/openBrowser.ts';
import { hasAttribute, hasCalls, hasCount, hasText } from './support/see.ts';

let browser: FeatureBrowser;

const WIDTHS = [200, 300, 400];

describe('states and manners of the feature browser', () => {
  before(async () => {
    browser = await startFeatureBrowser();
  });
  after(() => browser.stop());

  const offers = (scenario: BrowserCase, text: string | RegExp, button: string): void => {
    it(`${scenario}: says what is missing, and "${button}" does it`, async () => {
      const opened = await browser.open({ scenario, width: 300 });
      await hasText(opened.page.locator('.notice p'), text);
      await hasText(opened.page.locator('#scan'), button);
      await opened.page.locator('#scan').click();
      await hasCalls(opened, 'command/run', [{ command: 'scan', family: '3-res' }]);
      await opened.page.locator('.unit-row .id').first().waitFor();
    });
  };
  offers('unscanned', /^No index yet/u, 'Scan…');
  offers('uncovered', 'The index of embedded world does not cover 3-res.', 'Scan…');
  offers('partial', 'The scan is paused at 43 %.', 'Go on…');
  offers('staleIndex', 'The index is of another model.', 'Scan again…');

  it('dims what is shown while it is read again, with Cancel', async () => {
    const opened = await browser.open({ scenario: 'loading', width: 300 });
    const { page, host } = opened;
    await hasText(page.locator('.notice p'), 'Reading the embedded corpus once…');
    await hasAttribute(page.locator('main'), 'class', 'dimmed');
    await page.locator('.unit-row .id').first().waitFor();
    await page.locator('#cancel').click();
    await hasCalls(opened, 'command/run', [{ command: 'cancel', family: '3-res' }]);
    await host((fake) => fake.setBrowser('ready'), null);
    await hasCount(page.locator('.notice'), 0);
  });

  it('says how far the first index is, with Cancel', async () => {
    const opened = await browser.open({ scenario: 'making', width: 300 });
    await hasText(opened.page.locator('.job span'), 'Reading the embedded corpus once: 12 %');
    await opened.page.locator('#making-cancel').click();
    await hasCalls(opened, 'command/run', [{ command: 'cancel', family: '3-res' }]);
  });

  it('waits for a model, then shows it', async () => {
    const { page, host } = await browser.open({ scenario: 'opening', width: 300 });
    await hasText(page.locator('.notice p'), 'Opening the model…');
    await hasCount(page.locator('main'), 0);
    await host((fake) => fake.setBrowser('ready'), null);
    await page.locator('.unit-row .id').first().waitFor();
  });

  it('an error of the model keeps the last list, with Retry', async () => {
    const opened = await browser.open({ scenario: 'failed', width: 300 });
    await hasText(opened.page.locator('.notice.error p'), /^The engine stopped\./u);
    await opened.page.locator('.notice .button', { hasText: 'Retry' }).click();
    await hasCalls(opened, 'command/run', [{ command: 'retry', family: '3-res' }]);
    await opened.page.locator('.unit-row .id').first().waitFor();
  });

  it('an error of the list says so, with Retry', async () => {
    const opened = await browser.open({ width: 300 });
    const { page, host } = opened;
    await page.locator('.unit-row .id').first().waitFor();
    await host((fake) => fake.fail('unit/list', 'index/none'), null);
    await page.locator('.chip[data-value=dense]').click();
    await hasText(page.locator('main .notice.error p'), /unit\/list failed/u);
    await host((fake) => fake.fail('unit/list', null), null);
    await page.locator('main .notice .button', { hasText: 'Retry' }).click();
    await hasCount(page.locator('.notice.error'), 0);
    await hasText(page.locator('.summary'), /^\d+ latents$/u);
  });

  it('nothing found: says what it looked for, and how to loosen it', async () => {
    const { page } = await browser.open({ width: 300 });
    await page.locator('#search').fill('<zebra>');
    await hasText(page.locator('.empty p'), 'No unit passes: “<zebra>”.');
    await page.locator('#widen').click();
    await page.locator('.unit-row .id').first().waitFor();
    await eventuallyEqual(() => page.locator('#search').inputValue(), '');
  });

  it(`never scrolls sideways at ${WIDTHS.join(', ')} px, whatever is shown`, async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    for (const scenario of Object.keys(BROWSER_CASES) as BrowserCase[]) {
      await host((fake, name) => fake.setBrowser(name), scenario);
      for (const width of WIDTHS) await fits(opened, width, scenario);
    }
    await host((fake) => fake.setBrowser('ready'), null);
    await host((fake) => fake.match({ on: 'word '.repeat(60), off: 'x'.repeat(200), count: 30 }), null);
    await page.locator('#matches').waitFor();
    for (const width of WIDTHS) await fits(opened, width, 'matches');
  });

  it('breaks no rule of its policy and asks nothing of another origin, in every theme', async () => {
    for (const theme of ['dark', 'light', 'hc-black', 'hc-light'] as const) {
      const opened = await browser.open({ theme, width: 300 });
      const { page, host } = opened;
      await page.locator('.unit-row .id').first().waitFor();
      await page.locator('.unit').nth(2).hover();
      await page.locator('.tip').waitFor();
      await page.keyboard.press('?');
      await page.locator('dialog.keys[open]').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog.keys').waitFor({ state: 'detached' });
      await host((fake) => fake.match({ on: 'a', off: 'b', count: 3 }), null);
      await page.locator('#matches .unit-row').first().waitFor();
      assert.deepEqual(await opened.calls('view/violation'), []);
      assert.deepEqual(opened.complaints, []);
      const strangers = opened.requested.filter(
        (url) => !url.startsWith(browser.origin) && !url.startsWith('data:'),
      );
      assert.deepEqual(strangers, []);
    }
  });

  it('everything that can be pressed has a name', async () => {
    const { page } = await browser.open({ width: 300 });
    await page.locator('.unit-row .id').first().waitFor();
    const nameless = (): Promise<number> =>
      page
        .locator('button, input')
        .evaluateAll(
          (all) => all.filter((each) => !each.getAttribute('aria-label') && !each.textContent?.trim()).length,
        );
    await eventuallyEqual(nameless, 0);
  });
});

async function fits({ page }: BrowserPage, width: number, what: string): Promise<void> {
  await page.setViewportSize({ width, height: 700 });
  const overflow = (): Promise<number> =>
    page.evaluate(async () => {
      // Two frames: the observers of the new size have run by then.
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    });
  await eventuallyEqual(overflow, 0, `${what} at ${width} px`);
}
