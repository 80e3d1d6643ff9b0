import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { openWorkbench, type Workbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  editorTab,
  explorerRow,
  statusBarItem,
  webviewFrame,
} from '../support/host/workbenchUi.ts';

const TRACE = 'Underglass: Trace Activations';

const PROMPTS: Readonly<Record<string, string>> = {
  'plain.prompt': 'When Mary and John went',
  'model.prompt': '---\nmodel: ./strange\n---\nWhen Mary and John went',
  'sae.prompt': '---\nmodel: underglass-tiny\nsae: ./strange/saes\n---\nWhen Mary and John went',
  'reference.prompt': '---\nreference: strange.txt\n---\nWhen Mary and John went',
};

/** A folder of unknown origin, opened without trust. Its model cannot be read: had it been opened, that would be said. */
describe('Underglass in a workspace that is not trusted', () => {
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
    const settings = { 'underglass.modelFolder': strange, 'underglass.saeFolders': [strange] };
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

  /** Traces a file of the explorer; the page is known by what it must show, as the one before may still be there. */
  async function trace(name: string, shown: string): Promise<Frame> {
    const { page } = workbench;
    await contextMenu(page, explorerRow(page, name), [TRACE]);
    await editorTab(page, `Trace ${name}`).waitFor();
    return webviewFrame(page, `ug-trace ${shown}`);
  }
});
