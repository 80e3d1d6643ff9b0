import { eventuallyEqual } from '../support/eventually.ts';
import { startDebugBrowser, type DebugBrowser } from './support/openDebug.ts';
import { hasAttribute, hasCount, hasText, hasTexts, hasValue } from './support/see.ts';

let browser: DebugBrowser;

describe('what the debug view keeps, and what it offers while one types', () => {
  before(async () => {
    browser = await startDebugBrowser();
  });
  after(() => browser.stop());

  it('a sweep outlives its tab, and goes on while another is looked at', async () => {
    const { page, host, calls } = await browser.open();
    await page.locator('#tab-sweeps').click();
    await host((fake) => fake.hold('debug/sweepPart'), null);
    await page.locator('#sweep-run').click();
    await eventuallyEqual(() => host((fake) => fake.held('debug/sweepPart'), null), 1);
    await page.locator('#tab-layers').click();
    await host((fake) => fake.release('debug/sweepPart').then(() => undefined), null);
    await eventuallyEqual(async () => (await calls('debug/sweepPart')).length, 4);
    await page.locator('#tab-sweeps').click();
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await eventuallyEqual(async () => (await calls('debug/sweepPlan')).length, 1);
  });

  it('a page that is made again asks for what had been measured of the same run, and no more', async () => {
    const { page, calls } = await browser.open();
    await page.locator('#tab-sweeps').click();
    await page.locator('#sweep-run').click();
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await page.reload();
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await eventuallyEqual(async () => (await calls('debug/sweepPart')).length, 4);
  });

  it('of another run it says that it was measured before', async () => {
    const { page, host } = await browser.open();
    await page.locator('#tab-sweeps').click();
    await page.locator('#sweep-run').click();
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await host((fake) => fake.setDebug('edited'), null);
    await page.locator('.note', { hasText: 'These figures are of an earlier run.' }).waitFor();
    await page.evaluate(() => {
      for (const [key, state] of Object.entries(sessionStorage))
        sessionStorage.setItem(key, String(state).replace('"of":"', '"of":"before '));
    });
    await page.reload();
    await page.locator('.note', { hasText: 'Measured before, in an earlier run: run it again.' }).waitFor();
    await hasCount(page.locator('#sweep tbody tr.choice'), 0);
  });

  it('patching outlives its tab and the page', async () => {
    const { page, calls } = await browser.open({ scenario: 'corrupted' });
    await page.locator('#tab-prompts').click();
    await page.locator('#patch-run').click();
    await page.locator('#patch-correlation').waitFor();
    await page.locator('#tab-next').click();
    await page.locator('#tab-prompts').click();
    await page.locator('#patch-correlation').waitFor();
    await eventuallyEqual(async () => (await calls('debug/patchPart')).length, 4);
    await page.reload();
    await page.locator('#patch-correlation').waitFor();
  });

  it('the edit field offers units, positions and kinds, by keyboard', async () => {
    const { page } = await browser.open();
    const field = page.locator('#edit-field');
    const options = page.locator('#edit-field-list [role=option] .mono');
    await field.fill('L3');
    await hasTexts(options.first(), ['L3H0']);
    await hasAttribute(field, 'aria-expanded', 'true');
    await field.press('ArrowDown');
    await field.press('ArrowDown');
    await hasAttribute(field, 'aria-activedescendant', 'edit-field-list-1');
    await field.press('Enter');
    await hasValue(field, 'L3H1@');
    await hasTexts(options.first(), ['last']);
    await field.press('ArrowDown');
    await field.press('Tab');
    await hasValue(field, 'L3H1@last ');
    await hasTexts(options.first(), ['zero']);
    await field.press('Escape');
    await hasAttribute(field, 'aria-expanded', 'false');
    await field.press('ArrowDown');
    await field.press('ArrowDown');
    await field.press('Enter');
    await hasValue(field, 'L3H1@last zero');
    await field.press('Enter');
    await page.locator('.edit-text', { hasText: 'L3H1@last zero' }).waitFor();
  });

  it('tokens of the prompt are offered as they are written in edits', async () => {
    const { page } = await browser.open();
    await page.locator('#edit-field').fill('L3H1@" Ma');
    await hasTexts(page.locator('#edit-field-list [role=option] .mono').first(), ['" Mary"#1']);
  });

  it('what is wrong is said with what would mend it', async () => {
    const { page } = await browser.open();
    const field = page.locator('#edit-field');
    await field.fill('L3H1@last zap');
    await hasText(page.locator('#edit-fix'), 'Write L3H1@last zero');
    await page.locator('#edit-fix').click();
    await hasValue(field, 'L3H1@last zero');
    await field.fill('L3H1@last from corrupted');
    await hasText(page.locator('#edit-fix'), 'Type a corrupted prompt');
    await page.locator('#edit-fix').click();
    await eventuallyEqual(() => page.evaluate(() => document.activeElement?.id), 'corrupted');
  });
});
