import assert from 'node:assert/strict';
import { eventuallyEqual } from '../support/eventually.ts';
import { startUnitBrowser, type UnitBrowser } from './support/openUnit.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasValue } from './support/see.ts';
import type { UnitCase } from './support/unitFixtures.ts';

let browser: UnitBrowser;

describe('the unit page in the hand', () => {
  before(async () => {
    browser = await startUnitBrowser();
  });
  after(() => browser.stop());

  it('previous, next and pin by key and by button', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#windows-top-0 .tok').first().waitFor();
    await page.keyboard.press(']');
    await hasText(page.locator('#unit-id'), '3-res/413');
    await page.keyboard.press('[');
    await hasText(page.locator('#unit-id'), '3-res/412');
    await page.locator('#button-chevron-left').click();
    await hasText(page.locator('#unit-id'), '3-res/411');
    await page.keyboard.press('p');
    await hasAttribute(page.locator('#pin'), 'aria-pressed', 'true');
    await hasCalls(opened, 'unit/pin', [{ pinned: true }]);
  });

  it('goes to any form of id, and says what is no id', async () => {
    const { page } = await browser.open();
    await page.locator('#unit-id').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.type('nonsense');
    await page.keyboard.press('Enter');
    await hasText(page.locator('.note.problem'), '"nonsense" is not a unit id.');
    await page.locator('#go-to').locator('input').fill('attn_L3_1');
    await page.keyboard.press('Enter');
    await hasText(page.locator('#unit-id'), 'L3H1');
    await hasCount(page.locator('.note.problem'), 0);
    await hasCount(page.locator('#tab-effects'), 0);
  });

  it('tokens and windows are walked by keys', async () => {
    const { page } = await browser.open();
    await page.locator('#windows-top-0 .tok').first().waitFor();
    await page.keyboard.press('Escape');
    const focused = (): Promise<readonly [string, string]> =>
      page.evaluate(() => {
        const token = document.activeElement as HTMLElement;
        return [
          token.closest<HTMLElement>('.tall-row')?.dataset['index'] ?? '',
          token.dataset['position'] ?? '',
        ];
      });
    await eventuallyEqual(focused, ['0', '15']);
    await page.keyboard.press('ArrowLeft');
    await eventuallyEqual(focused, ['0', '14']);
    await hasText(page.locator('.tip'), /position 14/u);
    await page.keyboard.press('ArrowDown');
    await eventuallyEqual(focused, ['1', '15']);
    await page.keyboard.press('Home');
    await eventuallyEqual(focused, ['1', '0']);
  });

  it('tabs by number, keys by ?', async () => {
    const { page } = await browser.open();
    await page.locator('#unit-id').waitFor();
    for (const [key, tab] of [
      ['2', 'statistics'],
      ['4', 'effects'],
      ['5', 'test'],
      ['1', 'examples'],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(`#pane[data-tab=${tab}]`).waitFor();
    }
    await page.keyboard.press('?');
    await page.locator('dialog.keys[open]').waitFor();
    await page.keyboard.press('Escape');
    await hasCount(page.locator('dialog.keys'), 0);
  });

  it('copies a link to its tab, and shows the tab that a link asks for', async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    await page.locator('#tab-weights').click();
    await page.getByRole('button', { name: 'More' }).click();
    await page.locator('header vscode-context-menu-item', { hasText: 'Copy link' }).click();
    await hasCalls(opened, 'link/copy', [{ tab: 'weights' }]);
    await host((fake) => fake.link('statistics'), null);
    await page.locator('#pane[data-tab=statistics]').waitFor();
  });

  it('tests a text; the answer to an older text never takes the place of a newer one', async () => {
    const { page, host } = await browser.open();
    await page.locator('#tab-test').click();
    await host((fake) => fake.hold('unit/test'), null);
    await page.locator('#test-text').fill('old Mary');
    await page.keyboard.press('Enter');
    await eventuallyEqual(() => host((fake) => fake.held('unit/test'), null), 1);
    await page.locator('#test-text').fill('new text with Anna and Mary');
    await page.keyboard.press('Control+Enter');
    await eventuallyEqual(() => host((fake) => fake.held('unit/test'), null), 2);
    await host((fake) => fake.release('unit/test', [1, 0]), null);
    await hasText(
      page.locator('.test-line'),
      /^Active on 2 of 7 tokens, up to 4\.20 on ·Anna, 51 % of its largest in the index\.$/u,
    );
    await page.reload();
    await hasValue(page.locator('#test-text'), 'new text with Anna and Mary');
    await hasText(page.locator('.test-line'), /^Active on 2 of 7/u);
  });

  it('examples are copied and opened as prompts, without the special token', async () => {
    const opened = await browser.open();
    const { page } = opened;
    const row = page.locator('#windows-top-0 .tall-row').first();
    await row.hover();
    await row.locator('[title="Open as a prompt"]').click();
    await eventuallyEqual(
      async () =>
        ((await opened.calls('prompt/open')) as { text: string }[]).map(({ text }) => text.slice(0, 24)),
      ['When Mary and John went '],
    );
  });

  const STATES: readonly (readonly [UnitCase, string, string | RegExp])[] = [
    ['opening', '.notice.loading p', 'Opening the model…'],
    ['loading', 'main.dimmed .headline', /^female names/u],
    ['error', '.notice.error p', /The engine ended with code 134\./u],
    ['broken', '.notice.error p', /The engine ended with code 134\./u],
    ['no-index', '.no-index p', /No index covers this unit/u],
    ['stale', '.notice.stale p', 'The index is stale: The SAE has changed since the scan.'],
    ['dead', '.headline', 'Not explained yet. · never active in 102,400 tokens'],
    ['neuron', '#unit-id', 'L3N123'],
  ];
  for (const [scenario, selector, expected] of STATES)
    it(`state ${scenario}`, async () => {
      const { page, complaints } = await browser.open({ scenario });
      await hasText(page.locator(selector).first(), expected);
      assert.deepEqual(complaints, []);
    });

  it('Retry opens what could not be opened', async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    await page.locator('#unit-id').waitFor();
    await page.keyboard.press(']');
    await hasText(page.locator('#unit-id'), '3-res/413');
    await host((fake) => fake.setUnit('error'), null);
    await page.locator('.notice.error .button').first().click();
    await hasCalls(opened, 'unit/open', [{ unit: '3-res/413' }, { unit: '3-res/413' }]);
  });

  it('without an index, Scan is the way on', async () => {
    const opened = await browser.open({ scenario: 'no-index' });
    await opened.page.locator('#scan').click();
    await hasCalls(opened, 'command/run', [{ command: 'scan' }]);
    // What other tools collected needs no index.
    const calls = (await opened.calls('unit/examples')) as readonly { readonly set: string }[];
    assert.deepEqual([...new Set(calls.map(({ set }) => set))], ['imported']);
  });

  it('never scrolls sideways at 340, 520, 900 px', async () => {
    for (const scenario of ['language', 'head', 'evil', 'no-index'] as const) {
      const { page } = await browser.open({ scenario });
      await page.locator('#unit-id').waitFor();
      if (scenario === 'language') await page.locator('[data-id=e-gpt] .said-words').click();
      for (const tab of ['examples', 'statistics', 'weights', 'test']) {
        await page.locator(`#tab-${tab}`).click();
        await page.locator(`#pane[data-tab=${tab}]`).waitFor();
        for (const width of [340, 520, 900]) {
          await page.setViewportSize({ width, height: 700 });
          await eventuallyEqual(
            () =>
              page.evaluate(
                () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
              ),
            0,
            `${scenario}, ${tab} at ${width} px`,
          );
        }
      }
    }
  });
});
