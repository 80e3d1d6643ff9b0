import assert from 'node:assert/strict';
import type { DebugState } from '../../src/protocol/debugViewContract.ts';
import { DEBUG_TABS } from '../../webview-ui/src/debug/store.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { DEBUG_CASES, type DebugCase } from './support/debugFixtures.ts';
import { startDebugBrowser, type DebugBrowser, type DebugPage } from './support/openDebug.ts';
import { hasAttribute, hasCount, hasText, hasTexts } from './support/see.ts';
import { THEMES, type ThemeName } from './support/themes.ts';

let browser: DebugBrowser;

const WIDTHS = [340, 520, 900];

describe('the panes of the debug view', () => {
  before(async () => {
    browser = await startDebugBrowser();
  });
  after(() => browser.stop());

  it('next tokens: relative to the first target, filtered, and as a difference', async () => {
    const opened = await browser.open({ scenario: 'edited' });
    const { page } = opened;
    await page.locator('#tab-next').click();
    const row = page.locator('#candidates tbody tr');
    await hasText(row.first(), '1 ·Mary target 0.00 71.0 %');
    await page.locator('#side').click();
    await page.locator('#side .option', { hasText: 'Difference' }).click();
    await hasText(row.first(), '2 → 1 ·Mary target 0.000 +28.4 %');
    await page.locator('#candidate-filter input').fill('john');
    await page.locator('#candidate-filter input').press('Enter');
    await hasCount(row, 1);
    await hasText(row, /·John/u);
  });

  it('attention: a wall, one head large, and what a token attends to, by probability or norm', async () => {
    const { page, calls } = await browser.open();
    await page.locator('#tab-attention').click();
    await page.locator('#pattern canvas').waitFor();
    await eventuallyEqual(
      async () => ((await calls('debug/attention')) as { layer: number }[]).map(({ layer }) => layer),
      [3, 2, 1, 0],
    );
    await page.locator('.wall').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.attention h3', { hasText: 'L2H1' }).waitFor();
    await hasText(page.locator('#attends-to tbody tr').first(), /^2 ·Mary \d+\.\d %$/u);
    await page.locator('#weighting').click();
    await page.locator('#weighting .option', { hasText: 'norm' }).click();
    await hasText(page.locator('#attends-to thead'), /Norm written/u);
    assert.equal((await calls('debug/attention')).length, 4);
  });

  it('token effects: four strips on one scale, and the same as a table', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-effects').click();
    await page.locator('#effects-byQuery .tok[data-share="1"][data-position="14"]').waitFor();
    const share = page.locator('#effects-embeddings .tok').nth(2);
    await eventuallyEqual(
      async () => Number(await share.getAttribute('data-share')).toFixed(3),
      (1.9 / 3.6).toFixed(3),
    );
    await hasCount(page.locator('#effects-table tbody tr'), 15);
  });

  it('layers: charts that tell themselves, a map that leads to the rows, and tables', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-layers').click();
    await hasAttribute(
      page.locator('#accumulated canvas'),
      'aria-label',
      /^Logit difference after each component: .* logits at 3_mlp_out$/u,
    );
    await hasCount(page.locator('#component-table tbody tr'), 9);
    await page.locator('#heads [role=grid]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await hasCount(page.locator('#nodes tbody tr.choice'), 1);
  });

  it('two prompts: tokens aligned and realigned', async () => {
    const { page, calls } = await browser.open({ scenario: 'corrupted' });
    await page.locator('#tab-prompts').click();
    await hasCount(page.locator('.pair'), 15);
    await hasTexts(page.locator('.pair.differs > .mono:first-child'), ['·and', '·John']);
    await page.locator('.pair select').nth(3).selectOption('3');
    await eventually(
      async () => (await calls('draft/set')) as { draft: { alignment: (number | null)[] } }[],
      ([drafted]) => assert.deepEqual(drafted?.draft.alignment.slice(2, 5), [2, 3, 4]),
    );
  });

  it('two prompts: a map fills layer by layer, keeps what it has when cancelled, and a cell becomes an edit', async () => {
    const { page, calls, host } = await browser.open({ scenario: 'corrupted' });
    await page.locator('#tab-prompts').click();
    await page.locator('#patch-run').click();
    await page.locator('#patch-correlation', { hasText: 'over 56 cells' }).waitFor();
    await page.locator('#patch [role=grid]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.locator('.edit-text', { hasText: 'L3.resid_pre@" Mary"#1 from corrupted' }).waitFor();
    await host((fake) => fake.hold('debug/patchPart'), null);
    await page.locator('#patch-run').click();
    await eventuallyEqual(async () => (await calls('debug/patchPart')).length, 5);
    await page.locator('#patch-cancel').click();
    await page.locator('.note', { hasText: 'Cancelled: 0 of 4 parts are shown.' }).waitFor();
    assert.equal((await calls('debug/patchPart')).length, 5);
  });

  it('sweeps: ranked as they come; a row becomes an edit', async () => {
    const { page, host } = await browser.open();
    await page.locator('#tab-sweeps').click();
    await page.locator('#sweep-run').click();
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await hasText(page.locator('#sweep-row-0'), '1 L3H1@14 +2.18 Ablate');
    await page.locator('.virtual-scroll').focus();
    await page.keyboard.press('a');
    await page.locator('.edit-text', { hasText: 'L3H1@14 zero' }).waitFor();
    await host((fake) => fake.hold('debug/sweepPart'), null);
    await page.locator('#sweep-run').click();
    await eventuallyEqual(() => host((fake) => fake.held('debug/sweepPart'), null), 1);
    await host((fake) => fake.release('debug/sweepPart').then(() => undefined), null);
    await hasCount(page.locator('#sweep tbody tr.choice'), 24);
    await hasCount(page.locator('#sweep-cancel'), 0);
  });

  it('options are said in one line and change what is asked', async () => {
    const { page, calls } = await browser.open();
    await page.locator('#options summary').click();
    await page.locator('#frozen-scale').click();
    await page.locator('#sae-3-res').click();
    await page
      .locator('#options summary', {
        hasText: 'final scale live · value biases with their heads · SAEs 3-res',
      })
      .waitFor();
    await eventuallyEqual(
      async () => ((await calls('debug/table')) as { options: unknown }[]).at(-1)?.options,
      { k: 10, saes: ['3-res'], foldValueBiases: false, frozenScale: false },
    );
  });

  for (const theme of Object.keys(THEMES) as ThemeName[]) {
    it(`asks for nothing and keeps to its policy in ${theme}`, async () => {
      const opened = await browser.open({ theme, scenario: 'corrupted' });
      const { page } = opened;
      for (const tab of DEBUG_TABS) {
        await page.locator(`#tab-${tab}`).click();
        await ready(opened, tab);
      }
      await page.keyboard.press('?');
      await page.locator('dialog.keys[open]').waitFor();
      assert.deepEqual(await opened.calls('view/violation'), []);
      assert.deepEqual(opened.complaints, []);
      assert.deepEqual(
        opened.requested.slice(1).filter((url) => !url.endsWith('favicon.ico')),
        [],
      );
    });
  }

  it(`never scrolls sideways at ${WIDTHS.join(', ')} px`, async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    for (const scenario of Object.keys(DEBUG_CASES) as DebugCase[]) {
      await host((fake, name) => fake.setDebug(name), scenario);
      await page.locator(SHOWN[DEBUG_CASES[scenario].state]).first().waitFor();
      await assertNoOverflow(opened, scenario);
    }
    await host((fake) => fake.setDebug('corrupted'), null);
    for (const tab of DEBUG_TABS) {
      await page.locator(`#tab-${tab}`).click();
      await ready(opened, tab);
      await assertNoOverflow(opened, tab);
    }
  });
});

/** By what each state of the page is known. */
const SHOWN: Readonly<Record<DebugState['state'], string>> = {
  ready: 'main:not(.dimmed)',
  empty: '.empty',
  loading: '.notice.loading',
  stale: '.notice.stale',
  error: '.notice.error',
};

const READY: Readonly<Record<(typeof DEBUG_TABS)[number], string>> = {
  nodes: '#nodes tbody tr.choice',
  next: '#candidates tbody tr',
  attention: '#attends-to',
  effects: '#effects-mlps .tok',
  layers: '#components canvas',
  prompts: '#patch-run',
  sweeps: '#sweep-run',
};

async function ready({ page }: DebugPage, tab: (typeof DEBUG_TABS)[number]): Promise<void> {
  await page.locator(READY[tab]).first().waitFor();
}

async function assertNoOverflow({ page }: DebugPage, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 700 });
    const overflow = (): Promise<number> =>
      page.evaluate(async () => {
        // Two frames: the observers of the new size have run by then.
        for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        const root = document.documentElement;
        return root.scrollWidth - root.clientWidth;
      });
    await eventuallyEqual(overflow, 0, `${what} at ${width} px`);
  }
}
