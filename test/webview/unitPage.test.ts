import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startUnitBrowser, type UnitBrowser, type UnitPage } from './support/openUnit.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts } from './support/see.ts';
import { EVIL } from './support/unitFixtures.ts';

let browser: UnitBrowser;

describe('what the unit page shows', () => {
  before(async () => {
    browser = await startUnitBrowser();
  });
  after(() => browser.stop());

  it('one sentence with numbers says what the unit does', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('#unit-id'), '3-res/412');
    await hasText(
      page.locator('.headline'),
      'fires on female names after "gave … to" r 0.72 · summary · active on 1.2 % of 102,400 tokens, up to 8.31 on ·Mary',
    );
    await hasText(page.locator('.index-line'), /held-out text .* 102,400 tokens in 1,600 windows/u);
  });

  it('what its HTML holds is shown before the host answers anything, and is not asked for', async () => {
    const opened = await browser.open({ scenario: 'written' });
    const { page, calls, host, complaints } = opened;
    await hasText(page.locator('.headline'), /^fires on female names after "gave … to" r 0.72/u);
    await hasText(page.locator('.group h3').first(), 'Top activations 5 of 20 kept');
    const strongest = page.locator('#windows-top-0 .tok.marked').first();
    await hasText(strongest, '·Mary');
    await strongest.hover();
    await hasText(page.locator('.tip'), /^·Mary position 15 activation 8\.31$/u);
    await hasCount(page.locator('[data-set=random] ug-window'), 3);
    assert.deepEqual(await calls('explain/list'), []);
    const sets = async (): Promise<unknown[]> =>
      (await calls('unit/examples')).map((asked) => (asked as { set: string }).set);
    assert.deepEqual((await sets()).toSorted(), ['imported', 'quantile', 'random']);
    assert.deepEqual(await calls('view/ready'), [{ persisted: null }]);
    assert.deepEqual(complaints, []);

    // What comes after is followed as on any page.
    await page.locator('#more-top').click();
    await hasText(page.locator('.group h3').first(), 'Top activations 20 of 20 kept');
    await host((fake) => fake.made('3-res/412', 'e-summary'), null);
    await eventuallyEqual(async () => (await calls('explain/list')).length, 1);
  });

  it('a page that VS Code shows once more asks for what is true by then', async () => {
    const { page, host, calls } = await browser.open({ scenario: 'written' });
    await hasCount(page.locator('[data-set=random] ug-window'), 3);
    await page.locator('#button-chevron-right').click();
    await hasText(page.locator('#unit-id'), '3-res/413');
    const kept = await host((fake) => (fake.state as { unit: string }).unit, null);
    assert.equal(kept, '3-res/413');
    await page.reload();
    await hasCount(page.locator('[data-set=random] ug-window'), 3);
    assert.equal((await calls('explain/list')).length, 1, 'nothing of the HTML is used');
  });

  it('examples are heat maps by strength: top, each quantile, random', async () => {
    const { page } = await browser.open({ theme: 'dark' });
    await hasTexts(page.locator('.group h3'), [
      'Top activations 5 of 20 kept',
      '4.2 to 8.3 (0.3 % of windows) 2 of 5 kept',
      '2.1 to 4.2 (1 % of windows) 2 of 5 kept',
      'Random windows 3 of 20 kept',
    ]);
    const strongest = page.locator('#windows-top-0 .tok.marked').first();
    await hasText(strongest, '·Mary');
    await eventuallyEqual(
      () => strongest.evaluate((token) => getComputedStyle(token).backgroundColor),
      'rgba(245, 166, 35, 0.62)',
    );
    await strongest.hover();
    await hasText(page.locator('.tip'), /^·Mary position 15 activation 8\.31$/u);
    await page.locator('#more-top').click();
    await hasText(page.locator('.group h3').first(), 'Top activations 20 of 20 kept');
  });

  it('hundreds of windows scroll with a bounded document', async () => {
    const opened = await browser.open({ scenario: 'many' });
    const { page } = opened;
    await page.locator('#all-top').click();
    await hasText(page.locator('.group h3').first(), 'Top activations 600 of 600 kept');
    const rows = page.locator('#windows-top-0 .tall-row');
    for (const share of [0.5, 1, 0.25]) {
      await page.locator('#windows-top-0 .tall-scroll').evaluate((box, at) => {
        box.scrollTop = box.scrollHeight * at;
      }, share);
      await eventually(
        async () => [await rows.count(), Number(await rows.last().getAttribute('data-index'))] as const,
        ([count, last]) => {
          assert.ok(count <= 40, `${count} rows are drawn`);
          assert.ok(Math.abs(last / 600 - share) < 0.12, `row ${last} is the last one at ${share}`);
        },
      );
    }
    assert.deepEqual(opened.complaints, []);
  });

  it('of a head, a token under the focus shows its own pairs', async () => {
    const { page } = await browser.open({ scenario: 'head' });
    await hasText(page.locator('.headline'), /pairs, up to 8\.31 from ·Mary to ·Mary$/u);
    const tokens = page.locator('#windows-top-0 .tall-row').first().locator('.tok');
    const line = (at: number): Promise<string> =>
      tokens.nth(at).evaluate((token) => getComputedStyle(token).borderBottomStyle);
    await eventuallyEqual(() => line(2), 'dashed');
    await tokens.nth(15).focus();
    await hasText(page.locator('.tip'), /to ·Mary @2 8\.31/u);
    await eventuallyEqual(
      async () => [await line(2), await line(15), await line(6)],
      ['dashed', 'dashed', 'none'],
    );
    await page.locator('#tab-weights').click();
    await hasText(page.locator('#behaviour tr').nth(1), 'Duplicate token 0.610');
    await hasText(page.locator('#pairs tbody tr').first(), '·to ·Mary 3.20 41');
  });

  it('statistics: histogram with a table behind it, moments of both kinds', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-statistics').click();
    await hasAttribute(
      page.locator('#activation-histogram canvas'),
      'aria-label',
      /logarithmic scale: \d+ tokens between 0 and 8\.40/u,
    );
    await hasText(page.locator('#moments tbody tr').nth(2), 'Skewness 12.4 12.6');
    await page.locator('#activation-histogram .link').click();
    await hasCount(page.locator('#activation-histogram tbody tr'), 42);
  });

  it('weights: tokens both ways, and related units that open', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#tab-weights').click();
    await hasText(page.locator('.output-tokens tbody tr').first(), '·Mary +2.40');
    await hasText(page.locator('.output-tokens table').nth(1).locator('tbody tr').first(), '·John -1.90');
    for (const [list, text] of [
      ['upstream', 'verbs of giving score 0.71'],
      ['downstream', 'end of an indirect-object sentence score 0.52, stale'],
      ['coactive', 'any token after “gave” pattern 0.23'],
      ['cosine', 'names seen once so far F1 0.84'],
    ])
      await hasText(page.locator(`[data-list=${list}] .related-words`).first(), text ?? '');
    await page.locator('[data-list=upstream] button').first().click();
    await hasCalls(opened, 'unit/open', [{ unit: 'L2N377' }]);
  });

  it('effects of removing a latent, by token', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#tab-effects').click();
    await hasText(page.locator('#votes h3'), /^Next tokens after ·thanked position 19/u);
    await page.locator('.effect-row').nth(1).locator('.tok').nth(3).click();
    await hasText(page.locator('#votes h3'), /^Next tokens after ·and position 3/u);
    await hasText(page.locator('#votes tbody tr').nth(2), '·her3 +1.76 +18 %');
    await hasText(page.locator('.by-probability tbody tr').nth(0), '·Mary +1.20 +12 %');
    await hasText(
      page.locator('.by-probability table').nth(1).locator('tbody tr').first(),
      '·John -0.400 -4.0 %',
    );
    await hasCalls(opened, 'unit/effects', [{ sequence: 0, text: null, k: 8 }]);
  });

  it('texts are texts, whatever they look like', async () => {
    const opened = await browser.open({ scenario: 'evil' });
    const { page } = opened;
    await page.locator('#windows-top-0 .tok').first().waitFor();
    await hasText(page.locator('#windows-top-0 .tok').nth(3), EVIL.replaceAll(' ', '·'));
    await hasText(page.locator('.headline b').first(), EVIL);
    await hasCount(page.locator('img'), 0);
    assert.deepEqual(opened.complaints, []);
  });

  it('breaks no rule of its policy in any case, tab and theme', async () => {
    for (const theme of ['dark', 'light', 'hc-black'] as const) {
      const opened = await browser.open({ theme, scenario: 'language' });
      await openAll(opened);
      assert.deepEqual(await opened.calls('view/violation'), []);
      assert.deepEqual(opened.complaints, []);
      assert.deepEqual(
        opened.requested.filter((url) => !url.startsWith(browser.origin) && !url.startsWith('data:')),
        [],
      );
    }
  });
});

async function openAll({ page }: UnitPage): Promise<void> {
  await page.locator('.explanation[data-id=e-gpt] .said-words').click();
  await page.locator('#scored-windows .tok').first().waitFor();
  for (const tab of ['statistics', 'weights', 'effects', 'test', 'examples']) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#pane[data-tab=${tab}]`).waitFor();
  }
  await page.locator('.call summary').first().click();
  await page.locator('#windows-top-0 .tok').nth(3).hover();
  await page.locator('.tip').waitFor();
}
