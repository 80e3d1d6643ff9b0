import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startManyBrowser, type ManyBrowser, type ManyPage } from './support/openMany.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts } from './support/see.ts';

let browser: ManyBrowser;

describe('the view of many prompts', () => {
  before(async () => {
    browser = await startManyBrowser();
  });
  after(() => browser.stop());

  it('answers in one sentence, and lists means with their intervals, the largest first', async () => {
    const { page, complaints } = await browser.open();
    await hasText(
      page.locator('.headline'),
      'On average +3.50 logits, 95 % interval [+1.45, +5.55] over 4 prompts; 1 failed',
    );
    await hasTexts(page.locator('#means tbody .id'), [
      'L3H1@last',
      'L3N88@last',
      'L2H0@last',
      'L1H2@last',
      '3-mlp/7@last',
    ]);
    await hasText(page.locator('#means tbody .col-directEffect').first(), '+2.50 ± 0.20');
    assert.deepEqual(complaints, []);
  });

  it('sorts, filters by kind and layer and text, and says when nothing passes', async () => {
    const { page } = await browser.open();
    const names = page.locator('#means tbody .id');
    await page.locator('[data-sort=directEffect]').click();
    await hasAttribute(page.locator('#means th.col-directEffect'), 'aria-sort', 'descending');
    await eventuallyEqual(async () => (await names.allInnerTexts()).at(-1), 'L2H0@last');
    await page.locator('#find').locator('input').fill('L3');
    await page.locator('#find').locator('input').press('Enter');
    await hasTexts(names, ['L3H1@last', 'L3N88@last']);
    await page.locator('#find').locator('input').fill('nowhere');
    await page.locator('#find').locator('input').press('Enter');
    await hasText(page.locator('#means tfoot'), 'No row passes the filter.');
  });

  it('a row is followed through the prompts, by keyboard; Escape forgets it', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#means [role=grid]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await hasTexts(page.locator('#prompts th'), ['Prompt ▴', 'Result, logits', 'L3N88@last', 'State']);
    await hasCalls(opened, 'many/each', [{ key: 'L3N88@last', column: 'directEffect' }]);
    await hasText(page.locator('#prompts-row-1'), 'ioi/kate.prompt +3.50 +1.75');
    await page.keyboard.press('Escape');
    await hasCount(page.locator('#prompts th'), 3);
  });

  it('each prompt is a click away; one that failed says why', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await hasText(page.locator('.note.failed'), /^ioi\/wrong\.prompt No target token is given\. Name one/u);
    await page.locator('#prompts-row-2').click();
    await page.locator('.note.failed button').click();
    await hasCalls(opened, 'prompt/open', [
      { uri: 'file:///ioi/lucy.prompt' },
      { uri: 'file:///ioi/wrong.prompt' },
    ]);
  });

  it('runs with partial results, Cancel, and goes on where it stopped', async () => {
    const opened = await browser.open({ scenario: 'running' });
    const { page, host } = opened;
    await hasText(page.locator('.notice p'), 'Debugging ioi/kate.prompt, 1 of 5 are through…');
    await hasCount(page.locator('#means tbody tr.choice'), 5);
    await page.locator('#cancel').click();
    await host((fake) => fake.setMany('changed'), null);
    await hasText(page.locator('.notice p'), '1 prompt changed since; the means leave them out.');
    await page.locator('#run-rest').click();
    await commands(opened, ['cancel', 'run']);
  });

  it('sweeps: asked for, with progress and Cancel; measured stands beside the estimate', async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    await page.locator('#tab-sweep').click();
    await page.locator('#sweep-run', { hasText: 'Ablate one at a time in 4 prompts' }).click();
    await hasCalls(opened, 'many/sweep', [{ kind: 'heads', positions: 'last', layer: null }]);
    await host((fake) => fake.setMany('sweeping'), null);
    await hasText(page.locator('.job'), /1 of 4 prompts · ioi\/kate\.prompt, part 1 of 2/u);
    await page.locator('#sweep-cancel').click();
    await commands(opened, ['cancel']);
    await host((fake) => fake.setMany('swept'), null);
    await hasText(page.locator('#means tbody .col-measured').first(), '-1.30 ± 0.20');
    await page.locator('.note', { hasText: 'The engine was restarted.' }).waitFor();
    await page.locator('#tab-nodes').click();
    await hasCount(page.locator('#means .disagrees'), 2);
  });

  it('exports what is shown as CSV and JSON', async () => {
    const { page, calls } = await browser.open();
    await page.locator('#find').locator('input').fill('L3H1');
    await page.locator('#find').locator('input').press('Enter');
    await hasCount(page.locator('#means tbody tr.choice'), 1);
    await page.locator('#button-table').click();
    await page.locator('#button-json').click();
    await eventually(
      async () => (await calls('file/export')) as readonly { name: string; text: string }[],
      (files) => {
        assert.deepEqual(
          files.map(({ name }) => name),
          ['many-nodes.csv', 'many-nodes.json'],
        );
        assert.match(
          files[0]?.text ?? '',
          /^name,kind,layer,activation,activationLow.*\r\nL3H1@last,head,3,/u,
        );
        const json = JSON.parse(files[1]?.text ?? '') as { rows: unknown[]; prompts: unknown[] };
        assert.deepEqual([json.rows.length, json.prompts.length], [1, 5]);
      },
    );
  });

  it('says what to do when no prompt could be debugged', async () => {
    const { page } = await browser.open({ scenario: 'failed' });
    await hasText(page.locator('#panel .nothing'), 'No prompt could be debugged: see below.');
    await hasCount(page.locator('.note.failed'), 5);
  });

  it('how it is computed is chosen, kept over a reload, and run again', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#options summary').click();
    await page.locator('#frozen-scale').click();
    await hasCalls(opened, 'many/setOptions', [
      { options: { k: 200, saes: [], foldValueBiases: false, frozenScale: false } },
    ]);
    await page.locator('#tab-sweep').click();
    await page.reload();
    await hasAttribute(page.locator('#tab-sweep'), 'aria-selected', 'true');
  });

  it('fits a narrow side bar: nothing is wider than the page', async () => {
    const { page } = await browser.open({ width: 380 });
    await page.locator('#means tbody tr.choice').first().waitFor();
    const overflow = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
  });
});

async function commands({ calls }: ManyPage, expected: readonly string[]): Promise<void> {
  await eventuallyEqual(
    async () => ((await calls('command/run')) as { command: string }[]).map(({ command }) => command),
    [...expected],
  );
}
