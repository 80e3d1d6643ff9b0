import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openStore } from '../../src/runtime/explanations/store.ts';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { answerInput } from '../support/host/quickPick.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  editorTab,
  explorerRow,
  runCommand,
  statusBarItem,
  webviewFrame,
} from '../support/host/workbenchUi.ts';
import { someRecord } from '../support/someRecord.ts';

const TRACE = 'Underglass: Trace Activations';

/** The first index of the embedded model takes 10 s of a machine that does nothing else. */
const INDEX_MS = 120_000;

const PROMPTS: Readonly<Record<string, string>> = {
  'plain.prompt': 'When Mary and John went',
  'model.prompt': '---\nmodel: ./strange\n---\nWhen Mary and John went',
  'sae.prompt': '---\nmodel: underglass-tiny\nsae: ./strange/saes\n---\nWhen Mary and John went',
  'reference.prompt': '---\nreference: strange.txt\n---\nWhen Mary and John went',
};

/** A folder of unknown origin, opened without trust. Its model cannot be read: had it been opened, that would be said. */
describe('Underglass in a workspace that is not trusted', function () {
  this.timeout(INDEX_MS + 30_000);
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'underglass-untrusted-'));
    const workspace = path.join(folder, 'strangers');
    const strange = path.join(workspace, 'strange');
    await mkdir(path.join(workspace, '.vscode'), { recursive: true });
    await mkdir(strange);
    await writeFile(path.join(strange, 'config.json'), 'no JSON');
    for (const [name, text] of Object.entries(PROMPTS)) await writeFile(path.join(workspace, name), text);
    const settings = {
      'underglass.modelFolder': strange,
      'underglass.saeFolders': [strange],
      'underglass.language.baseUrl': 'http://127.0.0.1:9/v1',
      'underglass.language.model': 'strange',
    };
    const shared = path.join(workspace, '.underglass');
    const planted = someRecord({ unit: 'L3N17', explanation: 'planted by strangers' });
    await openStore(shared).put('underglass-tiny', '3-mlp-neurons', [planted]);
    await writeFile(path.join(shared, 'pins.json'), JSON.stringify({ 'underglass-tiny': ['L3N17'] }));
    await writeFile(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify(settings));
    workbench = await openWorkbench({
      workspace,
      trusted: false,
      settings: {
        'security.workspace.trust.startupPrompt': 'never',
        'security.workspace.trust.banner': 'never',
      },
    });
    await statusBarItem(workbench.page, 'Restricted Mode').waitFor();
  });
  after(async () => {
    await workbench?.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const name of ['plain.prompt', 'reference.prompt']) {
    it(`traces ${name} with the embedded model, whatever the workspace's settings name`, async () => {
      const page = await trace(name, `.toolbar:has(.file[title="${name}"])`);
      await eventually(
        () => page.locator('.toolbar').innerText(),
        (text) => assert.match(text, /underglass-tiny/u),
      );
      assert.equal(await page.locator('.notice.error').count(), 0);
    });
  }

  for (const [name, named] of [
    ['model.prompt', './strange;'],
    ['sae.prompt', './strange/saes;'],
  ] as const) {
    it(`does not open the folder that ${name} names, and says so`, async () => {
      const notice = `.notice.error:has-text("names ${named}")`;
      const page = await trace(name, notice);
      await eventually(
        () => page.locator(notice).innerText(),
        (text) => assert.match(text, /opened in trusted workspaces only\..*Manage Workspace Trust/u),
      );
      assert.equal(await page.locator('.tok').count(), 0);
    });
  }

  it('opens unit pages with the embedded model, and nothing of what the workspace says of units', async () => {
    const { page } = workbench;
    await runCommand(page, 'Underglass: Open Neuron…');
    await answerInput(page, 'Open which unit?', 'L3N17');
    const frame = await webviewFrame(page, 'ug-unit #unit-id');
    await frame.locator('.explanations', { hasText: 'Nobody has explained this unit yet' }).waitFor();
    assert.ok(!(await frame.locator('body').innerText()).includes('planted'));
    await eventuallyEqual(() => frame.locator('#pin').getAttribute('aria-pressed'), 'false');
    await frame.locator('#pane ug-window').first().waitFor({ timeout: INDEX_MS });
    await frame.locator('#explain-menu').click();
    await frame.getByText('Language model: choose one').waitFor();
  });

  /** Traces a file of the explorer; the page is known by what it must show, as the one before may still be there. */
  async function trace(name: string, shown: string): Promise<Frame> {
    const { page } = workbench;
    await contextMenu(page, explorerRow(page, name), [TRACE]);
    await editorTab(page, `Trace ${name}`).waitFor();
    return webviewFrame(page, `ug-trace ${shown}`);
  }
});
