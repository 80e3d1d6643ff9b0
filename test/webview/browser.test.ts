import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startFeatureBrowser, type BrowserPage, type FeatureBrowser } from './support/openBrowser.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts, tidy } from './support/see.ts';

let browser: FeatureBrowser;

describe('the feature browser', () => {
  before(async () => {
    browser = await startFeatureBrowser();
  });
  after(() => browser.stop());

  it('lists a family in rows of two lines: id and words, then figures; words with markup are text', async () => {
    const opened = await open();
    const { page, complaints } = opened;
    await hasText(page.locator('.summary'), '1,536 latents, 1,317 with words');
    await hasText(
      row(opened, '3-res/0'),
      /^3-res\/0 female names after “gave … to” 0\.\d\d \S+ % \S+ ·Mary$/u,
    );
    await hasText(row(opened, '3-res/4').locator('.words'), '<b>bold</b> markup & entities');
    await hasText(row(opened, '3-res/4').locator('.figures'), /F1/u);
    await hasText(row(opened, '3-res/3').locator('.words'), 'no words yet');
    await hasCount(row(opened, '3-res/6').locator('.stale-mark'), 1);
    await hasAttribute(
      row(opened, '3-res/6').locator('.unit'),
      'aria-label',
      /by summary, of another model, SAE or index/u,
    );
    await eventuallyEqual(() => page.locator('.words b, .top-token script').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('holds few of 131,072 rows in the document, and reads those that are looked at', async () => {
    const opened = await open({ scenario: 'huge' });
    const { page } = opened;
    await hasText(page.locator('.summary'), /^131,072 latents/u);
    await page.locator('.unit-scroll').focus();
    await page.keyboard.press('End');
    await row(opened, '3-res/131071').waitFor();
    await eventually(
      () => page.locator('.unit-row').count(),
      (drawn) => assert.ok(drawn < 60, `${drawn} rows are drawn`),
    );
    await hasAttribute(row(opened, '3-res/131071'), 'aria-rowindex', '131072');
    await asked(opened, ({ from }) => from === 131_000);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('Home');
    await hasAttribute(row(opened, '3-res/0'), 'class', /active/u);
  });

  it('searches when typing pauses, marks what was found, and drops the answer to an older search', async () => {
    const opened = await open();
    const { page, host } = opened;
    await row(opened, '3-res/0').waitFor();
    await page.keyboard.press('/');
    await host((fake) => fake.hold('unit/list'), null);
    await page.keyboard.type('name');
    await asked(opened, ({ text }) => text === 'name');
    await page.keyboard.type('s seen');
    await asked(opened, ({ text }) => text === 'names seen');
    await hasAttribute(page.locator('#units'), 'class', /pending/u);
    await host((fake) => fake.release('unit/list', [1, 0]), null);
    await hasTexts(page.locator('.unit-row[data-index="0"] mark'), ['names seen']);
    await hasText(page.locator('.summary'), /^\d+ latents$/u);
    const texts = await searched(opened);
    assert.deepEqual(texts, ['', 'name', 'names seen'], 'one request for each pause');
    await page.keyboard.press('Escape');
    await hasText(page.locator('.summary'), /^1,536 latents/u);
    await hasCount(page.locator('mark'), 0);
  });

  it('finds a unit by its number and by its token', async () => {
    const opened = await open();
    const { page } = opened;
    await page.locator('#search').fill('412');
    await hasTexts(page.locator('.unit-row .id'), ['3-res/412']);
    await page.locator('#search').fill('wednesday');
    await hasTexts(page.locator('.unit-row[data-index="0"] .top-token'), ['·Wednesday']);
  });

  it('chooses kind and layer, order and direction, category and pins', async () => {
    const opened = await open();
    const { page } = opened;
    await pick(opened, 'set', 'Neurons');
    await hasText(page.locator('.summary'), /^768 neurons/u);
    await pick(opened, 'layer', 'Layer 1');
    await row(opened, 'L1N0').waitFor();
    await pick(opened, 'sort', 'By density');
    await asked(
      opened,
      ({ sort, falling, family }) => sort === 'density' && falling === true && family === '1-mlp-neurons',
    );
    await page.locator('#falling').click();
    await asked(opened, ({ sort, falling }) => sort === 'density' && falling === false);
    await page.locator('.chip[data-value=dead]').click();
    await hasText(page.locator('.unit-row[data-index="0"] .figures'), /0\.0 %/u);
    await page.locator('.chip[data-value=dead]').press('ArrowRight');
    await hasAttribute(page.locator('.chip[data-value=rare]'), 'aria-checked', 'true');
    await page.locator('.chip[data-value=all]').click();
    await page.locator('#pinned-only').click();
    await hasText(page.locator('.empty p').first(), 'No unit passes: pinned.');
    await page.locator('#widen').click();
    await hasText(page.locator('.summary'), /^768 neurons/u);
  });

  it('a click opens a unit and stays; Enter goes there; arrows walk, P pins, C copies', async () => {
    const opened = await open();
    const { page } = opened;
    await row(opened, '3-res/1').locator('.name').click();
    await hasCalls(opened, 'unit/open', [{ unit: '3-res/1', preserveFocus: true }]);
    await hasAttribute(row(opened, '3-res/1'), 'class', /opened/u);
    await page.locator('.unit-scroll').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('p');
    await page.keyboard.press('c');
    await hasCalls(opened, 'unit/open', [
      { unit: '3-res/1', preserveFocus: true },
      { unit: '3-res/3', preserveFocus: false },
    ]);
    await hasCalls(opened, 'unit/pin', [{ unit: '3-res/3', pinned: true }]);
    await hasCalls(opened, 'clipboard/write', [{ text: '3-res/3' }]);
    await hasAttribute(row(opened, '3-res/3').locator('.pin'), 'aria-pressed', 'true');
    await row(opened, '3-res/2').locator('.pin').click();
    await hasAttribute(row(opened, '3-res/2').locator('.pin'), 'aria-pressed', 'false');
    await page.locator('#pinned-only').click();
    await hasTexts(page.locator('.unit-row .id'), ['3-res/3', '3-res/5']);
  });

  it('a pin that cannot be kept is taken back, and said', async () => {
    const opened = await open();
    await opened.host((fake) => fake.fail('unit/pin', 'file/not-found'), null);
    await row(opened, '3-res/0').hover();
    await row(opened, '3-res/0').locator('.pin').click();
    await hasText(opened.page.locator('.notice.error p'), /unit\/pin failed/u);
    await hasAttribute(row(opened, '3-res/0').locator('.pin'), 'aria-pressed', 'false');
  });

  it('runs its commands on the family that is shown', async () => {
    const opened = await open();
    const { page } = opened;
    await pick(opened, 'set', 'Heads');
    for (const icon of ['sparkle', 'list-selection', 'comment', 'telescope', 'graph', 'checklist'])
      await page.locator(`#button-${icon}`).click();
    await page.locator('.unit-scroll').focus();
    await page.keyboard.press('l');
    const commands = ['lucky', 'matchSelection', 'explainFamily', 'scan', 'openReport', 'rate', 'lucky'];
    await hasCalls(
      opened,
      'command/run',
      commands.map((command) => ({ command, family: '3-heads' })),
    );
  });

  it('shows what fires on a selection in place of the list, until it is closed', async () => {
    const opened = await open();
    const { page, host } = opened;
    await host((fake) => fake.match({ on: 'to <Mary>', off: 'The end', count: 12 }), null);
    await hasText(page.locator('.matches-head h3'), 'Fire most on the selection 12 units');
    await hasTexts(page.locator('.quoted'), ['to <Mary>', 'The end']);
    await hasText(row(opened, '3-res/0').locator('.on'), '9.00');
    await hasCount(page.locator('.unit-row .off'), 12);
    await hasCount(page.locator('#search'), 0);
    await page.locator('.unit-scroll').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await hasCalls(opened, 'unit/open', [{ unit: '3-res/3', preserveFocus: false }]);
    await page.keyboard.press('Escape');
    await hasText(page.locator('.summary'), /^1,536 latents/u);
    await host((fake) => fake.match({ on: 'to', off: null, count: 2 }), null);
    await hasCount(page.locator('.unit-row'), 2);
    await hasCount(page.locator('.unit-row .off'), 0);
    await page.locator('#close-matches').click();
    await row(opened, '3-res/1').waitFor();
  });

  it('keeps what was asked for over a reload', async () => {
    const opened = await open();
    const { page } = opened;
    await pick(opened, 'set', 'Neurons');
    await page.locator('#search').fill('full stops');
    await page.locator('.chip[data-value=explained]').click();
    await pick(opened, 'sort', 'By score');
    await asked(
      opened,
      ({ text, sort, category }) => text === 'full stops' && sort === 'score' && category === 'explained',
    );
    await hasText(page.locator('.summary'), /^\d{1,2} neurons$/u);
    const before = tidy(await page.locator('.summary').innerText());
    await page.reload();
    await hasText(page.locator('.summary'), before);
    await eventuallyEqual(() => page.locator('#search').inputValue(), 'full stops');
    await hasAttribute(page.locator('.chip[data-value=explained]'), 'aria-checked', 'true');
    await asked(opened, ({ sort, falling }) => sort === 'score' && falling === true);
  });

  it('reads the rows again when explanations change, without losing its place', async () => {
    const opened = await open();
    const { page, host } = opened;
    await page.locator('.unit-scroll').focus();
    for (let i = 0; i < 2; i++) await page.keyboard.press('PageDown');
    const first = (): Promise<number> => page.locator('.unit-scroll').evaluate((list) => list.scrollTop);
    await eventually(first, (top) => assert.ok(top > 0));
    const before = await first();
    await host((fake) => fake.setExplained(false), null);
    await hasText(page.locator('.unit-row.active .words'), 'no words yet');
    assert.equal(await first(), before);
    await hasText(page.locator('.notice p'), 'Nothing in 3-res is explained yet.');
    await page.locator('#explain').click();
    await hasCalls(opened, 'command/run', [{ command: 'explainFamily', family: '3-res' }]);
  });
});

type Query = Readonly<Record<string, unknown>>;

async function open(options: Parameters<FeatureBrowser['open']>[0] = {}): Promise<BrowserPage> {
  const opened = await browser.open({ width: 320, ...options });
  await opened.page.locator('.unit-row .id').first().waitFor();
  return opened;
}

function row({ page }: BrowserPage, unit: string) {
  return page.locator(`.unit-row[data-key="${unit}"]`);
}

async function pick({ page }: BrowserPage, id: string, label: string): Promise<void> {
  await page.locator(`#${id}`).click();
  await page.locator(`#${id} .option`, { hasText: label }).click();
}

/** Waits until the list was asked for so. */
async function asked({ calls }: BrowserPage, test: (query: Query) => boolean): Promise<void> {
  await eventually(
    async () => (await calls('unit/list')) as Query[],
    (queries) => assert.ok(queries.some(test), JSON.stringify(queries.at(-1))),
  );
}

/** Texts that the list was asked for, in their order; what only counts explanations is left out. */
async function searched({ calls }: BrowserPage): Promise<readonly unknown[]> {
  const queries = (await calls('unit/list')) as Query[];
  return queries.filter(({ count }) => count !== 1).map(({ text }) => text);
}
