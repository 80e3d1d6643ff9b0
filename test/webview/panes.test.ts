import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { columnFormat } from '../../webview-ui/src/draw/format.ts';
import { patternOf, topHeads, topLatents, topNeurons, VIEWS } from './support/fixtures.ts';
import { startTraceBrowser, type TraceBrowser } from './support/openTrace.ts';

let browser: TraceBrowser;

describe('the panes of the trace view', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('answers in one sentence with numbers', async () => {
    const { page } = await browser.open();
    const text = await page.locator('.headline').innerText();
    assert.equal(text.replace(/\s+/gu, ' ').trim(), 'Next: ·Mary 71 % · most surprising: When 7.1 nats');
    assert.equal(await page.locator('.toolbar .file').innerText(), 'ioi.prompt');
  });

  it('shows every token with marks for what cannot be seen', async () => {
    const { page } = await browser.open({ scenario: 'emoji' });
    const tokens = await page.locator('.tok').allInnerTexts();
    assert.deepEqual(tokens, [
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
    assert.equal(await page.locator('.strip br').count(), 2);
  });

  it('lists candidates with rank, logit, probability, and marks target and distractor', async () => {
    const { page } = await browser.open();
    const rows = page.locator('#candidates tbody tr');
    assert.equal(await rows.count(), 8);
    assert.equal(await cells(rows.first()), '1 | ·Mary target | 11.42 | 71.0 %');
    assert.equal(await cells(rows.nth(1)), '2 | ·John distractor | 9.24 | 8.0 %');
  });

  it('lists latents with their words and F1 below the candidates', async () => {
    const { page } = await browser.open();
    const expected = topLatents(VIEWS.ioi, 14, 3, 12)[0];
    const row = page.locator('#latents tbody tr').first();
    assert.equal(await cells(row), `${expected?.id} | ${expected?.words} F1 0.84 | 8.31`);
    assert.equal(await page.locator('#latents tbody tr').count(), 5);
  });

  it('reads the logit lens, the last layer on top', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-lens').click();
    const rows = page.locator('#lens tbody tr');
    await rows.first().waitFor();
    assert.deepEqual(await rows.locator('td:first-child').allInnerTexts(), ['3', '2', '1', '0', 'embed']);
    assert.equal(await cells(rows.first()), '3 | ·Mary·John·the | 1 | 71.0 %');
  });

  it('lists neurons signed, with bars to either side of one line', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-neurons').click();
    await page.locator('#neurons').waitFor();
    const expected = topNeurons(14, 3, 12);
    const format = columnFormat(
      expected.map(({ value }) => value),
      { signed: true },
    );
    assert.deepEqual(
      await page.locator('#neurons tbody td:last-child').allInnerTexts(),
      expected.map(({ value }) => format(value)),
    );
    assert.equal(await page.locator('#neurons .bar .negative').count(), 3);
  });

  it('tells where each head looks and shows the pattern of the chosen one', async () => {
    const { page, calls } = await browser.open();
    await page.locator('#tab-heads').click();
    const first = page.locator('#heads tbody tr').first();
    await first.waitFor();
    const expected = topHeads(VIEWS.ioi, 14, 3)[0];
    assert.equal(
      await cells(first),
      `${expected?.id} | ·Mary @2 | ${expected?.attendsTo?.weight.toFixed(2)} | ${expected?.value.toFixed(2)}`,
    );
    await first.click();
    assert.deepEqual(await calls('trace/pattern'), [
      { traceId: 't-ioi', layer: 3, head: 0 },
      { traceId: 't-ioi', layer: 3, head: 1 },
    ]);
    const grid = page.locator('#pattern [role=grid]');
    assert.equal(await grid.getAttribute('aria-rowcount'), '15');
    const weight = patternOf(VIEWS.ioi, 3, 1).pattern[14 * 15 + 2] ?? 0;
    const told = await page.locator('#pattern [role=gridcell]').innerText();
    assert.ok(told.includes(`Weight ${Number(weight.toPrecision(6))}`), told);
  });

  it('says in the legend what the scale covers, and what it leaves out and why', async () => {
    const { page } = await browser.open();
    assert.equal((await page.locator('.color-bar .legend').innerText()).replace(/\s+/gu, ' '), '0 7.1 nats');
    assert.equal(
      await page.locator('.map-pane .note').innerText(),
      'Position 0 is left out of the scale: its norm is an outlier',
    );
  });

  it('gives the map a legend of its own where its scale is another than that of the strip', async () => {
    const { page } = await browser.open();
    await choose(page, '#quantity', 'Norm of attn_out');
    await page.locator('.map-pane h3', { hasText: 'attn_out' }).waitFor();
    const [strip, map] = await page.locator('.legend').allInnerTexts();
    assert.notEqual(strip, map);
    assert.equal(await page.locator('.map-pane .legend').count(), 1);
    await choose(page, '#quantity', 'Norm of resid_mid');
    await page.locator('ug-color-bar .note').waitFor();
    assert.equal(await page.locator('.note').count(), 1);
  });

  it('says the midpoint of a signed scale', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-neurons').click();
    await page.locator('#neurons tbody tr').first().click();
    const label = page.locator('.color-bar .legend[aria-label*="transparent at 0"]');
    await label.waitFor();
    assert.match(
      (await label.getAttribute('aria-label')) ?? '',
      /^L3N\d+\. Colour scale from -[\d.]+ to \+[\d.]+, transparent at 0$/u,
    );
    assert.equal(await page.locator('.color-bar .ramp .midpoint').count(), 1);
  });

  it('colours by what is chosen: a norm, the strongest neuron, a typed unit', async () => {
    const { page, calls } = await browser.open();
    await choose(page, '#quantity', 'Norm of attn_out');
    await choose(page, '#quantity', 'Neuron');
    await page.locator('#unit').waitFor();
    await page.locator('#unit input').fill('3-res/412');
    await page.keyboard.press('Enter');
    await page.locator('.overview h3', { hasText: '3-res/412' }).waitFor();
    const quantities = (await calls('trace/heatMap')).map((call) => (call as { quantity: unknown }).quantity);
    const strongest = topNeurons(14, 3, 1)[0]?.unit;
    assert.deepEqual(quantities, [
      { kind: 'loss' },
      { kind: 'norm', site: 'resid_post', layer: 3 },
      { kind: 'norm', site: 'attn_out', layer: 3 },
      { kind: 'unit', unit: strongest },
      { kind: 'unit', unit: { kind: 'latent', sae: '3-res', index: 412 } },
    ]);
  });

  it('refuses a unit that the model does not have, and says why', async () => {
    const { page, calls } = await browser.open();
    await choose(page, '#quantity', 'Head pattern');
    await page.locator('#unit input').fill('L9H1');
    const before = (await calls('trace/heatMap')).length;
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.problem').innerText(), 'underglass-tiny has layers 0 to 3.');
    assert.equal((await calls('trace/heatMap')).length, before);
  });
});

async function cells(row: Locator): Promise<string> {
  const texts = await row.locator('td:not(.bar-cell)').allInnerTexts();
  return texts.map((text) => text.replace(/\s+/gu, ' ').trim()).join(' | ');
}

async function choose(page: Page, select: string, label: string): Promise<void> {
  await page.locator(select).click();
  await page.locator(`${select} .option`, { hasText: label }).first().click();
}
