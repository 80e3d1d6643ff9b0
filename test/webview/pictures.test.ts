import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { heatMap, VIEWS } from './support/fixtures.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';
import { hasAttribute } from './support/see.ts';

let browser: TraceBrowser;

describe('every picture has its values as text', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('the table of the map holds what the cells are painted from', async () => {
    const trace = await browser.open({ theme: 'dark' });
    const { page } = trace;
    const painted = await eventually(
      () => mapAlphas(trace),
      (alphas) => assert.ok((alphas[0]?.[1] ?? 0) > 0, 'the map is not painted'),
    );
    await page.keyboard.press('t');
    const rows = await tableRows(trace, '#layer-table');
    const { layers } = heatMap(VIEWS.ioi, { kind: 'norm', site: 'resid_post', layer: 3 });
    assert.ok(layers);
    for (const [position, row] of rows.entries()) {
      for (const [layer, text] of row.slice(2).entries()) {
        const share = Math.min(1, Number(text) / layers.domain.max);
        const alpha = painted[3 - layer]?.[position] ?? -1;
        assert.ok(Math.abs(alpha - 0.62 * share ** 0.8) < 0.01, `layer ${layer}, position ${position}`);
      }
    }
  });

  it('the table of tokens holds what the strip is painted from', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('.tok[data-share="1"]').waitFor();
    const shares = await page
      .locator('.tok')
      .evaluateAll((boxes) => boxes.map((box) => Number((box as HTMLElement).dataset['share'])));
    await page.keyboard.press('t');
    const rows = await tableRows(trace, '#token-table');
    assert.deepEqual(
      rows.map((row) => (row[3] === '–' ? 0 : Number(row[3]) / 7.1).toFixed(6)),
      shares.map((share) => share.toFixed(6)),
    );
  });

  it('the histogram tells its counts, and the table repeats them', async () => {
    const trace = await browser.open();
    const { page } = trace;
    const canvas = page.locator('ug-histogram canvas');
    await hasAttribute(canvas, 'role', 'img');
    await hasAttribute(canvas, 'aria-label', 'Histogram of Surprise: 14 tokens between 0 and 8.00 nats');
    const counts = await page.locator('ug-histogram td:last-child').allTextContents();
    assert.equal(
      counts.reduce((sum, count) => sum + Number(count), 0),
      14,
    );
    await page.keyboard.press('t');
    await eventuallyEqual(
      () => page.locator('.tables section:last-child td:last-child').allTextContents(),
      counts,
    );
  });

  it('tables are copied whole, as TSV and as JSON', async () => {
    const { page, calls } = await browser.open();
    await page.locator('.tok[data-share="1"]').waitFor();
    await page.locator('#map canvas').waitFor();
    await page.keyboard.press('t');
    await page.locator('#layer-table-tsv').click();
    await page.locator('#token-table-json').click();
    const copied = await eventually(
      () => calls('clipboard/write'),
      (all) => assert.equal(all.length, 2),
    );
    const [tsv, json] = copied.map((call) => (call as { text: string }).text);
    assert.equal(tsv?.split('\n').length, 16);
    assert.equal(tsv?.split('\n')[0], 'Position\tToken\tLayer 0\tLayer 1\tLayer 2\tLayer 3');
    assert.equal((JSON.parse(json ?? '[]') as { surprise: number }[])[1]?.surprise, 7.1);
  });

  it('only the visible part of a large map is painted, and it follows the selection', async () => {
    const { page } = await browser.open({ scenario: 'long' });
    const canvas = page.locator('#map canvas');
    await canvas.waitFor();
    await eventually(
      () => canvas.boundingBox(),
      (box) => assert.ok(box !== null && box.width <= 900, `canvas is ${box?.width} wide`),
    );
    const scroller = page.locator('#map .grid-scroll');
    const scrolled = (): Promise<number> => scroller.evaluate((element) => element.scrollLeft);
    await eventually(scrolled, (left) => assert.ok(left > 1000, `scrolled by ${left}`));
    await page.locator('.tok').first().click();
    await page.locator('.place h3', { hasText: 'position 0,' }).waitFor();
    await eventuallyEqual(scrolled, 0);
  });

  it('high contrast: thickness and pattern instead of fill', async () => {
    const { page } = await browser.open({ theme: 'hc-black' });
    const style = page.locator('.tok[data-share="1"]');
    await style.waitFor();
    const [background, border] = await style.evaluate((box) => {
      const computed = getComputedStyle(box);
      return [computed.backgroundColor, computed.borderBottom];
    });
    assert.equal(background, 'rgba(0, 0, 0, 0)');
    assert.equal(border, '5px solid rgb(255, 255, 255)');
    await page.locator('#tab-neurons').click();
    await page.locator('#neurons tbody tr').first().click();
    await page.locator('.tok[data-share^="-"]').first().waitFor();
    await page.locator('.tok[style*="dashed"]').first().waitFor();
  });

  it('reads its colours again when the theme changes', async () => {
    const trace = await browser.open({ theme: 'dark' });
    const { page, host } = trace;
    const strongest = page.locator('.tok[data-share="1"]');
    await strongest.waitFor();
    const fill = (): Promise<string> => strongest.evaluate((box) => getComputedStyle(box).backgroundColor);
    await eventuallyEqual(fill, 'rgba(245, 166, 35, 0.62)');
    await host((fake) => fake.setTheme('light'), null);
    await eventuallyEqual(fill, 'rgba(214, 120, 10, 0.55)');
    await eventually(
      () => mapAlphas(trace),
      (alphas) => assert.ok((alphas[0]?.[0] ?? 1) < 0.56, `the map is painted by ${alphas[0]?.[0]}`),
    );
  });
});

/** Opacity at the middle of every cell of the map, `[row][column]`. */
async function mapAlphas({ page }: TracePage): Promise<readonly (readonly number[])[]> {
  return page.locator('#map').evaluate((element) => {
    const { geometry } = element as HTMLElement & {
      geometry: {
        rows: number;
        columns: number;
        cellWidth: number;
        cellHeight: number;
        gutter: number;
      };
    };
    const context = element.querySelector('canvas')?.getContext('2d');
    const { rows, columns, cellWidth, cellHeight, gutter } = geometry;
    return Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => {
        const x = Math.floor((gutter + (column + 0.5) * cellWidth) * devicePixelRatio);
        const y = Math.floor((row + 0.5) * cellHeight * devicePixelRatio);
        return (context?.getImageData(x, y, 1, 1).data[3] ?? 0) / 255;
      }),
    );
  });
}

async function tableRows({ page }: TracePage, selector: string): Promise<readonly (readonly string[])[]> {
  await page.locator(selector).waitFor();
  return page
    .locator(`${selector} tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText)));
}
