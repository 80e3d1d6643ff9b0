import assert from 'node:assert/strict';
import type { Selection } from '../../src/protocol/viewContract.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';

let browser: TraceBrowser;

describe('the trace view by keyboard and pointer', () => {
  before(async () => {
    browser = await startTraceBrowser();
  });
  after(() => browser.stop());

  it('walks the tokens by arrows, Home and End with one tab stop, and selects by Enter', async () => {
    const trace = await browser.open({ width: 520 });
    const { page } = trace;
    await page.locator('.tok.selected').focus();
    await press(trace, 'Home');
    assert.equal(await focusedToken(trace), '0');
    await press(trace, 'ArrowRight', 'ArrowRight');
    assert.equal(await focusedToken(trace), '2');
    await press(trace, 'ArrowDown');
    const below = await focusedToken(trace);
    assert.ok(Number(below) > 8, `ArrowDown led to ${below}`);
    await press(trace, 'ArrowUp', 'End', 'ArrowLeft');
    assert.equal(await focusedToken(trace), '13');
    assert.equal(await page.locator('.tok[tabindex="0"]').count(), 1);
    assert.deepEqual(await selections(trace), []);
    await press(trace, 'Enter');
    assert.deepEqual((await selections(trace)).at(-1)?.position, 13);
    assert.equal(await page.locator('.tok.selected').getAttribute('data-position'), '13');
  });

  it('shows the same exact values on focus as on hover', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('.tok').nth(8).hover();
    const hovered = await page.locator('.tip').innerText();
    assert.match(hovered, /Surprise\s+3\.41\snats/u);
    assert.match(hovered, /Rank\s+15/u);
    await page.mouse.move(5, 5);
    await page.locator('.tip').waitFor({ state: 'detached' });
    await page.locator('.tok').nth(8).focus();
    assert.equal(await page.locator('.tip').innerText(), hovered);
    await press(trace, 'Escape');
    await page.locator('.tip').waitFor({ state: 'detached' });
  });

  it('shows exact values of a row on hover and on focus', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#candidates tbody tr').first().hover();
    const hovered = await page.locator('.tip').innerText();
    assert.match(hovered, /Logit\s+11\.42/u);
    await page.mouse.move(5, 5);
    await page.locator('.tip').waitFor({ state: 'detached' });
    await page.locator('#tab-next').focus();
    await press(trace, 'Tab');
    assert.equal(await page.locator('.tip').innerText(), hovered);
    await press(trace, 'ArrowDown');
    assert.match(await page.locator('.tip').innerText(), /·John/u);
  });

  it('tells each token to screen readers with its values', async () => {
    const { page } = await browser.open();
    const label = await page.locator('.tok').nth(2).getAttribute('aria-label');
    assert.match(label ?? '', /^·Mary, Position 2, Token id \d+, Surprise 4\.4\snats, Probability 1\.2\s%/u);
  });

  it('goes to a cell of the map by click', async () => {
    const trace = await browser.open();
    await trace.page.locator('#map canvas').click({ position: { x: 14 + 2.5 * 22, y: 2.5 * 18 } });
    const chosen = (await selections(trace)).at(-1);
    assert.deepEqual([chosen?.position, chosen?.layer], [2, 1]);
    await trace.page.locator('.place h3', { hasText: 'position 2, after layer 1' }).waitFor();
  });

  it('walks the map by arrows, tells the cell, and goes there by Enter', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await focusByTab(trace, '#map [role=grid]');
    await press(trace, 'ArrowDown', 'ArrowLeft', 'ArrowLeft');
    const told = page.locator('#map [role=gridcell]');
    assert.match(await told.innerText(), /^·a, Position 12, Layer 2, resid_post, norm [\d.]+$/u);
    assert.equal(await told.getAttribute('aria-colindex'), '13');
    assert.equal(await page.locator('#map [role=row]').getAttribute('aria-rowindex'), '2');
    await press(trace, 'Enter');
    const chosen = (await selections(trace)).at(-1);
    assert.deepEqual([chosen?.position, chosen?.layer], [12, 2]);
  });

  it('walks tabs and rows, and colours by a row on Enter', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#tab-next').focus();
    await press(trace, 'ArrowRight', 'ArrowRight');
    assert.equal(await page.locator('[role=tab][aria-selected=true]').innerText(), 'Latents');
    await page.locator('#latents tbody tr[tabindex="0"]').focus();
    await press(trace, 'ArrowDown', 'ArrowDown', 'Enter');
    const unit = await page.locator('#latents tbody tr').nth(2).getAttribute('data-unit');
    const quantity = (await selections(trace)).at(-1)?.quantity;
    assert.equal(quantity?.kind === 'unit' && quantity.unit.kind === 'latent' && quantity.unit.sae, '3-res');
    await page.locator('.overview h3', { hasText: unit ?? '' }).waitFor();
    assert.equal(await page.locator('#latents tr.selected').getAttribute('data-unit'), unit);
  });

  it('has keys for layer, tab, tables, the editor and help', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await press(trace, '[', '[', ']', '4', 'r', 't');
    assert.deepEqual(
      (await selections(trace)).map(({ layer }) => layer),
      [2, 1, 2],
    );
    assert.deepEqual(await trace.calls('editor/reveal'), [{ position: 14 }]);
    await page.locator('#token-table').waitFor();
    await page.locator('#neurons').waitFor();
    await press(trace, '?');
    await page.locator('dialog.keys[open]').waitFor();
    await press(trace, 'Escape');
    await page.locator('dialog.keys').waitFor({ state: 'detached' });
  });

  it('leaves typed letters to the field that they are typed into', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#tab-heads').click();
    await page.locator('#heads tbody tr').first().click();
    await page.locator('#unit input').fill('');
    await page.keyboard.type('t?[2');
    assert.equal(await page.locator('#unit input').inputValue(), 't?[2');
    assert.equal(await page.locator('#token-table').count(), 0);
    assert.equal(await page.locator('dialog').count(), 0);
  });

  it('offers the commands of the panel', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#button-refresh').click();
    await page.locator('#button-export').click();
    for (const item of ['Paint tokens in the editor', 'Open the log', 'Settings']) {
      await page.locator('#button-ellipsis').click();
      await page.locator('vscode-context-menu-item', { hasText: item }).click();
    }
    const commands = (await trace.calls('command/run')).map((call) => (call as { command: string }).command);
    assert.deepEqual(commands, ['retrace', 'exportJson', 'toggleDecorations', 'openLog', 'openSettings']);
  });
});

async function press({ page }: TracePage, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

async function focusedToken({ page }: TracePage): Promise<string | null> {
  return page.locator('.tok:focus').getAttribute('data-position');
}

async function selections(trace: TracePage): Promise<readonly Selection[]> {
  const calls = await trace.calls('selection/set');
  return calls.map((call) => (call as { selection: Selection }).selection);
}

/** Focus as the keyboard gives it. */
async function focusByTab({ page }: TracePage, selector: string): Promise<void> {
  await page.locator('.tok[tabindex="0"]').focus();
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
  }
  assert.fail(`Tab never reached ${selector}`);
}
