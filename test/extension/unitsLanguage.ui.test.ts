import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { answerInput, pickRow } from '../support/host/quickPick.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import { openFile, runCommand, webviewFrame } from '../support/host/workbenchUi.ts';
import { startLanguageServer, type LanguageServer } from '../support/languageServer.ts';

const KEY = 'sk-a-key-that-nobody-may-find-7f3b';
const MODEL = 'fake-1';
/** The first index of the embedded model takes 10 s of a machine that does nothing else. */
const INDEX_MS = 120_000;
const PATIENCE_MS = 60_000;

/** A server of this machine is chosen, given a key, asked; what was sent is shown, and the key is nowhere. */
describe('units explained by a language model in VS Code', function () {
  this.timeout(INDEX_MS + PATIENCE_MS);
  let server: LanguageServer;
  let workbench: Workbench;
  let page: Page;
  let frame: Frame;

  before(async () => {
    server = await startLanguageServer({ key: KEY, model: MODEL });
    workbench = await openWorkbench({ workspace: 'examples', size: { width: 1500, height: 950 } });
    ({ page } = workbench);
  });
  after(async () => {
    await workbench?.close();
    await server?.close();
  });

  it('is chosen by its URL, model and key', async () => {
    await openFile(page, 'ioi.prompt');
    await runCommand(page, 'Underglass: Open Neuron…');
    await answerInput(page, 'Open which unit?', 'L3N18');
    frame = await webviewFrame(page, 'ug-unit');
    await runCommand(page, 'Underglass: Choose Language Model…');
    await pickRow(page, 'A server', 'Language model that explains units');
    await pickRow(page, 'Another URL', 'Base URL of the server');
    await answerInput(page, 'Base URL of the server', server.baseUrl);
    await answerInput(page, 'Model at 127.0.0.1', MODEL);
    await answerInput(page, 'Key for 127.0.0.1', KEY);
    await frame.locator('#pane ug-window').nth(2).waitFor({ timeout: INDEX_MS });
    assert.equal(server.requests.length, 0, 'nothing was asked for yet');
  });

  it('is asked once its cost was read, and its words are scored', async () => {
    await frame.locator('#explain-menu').click();
    await frame.getByText(`Language model: ${MODEL} at 127.0.0.1`).click();
    await frame.locator('.estimate', { hasText: /About \d+ requests/u }).waitFor({ timeout: PATIENCE_MS });
    assert.equal(server.requests.length, 0, 'nothing was agreed to yet');
    await frame.locator('#confirm').click();
    const row = frame.locator('.explanation', { hasText: MODEL });
    await row.locator('.said-score .num').first().waitFor({ timeout: PATIENCE_MS });
    assert.ok(server.requests.length > 1);
    for (const { headers } of server.requests) assert.equal(headers.authorization, `Bearer ${KEY}`);
  });

  it('shows every prompt exactly as it was sent', async () => {
    const call = frame.locator('.evidence .call', { hasText: /^\s*Explain/u }).first();
    await call.locator('summary').click();
    const shown = (await call.locator('pre').allTextContents()).slice(0, -1);
    const sent = server.requests.map(({ body }) =>
      ((body['messages'] ?? []) as unknown as { content: string }[]).map(({ content }) => content),
    );
    assert.ok(
      sent.some((contents) => JSON.stringify(contents) === JSON.stringify(shown)),
      'what is shown was never sent',
    );
    await workbench.screenshot('out/screenshots/unit-language.png');
  });

  it('keeps the key in no file: workspace, settings, storage, indexes, replies, logs', async () => {
    const settings = await eventually(
      () => filesWith(workbench.folder, MODEL),
      (files) => assert.ok(files.length > 1, 'settings and explanations name the model'),
    );
    assert.ok(settings.some((file) => file.endsWith('settings.json')));
    await eventuallyEqual(() => filesWith(workbench.folder, KEY), []);
    assert.ok(!(await frame.locator('body').innerHTML()).includes(KEY));
    assert.deepEqual(workbench.outsideRequests(), []);
  });
});

/** Files below a folder whose bytes hold a text. */
function filesWith(folder: string, text: string): string[] {
  const wanted = Buffer.from(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => holds(file, wanted));
}

/** A file that is gone again holds nothing. */
function holds(file: string, wanted: Buffer): boolean {
  try {
    return readFileSync(file).includes(wanted);
  } catch {
    return false;
  }
}
