import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startReportBrowser, type ReportBrowser, type ReportPage } from './support/openReport.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts } from './support/see.ts';

let browser: ReportBrowser;

const CHECKED = ['strong', 'weak', 'logits', 'confidence'] as const;
type Rated = { cardId: string; rating: Record<(typeof CHECKED)[number], number> & { words: string } };
type Dealt = { families: string[]; count: number; seed: number };

describe('blind rating', () => {
  before(async () => {
    browser = await startReportBrowser();
  });
  after(() => browser.stop());

  it('draws from the families and as many cards as are chosen', async () => {
    const opened = await rateTab();
    const { page } = opened;
    await eventuallyEqual(() => checked(opened), ['3-mlp-neurons', '3-res']);
    await hasCount(page.locator('#setup input[value$=heads]'), 0);
    await page.locator('#setup input[value="2-res"]').check();
    await page.locator('#setup input[value="3-mlp-neurons"]').uncheck();
    await eventuallyEqual(() => checked(opened), ['2-res', '3-res']);
    await page.locator('#count').click();
    await page.locator('#count .option', { hasText: '5 cards' }).click();
    await page.locator('#deal').click();
    await hasText(page.locator('#progress'), '1 of 5');
    const [first] = (await opened.calls('rating/deal')) as Dealt[];
    assert.deepEqual([first?.families, first?.count], [['2-res', '3-res'], 5]);
  });

  it('the last family cannot be unchosen', async () => {
    const opened = await rateTab();
    await opened.page.locator('#setup input[value="3-mlp-neurons"]').uncheck();
    await eventuallyEqual(() => checked(opened), ['3-res']);
    await eventuallyEqual(() => opened.page.locator('#setup input[value="3-res"]').isDisabled(), true);
  });

  it('a card shows tokens by strength and votes, and nothing of what the unit is', async () => {
    const { page } = await onCard();
    await hasTexts(page.locator('.evidence h3'), [
      'Strongest',
      'Peaks of 3 to 4 of 10',
      'By chance',
      'Output tokens',
    ]);
    await hasAttribute(page.locator('.example .peak').first(), 'data-level', '10');
    await hasText(page.locator('.example').nth(1), /<b>letter<\/b>/u);
    await hasText(page.locator('.votes tr').first(), 'votes for ·Mary ·her ·she <i> ·Anna');
    const shown = await page.locator('#card').evaluate((card) => card.outerHTML);
    assert.doesNotMatch(shown, /secret|8\.31|0\.3 %|card \d|-0\.17|neuron|latent|3-res/u);
  });

  it('is rated by keys alone: words, points, save; then it is told what it was', async () => {
    const opened = await onCard();
    const { page } = opened;
    await eventuallyEqual(() => page.evaluate(() => document.activeElement?.id), 'words');
    await page.keyboard.type('names, after “to”');
    await page.keyboard.press('Enter');
    for (const [i, key] of ['3', '5', '2', '1'].entries()) {
      await focusedScale(opened, i);
      await page.keyboard.press(key);
    }
    await hasText(page.locator('#total'), '11 of 14 points');
    await page.keyboard.press('Control+Enter');
    await hasText(
      page.locator('.revealed span').first(),
      'That was L3N88, a neuron. You gave 11 of 14 points: “names, after “to””.',
    );
    await saved(opened, [{ confidence: 3, strong: 5, weak: 2, logits: 1, words: 'names, after “to”' }]);
    await hasText(page.locator('#progress'), '2 of 10');
    await eventuallyEqual(() => page.locator('#words').inputValue(), '');
    await hasCount(page.locator('.point[aria-checked=true]'), 0);
    await page.locator('#open-rated').click();
    await hasCalls(opened, 'unit/open', [{ unit: 'L3N88' }]);
  });

  it('arrows give points too, and points that the scale does not have are none', async () => {
    const { page } = await onCard();
    await page.locator('[data-scale=weak] [tabindex="0"]').focus();
    await page.keyboard.press('9');
    await page.keyboard.press('4');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await hasAttribute(page.locator('[data-scale=weak] [data-points="1"]'), 'aria-checked', 'true');
    await page.keyboard.press('ArrowLeft');
    await hasAttribute(page.locator('[data-scale=weak] [data-points="0"]'), 'aria-checked', 'true');
    await hasText(page.locator('#total'), 'Points for “Confidence” are missing');
  });

  it('nothing is saved before all points are given: the button goes to the scale that waits', async () => {
    const opened = await onCard();
    const { page } = opened;
    await page.locator('[data-scale=confidence] [data-points="2"]').click();
    await page.locator('#save').click();
    await focusedScale(opened, 1);
    await page.keyboard.press('Control+Enter');
    assert.deepEqual(await opened.calls('rating/save'), []);
    await hasText(page.locator('#progress'), '1 of 10');
  });

  it('skips by button and key, and ends', async () => {
    const opened = await onCard();
    const { page } = opened;
    await page.locator('#skip').click();
    await hasText(page.locator('#progress'), '2 of 10');
    await page.locator('[data-scale=weak] [tabindex="0"]').focus();
    await page.keyboard.press('s');
    await hasText(page.locator('#progress'), '3 of 10');
    await page.locator('#end').click();
    await page.locator('#setup').waitFor();
    assert.deepEqual(await opened.calls('rating/save'), []);
  });

  it('nothing typed is lost on a reload: the same cards, the same place, words and points', async () => {
    const opened = await onCard();
    const { page } = opened;
    await page.locator('#skip').click();
    await hasText(page.locator('#progress'), '2 of 10');
    await page.locator('#words').fill('months <b>');
    await page.locator('[data-scale=strong] [data-points="4"]').click();
    const [before] = (await opened.calls('rating/deal')) as Dealt[];
    await page.reload();
    await hasText(page.locator('#progress'), '2 of 10');
    await eventuallyEqual(() => page.locator('#words').inputValue(), 'months <b>');
    await hasAttribute(page.locator('[data-scale=strong] [data-points="4"]'), 'aria-checked', 'true');
    await hasCalls(opened, 'rating/deal', [before]);
  });

  it('an engine that was started again knows the card after another deal', async () => {
    const opened = await onCard();
    const { page, host } = opened;
    await givePoints(opened);
    await host((fake) => fake.forgetCards(), null);
    await page.locator('#save').click();
    await page.locator('.revealed').waitFor();
    const cards = ((await opened.calls('rating/save')) as Rated[]).map(({ cardId }) => cardId);
    assert.deepEqual(cards, ['card 1.0', 'card 2.0']);
  });

  it('a rating that cannot be saved stays, with Retry', async () => {
    const opened = await onCard();
    const { page, host } = opened;
    await givePoints(opened);
    await page.locator('#words').fill('kept');
    await host((fake) => fake.fail('rating/save', 'file/not-found'), null);
    await page.locator('#save').click();
    await hasText(page.locator('.notice.error p'), /rating\/save failed/u);
    await eventuallyEqual(() => page.locator('#words').inputValue(), 'kept');
    await host((fake) => fake.fail('rating/save', null), null);
    await page.locator('.notice .button', { hasText: 'Retry' }).click();
    await page.locator('.revealed').waitFor();
    await hasCount(page.locator('.notice.error'), 0);
  });

  it('ends with the distributions by kind, which hold the new ratings', async () => {
    const opened = await rateTab();
    const { page } = opened;
    await hasTexts(page.locator('#ratings tbody tr'), ['3-mlp-neurons 9 3', '3-res 10 11']);
    await hasAttribute(
      page.locator('#ratings canvas'),
      'aria-label',
      /^Units by points: 10 latents \(2 with 8, 5 with 11, 3 with 13\), 9 neurons/u,
    );
    await page.locator('#count').click();
    await page.locator('#count .option', { hasText: '5 cards' }).click();
    await page.locator('#deal').click();
    for (let card = 1; card <= 5; card++) {
      await hasText(page.locator('#progress'), `${card} of 5`);
      if (card > 2) await page.locator('#skip').click();
      else {
        await givePoints(opened);
        await page.locator('#save').click();
      }
    }
    await hasText(page.locator('#through p'), 'All 5 cards are through, 2 rated.');
    await hasTexts(page.locator('#ratings tbody tr'), ['3-mlp-neurons 9 3', '3-res 12 11']);
    await page.locator('#deal-again').click();
    await page.locator('#setup').waitFor();
  });
});

async function rateTab(): Promise<ReportPage> {
  const opened = await browser.open();
  await opened.page.locator('#tab-rate').click();
  await opened.page.locator('#setup').waitFor();
  return opened;
}

async function onCard(): Promise<ReportPage> {
  const opened = await rateTab();
  await opened.page.locator('#deal').click();
  await hasText(opened.page.locator('#progress'), '1 of 10');
  return opened;
}

function checked({ page }: ReportPage): Promise<readonly string[]> {
  return page
    .locator('#setup input')
    .evaluateAll((all) =>
      all
        .filter((each) => (each as HTMLInputElement).checked)
        .map((each) => (each as HTMLInputElement).value),
    );
}

async function givePoints({ page }: ReportPage): Promise<void> {
  for (const scale of CHECKED) await page.locator(`[data-scale=${scale}] [data-points="2"]`).click();
  await hasText(page.locator('#total'), '8 of 14 points');
}

/** Waits until the focus is in the nth scale. */
async function focusedScale({ page }: ReportPage, index: number): Promise<void> {
  const scales = ['confidence', 'strong', 'weak', 'logits'];
  await eventuallyEqual(
    () => page.evaluate(() => document.activeElement?.closest('[data-scale]')?.getAttribute('data-scale')),
    scales[index],
  );
}

async function saved({ calls }: ReportPage, ratings: readonly Rated['rating'][]): Promise<void> {
  await eventually(
    async () => (await calls('rating/save')) as Rated[],
    (all) =>
      assert.deepEqual(
        all.map(({ rating }) => rating),
        ratings,
      ),
  );
}
