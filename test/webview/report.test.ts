import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startReportBrowser, type ReportBrowser, type ReportPage } from './support/openReport.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts } from './support/see.ts';

let browser: ReportBrowser;

const WIDTHS = [340, 520, 1000];

describe('the report page', () => {
  before(async () => {
    browser = await startReportBrowser();
  });
  after(() => browser.stop());

  it('answers in one sentence, whichever way it falls', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await hasText(
      page.locator('#headline'),
      'Latents are easier to explain than neurons: median 0.71 against 0.44 at equal density (3-res, 211 pairs; 3 of 3 comparisons fall this way).',
    );
    await hasText(page.locator('#stale'), '14 stale left out');
    await eventuallyEqual(
      () => page.locator('#explainer').evaluate((chooser) => (chooser as HTMLSelectElement).value),
      'summary',
      'an offline explainer',
    );
    await hasCount(page.locator('#mixed'), 0);
    await page.locator('#explainer').click();
    await page.locator('#explainer .option', { hasText: 'Anyone' }).click();
    await hasText(page.locator('#mixed'), /^Concept labels exist for latents alone/u);
    await page.locator('#explainer').click();
    await page.locator('#explainer .option', { hasText: 'n2g (400)' }).click();
    await hasText(
      page.locator('#headline'),
      /^Neurons are easier to explain than latents: median 0\.31 against 0\.50/u,
    );
    await hasCount(page.locator('#mixed'), 0);
    await hasCalls(opened, 'explain/report', [{ explainer: null }, { explainer: '*' }, { explainer: 'n2g' }]);
  });

  it('every picture has its figures as a sentence and as a table', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await hasAttribute(
      page.locator('.boxes canvas'),
      'aria-label',
      /2-res: median 0\.6\d on top and random, 0\.4\d on random only/u,
    );
    await hasCount(page.locator('#scores figure'), 5);
    await hasAttribute(
      page.locator('#concepts canvas').first(),
      'aria-label',
      /^2-res: .* 120 latents, Spearman 0\.68$/u,
    );
    await hasText(page.locator('#scores p.note'), /3-heads \(3 explained, detection AUC 0\.\d\d\)/u);
    await eventually(
      () => painted(opened),
      (counts) => assert.ok(counts.length === 8 && counts.every((count) => count > 100), String(counts)),
    );
    await page.keyboard.press('t');
    await hasCount(page.locator('canvas'), 0);
    await hasTexts(page.locator('.table-pane h3').first(), ['Scores by layer and family Copy TSV Copy JSON']);
    await hasCount(page.locator('.table-pane'), 4);
    await page.locator('#button-table').click();
    await hasCount(page.locator('canvas'), 8);
  });

  it('tells silent units from those of which the words say nothing', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('#apart'), /^Units that are silent in the windows have no score;/u);
    await hasTexts(
      page.locator('#apart li'),
      ['2-mlp-neurons', '2-res', '3-mlp-neurons', '3-res', '3-mlp'].map(
        (family) => `${family}: random only: silent in the windows: 8, words say nothing: 1`,
      ),
    );
  });

  it('neurons and latents stand side by side, on both sets of records', async () => {
    const { page } = await browser.open();
    await hasTexts(page.locator('#matches tbody tr'), [
      '2 2-mlp-neurons 180 0.38 0.21',
      '2-res 0.66 0.47',
      '3 3-mlp-neurons 211 0.44 0.27',
      '3-res 0.71 0.52',
      '3 3-mlp-neurons 160 0.43 0.25',
      '3-mlp 0.61 –',
    ]);
  });

  it('best and worst are a click or Enter from their pages; words with markup are text', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await hasText(page.locator('#best tr[data-unit="3-res/97"] .entry-words'), '<b>bold</b> & markup');
    await page.locator('#best tr[data-unit="3-res/97"]').click();
    await page.locator('#worst tbody tr').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await hasCalls(opened, 'unit/open', [{ unit: '3-res/97' }, { unit: 'L2N41' }]);
  });

  it('a point of the scatter opens its latent', async () => {
    const opened = await browser.open();
    const { page } = opened;
    const canvas = page.locator('#concepts canvas').first();
    await canvas.waitFor();
    await canvas.scrollIntoViewIfNeeded();
    const opening = async (): Promise<number> => {
      const box = await canvas.boundingBox();
      // A grid of clicks: points lie all over the picture.
      for (let x = 60; x < (box?.width ?? 0) - 5; x += 8) await canvas.click({ position: { x, y: 70 } });
      return (await opened.calls('unit/open')).length;
    };
    await eventually(opening, (count) => assert.ok(count > 0));
    const [first] = (await opened.calls('unit/open')) as { unit: string }[];
    assert.match(first?.unit ?? '', /^2-res\/\d+$/u);
  });

  it('saves the figures as CSV and everything as JSON', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#button-export').click();
    await page.locator('#button-json').click();
    await eventually(
      async () => (await opened.calls('file/export')) as readonly { name: string; text: string }[],
      (files) => {
        assert.deepEqual(
          files.map(({ name }) => name),
          ['explanations.csv', 'explanations.json'],
        );
        assert.match(
          files[0]?.text ?? '',
          /^layer,family,kind,units,explained,topAndRandomCount.*\r\n2,2-mlp-neurons,neurons,768,460,/u,
        );
        const json = JSON.parse(files[1]?.text ?? '') as { version: number; matches: unknown[] };
        assert.deepEqual([json.version, json.matches.length], [1, 3]);
      },
    );
  });

  it('nothing is explained: what to do, with buttons that do it', async () => {
    const opened = await browser.open({ scenario: 'none' });
    await hasText(opened.page.locator('.empty p').first(), 'No unit is explained yet.');
    await opened.page.locator('#explain-layer').click();
    await opened.page.locator('#import').click();
    await hasCalls(opened, 'command/run', [
      { command: 'explainFamily', family: null },
      { command: 'import', family: null },
    ]);
  });

  it('says what is missing for a comparison', async () => {
    const { page } = await browser.open({ scenario: 'half' });
    await hasText(
      page.locator('#headline'),
      'Scored: neurons only. Explain latents of the same layer to compare them.',
    );
    await hasCount(page.locator('#matches'), 0);
  });

  it('a run shows how far it is, can be cancelled, and its records come in', async () => {
    const opened = await browser.open({ scenario: 'running' });
    const { page, host, calls } = opened;
    await hasText(page.locator('.job'), '120 of 768 · L3N119 Cancel');
    await page.locator('#explaining-cancel').click();
    await hasCalls(opened, 'command/run', [{ command: 'cancel', family: null }]);
    await hasCount(page.locator('#headline'), 1);
    await host((fake) => fake.didRecord(), null);
    await host((fake) => fake.didRecord(), null);
    await eventuallyEqual(async () => (await calls('explain/report')).length, 2, 'once for both');
    await host((fake) => fake.setReport('ready'), null);
    await hasCount(page.locator('.job'), 0);
    await eventuallyEqual(async () => (await calls('explain/report')).length, 3, 'once at the end');
  });

  it('waits, fails with Retry, and comes back', async () => {
    const opened = await browser.open({ scenario: 'loading' });
    const { page, host } = opened;
    await hasText(page.locator('.waiting'), 'Opening the model…');
    await host((fake) => fake.setReport('failed'), null);
    await hasText(page.locator('.notice.error p'), /^The engine stopped\./u);
    await page.locator('.notice .button', { hasText: 'Retry' }).click();
    await hasCalls(opened, 'command/run', [{ command: 'retry', family: null }]);
    await host((fake) => fake.setReport('ready'), null);
    await hasCount(page.locator('#headline'), 1);
  });

  it('the figures fail alone: the last ones stay, dimmed, with Retry', async () => {
    const { page, host } = await browser.open();
    await hasCount(page.locator('#headline'), 1);
    await host((fake) => fake.fail('explain/report', 'explain/malformed'), null);
    await host((fake) => fake.didRecord(), null);
    await hasText(page.locator('.reading .notice.error p'), /explain\/report failed/u);
    await hasAttribute(page.locator('.reading .value'), 'class', /dimmed/u);
    await host((fake) => fake.fail('explain/report', null), null);
    await page.locator('.notice .button', { hasText: 'Retry' }).click();
    await hasCount(page.locator('.notice.error'), 0);
  });

  it('a command chooses the tab, keys do too, and it is kept over a reload', async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    await hasCalls(opened, 'tab/show', [{ tab: 'report' }]);
    await host((fake) => fake.askTab('rate'), null);
    await hasAttribute(page.locator('#tab-rate'), 'aria-selected', 'true');
    await hasText(page.locator('h1'), 'Rate units');
    await hasCalls(opened, 'tab/show', [{ tab: 'report' }, { tab: 'rate' }]);
    await page.reload();
    await hasAttribute(page.locator('#tab-rate'), 'aria-selected', 'true');
    await page.locator('#setup').waitFor();
    await page.keyboard.press('1');
    await hasAttribute(page.locator('#tab-report'), 'aria-selected', 'true');
  });

  it(`never scrolls sideways at ${WIDTHS.join(', ')} px`, async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    for (const scenario of ['ready', 'none', 'running', 'failed', 'half'] as const) {
      await host((fake, name) => fake.setReport(name), scenario);
      await host((fake) => fake.didRecord(), null);
      for (const width of WIDTHS) await fits(opened, width, scenario);
    }
    await host((fake) => fake.setReport('ready'), null);
    await host((fake) => fake.didRecord(), null);
    await page.locator('#button-table').click();
    await hasCount(page.locator('.table-pane'), 4);
    for (const width of WIDTHS) await fits(opened, width, 'tables');
    await page.locator('#tab-rate').click();
    await page.locator('#setup').waitFor();
    for (const width of WIDTHS) await fits(opened, width, 'setup');
    await page.locator('#deal').click();
    await page.locator('#card').waitFor();
    for (const width of WIDTHS) await fits(opened, width, 'card');
  });

  it('breaks no rule of its policy and asks nothing of another origin, in every theme', async () => {
    for (const theme of ['dark', 'light', 'hc-black', 'hc-light'] as const) {
      const opened = await browser.open({ theme });
      const { page } = opened;
      await page.locator('#headline').waitFor();
      await page.locator('.boxes canvas').hover();
      await page.keyboard.press('?');
      await page.locator('dialog.keys[open]').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog.keys').waitFor({ state: 'detached' });
      await page.locator('#tab-rate').click();
      await page.locator('#deal').click();
      await page.locator('#card').waitFor();
      assert.deepEqual(await opened.calls('view/violation'), []);
      assert.deepEqual(opened.complaints, []);
      const strangers = opened.requested.filter(
        (url) => !url.startsWith(browser.origin) && !url.startsWith('data:'),
      );
      assert.deepEqual(strangers, []);
    }
  });
});

/** How many pixels of each picture are not transparent. */
async function painted({ page }: ReportPage): Promise<readonly number[]> {
  return page.locator('canvas').evaluateAll((all) =>
    all.map((element) => {
      const canvas = element as HTMLCanvasElement;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return pixels.filter((value, i) => i % 4 === 3 && value > 0).length;
    }),
  );
}

async function fits({ page }: ReportPage, width: number, what: string): Promise<void> {
  await page.setViewportSize({ width, height: 700 });
  const overflow = (): Promise<number> =>
    page.evaluate(async () => {
      // Two frames: the observers of the new size have run by then.
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    });
  await eventuallyEqual(overflow, 0, `${what} at ${width} px`);
}
