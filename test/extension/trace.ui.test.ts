import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { eventuallyEqual } from '../support/eventually.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  editorTab,
  explorerRow,
  openFile,
  runCommand,
  webviewFrame,
} from '../support/host/workbenchUi.ts';

const TRACE = 'Underglass: Trace Activations';
const PROMPT = 'When Mary and John went to the store, John gave a drink to';

/** One prompt from the explorer to the panel and over a reload, with the embedded model. */
describe('a prompt traced in VS Code', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ workspace: 'examples', size: { width: 1360, height: 860 } });
  });
  after(() => workbench?.close());

  it('opens a panel beside the editor, which keeps the focus', async () => {
    const { page } = workbench;
    await openFile(page, 'ioi.prompt');
    await page.locator('.view-line', { hasText: 'When Mary' }).click();
    await contextMenu(page, page.locator('.view-line', { hasText: 'When Mary' }), [TRACE]);
    await shows(workbench, PROMPT);
    await eventuallyEqual(() => editorTab(page, 'Trace ioi.prompt').count(), 1);
    const focused = page.locator('.editor-group-container.active .tab.active');
    await eventuallyEqual(() => focused.getAttribute('data-resource-name'), 'ioi.prompt');
  });

  it('follows what is typed', async () => {
    const { page } = workbench;
    await page.locator('.view-line', { hasText: 'When Mary' }).click();
    // The line is wrapped: once to the end of what is seen, once to the end of the line.
    await page.keyboard.press('End');
    await page.keyboard.press('End');
    await page.keyboard.type(' the');
    await shows(workbench, `${PROMPT} the`);
    for (let press = 0; press < 4; press++) await page.keyboard.press('Backspace');
    await shows(workbench, PROMPT);
  });

  it('traces again into the same panel', async () => {
    const { page } = workbench;
    await contextMenu(page, explorerRow(page, 'ioi.prompt'), [TRACE]);
    await runCommand(page, TRACE);
    await shows(workbench, PROMPT);
    await eventuallyEqual(() => editorTab(page, 'Trace ioi.prompt').count(), 1);
  });

  it('keeps its panel over a reload of the window', async () => {
    await workbench.reload();
    await editorTab(workbench.page, 'Trace ioi.prompt').waitFor();
    await shows(workbench, PROMPT);
  });

  it('breaks no policy and asks no other machine', () => {
    const broken = workbench.consoleErrors.filter((text) => /content security policy|refused to/i.test(text));
    assert.deepEqual(broken, []);
    assert.deepEqual(workbench.outsideRequests(), []);
  });
});

/** Waits until the page's tokens spell a text. */
async function shows({ page }: Workbench, text: string): Promise<void> {
  const frame = await webviewFrame(page, 'ug-trace');
  await eventuallyEqual(() => stripText(frame), text);
}

/** The tokens after BOS as text: the page marks spaces by dots. */
async function stripText(frame: Frame): Promise<string> {
  const tokens = await frame.locator('.strip .tok').allTextContents();
  const texts = tokens.slice(1).map((token) => token.trim().replaceAll('·', ' '));
  return texts.join('');
}
