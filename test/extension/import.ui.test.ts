import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { answerInput, notification, pickRow, pressNotification } from '../support/host/quickPick.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import { hoverText, openFile, runCommand, webviewFrame } from '../support/host/workbenchUi.ts';
import { startHubServer, type HubServer } from '../support/hubServer.ts';
import { exportedActivations, exportedExplanations } from '../support/publishedSamples.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';

const SOURCE = 'random-model/1-res';
const LATENTS = 128;
const PATIENCE_MS = 60_000;

/** A model of random weights, whose latents somebody explained: from the host on this machine to the hover. */
describe('published explanations in VS Code', function () {
  this.timeout(2 * PATIENCE_MS);
  let folder: string;
  let server: HubServer;
  let workbench: Workbench;
  let page: Page;
  /** Files that were fetched: lists are no files. */
  const batches = (): string[] =>
    server
      .contents()
      .map((request) => request.path)
      .filter((file) => file.includes('batch'));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'underglass-import-'));
    server = await startHubServer();
    serve(server);
    const workspace = path.join(folder, 'prompts');
    await mkdir(path.join(workspace, '.vscode'), { recursive: true });
    await writeFile(path.join(workspace, 'mary.prompt'), '---\ntarget: "M"\n---\nWhen Mary and John went\n');
    const model = path.join(folder, 'random-model');
    await writeModel(model);
    const settings = JSON.stringify({ 'underglass.modelFolder': model });
    await writeFile(path.join(workspace, '.vscode', 'settings.json'), settings);
    const env = { ...server.environment, UNDERGLASS_STORAGE: path.join(folder, 'storage') };
    workbench = await openWorkbench({ workspace, env });
    ({ page } = workbench);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await workbench?.screenshot('out/screenshots/import-failed.png');
  });

  after(async () => {
    await workbench?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows what they take before anything is fetched', async () => {
    await openFile(page, 'mary.prompt');
    await runCommand(page, 'Underglass: Import Explanations…');
    await pickRow(page, 'An id or address', 'Import Explanations');
    await answerInput(page, 'An id such as', SOURCE);
    await pickRow(page, 'and the windows behind scores', 'What?');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: PATIENCE_MS });
    const text = await dialog.innerText();
    assert.match(text, /Brings: explanations and activation records, shown for random-model/u);
    assert.match(text, /Download: [\d.]+ k?B in 3 files/u);
    assert.deepEqual(batches(), []);
    await workbench.screenshot('out/screenshots/import.png');
  });

  it('pauses on Cancel, and goes on where it was', async () => {
    server.next(null, { kind: 'hold', after: 40 });
    const held = new Promise<void>((resolve) => server.onHold(resolve));
    await page
      .locator('.monaco-dialog-box')
      .getByRole('button', { name: /^Download/u })
      .click();
    await held;
    await pressNotification(page, 'Importing', 'Cancel');
    await notification(page, 'What came is kept').waitFor({ timeout: PATIENCE_MS });
    const before = batches().length;
    await pressNotification(page, 'What came is kept', 'Resume');
    await notification(page, 'imported').waitFor({ timeout: PATIENCE_MS });
    const again = batches().slice(before);
    assert.ok(again.length > 0 && again.every((file) => !file.endsWith('explanations/batch-0.jsonl.gz')));
  });

  it('says in hovers what a latent stands for, with score and source', async () => {
    await openFile(page, 'mary.prompt');
    // The first hover traces; on a slow machine it ends before the trace does.
    await eventually(
      async () => (await hoverText(page, 'Mary')).innerText(),
      (text) => assert.match(text, /published topic \d+ \(Neuronpedia: oai_token-act-pair, gpt-4o-mini\)/u),
    );
    await workbench.screenshot('out/screenshots/import-hover.png');
  });

  it('stand on the page of a unit, with their windows', async () => {
    await page.keyboard.press('Escape');
    await runCommand(page, 'Underglass: Open Neuron…');
    await answerInput(page, 'Open which unit?', '1-res/7');
    const frame = await webviewFrame(page, 'ug-unit');
    const row = frame.locator('.explanation', { hasText: 'published topic 7' });
    await row.waitFor({ timeout: PATIENCE_MS });
    assert.match(await row.innerText(), /Neuronpedia: oai_token-act-pair, gpt-4o-mini/u);
    assert.equal(await row.getByLabel('Remove').count(), 0);
    await frame
      .locator('.group[data-set="imported"]', { hasText: 'Neuronpedia' })
      .waitFor({ timeout: PATIENCE_MS });
    await workbench.screenshot('out/screenshots/import-unit.png');
  });

  it('ask no other machine', () => assert.deepEqual(workbench.outsideRequests(), []));
});

function serve(server: HubServer): void {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => ({
      index: from + at,
      words: `published topic ${from + at}`,
    }));
  const put = (name: string, bytes: Buffer): void => server.addExport(`v1/${SOURCE}/${name}.jsonl.gz`, bytes);
  put('explanations/batch-0', exportedExplanations('random-model', '1-res', lines(0, LATENTS / 2)));
  put('explanations/batch-1', exportedExplanations('random-model', '1-res', lines(LATENTS / 2, LATENTS)));
  const indexes = Array.from({ length: LATENTS }, (_, index) => index);
  put('activations/batch-0', exportedActivations('random-model', '1-res', indexes));
}

async function writeModel(directory: string): Promise<void> {
  const { d_model: d_in } = await writeRandomModel(directory);
  const hook_name = 'blocks.1.hook_resid_post';
  const sae = path.join(directory, 'saes', hook_name);
  await writeRandomSae(sae, { architecture: 'topk', hook_name, d_in, d_sae: LATENTS });
}
