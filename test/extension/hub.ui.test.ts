import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { OPENAI_SETS } from '../../src/core/hub/published/openaiSets.ts';
import { openPackWriter } from '../../src/runtime/explanations/packWriter.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import {
  answerInput,
  answerPath,
  notification,
  pickOnly,
  pickRow,
  pressNotification,
  quickInput,
} from '../support/host/quickPick.ts';
import {
  actUntil,
  collapse,
  expand,
  PATIENCE_MS,
  pressDialog,
  row,
  rowAction,
  says,
  verdict,
} from '../support/host/modelsView.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  editorTab,
  hoverText,
  openFile,
  openSideBar,
  runCommand,
  webviewFrame,
} from '../support/host/workbenchUi.ts';
import { startHubServer, type HubServer } from '../support/hubServer.ts';
import { modelRepository, saeRepository } from '../support/publishedFiles.ts';
import { exportedExplanations, openaiRecord } from '../support/publishedSamples.ts';
import { writeRandomSae } from '../support/randomSae.ts';

const ADD = 'Underglass: Add Model or SAE';
const RES_JB = 'jbloom/GPT2-Small-SAEs-Reformatted';
const LATENTS = 128;
/** Something of a latent of the SAE that was explained, with the score that its number gives it. */
const EXPLAINED = /1-res-jb\/(\d+)\D[^]*?published topic (\d+) \(Neuronpedia: .*?, recall (0\.\d\d)\)/u;

/** From nothing to a model that is verified and a SAE whose latents a hover explains, against hosts of this machine, and back. */
describe('models and SAEs added in VS Code', function () {
  this.timeout(4 * PATIENCE_MS);
  let server: HubServer;
  let workbench: Workbench;
  let page: Page;
  let folder: string;

  before(async () => {
    server = await startHubServer();
    server.add('openai-community/gpt2', { licence: 'mit', files: await modelRepository() });
    server.add(RES_JB, {
      files: {
        ...(await saeRepository('blocks.0.hook_resid_pre', sae(0))),
        ...(await saeRepository('blocks.1.hook_resid_pre', sae(1))),
      },
    });
    const lines = Array.from({ length: LATENTS }, (_, index) => ({
      index,
      words: `published topic ${index}`,
      score: scoreOf(index),
    }));
    const explained = exportedExplanations('gpt2-small', '1-res-jb', lines);
    server.addExport('v1/gpt2-small/1-res-jb/explanations/batch-0.jsonl.gz', explained);
    // Before VS Code looks: a file that comes later shows when its watcher says so.
    folder = await mkdtemp(path.join(tmpdir(), 'underglass-prompts-'));
    await writeFile(path.join(folder, 'plain.prompt'), 'When Mary and John went to the store');
    await writeFile(path.join(folder, 'tiny.prompt'), '---\nmodel: underglass-tiny\n---\nHello');
    await writeFile(path.join(folder, 'absent.prompt'), '---\nmodel: distilgpt2\n---\nHello');
    workbench = await openWorkbench({
      workspace: folder,
      env: server.environment,
      size: { width: 1500, height: 950 },
    });
    ({ page } = workbench);
    await openFile(page, 'plain.prompt');
    await openSideBar(page, 'Underglass');
    // The first index of the embedded model is not needed here, and it takes the engine's time.
    const features = await webviewFrame(page, 'ug-browser');
    await features.getByText('Cancel', { exact: true }).click({ timeout: PATIENCE_MS });
    // All rows of the models have room then: a list draws only those that are in sight.
    for (const view of [/^Traces/iu, /^Features/iu]) await collapse(page, view);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    const { currentTest } = this;
    if (currentTest?.state === 'failed')
      await workbench.screenshot(`out/screenshots/failed-hub-${currentTest.title.slice(0, 20)}.png`);
  });

  it('shows what a model would take before a byte of it is fetched', async () => {
    await row(page, 'underglass-tiny').waitFor({ timeout: PATIENCE_MS });
    await runCommand(page, ADD);
    await answerInput(page, 'Add Model or SAE', 'gpt2@main');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: PATIENCE_MS });
    const text = await dialog.innerText();
    for (const shown of [
      /Add GPT-2 small\?/u,
      /Download: 15\d\.\d kB/u,
      /needed, .* free/u,
      /Licence: mit/iu,
    ])
      assert.match(text, shown);
    assert.ok(text.includes(server.endpoint));
    assert.deepEqual(fetched(server), []);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.deepEqual(fetched(server), []);
  });

  it('pauses by Cancel, shows what is here, and goes on from the view', async () => {
    // The small files come first; then half of the weights.
    const small = Object.keys(await modelRepository()).length - 1;
    server.next(...Array.from({ length: small }, () => ({ kind: 'ignore-range' }) as const), {
      kind: 'hold',
      after: 70_000,
    });
    const held = new Promise<void>((resolve) => server.onHold(resolve));
    await runCommand(page, ADD);
    await answerInput(page, 'Add Model or SAE', 'gpt2@main');
    await pressDialog(page, /^Download/u);
    await held;
    await row(page, 'GPT-2 small').waitFor({ timeout: PATIENCE_MS });
    await pressNotification(page, 'Adding GPT-2 small', 'Cancel');
    await notification(page, 'Paused: GPT-2 small').waitFor({ timeout: PATIENCE_MS });
    await says(row(page, 'GPT-2 small'), /kB of 15\d\.\d kB · paused/u);
    await rowAction(row(page, 'GPT-2 small'), 'Resume');
    await pressNotification(page, 'Added gpt2-small.', 'Use as Default');
    await says(row(page, 'gpt2-small'), /default/u);
    const ranges = server.requests.filter(({ host }) => host === 'cdn').map(({ headers }) => headers.range);
    assert.match(ranges.at(-1) ?? '', /^bytes=\d+-$/u);
  });

  it('adds a SAE by its Neuronpedia address and opens the latent', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await runCommand(page, ADD);
    await answerInput(page, 'Add Model or SAE', 'https://www.neuronpedia.org/gpt2-small/1-res-jb/5');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: PATIENCE_MS });
    assert.match(await dialog.innerText(), /the mean over d_model is taken off, with BOS/u);
    await pressDialog(page, /^Download/u);
    const frame = await webviewFrame(page, 'ug-unit');
    await eventuallyEqual(() => frame.locator('#unit-id').innerText(), '1-res-jb/5');
  });

  it('adds another of the release from the list, and tells how healthy they are', async () => {
    await runCommand(page, ADD);
    await pickRow(page, 'Residual stream, every layer', 'Add Model or SAE');
    await pickOnly(page, ['0-res-jb'], 'Which of Its SAEs?');
    await pressDialog(page, /^Download/u);
    await notification(page, 'Added gpt2-small/0-res-jb').waitFor({ timeout: PATIENCE_MS });
    await expand(page, row(page, 'gpt2-small'));
    for (const id of ['0-res-jb', '1-res-jb']) await says(row(page, id), /(good|fair|poor) · L0 \d/u);
    await expand(page, row(page, '1-res-jb'));
    await row(page, 'Input').waitFor();
    assert.match(await row(page, 'Input').innerText(), /mean over d_model/u);
    await workbench.screenshot('out/screenshots/hub-tree.png');
  });

  it('verifies the model that was added, and says the verdict', async () => {
    await actUntil(editorTab(page, 'Verify gpt2-small'), () =>
      contextMenu(page, row(page, 'gpt2-small'), ['Verify Model']),
    );
    assert.match(
      await verdict(page, 'gpt2-small'),
      /^Verdict: agrees\. Every hook agrees with a float64 reference within \de-\d+\. No published facts/u,
    );
    await workbench.screenshot('out/screenshots/hub-verified.png');
    await editorTab(page, 'Verify gpt2-small').first().click({ button: 'middle' });
    await editorTab(page, 'Verify gpt2-small').waitFor({ state: 'detached' });
  });

  it('imports what is published of the SAE that was added, from its row', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await actUntil(quickInput(page, 'What?'), () =>
      contextMenu(page, row(page, '1-res-jb'), ['Import Explanations…']),
    );
    await pickRow(page, 'words with their scores', 'What?');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: PATIENCE_MS });
    assert.match(await dialog.innerText(), /Brings: explanations, shown for gpt2-small/u);
    await pressDialog(page, /^Download/u);
    await notification(page, `imported ${LATENTS} explanations`).waitFor({ timeout: PATIENCE_MS });
  });

  it('traces with them: a hover shows latents of those that are attached, and what they stand for', async () => {
    await editorTab(page, 'plain.prompt').first().click();
    await contextMenu(page, page.locator('.view-line', { hasText: 'When Mary' }), [
      'Underglass: Trace Activations',
    ]);
    await (await webviewFrame(page, 'ug-trace .strip')).locator('.strip .tok').nth(3).waitFor();
    // Since the menu took the end of its click, the editor shows no hover until the next one.
    await page.locator('.view-line', { hasText: 'When Mary' }).first().click();
    await hovered(page, /[01]-res-jb\/\d+/u);
    await rowAction(row(page, '0-res-jb'), 'Detach');
    await says(row(page, '0-res-jb'), /not attached/u);
    await eventually(
      () => hovered(page, EXPLAINED),
      (text) => {
        assert.doesNotMatch(text, /0-res-jb/u);
        const [, latent, topic, score] = EXPLAINED.exec(text) ?? [];
        assert.deepEqual([topic, score], [latent, scoreOf(Number(latent)).toFixed(2)]);
      },
    );
    await workbench.screenshot('out/screenshots/hub-hover.png');
  });

  it('writes the choice into the prompt file as edits that undo takes back', async () => {
    await page.locator('.view-line', { hasText: 'When Mary' }).first().click();
    await actUntil(page.locator('.view-line', { hasText: 'sae: "0-res-jb"' }), () =>
      rowAction(row(page, '0-res-jb'), 'Add to This Prompt File, or Take Off'),
    );
    await actUntil(page.locator('.view-line', { hasText: 'model: underglass-tiny' }), () =>
      rowAction(row(page, 'underglass-tiny'), 'Use for This Prompt File'),
    );
    await page.locator('.view-line', { hasText: 'When Mary' }).first().click();
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await eventuallyEqual(() => page.locator('.view-line', { hasText: 'sae:' }).count(), 0);
  });

  it('offers to add what a prompt names and is not here', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await openSideBar(page, 'Explorer');
    await openFile(page, 'absent.prompt');
    await runCommand(page, 'Underglass: Trace Activations');
    await pressNotification(page, 'distilgpt2 is not installed', 'Add…');
    // This host has none of that name.
    await notification(page, /distilbert\/distilgpt2/u).waitFor({ timeout: PATIENCE_MS });
    await openSideBar(page, 'Underglass');
  });

  it('imports explanations for the model whose row was asked, and takes what is typed', async () => {
    for (const [model, shown] of [
      ['gpt2-small', 'Published of gpt2-small'],
      ['underglass-tiny', 'Published of other models'],
    ] as const) {
      const pick = quickInput(page, 'Import Explanations');
      await actUntil(pick, () => contextMenu(page, row(page, model), ['Import Explanations…']));
      const first = pick.locator('.monaco-list-row').first();
      await first.filter({ hasText: shown }).waitFor({ timeout: PATIENCE_MS });
      await pick.locator('.quick-input-box input').fill('someone/else');
      await pick.locator('.monaco-list-row', { hasText: 'look this up' }).waitFor();
      await page.keyboard.press('Escape');
    }
  });

  it('removes a SAE after a yes', async () => {
    const dialog = page.locator('.monaco-dialog-box');
    await actUntil(dialog, () => contextMenu(page, row(page, '0-res-jb'), ['Remove…']));
    assert.match(await dialog.innerText(), /Remove gpt2-small\/0-res-jb\?[^]*Frees \d/u);
    await pressDialog(page, /^Remove$/u);
    await row(page, '0-res-jb').waitFor({ state: 'detached', timeout: PATIENCE_MS });
    const saes = path.join(workbench.folder, 'xdg', 'underglass', 'models', 'gpt2-small', 'saes');
    assert.deepEqual(readdirSync(saes), ['1-res-jb']);
    const card = JSON.parse(await readFile(path.join(saes, '1-res-jb', 'card.json'), 'utf8')) as object;
    assert.ok('source' in card);
  });

  it('says in its row what is wrong with a broken SAE; its model runs without it', async () => {
    const saes = path.join(workbench.folder, 'xdg', 'underglass', 'models', 'gpt2-small', 'saes');
    await truncate(path.join(saes, '1-res-jb', 'sae_weights.safetensors'), 3000);
    await runCommand(page, 'Underglass: Restart Engine');
    await expand(page, row(page, 'gpt2-small'));
    await says(row(page, '1-res-jb'), /^\s*1-res-jb\s*sae_weights\.safetensors: .* it is cut off\.\s*$/u);
    await actUntil(editorTab(page, 'Verify gpt2-small'), () =>
      contextMenu(page, row(page, 'gpt2-small'), ['Verify Model']),
    );
    assert.match(await verdict(page, 'gpt2-small'), /^Verdict: agrees\./u);
  });

  it('adds it again from its row: what is damaged is fetched, after a yes, and nothing else', async () => {
    await row(page, '1-res-jb').hover();
    await workbench.screenshot('out/screenshots/hub-broken.png');
    const before = server.requests.length;
    const dialog = page.locator('.monaco-dialog-box');
    await actUntil(dialog, () => rowAction(row(page, '1-res-jb'), 'Add Again'));
    assert.match(await dialog.innerText(), /Fetched before, gone on with: cfg\.json/u);
    await workbench.screenshot('out/screenshots/hub-again.png');
    await pressDialog(page, /^Download/u);
    await says(row(page, '1-res-jb'), /(good|fair|poor) · L0 \d/u);
    const asked = server.requests.slice(before).filter(({ host }) => host === 'cdn');
    assert.equal(asked.length, 1);
  });

  it('imports published records again that an older version took without token pairs', async () => {
    const id = '1-resid_delta_attn-v4';
    const storage = path.join(workbench.folder, 'xdg', 'underglass');
    await writeRandomSae(path.join(storage, 'models', 'gpt2-small', 'saes', id), {
      ...{ architecture: 'standard', hook_name: 'blocks.1.hook_attn_out', d_in: 32, form: 'flat' },
      json: { neuronpedia_id: `gpt2-small/${id}` },
    });
    const set = path.join(storage, 'published', 'gpt2-small', 'openai_gpt2-small_resid_delta_attn-v4');
    await writeOldSet(set, id);
    const base = '/neuron-explainer/gpt2_small/autoencoder_latent/resid_delta_attn_v4';
    for (const [folder, activations] of [
      ['collated-activations', [0, 3]],
      ['collated-activations-by-token-pair', [0, 1, 2]],
    ] as const)
      server.addBlob(`${base}/${folder}/1/7.json`, Buffer.from(openaiRecord(1, 7, activations)));
    await rowAction(page.locator('.pane-header', { hasText: /Models And SAEs/iu }), 'Refresh');
    await expand(page, row(page, id));
    const published = page.locator('.monaco-list-row', { hasText: 'Transformer Debugger' }).first();
    await says(published, /import again: OpenAI, Transformer Debugger/u);
    await published.hover();
    await workbench.screenshot('out/screenshots/hub-outdated.png');
    const dialog = page.locator('.monaco-dialog-box');
    await actUntil(dialog, () => rowAction(published, 'Import Again'));
    assert.match(await dialog.innerText(), /Download: .* in 1 file[^]*What is here of it is dropped first/u);
    await pressDialog(page, /^Download/u);
    await notification(page, 'v4: imported activations of 1 unit').waitFor({ timeout: PATIENCE_MS });
    await says(published, /^\s*Published\s*OpenAI, Transformer Debugger\s*$/u);
  });

  it('takes a weights file of this machine from the file dialog', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    const mine = await mkdtemp(path.join(tmpdir(), 'underglass-mine-'));
    const options = { architecture: 'standard', hook_name: 'blocks.1.hook_mlp_out', d_in: 32 } as const;
    await writeRandomSae(mine, options);
    await runCommand(page, ADD);
    await pickRow(page, 'Local file…', 'Add Model or SAE');
    await answerPath(page, path.join(mine, 'sae_weights.safetensors'));
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor({ timeout: PATIENCE_MS });
    const text = await dialog.innerText();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await rm(mine, { recursive: true, force: true });
    assert.match(text, /On this machine, used where it lies: cfg\.json \(.*sae_weights\.safetensors \(/u);
  });

  it('opens units of the model that the prompt names, and says when there is none of that id', async () => {
    await openSideBar(page, 'Explorer');
    await openFile(page, 'tiny.prompt');
    await openSideBar(page, 'Underglass');
    await runCommand(page, 'Underglass: Open Neuron…');
    const pick = quickInput(page, 'Open which unit?');
    await pick.locator('.quick-input-box input').fill('9-res/5');
    await pick.getByText('underglass-tiny has no unit "9-res/5"').waitFor({ timeout: PATIENCE_MS });
    await page.keyboard.press('Enter');
    await pick.locator('.quick-input-box input').fill('2-res/5');
    await pick.locator('.monaco-list-row', { hasText: 'open this unit' }).click({ timeout: PATIENCE_MS });
    await editorTab(page, '2-res/5').waitFor({ timeout: PATIENCE_MS });
  });

  it('browses the units of the model that is chosen there, over a reload of the window too', async () => {
    const header = page.locator('.pane-header', { hasText: /^Features/iu });
    await header.locator('.title').click();
    await says(header, /gpt2-small/u);
    await header.hover();
    await header.locator('.action-label[aria-label="Choose Model…"]').click({ timeout: PATIENCE_MS });
    await pickRow(page, 'underglass-tiny', 'Show the Units of Which Model?');
    await says(header, /underglass-tiny/u);
    // Its first index is made: the engine that was asked to leave it was started again since.
    const latent = (await webviewFrame(page, 'ug-browser')).locator('.unit-row .id', { hasText: '3-res/' });
    await latent.first().waitFor({ timeout: 2 * PATIENCE_MS });
    const unit = await latent.first().innerText();
    await latent.first().click();
    await eventuallyEqual(
      async () => (await webviewFrame(page, 'ug-unit')).locator('#unit-id').innerText(),
      unit,
    );
    await workbench.screenshot('out/screenshots/hub-browsed.png');
    await workbench.reload();
    await says(header, /underglass-tiny/u);
  });

  it('asks no machine but the one that was named', () => {
    assert.deepEqual(workbench.outsideRequests(), []);
  });
});

/** A set with records of latent 7, as versions before records by token pair left it. */
async function writeOldSet(folder: string, family: string): Promise<void> {
  const pack = await openPackWriter(path.join(folder, `${family}.records`));
  pack.append(7, Buffer.from('not read here'));
  await pack.flush();
  await pack.close();
  const id = 'openai/gpt2-small/resid_delta_attn-v4';
  const now = OPENAI_SETS.find((set) => set.id === id);
  assert.ok(now);
  const { title, label, model, notes } = now;
  const card = {
    id,
    title,
    label,
    model,
    notes,
    source: `${now.source}/collated-activations`,
    licence: null,
  };
  await writeFile(path.join(folder, 'set.json'), JSON.stringify({ ...card, added: '2026-11-01' }));
}

function sae(layer: number): Parameters<typeof saeRepository>[1] {
  const hook_name = `blocks.${layer}.hook_resid_pre`;
  return { architecture: 'standard', hook_name, d_in: 32, d_sae: LATENTS, form: 'flat' };
}

/** The score of a latent's words: another for each of ninety neighbours. */
function scoreOf(latent: number): number {
  return (latent % 90) / 100 + 0.1;
}

/** Contents that the host for large files was asked for. */
function fetched({ requests }: HubServer): readonly string[] {
  return requests.filter(({ host }) => host === 'cdn').map(({ path: asked }) => asked);
}

/** Text of the hover over a word, once it says what is asked for. */
async function hovered(page: Page, expected: RegExp): Promise<string> {
  return eventually(
    async () => {
      await page.mouse.move(5, 5);
      return (await hoverText(page, 'Mary')).innerText();
    },
    (text) => assert.match(text, expected),
  );
}
