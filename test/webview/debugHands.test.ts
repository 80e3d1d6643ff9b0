import assert from 'node:assert/strict';
import type { ExperimentDraft } from '../../src/protocol/debugViewContract.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startDebugBrowser, type DebugBrowser, type DebugPage } from './support/openDebug.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts, hasValue } from './support/see.ts';

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
    await hasTexts(page.locator('.votes tr'), [
      'Up-votes ·Mary ·Maria ·Marie ·she',
      'Down-votes ·John ·he ·him',
      'Excited by, query ·to ·for',
      'Excited by, key ·Mary ·Anna',
    ]);
    await hasText(page.locator('.sources tbody tr').first(), /2 ·Mary 62\.0/u);
  });

  it('A ablates, as an edit that outlives a change of the text', async () => {
    const opened = await onTable();
    await opened.page.keyboard.press('a');
    await drafted(opened, [{ edits: ['L3H1@" to"#2->" Mary"#1 zero'] }]);
    await hasText(opened.page.locator('.edit-text'), 'L3H1@" to"#2->" Mary"#1 zero');
  });

  it('A keeps the place where the row was, and says where the edit went', async () => {
    const opened = await browser.open({ scenario: 'large' });
    const { page } = opened;
    const top = page.locator('#nodes-row-0');
    await top.waitFor();
    const key = await top.getAttribute('data-key');
    assert.ok(key !== null);
    const scroller = page.locator('.virtual-scroll');
    await scroller.focus();
    await page.keyboard.press('Enter');
    await page.locator(`tr.selected[data-key="${key}"]`).waitFor();
    await page.keyboard.press('a');
    await opened.host((fake) => fake.setDebug('ablated'), null);
    await hasCount(page.locator(`tr[data-key="${key}"]`), 0);
    await page.locator('#nodes-row-0.active').waitFor();
    assert.equal(await scroller.evaluate(({ scrollTop }) => scrollTop), 0);
  });

  it('an edit of a row is told, and a link goes to it', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.keyboard.press('a');
    await hasText(page.locator('#ablated'), 'Now an edit: L3H1@" to"#2->" Mary"#1 zero Show it below');
    await page.locator('#ablated .link').click();
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    await eventuallyEqual(focused, 'L3H1@" to"#2->" Mary"#1 zero, on');
    await page.locator('#edit-remove-0').click();
    await hasText(page.locator('#ablated'), '');
  });

  it('T traces upstream, Esc goes back, and the trail has forward', async () => {
    const opened = await onTable();
    const { page } = opened;
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('t');
    await hasTexts(page.locator('.crumb'), ['Logit difference', 'L2N377@14']);
    await page.locator('.headline .title', { hasText: 'score of L2N377@14' }).waitFor();
    await page.locator('.virtual-scroll').focus();
    await page.keyboard.press('Escape');
    await page.locator('.crumb[aria-current=step]', { hasText: 'Logit difference' }).waitFor();
    await page.locator('#button-arrow-right').click();
    await page.locator('.crumb[aria-current=step]', { hasText: 'L2N377@14' }).waitFor();
    const steps = async (): Promise<readonly (string | null)[]> => {
      const tables = (await opened.calls('debug/table')) as { step: { at: string } | null }[];
      return tables.map(({ step }) => step?.at ?? null);
    };
    await eventuallyEqual(steps, [null, 'L2N377@14', null, 'L2N377@14']);
  });

  it('T on a head offers query, key, both and value; a value goes towards what is traced', async () => {
    const opened = await onTable();
    const { page } = opened;
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('t');
    await page.locator('.headline .title', { hasText: 'score of L2N377@14' }).waitFor();
    await page.locator('tr[data-key="L3H1@14->2"]').click();
    await page.locator('#trace-value').click();
    await page.locator('.crumb', { hasText: 'L3H1.v@14→2 towards L2N377@14' }).waitFor();
    await eventuallyEqual(
      async () => ((await opened.calls('debug/table')) as { step: unknown }[]).at(-1)?.step,
      { at: 'L3H1.v@14->2', via: 'L2N377@14' },
    );
  });

  it('O opens the page of the unit, P pins the row on top', async () => {
    const opened = await onTable();
    const { page } = opened;
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('o');
    await hasCalls(opened, 'unit/open', [{ unit: 'L3H3', position: 14 }]);
    await page.keyboard.press('End');
    await page.keyboard.press('p');
    await page.locator('#nodes-row-0.pinned').waitFor();
    await hasAttribute(page.locator('#nodes-row-0'), 'data-key', 'L1H2@10->4');
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
    await hasCalls(opened, 'selection/set', [{ position: 4 }]);
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
    const [first, second] = ['L3H1@" to"#2 zero', 'L2N377@* mean'];
    const edits = [[first, second], [second, first], [first], [second, first]];
    await eventuallyEqual(async () => (await drafts(opened)).map((draft) => draft.edits), edits);
    await page.locator('#save-edits').click();
    await hasCalls(opened, 'prompt/save', [{}]);
  });

  it('a typed edit is checked by the host before it is added', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const { page } = opened;
    await page.locator('#edit-field').fill('L3H1@last zap');
    await page.locator('#edit-problem', { hasText: '"zap" is not a kind of edit' }).waitFor();
    await hasText(page.locator('#edit-problem u'), 'zap');
    await page.locator('#edit-field').press('Enter');
    await page.locator('#edit-field').fill('E@2 zero');
    await page.locator('#edit-field').press('Enter');
    await page.locator('.edit-text', { hasText: 'E@2 zero' }).waitFor();
    await eventually(
      () => drafts(opened),
      (all) => assert.deepEqual([all.length, all[0]?.edits?.at(-1)], [1, 'E@2 zero']),
    );
    await hasValue(page.locator('#edit-field'), '');
  });

  it('what is typed while an edit is checked stays', async () => {
    const { page, host } = await browser.open({ scenario: 'edited' });
    const field = page.locator('#edit-field');
    await field.fill('E@2 zero');
    await host((fake) => fake.hold('edit/check'), null);
    await field.press('Enter');
    await eventuallyEqual(() => host((fake) => fake.held('edit/check'), null), 1);
    await field.fill('E@3 zero');
    await host((fake) => fake.release('edit/check'), null);
    await page.locator('.edit-text', { hasText: 'E@2 zero' }).waitFor();
    await hasValue(field, 'E@3 zero');
  });

  it('Run is the button to press only when something has changed', async () => {
    const { page, host } = await browser.open({ scenario: 'edited' });
    await page.locator('#run[secondary]').waitFor();
    await host((fake) => fake.setDebug('stale'), null);
    await page.locator('#run:not([secondary])').waitFor();
  });

  it('a corrupted prompt that is being typed is not overwritten by the file', async () => {
    const { page, host } = await browser.open({ scenario: 'corrupted' });
    await page.locator('#tab-prompts').click();
    const field = page.locator('#corrupted');
    await hasValue(field, 'When Mary and John went to the store, Mary gave a drink to');
    await field.fill('When Anna');
    await host((fake) => fake.setDebug('ioi'), null);
    await page.locator('#tab-prompts[aria-selected=true]').waitFor();
    await page.locator('.actions', { hasText: 'Type a corrupted prompt to compare' }).waitFor();
    await hasValue(field, 'When Anna');
  });

  it('the run before and after edits stand side by side, and so do their continuations', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const { page } = opened;
    await hasText(page.locator('.before-after'), '+3.42 → +1.31');
    await page.locator('#continue-sampled').click();
    await page.locator('#continued-right', { hasText: 'John. He was glad.' }).waitFor();
    await hasCalls(opened, 'debug/continue', [{ debugId: 'd-edited', max: 24, temperature: 1, seed: 7 }]);
  });
});

async function onTable(): Promise<DebugPage> {
  const opened = await browser.open();
  await opened.page.locator('#nodes tbody tr.choice').first().waitFor();
  await opened.page.locator('.virtual-scroll').focus();
  return opened;
}

async function drafted(opened: DebugPage, expected: readonly ExperimentDraft[]): Promise<void> {
  await eventuallyEqual(() => drafts(opened), expected);
}

async function drafts({ calls }: DebugPage): Promise<readonly ExperimentDraft[]> {
  return ((await calls('draft/set')) as { draft: ExperimentDraft }[]).map(({ draft }) => draft);
}
