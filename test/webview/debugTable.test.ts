import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { LARGE_ROWS } from './support/debugFixtures.ts';
import { startDebugBrowser, type DebugBrowser, type DebugPage } from './support/openDebug.ts';
import { hasAttribute, hasCount, hasText, tidy } from './support/see.ts';

let browser: DebugBrowser;

/** Rows that may be in the document at most. */
const MOST_ROWS = 200;

describe('the node table', () => {
  before(async () => {
    browser = await startDebugBrowser();
  });
  after(() => browser.stop());

  it('answers in one sentence with numbers', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('h1'), 'Why ·Mary and not ·John?');
    await hasText(
      page.locator('.headline'),
      'Logit difference +3.42 at ·to is the sum of all direct effects, with 0.000 left over. Held: final LayerNorm scale.',
    );
  });

  it('shows a row with every number, and marks the estimate that the measurement contradicts', async () => {
    const opened = await browser.open();
    await measured(opened, 11);
    await hasCells(opened, 'L3H3@14->2', [
      'L3H3',
      '14→2',
      'to ·Mary',
      '0.41',
      '+0.70',
      '+1.12',
      '+1.35',
      '+0.44',
      '≠',
    ]);
    for (const [name, words] of [
      ['L2N377@14', 'verbs of giving that follow a name score 0.62, stale'],
      ['3-mlp/88@14', 'names, second mention F1 0.84'],
    ] as const)
      await eventuallyEqual(async () => (await cells(opened, name))[2], words);
    const { page } = opened;
    const flagged = (): Promise<readonly (string | undefined)[]> =>
      page
        .locator('tbody tr:has(.disagrees)')
        .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['key']).sort());
    await eventuallyEqual(flagged, ['L3H2@14->4', 'L3H3@14->2']);
    await hasAttribute(page.locator('.disagrees').first(), 'title', /more than 0\.05 and 25 %/u);
  });

  it('ends in the biases and a sum that closes, or says why there is none', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('[data-sum=biases]'), /^Biases -0\.18$/u);
    await hasText(page.locator('[data-sum=sum]'), /^Sum 2,314 more nodes; 0\.000 left over \+3\.42$/u);
    await page.locator('tr[data-key="L3H1@14->2"]').click();
    await page.locator('#trace-both').click();
    await page.locator('.residual', { hasText: 'not additive: query and key multiply' }).waitFor();
    await hasText(page.locator('.headline'), /not additive: query and key multiply/u);
  });

  it('is sorted by its headers: magnitude, descending, ascending', async () => {
    const opened = await browser.open();
    const { page } = opened;
    const header = page.locator('th:has([data-sort=estimatedTotalEffect])');
    await header.waitFor();
    for (const [order, top] of [
      ['other', ['L3H1@14->2', 'E@2']],
      ['descending', ['L3H1@14->2', 'E@2']],
      ['ascending', ['L3H2@14->4', 'L3.b_out@14']],
    ] as const) {
      await header.locator('button').click();
      await hasAttribute(header, 'aria-sort', order);
      await eventuallyEqual(async () => (await names(opened)).slice(0, 2), [...top]);
    }
  });

  it('is filtered and grouped, and says when nothing passes', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#nodes tbody tr').first().waitFor();
    await choose(opened, 'kind', 'Heads');
    await eventuallyEqual(async () => (await names(opened)).length, 5);
    await choose(opened, 'layer', 'Layer 3');
    await eventuallyEqual(async () => (await names(opened)).length, 3);
    await choose(opened, 'group', 'By head');
    await hasCount(page.locator('tr.group'), 3);
    await page.locator('tr.group').first().click();
    await hasCount(page.locator('tr.group').first().locator('.codicon-chevron-right'), 1);
    await fill(opened, 'find', 'nobody');
    await page.locator('#clear-filter').click();
    await page.locator('tr[data-key="E@2"]').waitFor();
  });

  it(`keeps at most ${MOST_ROWS} rows of ${LARGE_ROWS} in the document while it is scrolled`, async () => {
    const opened = await browser.open({ scenario: 'large' });
    const { page } = opened;
    await page.locator('#nodes tbody tr.choice').first().waitFor();
    const most = await page.locator('.virtual-scroll').evaluate(async (scroller) => {
      let rows = 0;
      const height = scroller.scrollHeight - scroller.clientHeight;
      for (let step = 0; step <= 60; step++) {
        scroller.scrollTop = (height * step) / 60;
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        rows = Math.max(rows, document.querySelectorAll('tr').length);
      }
      return rows;
    });
    assert.ok(most > 30 && most <= MOST_ROWS, `${most} rows`);
    const last = page.locator(`#nodes tr[data-index="${LARGE_ROWS - 1}"]`);
    await hasAttribute(last, 'aria-rowindex', String(LARGE_ROWS + 1));
    await hasAttribute(page.locator('.virtual-scroll'), 'aria-rowcount', String(LARGE_ROWS + 1));
  });

  it('is walked by the keyboard to its far end and back', async () => {
    const opened = await browser.open({ scenario: 'large' });
    const { page } = opened;
    await page.locator('#nodes tbody tr.choice').first().waitFor();
    await page.locator('.virtual-scroll').focus();
    const table = page.locator('.virtual-scroll');
    await page.keyboard.press('End');
    await page.locator(`#nodes-row-${LARGE_ROWS - 1}.active`).waitFor();
    await hasAttribute(table, 'aria-activedescendant', `nodes-row-${LARGE_ROWS - 1}`);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.locator('#nodes-row-1.active').waitFor();
    await hasAttribute(table, 'aria-activedescendant', 'nodes-row-1');
  });

  it('shows left, right and the difference when there are two sides', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const direct = async (): Promise<string | undefined> => (await cells(opened, 'L3H1@14->2'))[5];
    await eventuallyEqual(direct, '+2.31');
    await choose(opened, 'side', 'Without edits');
    await eventuallyEqual(direct, '+1.16');
    await choose(opened, 'side', 'Difference');
    await eventuallyEqual(direct, '+1.16');
    await hasText(opened.page.locator('.headline'), /\+1\.31 with edits, \+3\.42 without, at/u);
  });

  it('is copied and exported as it is shown', async () => {
    const opened = await browser.open();
    const { page, calls } = opened;
    await measured(opened, 11);
    await choose(opened, 'kind', 'Embeddings');
    await eventuallyEqual(() => names(opened), ['E@2']);
    await page.locator('#button-copy').click();
    await page.locator('#button-table').click();
    await page.locator('#button-json').click();
    await eventually(
      async () => (await calls('clipboard/write')) as { text: string }[],
      ([copied]) => assert.equal(copied?.text.split('\n').length, 2),
    );
    const [csv, json] = await eventually(
      async () => (await calls('file/export')) as { name: string; text: string }[],
      (files) => assert.equal(files.length, 2),
    );
    assert.equal(csv?.name, 'nodes.csv');
    assert.equal(
      csv?.text,
      'name,kind,layer,position,source,words,wordsBy,score,isPattern,stale,activation,writeMagnitude,directEffect,estimatedTotalEffect,measuredTotalEffect\r\n' +
        'E@2,embedding,,2,,,,,,,1,1.7,0.21,1.9,1.84\r\n',
    );
    const whole = JSON.parse(json?.text ?? '{}') as {
      version: number;
      sumCheck: { direct: number };
      nodes: unknown[];
    };
    assert.deepEqual([whole.version, whole.sumCheck.direct, whole.nodes.length], [1, 3.42, 11]);
  });
});

async function measured({ page }: DebugPage, rows: number): Promise<void> {
  await page.locator('#nodes tbody tr.choice').first().waitFor();
  await page.waitForFunction(
    (count) =>
      document.querySelectorAll('#nodes tbody td.col-measured .bar').length >= count &&
      document.querySelectorAll('#nodes tbody [aria-label="not measured"]').length === 0,
    rows,
  );
}

async function cells({ page }: DebugPage, name: string): Promise<readonly string[]> {
  const row = page.locator(`tr[data-key="${name}"] td`);
  await row.first().waitFor();
  return (await row.allInnerTexts()).map(tidy);
}

async function hasCells(opened: DebugPage, name: string, expected: readonly string[]): Promise<void> {
  await eventuallyEqual(() => cells(opened, name), [...expected]);
}

async function names({ page }: DebugPage): Promise<readonly string[]> {
  return page
    .locator('#nodes tbody tr:not(.group)[data-key]')
    .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['key'] ?? ''));
}

async function choose({ page }: DebugPage, id: string, label: string): Promise<void> {
  await page.locator(`#${id}`).click();
  await page.locator(`#${id} .option`, { hasText: label }).first().click();
}

async function fill({ page }: DebugPage, id: string, value: string): Promise<void> {
  await page.locator(`#${id} input`).fill(value);
  await page.locator(`#${id} input`).press('Enter');
}
