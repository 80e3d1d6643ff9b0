import assert from 'node:assert/strict';
import type { Selection } from '../../src/protocol/viewContract.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { startTraceBrowser, type TraceBrowser, type TracePage } from './support/openTrace.ts';
import { hasAttribute, hasCalls, hasCount, hasText, hasValue, tidy } from './support/see.ts';

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
    await focuses(trace, '0');
    await press(trace, 'ArrowRight', 'ArrowRight');
    await focuses(trace, '2');
    await press(trace, 'ArrowDown');
    await eventually(
      () => focusedToken(trace),
      (below) => assert.ok(Number(below) > 8, `ArrowDown led to ${below}`),
    );
    await press(trace, 'ArrowUp', 'End', 'ArrowLeft');
    await focuses(trace, '13');
    await hasCount(page.locator('.tok[tabindex="0"]'), 1);
    assert.deepEqual(await selections(trace), []);
    await press(trace, 'Enter');
    await eventuallyEqual(async () => (await selections(trace)).map(({ position }) => position), [13]);
    await hasAttribute(page.locator('.tok.selected'), 'data-position', '13');
  });

  it('shows the same exact values on focus as on hover', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('.tok[data-share="1"]').waitFor();
    await page.locator('.tok').nth(8).hover();
    const hovered = await tipWith(trace, /Surprise 3\.41 nats.*Rank 15/u);
    await page.mouse.move(5, 5);
    await page.locator('.tip').waitFor({ state: 'detached' });
    await page.locator('.tok').nth(8).focus();
    await hasText(page.locator('.tip'), hovered);
    await press(trace, 'Escape');
    await page.locator('.tip').waitFor({ state: 'detached' });
  });

  it('shows exact values of a row on hover and on focus', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#latents tbody tr').first().waitFor();
    await page.locator('#candidates tbody tr').first().hover();
    const hovered = await tipWith(trace, /Logit 11\.42/u);
    await page.mouse.move(5, 5);
    await page.locator('.tip').waitFor({ state: 'detached' });
    await page.locator('#tab-next').focus();
    await press(trace, 'Tab');
    await hasText(page.locator('.tip'), hovered);
    await press(trace, 'ArrowDown');
    await hasText(page.locator('.tip'), /·John/u);
  });

  it('tells each token to screen readers with its values', async () => {
    const { page } = await browser.open();
    const label = /^·Mary, Position 2, Token id \d+, Surprise 4\.4\snats, Probability 1\.2\s%/u;
    await hasAttribute(page.locator('.tok').nth(2), 'aria-label', label);
  });

  it('goes to a cell of the map by click', async () => {
    const trace = await browser.open();
    await laidOut(trace);
    await trace.page.locator('#map canvas').click({ position: { x: 14 + 2.5 * 22, y: 2.5 * 18 } });
    await choseLast(trace, { position: 2, layer: 1 });
    await trace.page.locator('.place h3', { hasText: 'position 2, after layer 1' }).waitFor();
  });

  it('walks the map by arrows, tells the cell, and goes there by Enter', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await laidOut(trace);
    await focusByTab(trace, '#map [role=grid]');
    await press(trace, 'ArrowDown', 'ArrowLeft', 'ArrowLeft');
    const told = page.locator('#map [role=gridcell]');
    await hasText(told, /^·a, Position 12, Layer 2, resid_post, norm [\d.]+$/u);
    await hasAttribute(told, 'aria-colindex', '13');
    await hasAttribute(page.locator('#map [role=row]'), 'aria-rowindex', '2');
    await press(trace, 'Enter');
    await choseLast(trace, { position: 12, layer: 2 });
  });

  it('walks tabs and rows, and colours by a row on Enter', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('#tab-next').focus();
    await press(trace, 'ArrowRight', 'ArrowRight');
    await hasText(page.locator('[role=tab][aria-selected=true]'), 'Latents');
    await hasCount(page.locator('#latents tbody tr'), 12);
    await page.locator('#latents tbody tr[tabindex="0"]').focus();
    await press(trace, 'ArrowDown', 'ArrowDown', 'Enter');
    const unit = (await page.locator('#latents tbody tr').nth(2).getAttribute('data-unit')) ?? 'no unit';
    await eventually(
      async () => (await selections(trace)).at(-1)?.quantity,
      (quantity) =>
        assert.equal(
          quantity?.kind === 'unit' && quantity.unit.kind === 'latent' && quantity.unit.sae,
          '3-res',
        ),
    );
    await page.locator('.overview h3', { hasText: unit }).waitFor();
    await hasAttribute(page.locator('#latents tr.selected'), 'data-unit', unit);
  });

  it('has keys for layer, tab, tables, the editor and help', async () => {
    const trace = await browser.open();
    const { page } = trace;
    await page.locator('.tok.selected').waitFor();
    await press(trace, '[', '[', ']', '4', 'r', 't');
    await eventuallyEqual(async () => (await selections(trace)).map(({ layer }) => layer), [2, 1, 2]);
    await hasCalls(trace, 'editor/reveal', [{ position: 14 }]);
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
    const row = page.locator('#heads tbody tr').first();
    await row.click();
    const field = page.locator('#unit input');
    await hasValue(field, (await row.getAttribute('data-unit')) ?? 'no unit');
    await field.fill('');
    await page.keyboard.type('t?[2');
    await hasValue(field, 't?[2');
    assert.equal(await page.locator('#token-table').count(), 0);
    assert.equal(await page.locator('dialog').count(), 0);
  });

  it('never overwrites what is being typed, whatever arrives meanwhile', async () => {
    const { page, host } = await browser.open();
    await page.locator('#tab-heads').click();
    await page.locator('#heads tbody tr').first().click();
    const field = page.locator('#unit input');
    await hasValue(field, 'L3H1');
    await field.fill('');
    await page.keyboard.type('L2H');
    const quantity = { kind: 'unit', unit: { kind: 'head', layer: 1, head: 2 } } as const;
    await host((fake, chosen) => fake.select(chosen), { position: 4, layer: 1, head: 2, quantity });
    await page.locator('.overview h3', { hasText: 'L1H2' }).waitFor();
    await page.keyboard.type('5');
    await hasValue(field, 'L2H5');
    await page.keyboard.press('Enter');
    await page.locator('.overview h3', { hasText: 'L2H5' }).waitFor();
  });

  it('keeps a refused unit beside its reason, and shows the true one again when something is chosen', async () => {
    const { page } = await browser.open();
    await page.locator('#tab-heads').click();
    await page.locator('#heads tbody tr').first().click();
    const field = page.locator('#unit input');
    await hasValue(field, 'L3H1');
    await field.fill('L9H1');
    await page.keyboard.press('Tab');
    await page.locator('.problem').waitFor();
    await hasValue(field, 'L9H1');
    await page.locator('.tok').nth(4).click();
    await page.locator('.problem').waitFor({ state: 'detached' });
    await hasValue(field, 'L3H1');
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
    const commands = ['retrace', 'exportJson', 'toggleDecorations', 'openLog', 'openSettings'];
    await hasCalls(
      trace,
      'command/run',
      commands.map((command) => ({ command })),
    );
  });
});

async function press({ page }: TracePage, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** What the tooltip says once it says so. */
async function tipWith({ page }: TracePage, expected: RegExp): Promise<string> {
  return eventually(
    async () => tidy(await page.locator('.tip').innerText()),
    (text) => assert.match(text, expected),
  );
}

/** The cells of the map have their places. */
async function laidOut({ page }: TracePage): Promise<void> {
  await eventually(
    () => page.locator('#map canvas').boundingBox(),
    (box) => assert.ok((box?.width ?? 0) > 15 * 22, `the map is ${box?.width} wide`),
  );
}

async function choseLast(
  trace: TracePage,
  expected: { readonly position: number; readonly layer: number },
): Promise<void> {
  const read = async (): Promise<unknown> => {
    const last = (await selections(trace)).at(-1);
    return { position: last?.position, layer: last?.layer };
  };
  await eventuallyEqual(read, expected);
}

async function focuses(trace: TracePage, position: string): Promise<void> {
  await eventuallyEqual(() => focusedToken(trace), position);
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
