import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import { contextMenu, editorTab, openFile, runCommand, webviewFrame } from '../support/host/workbenchUi.ts';

const DEBUG = 'Underglass: Debug Target vs Distractor';
const PATIENCE_MS = 30_000;

/** Why " Mary" and not " John": from the context menu through a trace upstream to a saved edit and over a reload. */
describe('a prompt debugged in VS Code', () => {
  let workbench: Workbench;
  let plain = '';
  let edited = '';

  before(async () => {
    workbench = await openWorkbench({ workspace: 'examples', size: { width: 1500, height: 950 } });
  });
  after(() => workbench?.close());

  it('opens a panel beside the editor with its value and its nodes', async () => {
    const { page } = workbench;
    await openFile(page, 'ioi.prompt');
    await contextMenu(page, page.locator('.view-line', { hasText: 'When Mary' }), [DEBUG]);
    const frame = await webviewFrame(page, 'ug-debug');
    plain = await eventually(
      () => valueOf(frame),
      (value) => assert.match(value, /^\+\d/),
    );
    await rows(frame).nth(5).waitFor();
    await frame.locator('#nodes .sum', { hasText: 'left over' }).waitFor();
    await workbench.screenshot('out/screenshots/debug.png');
    await eventuallyEqual(() => editorTab(page, 'Debug ioi.prompt').count(), 1);
  });

  it('sorts by a column', async () => {
    const frame = await webviewFrame(workbench.page, 'ug-debug');
    const first = (): Promise<string | null> => rows(frame).first().getAttribute('data-key');
    const before = await first();
    await frame.locator('#nodes button.sort').locator('visible=true').first().click();
    await eventually(first, (now) => assert.notEqual(now, before));
    await frame.locator('#nodes button.sort[data-sort="directEffect"]').click();
  });

  it('traces a neuron upstream, then another, and comes back to the same number', async () => {
    const { page } = workbench;
    const frame = await webviewFrame(page, 'ug-debug');
    await traceNeuron(frame, 'L3N');
    await frame.locator('.crumbs li').nth(1).waitFor();
    await eventually(
      () => valueOf(frame),
      (value) => assert.notEqual(value, plain),
    );
    await traceNeuron(frame, 'L0N');
    await frame.locator('.crumbs li').nth(2).waitFor();
    await workbench.screenshot('out/screenshots/debug-traced.png');
    for (let step = 0; step < 2; step++)
      await frame.locator('.crumbs').getByRole('button', { name: 'Back' }).click();
    await eventuallyEqual(() => valueOf(frame), plain);
  });

  it('ablates from a row as a draft, and saves it into the prompt file', async () => {
    const { page, workspace } = workbench;
    const frame = await webviewFrame(page, 'ug-debug');
    const head = frame.locator('#nodes tbody tr[data-key^="L1H"], #nodes tbody tr[data-key^="L2H"]').first();
    await head.click();
    await frame.locator('#nodes .virtual-scroll').press('a');
    edited = await eventually(
      () => valueOf(frame),
      (value) => assert.notEqual(value, plain),
    );
    await workbench.screenshot('out/screenshots/debug-edited.png');
    await frame.locator('#save').click();
    await page.locator('.view-line', { hasText: 'ablate:' }).waitFor();
    await eventuallyEqual(() => valueOf(frame), edited);
    await page.locator('.view-line', { hasText: 'When Mary' }).click();
    await page.keyboard.press('Control+s');
    const file = path.join(workspace, 'ioi.prompt');
    await eventually(
      () => readFile(file, 'utf8'),
      (text) => assert.match(text, /^ablate: .*(zero|x 0)/mu),
    );
  });

  it('shows the same numbers after a reload of the window', async () => {
    await workbench.reload();
    await editorTab(workbench.page, 'Debug ioi.prompt').waitFor();
    const frame = await webviewFrame(workbench.page, 'ug-debug');
    await eventuallyEqual(() => valueOf(frame), edited);
  });

  it('asks for an edit in the palette, and opens the debug view of it', async () => {
    const { page } = workbench;
    await openFile(page, 'capitals.prompt');
    await runCommand(page, 'Underglass: Ablate…');
    const input = page.locator('.quick-input-widget .quick-input-box input');
    await input.fill('L1H0@last x');
    await page.locator('.quick-input-message', { hasText: 'number' }).waitFor();
    await input.fill('L1H0@last zero');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: 'ablate:' }).waitFor();
    await editorTab(page, 'Debug capitals.prompt').waitFor();
  });

  it('breaks no policy and asks no other machine', () => {
    const broken = workbench.consoleErrors.filter((text) => /content security policy|refused to/i.test(text));
    assert.deepEqual(broken, []);
    assert.deepEqual(workbench.outsideRequests(), []);
  });
});

function rows(frame: Frame) {
  return frame.locator('#nodes tbody tr[data-key]');
}

async function valueOf(frame: Frame): Promise<string> {
  return (await frame.locator('.headline #value').innerText({ timeout: PATIENCE_MS })).trim();
}

/** Chooses the first neuron whose name begins so, and traces it by its key. */
async function traceNeuron(frame: Frame, name: string): Promise<void> {
  const row = frame.locator(`#nodes tbody tr[data-key^="${name}"]`).first();
  await row.click();
  await frame.locator('#nodes .virtual-scroll').press('t');
}
