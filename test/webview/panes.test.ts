import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { columnFormat } from '../../webview-ui/src/draw/format.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { patternOf, topHeads, topLatents, topNeurons, VIEWS } from './support/fixtures.ts';
import { startTraceBrowser, type TraceBrowser } from './support/openTrace.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasTexts, hasValue, tidy } from './support/see.ts';

let browser: TraceBrowser;

describe('the panes of the trace view', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('answers in one sentence with numbers', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('.headline'), 'Next: ·Mary 71 % · most surprising: When 7.1 nats');
    await hasText(page.locator('.toolbar .file'), 'ioi.prompt');
  });

  it('says that only a selection was traced', async () => {
    const { page } = await browser.open({ scenario: 'emoji' });
    await hasText(page.locator('.toolbar .selection'), 'selection');
    const { page: whole } = await browser.open();
    await hasText(whole.locator('.toolbar .count'), '15 tokens');
    await hasCount(whole.locator('.toolbar .selection'), 0);
  });

  it('shows every token with marks for what cannot be seen', async () => {
    const { page } = await browser.open({ scenario: 'emoji' });
    await hasTexts(page.locator('.tok'), [
      '⟨bos⟩',
      'Party',
      '‹f0 9f›',
      '‹8e 89›',
      '!↵',
      '↵',
      '⇥int',
      '·x',
      '·',
      '⟨U+200B⟩',
      'é',
      '·end',
    ]);
    await hasCount(page.locator('.strip br'), 2);
  });

  it('lists candidates with rank, logit, probability, and marks target and distractor', async () => {
    const { page } = await browser.open();
    const rows = page.locator('#candidates tbody tr');
    await hasCount(rows, 8);
    await hasCells(rows.first(), '1 | ·Mary target | 11.42 | 71.0 %');
    await hasCells(rows.nth(1), '2 | ·John distractor | 9.24 | 8.0 %');
  });

  it('lists latents with their words and F1 below the candidates', async () => {
    const { page } = await browser.open();
    const expected = topLatents(VIEWS.ioi, 14, 3, 12)[0];
    const row = page.locator('#latents tbody tr').first();
    await hasCells(row, `${expected?.id} | ${expected?.known?.words} F1 0.84 | 8.31`);
    await hasCount(page.locator('#latents tbody tr'), 5);
  });

  it('reads the logit lens, the last layer on top', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-lens').click();
    const rows = page.locator('#lens tbody tr');
    await hasTexts(rows.locator('td:first-child'), ['3', '2', '1', '0', 'embed']);
    await hasCells(rows.first(), '3 | ·Mary·John·the | 1 | 71.0 %');
  });

  it('lists neurons signed, with bars to either side of one line', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-neurons').click();
    const expected = topNeurons(14, 3, 12);
    const format = columnFormat(
      expected.map(({ value }) => value),
      { signed: true },
    );
    await hasTexts(
      page.locator('#neurons tbody td:last-child'),
      expected.map(({ value }) => format(value)),
    );
    await hasCount(page.locator('#neurons .bar .negative'), 3);
  });

  it('tells where each head looks and shows the pattern of the chosen one', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#tab-heads').click();
    const first = page.locator('#heads tbody tr').first();
    const expected = topHeads(VIEWS.ioi, 14, 3)[0];
    await hasCells(
      first,
      `${expected?.id} | ·Mary @2 | ${expected?.attendsTo?.weight.toFixed(2)} | ${expected?.value.toFixed(2)}`,
    );
    await first.click();
    await hasCalls(trace, 'trace/pattern', [
      { traceId: 't-ioi', layer: 3, head: 0 },
      { traceId: 't-ioi', layer: 3, head: 1 },
    ]);
    await hasAttribute(page.locator('#pattern [role=grid]'), 'aria-rowcount', '15');
    const weight = patternOf(VIEWS.ioi, 3, 1).pattern[14 * 15 + 2] ?? 0;
    await eventually(
      () => page.locator('#pattern [role=gridcell]').innerText(),
      (told) => assert.ok(told.includes(`Weight ${Number(weight.toPrecision(6))}`), told),
    );
  });

  it('says in the legend what the scale covers, and what it leaves out and why', async () => {
    const { page } = await browser.open();
    await hasText(page.locator('.color-bar .legend'), '0 7.1 nats');
    await hasText(
      page.locator('.map-pane .note'),
      'Position 0 is left out of the scale: its norm is an outlier',
    );
  });

  it('gives the map a legend of its own where its scale is another than that of the strip', async () => {
    const { page } = await browser.open();
    await choose(page, '#quantity', 'Norm of attn_out');
    await page.locator('.map-pane h3', { hasText: 'attn_out' }).waitFor();
    await hasCount(page.locator('.map-pane .legend'), 1);
    await eventually(
      () => page.locator('.legend').allInnerTexts(),
      ([strip, map]) => assert.notEqual(strip, map),
    );
    await choose(page, '#quantity', 'Norm of resid_mid');
    await page.locator('ug-color-bar .note').waitFor();
    await hasCount(page.locator('.note'), 1);
  });

  it('says the midpoint of a signed scale', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-neurons').click();
    await page.locator('#neurons tbody tr').first().click();
    await hasAttribute(
      page.locator('.color-bar .legend'),
      'aria-label',
      /^L3N\d+\. Colour scale from -[\d.]+ to \+[\d.]+, transparent at 0$/u,
    );
    await hasCount(page.locator('.color-bar .ramp .midpoint'), 1);
  });

  it('colours by what is chosen: a norm, the strongest neuron, a typed unit', async () => {
    const { page, calls } = await browser.open();
    const strongest = topNeurons(14, 3, 1)[0];
    await page.locator('.map-pane h3', { hasText: 'resid_post' }).waitFor();
    await choose(page, '#quantity', 'Norm of attn_out');
    await choose(page, '#quantity', 'Neuron');
    await hasValue(page.locator('#unit input'), strongest?.id ?? 'no neuron');
    await page.locator('#unit input').fill('3-res/412');
    await page.keyboard.press('Enter');
    await page.locator('.overview h3', { hasText: '3-res/412' }).waitFor();
    const quantities = async (): Promise<readonly unknown[]> =>
      (await calls('trace/heatMap')).map((call) => (call as { quantity: unknown }).quantity);
    await eventuallyEqual(quantities, [
      { kind: 'loss' },
      { kind: 'norm', site: 'resid_post', layer: 3 },
      { kind: 'norm', site: 'attn_out', layer: 3 },
      { kind: 'unit', unit: strongest?.unit },
      { kind: 'unit', unit: { kind: 'latent', sae: '3-res', index: 412 } },
    ]);
  });

  it('refuses a unit that the model does not have, and says why', async () => {
    const { page, calls } = await browser.open();
    await choose(page, '#quantity', 'Head pattern');
    await hasValue(page.locator('#unit input'), 'L3H0');
    await page.locator('.overview h3', { hasText: 'L3H0' }).waitFor();
    const before = (await calls('trace/heatMap')).length;
    await page.locator('#unit input').fill('L9H1');
    await page.keyboard.press('Enter');
    await hasText(page.locator('.problem'), 'underglass-tiny has layers 0 to 3.');
    assert.equal((await calls('trace/heatMap')).length, before);
  });

  it('a choice is not undone by the answer to an earlier one', async () => {
    const { page, host } = await browser.open();
    await host((fake) => fake.hold('trace/topNeurons'), null);
    await choose(page, '#quantity', 'Neuron');
    await eventuallyEqual(() => host((fake) => fake.held('trace/topNeurons'), null), 1);
    await choose(page, '#quantity', 'Entropy');
    await page.locator('.overview h3', { hasText: 'Entropy' }).waitFor();
    await host((fake) => fake.release('trace/topNeurons'), null);
    await page.locator('.tok').nth(3).click();
    await page.locator('.place h3', { hasText: 'position 3,' }).waitFor();
    await hasText(page.locator('.overview h3').last(), /Entropy/u);
    await hasCount(page.locator('#unit'), 0);
  });
});

async function hasCells(row: Locator, expected: string): Promise<void> {
  const cells = row.locator('td:not(.bar-cell)');
  await eventuallyEqual(async () => (await cells.allInnerTexts()).map(tidy).join(' | '), expected);
}

async function choose(page: Page, select: string, label: string): Promise<void> {
  await page.locator(select).click();
  await page.locator(`${select} .option`, { hasText: label }).first().click();
}
