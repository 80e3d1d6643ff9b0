import assert from 'node:assert/strict';
import type { ExperimentDraft } from '../../src/protocol/debugViewContract.ts';
import { startDebugBrowser, type DebugBrowser, type DebugPage } from './support/openDebug.ts';

let browser: DebugBrowser;

describe('the debug view by keyboard and pointer', () => {
  before(async () => {
    browser = await startDebugBrowser();
  });
  after(() => browser.stop());

  it('Enter shows a row: what it writes, what excites it, where it looks', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.keyboard.press('Enter');
    await page.locator('.votes').waitFor();
    const rows = (await page.locator('.votes tr').allInnerTexts()).map((row) =>
      row.replace(/\s+/gu, ' ').trim(),
    );
    assert.deepEqual(rows, [
      'Up-votes ·Mary ·Maria ·Marie ·she',
      'Down-votes ·John ·he ·him',
      'Excited by, query ·to ·for',
      'Excited by, key ·Mary ·Anna',
    ]);
    assert.match(await page.locator('.sources tbody tr').first().innerText(), /2\s+·Mary\s+62\.0/u);
  });

  it('A ablates, as an edit that outlives a change of the text', async () => {
    const opened = await onTable();
    await opened.page.keyboard.press('a');
    assert.deepEqual(await drafts(opened), [{ edits: ['L3H1@" to"#2->" Mary"#1 zero'] }]);
    assert.equal(await opened.page.locator('.edit-text').innerText(), 'L3H1@" to"#2->" Mary"#1 zero');
  });

  it('T traces upstream, Esc goes back, and the trail has forward', async () => {
    const opened = await onTable();
    const { page } = opened;
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('t');
    await page.locator('.crumbs').waitFor();
    assert.deepEqual(await page.locator('.crumb').allInnerTexts(), ['Logit difference', 'L2N377@14']);
    await page.locator('.headline .title', { hasText: 'score of L2N377@14' }).waitFor();
    await page.locator('.virtual-scroll').focus();
    await page.keyboard.press('Escape');
    await page.locator('.crumb[aria-current=step]', { hasText: 'Logit difference' }).waitFor();
    await page.locator('#button-arrow-right').click();
    await page.locator('.crumb[aria-current=step]', { hasText: 'L2N377@14' }).waitFor();
    const tables = (await opened.calls('debug/table')) as { step: { at: string } | null }[];
    assert.deepEqual(
      tables.map(({ step }) => step?.at ?? null),
      [null, 'L2N377@14', null, 'L2N377@14'],
    );
  });

  it('T on a head offers query, key, both and value; a value goes towards what is traced', async () => {
    const opened = await onTable();
    const { page } = opened;
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('t');
    await page.locator('.headline .title').waitFor();
    await page.locator('tr[data-key="L3H1@14->2"]').click();
    await page.locator('#trace-value').click();
    await page.locator('.crumb', { hasText: 'L3H1.v@14→2 towards L2N377@14' }).waitFor();
    const tables = (await opened.calls('debug/table')) as { step: unknown }[];
    assert.deepEqual(tables.at(-1)?.step, { at: 'L3H1.v@14->2', via: 'L2N377@14' });
  });

  it('O opens the page of the unit, P pins the row on top', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('o');
    assert.deepEqual(await opened.calls('unit/open'), [{ unit: 'L3H3', position: 14 }]);
    await page.keyboard.press('End');
    await page.keyboard.press('p');
    await page.locator('#nodes-row-0.pinned').waitFor();
    assert.equal(await page.locator('#nodes-row-0').getAttribute('data-key'), 'L1H2@10->4');
  });

  it('? shows the keys, digits choose the view, Esc closes', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.keyboard.press('?');
    await page.locator('dialog.keys[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog.keys').waitFor({ state: 'detached' });
    await page.keyboard.press('2');
    await page.locator('#candidates').waitFor();
    await page.keyboard.press('7');
    await page.locator('#sweep-run').waitFor();
  });

  it('shares the chosen token with everybody', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.locator('#tokens .tok').nth(4).click();
    assert.deepEqual(await opened.calls('selection/set'), [{ position: 4 }]);
    await opened.host((fake) => fake.select(2), null);
    await page.locator('#tokens .tok.selected[data-position="2"]').waitFor();
  });

  it('edits are switched, moved, removed and taken back', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const { page } = opened;
    await page.locator('.edit-list li').first().waitFor();
    await page.locator('.edit-list input').nth(1).click();
    await page.locator('#edit-down-0').click();
    await page.locator('#edit-remove-0').click();
    await page.locator('#button-discard').click();
    const last = (await drafts(opened)).map(({ edits }) => edits);
    const [first, second] = ['L3H1@" to"#2 zero', 'L2N377@* mean'];
    assert.deepEqual(last, [[first, second], [second, first], [first], [second, first]]);
    await page.locator('#save-edits').click();
    assert.deepEqual(await opened.calls('prompt/save'), [{}]);
  });

  it('a typed edit is checked by the host before it is added', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const { page } = opened;
    await page.locator('#edit-field').fill('L3H1@last zap');
    await page.locator('#edit-problem', { hasText: '"zap" is not a kind of edit' }).waitFor();
    assert.equal(await page.locator('#edit-problem u').innerText(), 'zap');
    await page.locator('#edit-field').press('Enter');
    assert.deepEqual(await drafts(opened), []);
    await page.locator('#edit-field').fill('E@2 zero');
    await page.locator('#edit-field').press('Enter');
    await page.locator('.edit-text', { hasText: 'E@2 zero' }).waitFor();
    assert.equal((await drafts(opened)).at(-1)?.edits?.at(-1), 'E@2 zero');
    assert.equal(await page.locator('#edit-field').inputValue(), '');
  });

  it('the run before and after edits stand side by side, and so do their continuations', async () => {
    const { page, calls } = await browser.open({ scenario: 'edited' });
    assert.equal((await page.locator('.before-after').innerText()).trim(), '+3.42 → +1.31');
    await page.locator('#continue-sampled').click();
    await page.locator('#continued-right', { hasText: 'John. He was glad.' }).waitFor();
    assert.deepEqual(await calls('debug/continue'), [
      { debugId: 'd-edited', max: 24, temperature: 1, seed: 7 },
    ]);
  });
});

async function onTable(): Promise<DebugPage> {
  const opened = await browser.open();
  await opened.page.locator('#nodes tbody tr.choice').first().waitFor();
  await opened.page.locator('.virtual-scroll').focus();
  return opened;
}

async function drafts({ calls }: DebugPage): Promise<readonly ExperimentDraft[]> {
  return ((await calls('draft/set')) as { draft: ExperimentDraft }[]).map(({ draft }) => draft);
}
