import assert from 'node:assert/strict';
import type { ExperimentDraft } from '../../src/protocol/debugViewContract.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startDebugBrowser, type DebugBrowser, type DebugPage } from './support/openDebug.ts';
import { hasCalls, hasCount, hasText, hasTexts } from './support/see.ts';

let browser: DebugBrowser;

describe('the states of the debug view', () => {
  before(async () => {
    browser = await startDebugBrowser();
  });
  after(() => browser.stop());

  it('empty: says what to do, with a button that does it', async () => {
    const opened = await browser.open({ scenario: 'empty' });
    const { page } = opened;
    await hasText(page.locator('.empty'), /^No target is written/u);
    await hasCount(page.locator('main'), 0);
    await page.locator('#take-likeliest').click();
    await eventuallyEqual(() => drafts(opened), [{ targets: [' Mary'], distractors: [' John'] }]);
    assert.deepEqual(await opened.calls('debug/table'), []);
  });

  it('loading: says what is under way, keeps the last run dimmed, and is cancelled', async () => {
    const first = await browser.open({ scenario: 'loading' });
    await hasText(first.page.locator('.notice.loading p'), 'Debugging ioi.prompt…');
    await hasCount(first.page.locator('main'), 0);
    const again = await browser.open({ scenario: 'ioi' });
    await again.page.locator('#nodes tbody tr').first().waitFor();
    await again.host((fake) => fake.setDebug('rerunning'), null);
    await again.page.locator('main.dimmed[aria-busy=true]').waitFor();
    await hasCount(again.page.locator('#nodes tbody tr.choice'), 11);
    await again.page.locator('#cancel').click();
    await hasCalls(again, 'command/run', [{ command: 'cancel' }]);
  });

  it('stale: says what changed and offers Run; error: Retry and Copy details', async () => {
    const stale = await browser.open({ scenario: 'stale' });
    await stale.page.locator('.notice.stale', { hasText: 'The file has changed.' }).waitFor();
    await stale.page.locator('#run-again').click();
    await hasCalls(stale, 'command/run', [{ command: 'run' }]);
    const failed = await browser.open({ scenario: 'failed' });
    const notice = failed.page.locator('.notice.error').first();
    await hasText(notice, /The engine ended while debugging ioi\.prompt\./u);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    await notice.locator('vscode-button', { hasText: 'Copy details' }).click();
    await hasCalls(failed, 'command/run', [{ command: 'run' }]);
    await eventually(
      async () => (await failed.calls('clipboard/write')) as { text: string }[],
      ([copied]) =>
        assert.equal((JSON.parse(copied?.text ?? '{}') as { code: string }).code, 'engine/crashed'),
    );
  });

  it('a pane that fails says so by itself and asks again on Retry', async () => {
    const { page, host } = await browser.open();
    await host((fake) => fake.fail('debug/candidates', 'engine/crashed'), null);
    await page.locator('#tab-next').click();
    const notice = page.locator('#panel .notice.error');
    await notice.waitFor();
    await host((fake) => fake.fail('debug/candidates', null), null);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    await page.locator('#candidates').waitFor();
  });

  it('rows in view are measured in chunks of at most 16, and "Measure all" goes on from there', async () => {
    const { page, calls, host } = await browser.open({ scenario: 'large' });
    await page.locator('#nodes tbody tr.choice').first().waitFor();
    await eventually(
      () => page.locator('#nodes [aria-label="not measured"]').count(),
      (count) => assert.ok(count < 60, `${count} rows are not measured`),
    );
    await host((fake) => fake.hold('debug/measure'), null);
    await page.locator('#measure-all').click();
    await page.locator('#measured', { hasText: 'measured' }).waitFor();
    await page.locator('#measure-cancel').click();
    await page.locator('#measure-all').waitFor();
    await eventually(
      async () => (await calls('debug/measure')) as { nodes: unknown[] }[],
      (asked) =>
        assert.ok(
          asked.length >= 2 && asked.every(({ nodes }) => nodes.length <= 16),
          `${asked.length} requests`,
        ),
    );
  });

  it('what is measured is forgotten with the run that it was of', async () => {
    const { page, host } = await browser.open();
    await hasCount(page.locator('#nodes .disagrees'), 2);
    await host((fake) => fake.hold('debug/measure'), null);
    await host((fake) => fake.setDebug('edited'), null);
    await hasCount(page.locator('#nodes [aria-label="not measured"]'), 11);
  });

  it('targets and distractors are drafts until they are saved', async () => {
    const opened = await browser.open();
    const { page, host } = opened;
    await page.locator('#add-target').click();
    await page.locator('#type-target').fill(' Anna');
    await page.locator('#type-target').press('Enter');
    await page.locator('#targets .chip').nth(1).waitFor();
    await page.locator('#distractors .chip-remove').click();
    await eventuallyEqual(
      () => drafts(opened),
      [{ targets: [' Mary', ' Anna'] }, { targets: [' Mary', ' Anna'], distractors: [] }],
    );
    await page.locator('#save').click();
    await hasCalls(opened, 'prompt/save', [{}]);
    await host((fake) => fake.setExperiment({ isDraft: false }), null);
    await page.locator('#save').waitFor({ state: 'detached' });
  });

  it('a target that is not one token says which it is, and offers the form that is', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('#add-target').click();
    await page.locator('#type-target').fill('Mary');
    await page.locator('#type-target').press('Enter');
    const chip = page.locator('#targets .chip.wrong');
    await hasText(chip, /2 tokens: M \| ary/u);
    await chip.locator('.link').click();
    await eventuallyEqual(async () => (await drafts(opened)).at(-1), { targets: [' Mary', ' Mary'] });
  });

  it('a reload keeps the trail, the row, the pins, the view and the draft', async () => {
    const opened = await browser.open();
    const { page } = opened;
    await page.locator('tr[data-key="L2N377@14"]').click();
    await page.locator('#pin').click();
    await page.locator('#trace-trace').click();
    await page.locator('.crumbs').waitFor();
    await page.locator('#tab-next').click();
    await page.reload();
    await page.locator('#candidates').waitFor();
    await hasTexts(page.locator('.crumb'), ['Logit difference', 'L2N377@14']);
    await page.locator('#tab-nodes').click();
    await page.locator('tr.pinned[data-key="L2N377@14"]').waitFor();
    assert.deepEqual(opened.complaints, []);
  });
});

async function drafts({ calls }: DebugPage): Promise<readonly ExperimentDraft[]> {
  return ((await calls('draft/set')) as { draft: ExperimentDraft }[]).map(({ draft }) => draft);
}
