import assert from 'node:assert/strict';
import type { Selection } from '../../src/protocol/viewContract.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { topNeurons } from './support/fixtures.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';
import { hasAttribute, hasCalls, hasCount, hasText } from './support/see.ts';

let browser: TraceBrowser;

const LOSS: Selection['quantity'] = { kind: 'loss' };

describe('the states of the trace view', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('empty: says what to do next, with a button', async () => {
    const trace = await browser.open({ scenario: 'empty' });
    await hasText(trace.page.locator('.empty'), /^The prompt is empty\. Type some text/u);
    await trace.page.locator('#open-example').click();
    await hasCalls(trace, 'command/run', [{ command: 'openExample' }]);
    assert.deepEqual(await trace.calls('trace/heatMap'), []);
  });

  it('loading: says what is under way, and keeps the last trace dimmed', async () => {
    const first = await browser.open({ scenario: 'loading' });
    await hasText(first.page.locator('.notice.loading p'), 'Opening underglass-tiny…');
    await hasCount(first.page.locator('main'), 0);
    const again = await browser.open({ scenario: 'retracing' });
    await hasCount(again.page.locator('main.dimmed[aria-busy=true] .tok'), 15);
  });

  it('loading: is cancelled by a button, by keyboard too', async () => {
    const trace = await browser.open({ scenario: 'retracing' });
    await trace.page.locator('#cancel').click();
    await trace.page.locator('.notice.loading #cancel').press('Enter');
    await hasCalls(trace, 'command/run', [{ command: 'cancel' }, { command: 'cancel' }]);
    const { page: afresh } = await browser.open({ scenario: 'loading' });
    await hasText(afresh.locator('.notice.loading p'), 'Opening underglass-tiny…');
    const isFocused = (): Promise<boolean> => afresh.evaluate(() => document.activeElement?.id === 'cancel');
    for (let press = 0; press < 4 && !(await isFocused()); press++) await afresh.keyboard.press('Tab');
    assert.equal(await isFocused(), true);
  });

  it('stale: says what changed and offers Run', async () => {
    const trace = await browser.open({ scenario: 'stale' });
    await hasText(trace.page.locator('.notice.stale'), /The text has changed/u);
    await hasCount(trace.page.locator('main.dimmed'), 1);
    await trace.page.locator('#run').click();
    await hasCalls(trace, 'command/run', [{ command: 'retrace' }]);
  });

  it('error: names the file also when nothing was traced', async () => {
    const { page } = await browser.open({ scenario: 'error' });
    await page.locator('.notice.error').waitFor();
    await hasText(page.locator('.toolbar .file'), 'ioi.prompt');
  });

  it('says that the edits of the prompt file are not applied, and who shows them', async () => {
    const plain = await browser.open();
    await plain.page.locator('.headline').waitFor();
    await hasCount(plain.page.locator('#edits-note'), 0);
    const edited = await browser.open({ scenario: 'emoji' });
    const note = edited.page.locator('#edits-note');
    await hasText(note, 'The edits under ablate are not applied here: Debug shows both sides');
    await note.locator('.link').click();
    await hasCalls(edited, 'command/run', [{ command: 'debug' }]);
  });

  it('error: says what, where and what next, with Retry and Copy details', async () => {
    const trace = await browser.open({ scenario: 'failed' });
    const notice = trace.page.locator('.notice.error');
    await hasText(notice, /The engine ended while tracing ioi\.prompt\..*It is started again by itself/u);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    await hasCalls(trace, 'command/run', [{ command: 'retrace' }]);
    await notice.locator('vscode-button', { hasText: 'Copy details' }).click();
    await eventually(
      () => trace.calls('clipboard/write'),
      ([copied]) => assert.equal(JSON.parse((copied as { text: string }).text).code, 'engine/crashed'),
    );
    await hasCount(trace.page.locator('main.dimmed .tok'), 15);
  });

  it('follows the host from state to state', async () => {
    const { page, host } = await browser.open({ scenario: 'empty' });
    await page.locator('.empty').waitFor();
    await host((fake) => fake.setTrace('loading'), null);
    await page.locator('.notice.loading').waitFor();
    await host((fake) => fake.setTrace('ioi'), null);
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.setTrace('emoji'), null);
    await page.locator('.toolbar .count', { hasText: '12 tokens' }).waitFor();
    await hasCount(page.locator('.tok'), 12);
    await hasAttribute(page.locator('.tok.selected'), 'data-position', '11');
  });

  it('a prompt of one token has a place and no surprise', async () => {
    const { page, complaints } = await browser.open({ scenario: 'one' });
    await page.locator('#candidates').waitFor();
    await hasText(page.locator('.overview .nothing'), 'No token of this prompt has a value.');
    await hasCount(page.locator('.tok'), 1);
    assert.equal((await page.locator('.headline').innerText()).includes('surprising'), false);
    assert.deepEqual(complaints, []);
  });

  it('a pane that fails says so by itself and asks again on Retry', async () => {
    const { page, host } = await browser.open();
    await host((fake) => fake.fail('trace/lens', 'engine/hung'), null);
    await page.locator('#tab-lens').click();
    const notice = page.locator('.place .notice.error');
    await hasText(notice, /trace\/lens failed/u);
    await hasCount(page.locator('.tok'), 15);
    await host((fake) => fake.fail('trace/lens', null), null);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    await page.locator('#lens').waitFor();
    await hasCount(notice, 0);
  });

  it('a trace that the engine no longer holds is run again', async () => {
    const trace = await browser.open();
    const { page, host } = trace;
    await host((fake) => fake.fail('trace/topNeurons', 'trace/expired'), null);
    await page.locator('#tab-neurons').click();
    await page.locator('.place vscode-button', { hasText: 'Run again' }).click();
    await hasCalls(trace, 'command/run', [{ command: 'retrace' }]);
  });

  it('a layer without SAEs and a model without them say so', async () => {
    const { page } = await browser.open({ scenario: 'long' });
    await hasText(page.locator('#latents'), 'No SAE is attached to layer 47.');
    await page.locator('#quantity').click();
    await eventually(
      () => page.locator('#quantity .option').allInnerTexts(),
      (options) => {
        assert.ok(options.some((option) => option.includes('Neuron')));
        assert.ok(!options.some((option) => option.includes('Latent')));
      },
    );
  });

  it('keeps the last result dimmed while a newer one loads, and drops late ones', async () => {
    const trace = await browser.open();
    const { page, host } = trace;
    await page.locator('#tab-neurons').click();
    await page.locator('#neurons').waitFor();
    await host((fake) => fake.hold('trace/topNeurons'), null);
    await page.locator('.tok').nth(3).click();
    await page.locator('.tok').nth(5).click();
    await eventuallyEqual(() => host((fake) => fake.held('trace/topNeurons'), null), 2);
    await hasCount(page.locator('.place .value.dimmed #neurons'), 1);
    await showsNeuron(trace, topNeurons(14, 3, 1)[0]?.id);
    // The newer answer comes first, the older one after it.
    await host((fake) => fake.release('trace/topNeurons', [1, 0]), null);
    await page.locator('.place .reading[data-status=ready]').waitFor();
    await showsNeuron(trace, topNeurons(5, 3, 1)[0]?.id);
  });
});

describe('one selection for everybody', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('follows the host without an echo', async () => {
    const { page, host, calls } = await browser.open();
    await page.locator('#candidates').waitFor();
    const selection: Selection = { position: 4, layer: 1, head: 2, quantity: { kind: 'entropy' } };
    await host((fake, chosen) => fake.select(chosen), selection);
    await page.locator('.place h3', { hasText: 'position 4, after layer 1' }).waitFor();
    await hasAttribute(page.locator('.tok.selected'), 'data-position', '4');
    await page.locator('.overview h3', { hasText: 'Entropy' }).waitFor();
    assert.deepEqual(await calls('selection/set'), []);
  });

  it('does not go back to an older choice that the host repeats', async () => {
    const { page, host } = await browser.open();
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.hold('selection/set'), null);
    await page.locator('.tok').nth(3).click();
    await page.locator('.tok').nth(5).click();
    await eventuallyEqual(() => host((fake) => fake.held('selection/set'), null), 2);
    const at = (position: number): Selection => ({ position, layer: 3, head: 0, quantity: LOSS });
    await host((fake, older) => fake.select(older), at(3));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    await hasAttribute(page.locator('.tok.selected'), 'data-position', '5');
    await host((fake) => fake.release('selection/set'), null);
    await host((fake, newer) => fake.select(newer), at(7));
    await page.locator('.tok.selected[data-position="7"]').waitFor();
  });

  it('ignores a selection that is none', async () => {
    const { page, host, complaints } = await browser.open();
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.select({ position: -3 } as never), null);
    await host((fake) => fake.select(null as never), null);
    await host((fake, chosen) => fake.select(chosen), { position: 4, layer: 3, head: 0, quantity: LOSS });
    // What comes after them is followed, so both were read.
    await page.locator('.tok.selected[data-position="4"]').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('tells the host what the person chose', async () => {
    const trace = await browser.open();
    await trace.page.locator('.tok').nth(2).click();
    await hasCalls(trace, 'selection/set', [
      { selection: { position: 2, layer: 3, head: 0, quantity: LOSS } },
    ]);
  });

  it('survives a reload by ids only', async () => {
    const trace = await browser.open();
    const { page, host } = trace;
    await page.locator('.tok').nth(2).click();
    await page.locator('#tab-heads').click();
    const kept = {
      version: 1,
      uri: 'file:///ioi.prompt',
      range: null,
      selection: { position: 2, layer: 3, head: 0, quantity: LOSS },
      tab: 'heads',
    };
    await eventuallyEqual<unknown>(() => host((fake) => fake.state, null), kept);
    await page.reload();
    await page.locator('#heads').waitFor();
    await hasAttribute(page.locator('.tok.selected'), 'data-position', '2');
    await hasCalls(trace, 'view/ready', [{ persisted: kept }]);
  });
});

async function showsNeuron({ page }: TracePage, id: string | undefined): Promise<void> {
  await hasAttribute(page.locator('#neurons tbody tr').first(), 'data-unit', id ?? 'no neuron');
}
