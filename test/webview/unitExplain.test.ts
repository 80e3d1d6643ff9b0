import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startUnitBrowser, type UnitBrowser, type UnitPage } from './support/openUnit.ts';
import { hasAttribute, hasCount, hasText, hasTexts, hasValue } from './support/see.ts';

let browser: UnitBrowser;

describe('explanations on the unit page', () => {
  before(async () => {
    browser = await startUnitBrowser();
  });
  after(() => browser.stop());

  it('lists who said what, with the score of whatever was scored', async () => {
    const { page } = await browser.open();
    await hasTexts(page.locator('.explanation .said-words'), [
      'female names after "gave … to"',
      'fires on female names after "gave … to"',
      '(gave|handed) … to [name]',
      'names of women who are given something',
    ]);
    await hasTexts(page.locator('.said-score'), [
      'F1 0.84',
      'r 0.72 0.64 to 0.78',
      'pattern r 0.91 0.83 to 0.97',
      'r 0.72 0.64 to 0.78',
    ]);
    await hasText(
      page.locator('[data-id=e-gpt] .said-by'),
      'gpt-4o · scored by gpt-4o stale It was scored on another index.',
    );
    // A pattern never speaks for words, whatever its score.
    await hasText(page.locator('.headline b').first(), 'fires on female names after "gave … to"');
  });

  it('explains offline at once, and shows how far it is', async () => {
    const { page, host, calls } = await browser.open({ scenario: 'unexplained' });
    await hasText(page.locator('.explanations .nothing'), /Nobody has explained this unit/u);
    await host((fake) => fake.hold('explain/unit'), null);
    await choose(page, 0);
    await hasText(page.locator('.explaining .job'), /Summarising…/u);
    await host((fake) => fake.progress(4), null);
    await hasText(page.locator('.explaining .job'), /Summarising: 4 of 12 windows/u);
    await hasAttribute(page.locator('.explaining progress'), 'value', '4');
    await host((fake) => fake.release('explain/unit'), null);
    await hasCount(page.locator('.explanation'), 1);
    await hasAttribute(page.locator('.explanation .said-words'), 'aria-expanded', 'true');
    assert.deepEqual(await calls('explain/estimate'), []);
  });

  it('shows the evidence of words that a command made, and none of another unit', async () => {
    const { page, host } = await browser.open();
    await page.locator('[data-id=e-summary]').waitFor();
    await host((fake) => fake.made('L0N1', 'e-gpt'), null);
    await host((fake) => fake.made('3-res/412', 'e-summary'), null);
    await hasAttribute(page.locator('[data-id=e-summary] .said-words'), 'aria-expanded', 'true');
    await hasAttribute(page.locator('[data-id=e-gpt] .said-words'), 'aria-expanded', 'false');
  });

  it('what is under way can be cancelled, and a late answer changes nothing', async () => {
    const { page, host } = await browser.open({ scenario: 'unexplained' });
    await host((fake) => fake.hold('explain/unit'), null);
    await choose(page, 1);
    await page.locator('#explain-cancel').click();
    await hasCount(page.locator('.explaining .job'), 0);
    await host((fake) => fake.release('explain/unit'), null);
    await hasCount(page.locator('.evidence'), 0);
    await hasCount(page.locator('.notice.error'), 0);
  });

  it('a language model is asked only after its cost was read', async () => {
    const { page, calls } = await browser.open({ scenario: 'language' });
    await choose(page, 3);
    await hasText(
      page.locator('.estimate p'),
      /About 12 requests with 18,400 tokens, and 2,100 tokens of replies.*go to gpt-4o at api\.openai\.com/u,
    );
    assert.deepEqual(await calls('explain/unit'), []);
    await page.locator('#confirm').click();
    const asked = await eventually(
      () => calls('explain/unit'),
      (all) => assert.equal(all.length, 1),
    );
    const { options } = asked[0] as { options: { explainer: unknown; useLanguage: boolean } };
    assert.deepEqual(options.explainer, { kind: 'language', samples: 1 });
    assert.equal(options.useLanguage, true);
  });

  it('a failure says what, and what next', async () => {
    const { page, host, calls } = await browser.open({ scenario: 'language' });
    await host((fake) => fake.fail('explain/unit', 'language/rate-limited'), null);
    await choose(page, 3);
    await page.locator('#confirm').click();
    await hasText(
      page.locator('.explaining .notice.error p'),
      /explain\/unit failed as the test asked\. \S+/u,
    );
    await page.locator('#choose-model').click();
    await eventuallyEqual(() => calls('command/run'), [{ command: 'chooseLanguageModel' }]);
  });

  it("one's own words are kept over a reload and scored by the same bench", async () => {
    const { page, calls } = await browser.open();
    await page.locator('#own-words').fill('names of women');
    await page.reload();
    await hasValue(page.locator('#own-words'), 'names of women');
    await page.locator('#own-words').press('Enter');
    await hasText(page.locator('.explanation[data-id=e-own] .said-score'), 'r 0.55');
    const [asked] = (await calls('explain/unit')) as {
      options: { explainer: unknown; useLanguage: boolean };
    }[];
    assert.deepEqual(asked?.options.explainer, { kind: 'human', words: 'names of women' });
    assert.equal(asked?.options.useLanguage, false);
  });

  it('the game hides the words of all others until the answer is scored', async () => {
    const { page } = await browser.open();
    await page.locator('.explanation').first().waitFor();
    await page.locator('#game').click();
    await hasText(page.locator('.hidden-words'), '4 explanations are hidden until yours is scored.');
    const seen = await page.locator('main').innerText();
    assert.ok(!seen.includes('female names') && !seen.includes('names of women'), 'words of others are told');
    await page.locator('#own-words').fill('names');
    await page.locator('#score-own').click();
    await hasText(
      page.locator('.game-answer p'),
      'Yours: “names” 0.55. summary: “fires on female names after "gave … to"” 0.72.',
    );
    await hasCount(page.locator('.explanation'), 5);
  });

  it('the evidence: every score, windows real against simulated, failures, splits, what was sent', async () => {
    const { page, calls } = await browser.open({ width: 1300 });
    await page.locator('[data-id=e-gpt] .said-words').click();
    await hasText(page.locator('#scores tbody tr').first(), 'Correlation, top and random 0.72 0.64 to 0.78');
    await hasText(page.locator('#scores tbody tr').last(), 'Ablation, random only – not defined');
    await hasText(page.locator('.failures li'), 'window 7: The reply had 31 tokens for a window of 30.');
    await hasTexts(page.locator('.splits td.num'), ['8', '2', '10']);
    await hasText(page.locator('.splits tr').first(), 'Explained seen by the explainer: 5 top, 3 random 8');
    await hasText(page.locator('.splits tr').nth(1), /linear: 0\.840 × simulated − 0\.0200/u);
    const first = page.locator('#scored-windows .tall-row').first();
    await hasCount(first.locator('ug-window'), 1);
    await hasText(first.locator('.strongest'), 'r 0.90');
    await page.locator('#overlay').click();
    await hasCount(first.locator('ug-window'), 2);
    await page.locator('.call summary').first().click();
    await hasText(
      page.locator('.call pre').nth(1),
      /Neuron 1 <start> Mary 10 <img src=x onerror=alert\(1\)> 0 <end>/u,
    );
    const [side, list] = [
      await page.locator('.evidence').boundingBox(),
      await page.locator('.saying').boundingBox(),
    ];
    assert.ok((side?.x ?? 0) > (list?.x ?? 0) + 300, 'the evidence stands beside');
    await page.locator('#export-evidence').click();
    const exported = await eventually(
      () => calls('file/export'),
      (all) => assert.equal(all.length, 1),
    );
    const { name, text } = exported[0] as { name: string; text: string };
    assert.equal(name, '3-res-412-gpt-4o.json');
    assert.equal((JSON.parse(text) as { detail: { sequences: unknown[] } }).detail.sequences.length, 10);
    await page.reload();
    await hasText(page.locator('.evidence-words'), 'names of women who are given something');
  });

  it('scored again, revised, copied and removed', async () => {
    const { page, calls } = await browser.open();
    const row = page.locator('[data-id=e-summary]');
    await row.locator('[title="Score again"]').click();
    await eventually(
      () => calls('explain/unit'),
      ([first]) =>
        assert.deepEqual((first as { options: { explainer: unknown } }).options.explainer, {
          kind: 'record',
          id: 'e-summary',
        }),
    );
    await row.locator('[title="Revise with counter-examples"]').click();
    await hasText(
      page.locator('.revision p'),
      'The revision is kept: 0.50 before, 0.66 after, on held-out text. 1 of 2 made-up sentences went against the words.',
    );
    await row.locator('[title=Copy]').click();
    await eventuallyEqual(
      () => calls('clipboard/write'),
      [{ text: 'fires on female names after "gave … to"' }],
    );
    await row.locator('[title=Remove]').click();
    await hasCount(row, 0);
  });
});

async function choose(page: UnitPage['page'], item: number): Promise<void> {
  await page.locator('#explain-menu').click();
  await page.locator('.explanations vscode-context-menu-item').nth(item).click();
}
