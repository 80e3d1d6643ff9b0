import assert from 'node:assert/strict';
import type { Selection } from '../../src/protocol/viewContract.ts';
import { topNeurons } from './support/fixtures.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';

let browser: TraceBrowser;

const LOSS: Selection['quantity'] = { kind: 'loss' };

describe('the states of the trace view', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('empty: says what to do next, with a button', async () => {
    const trace = await browser.open({ scenario: 'empty' });
    const empty = trace.page.locator('.empty');
    assert.ok((await empty.innerText()).startsWith('The prompt is empty. Type some text'));
    await trace.page.locator('#open-example').click();
    assert.deepEqual(await trace.calls('command/run'), [{ command: 'openExample' }]);
    assert.deepEqual(await trace.calls('trace/heatMap'), []);
  });

  it('loading: says what is under way, and keeps the last trace dimmed', async () => {
    const first = await browser.open({ scenario: 'loading' });
    assert.equal(await first.page.locator('.notice.loading p').innerText(), 'Opening underglass-tiny…');
    assert.equal(await first.page.locator('main').count(), 0);
    const again = await browser.open({ scenario: 'retracing' });
    assert.equal(await again.page.locator('main.dimmed[aria-busy=true] .tok').count(), 15);
  });

  it('loading: is cancelled by a button, by keyboard too', async () => {
    const { page, calls } = await browser.open({ scenario: 'retracing' });
    await page.locator('#cancel').click();
    await page.locator('.notice.loading #cancel').press('Enter');
    assert.deepEqual(await calls('command/run'), [{ command: 'cancel' }, { command: 'cancel' }]);
    const { page: afresh } = await browser.open({ scenario: 'loading' });
    const isFocused = (): Promise<boolean> => afresh.evaluate(() => document.activeElement?.id === 'cancel');
    for (let press = 0; press < 4 && !(await isFocused()); press++) await afresh.keyboard.press('Tab');
    assert.equal(await isFocused(), true);
  });

  it('stale: says what changed and offers Run', async () => {
    const trace = await browser.open({ scenario: 'stale' });
    assert.ok((await trace.page.locator('.notice.stale').innerText()).includes('The text has changed'));
    assert.equal(await trace.page.locator('main.dimmed').count(), 1);
    await trace.page.locator('#run').click();
    assert.deepEqual(await trace.calls('command/run'), [{ command: 'retrace' }]);
  });

  it('error: says what, where and what next, with Retry and Copy details', async () => {
    const trace = await browser.open({ scenario: 'failed' });
    const notice = trace.page.locator('.notice.error');
    const text = await notice.innerText();
    assert.ok(text.includes('The engine ended while tracing ioi.prompt.'), text);
    assert.ok(text.includes('It is started again by itself'), text);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    assert.deepEqual(await trace.calls('command/run'), [{ command: 'retrace' }]);
    await notice.locator('vscode-button', { hasText: 'Copy details' }).click();
    const [copied] = await trace.calls('clipboard/write');
    assert.equal(JSON.parse((copied as { text: string }).text).code, 'engine/crashed');
    assert.equal(await trace.page.locator('main.dimmed .tok').count(), 15);
  });

  it('follows the host from state to state', async () => {
    const { page, host } = await browser.open({ scenario: 'empty' });
    await host((fake) => fake.setTrace('loading'), null);
    await page.locator('.notice.loading').waitFor();
    await host((fake) => fake.setTrace('ioi'), null);
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.setTrace('emoji'), null);
    await page.locator('.toolbar .count', { hasText: '12 tokens' }).waitFor();
    assert.equal(await page.locator('.tok').count(), 12);
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '11');
  });

  it('a prompt of one token has a place and no surprise', async () => {
    const { page, complaints } = await browser.open({ scenario: 'one' });
    await page.locator('#candidates').waitFor();
    assert.equal(await page.locator('.tok').count(), 1);
    assert.equal((await page.locator('.headline').innerText()).includes('surprising'), false);
    assert.equal(
      await page.locator('.overview .nothing').innerText(),
      'No token of this prompt has a value.',
    );
    assert.deepEqual(complaints, []);
  });

  it('a pane that fails says so by itself and asks again on Retry', async () => {
    const { page, host } = await browser.open();
    await host((fake) => fake.fail('trace/lens', 'engine/hung'), null);
    await page.locator('#tab-lens').click();
    const notice = page.locator('.place .notice.error');
    assert.ok((await notice.innerText()).includes('trace/lens failed'));
    assert.equal(await page.locator('.tok').count(), 15);
    await host((fake) => fake.fail('trace/lens', null), null);
    await notice.locator('vscode-button', { hasText: 'Retry' }).click();
    await page.locator('#lens').waitFor();
    assert.equal(await notice.count(), 0);
  });

  it('a trace that the engine no longer holds is run again', async () => {
    const { page, host, calls } = await browser.open();
    await host((fake) => fake.fail('trace/topNeurons', 'trace/expired'), null);
    await page.locator('#tab-neurons').click();
    await page.locator('.place vscode-button', { hasText: 'Run again' }).click();
    assert.deepEqual(await calls('command/run'), [{ command: 'retrace' }]);
  });

  it('a layer without SAEs and a model without them say so', async () => {
    const { page } = await browser.open({ scenario: 'long' });
    assert.equal(await page.locator('#latents').innerText(), 'No SAE is attached to layer 47.');
    await page.locator('#quantity').click();
    const options = await page.locator('#quantity .option').allInnerTexts();
    assert.equal(
      options.some((option) => option.includes('Latent')),
      false,
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
    assert.equal(await firstNeuron(trace), topNeurons(14, 3, 1)[0]?.id);
    assert.equal(await page.locator('.place .value.dimmed #neurons').count(), 1);
    // The newer answer comes first, the older one after it.
    await host((fake) => fake.release('trace/topNeurons', [1, 0]), null);
    await page.locator('.place .reading[data-status=ready]').waitFor();
    assert.equal(await firstNeuron(trace), topNeurons(5, 3, 1)[0]?.id);
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
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '4');
    await page.locator('.overview h3', { hasText: 'Entropy' }).waitFor();
    assert.deepEqual(await calls('selection/set'), []);
  });

  it('does not go back to an older choice that the host repeats', async () => {
    const { page, host } = await browser.open();
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.hold('selection/set'), null);
    await page.locator('.tok').nth(3).click();
    await page.locator('.tok').nth(5).click();
    const at = (position: number): Selection => ({ position, layer: 3, head: 0, quantity: LOSS });
    await host((fake, older) => fake.select(older), at(3));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '5');
    await host((fake) => fake.release('selection/set'), null);
    await host((fake, newer) => fake.select(newer), at(7));
    await page.locator('.tok.selected[data-position="7"]').waitFor();
  });

  it('ignores a selection that is none', async () => {
    const { page, host, complaints } = await browser.open();
    await page.locator('#candidates').waitFor();
    await host((fake) => fake.select({ position: -3 } as never), null);
    await host((fake) => fake.select(null as never), null);
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '14');
    assert.deepEqual(complaints, []);
  });

  it('tells the host what the person chose', async () => {
    const { page, calls } = await browser.open();
    await page.locator('.tok').nth(2).click();
    assert.deepEqual(await calls('selection/set'), [
      { selection: { position: 2, layer: 3, head: 0, quantity: LOSS } },
    ]);
  });

  it('survives a reload by ids only', async () => {
    const { page, host, calls } = await browser.open();
    await page.locator('.tok').nth(2).click();
    await page.locator('#tab-heads').click();
    const kept = await host((fake) => fake.state, null);
    assert.deepEqual(kept, {
      version: 1,
      uri: 'file:///ioi.prompt',
      range: null,
      selection: { position: 2, layer: 3, head: 0, quantity: LOSS },
      tab: 'heads',
    });
    await page.reload();
    await page.locator('#heads').waitFor();
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '2');
    assert.deepEqual(await calls('view/ready'), [{ persisted: kept }]);
  });
});

async function firstNeuron({ page }: TracePage): Promise<string | null> {
  return page.locator('#neurons tbody tr').first().getAttribute('data-unit');
}
