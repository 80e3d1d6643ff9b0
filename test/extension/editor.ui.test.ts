import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  contextMenuLabels,
  editorTab,
  explorerRow,
  hoverText,
  openFile,
  openSideBar,
  runCommand,
  statusBarItem,
} from '../support/host/workbenchUi.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';

const TRACE = 'Underglass: Trace Activations';
/** Pieces of the editor that are coloured by a decoration. */
const PAINTED = '.editor-instance .view-overlays .cdr[class*="ced-"]';

describe('Underglass in the editor', () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'underglass-editor-'));
    const workspace = path.join(folder, 'prompts');
    await mkdir(workspace);
    await writeFile(path.join(workspace, 'mary.prompt'), '---\ntarget: "M"\n---\nWhen Mary and John went\n');
    await writeFile(path.join(workspace, 'plain.txt'), 'some words\n');
    await writeFile(path.join(workspace, 'picture.png'), '');
    const model = path.join(folder, 'random-model');
    await writeModel(model);
    // A remote window takes settings that may name folders from the machine or the workspace only.
    await mkdir(path.join(workspace, '.vscode'));
    const settings = JSON.stringify({ 'underglass.modelFolder': model });
    await writeFile(path.join(workspace, '.vscode', 'settings.json'), settings);
    workbench = await openWorkbench({ workspace });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await workbench?.screenshot('out/screenshots/editor-failed.png');
  });

  after(async () => {
    await workbench?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('welcomes in the side bar while nothing is open', async () => {
    const { page } = workbench;
    await openSideBar(page, 'Underglass');
    await page.locator('.welcome-view-content a', { hasText: 'Open an Example' }).waitFor();
    await workbench.screenshot('out/screenshots/welcome.png');
    await openSideBar(page, 'Explorer');
  });

  it('offers the trace at the top of the menu of text files, the rest in a submenu', async () => {
    const { page } = workbench;
    // The menu may open before the extension's entries are in it.
    const offers = async (name: string, labels: readonly string[]): Promise<void> => {
      await eventually(
        () => contextMenuLabels(page, explorerRow(page, name)),
        (shown) =>
          assert.ok(
            labels.every((label) => shown.includes(label)),
            shown.join(),
          ),
      );
    };
    await offers('mary.prompt', [TRACE, 'Underglass']);
    await offers('plain.txt', [TRACE]);
    const picture = await contextMenuLabels(page, explorerRow(page, 'picture.png'));
    assert.ok(!picture.includes(TRACE), picture.join());
  });

  it('shows a CodeLens, then what comes next, and words in a hover whose links open the panel', async () => {
    const { page } = workbench;
    await openFile(page, 'mary.prompt');
    const lens = page.locator('.codelens-decoration a');
    await lens.filter({ hasText: /Trace/u }).first().waitFor();
    // The first hover traces; on a slow machine it ends before the trace does.
    await hoverText(page, 'Mary');
    await lens
      .filter({ hasText: /Next: .+ %/u })
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    const hover = await hoverText(page, 'Mary');
    const link = hover.locator('a', { hasText: '1-res/' }).first();
    await link.waitFor();
    await workbench.screenshot('out/screenshots/hover.png');
    await eventually(
      () => hover.innerText(),
      (text) =>
        assert.match(text, /token \d+ at position \d+[^]*Probability[^]*rank[^]*concept \d+ \(F1 0\.50\)/u),
    );
    await link.click();
    await editorTab(page, 'mary.prompt').nth(1).waitFor();
    await statusBarItem(page, 'random-model').waitFor();
  });

  it('lists the model and the trace in the side bar', async () => {
    const { page } = workbench;
    await openSideBar(page, 'Underglass');
    const row = (text: string) => page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
    await row('random-model').waitFor();
    await row('mary.prompt').waitFor();
    await workbench.screenshot('out/screenshots/side-bar.png');
    await openSideBar(page, 'Explorer');
  });

  it('colours the tokens when asked to, and keeps to it over a reload', async () => {
    const { page } = workbench;
    await focusPrompt(page);
    assert.equal(await page.locator(PAINTED).count(), 0);
    await runCommand(page, 'Underglass: Toggle Token Colours in the Editor');
    await page.locator(PAINTED).first().waitFor();
    await workbench.screenshot('out/screenshots/token-colours.png');
    await workbench.reload();
    await contextMenu(page, explorerRow(page, 'mary.prompt'), [TRACE]);
    await page.locator(PAINTED).first().waitFor();
    await focusPrompt(page);
    await runCommand(page, 'Underglass: Toggle Token Colours in the Editor');
    await page.locator(PAINTED).first().waitFor({ state: 'detached' });
  });

  it('breaks nothing and asks no other machine', () => {
    // VS Code's own words when a panel is closed while it is still being opened.
    const errors = workbench.consoleErrors.filter(
      (text) => !text.includes('OverlayWebview has been disposed'),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(workbench.outsideRequests(), []);
  });
});

/** The editor again, whose panel has the file's name in its title too. */
async function focusPrompt(page: Page): Promise<void> {
  await page.locator('.tab[data-resource-name="mary.prompt"]').click();
}

async function writeModel(directory: string): Promise<void> {
  const { d_model: d_in } = await writeRandomModel(directory);
  const hook_name = 'blocks.1.hook_resid_post';
  const sae = path.join(directory, 'saes', hook_name);
  await writeRandomSae(sae, { architecture: 'topk', hook_name, d_in, d_sae: 128 });
  const lines = Array.from({ length: 128 }, (_, index) =>
    JSON.stringify({ index, words: `concept ${index}`, f1: 0.5 }),
  );
  await writeFile(path.join(sae, 'latents.jsonl'), lines.join('\n'));
}
