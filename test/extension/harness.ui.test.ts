import assert from 'node:assert/strict';
import { eventually, eventuallyEqual } from '../support/eventually.ts';
import { openWorkbench } from '../support/host/workbench.ts';
import {
  contextMenu,
  contextMenuLabels,
  editorTab,
  explorerRow,
  hoverText,
  openFile,
  paletteTitles,
  runCommand,
  webviewFrame,
} from '../support/host/workbenchUi.ts';
import type { Workbench } from '../support/host/workbench.ts';

describe('the test host, with an extension of its own', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      workspace: 'test/extension/probe/workspace',
      extension: 'test/extension/probe',
      activityBar: 'Probe',
    });
  });

  after(() => workbench?.close());

  it('chooses from a context menu and finds the webview that opens', async () => {
    const { page } = workbench;
    const labels = await contextMenuLabels(page, explorerRow(page, 'plain.txt'));
    assert.ok(labels.includes('Copy Path') && !labels.includes('Open Panel'), labels.join());
    await contextMenu(page, explorerRow(page, 'word.probe'), ['Open Panel']);
    const frame = await webviewFrame(page, '#probe');
    await eventuallyEqual(() => frame.locator('#probe').innerText(), 'a page in a panel');
  });

  it('hovers over a word', async () => {
    await openFile(workbench.page, 'word.probe');
    const hover = await hoverText(workbench.page, 'glass');
    await eventuallyEqual(() => hover.innerText(), 'the word glass');
  });

  it('lists and runs commands of the palette', async () => {
    await eventually(
      () => paletteTitles(workbench.page, 'Probe: Open'),
      (titles) => assert.ok(titles.includes('Probe: Open Panel'), titles.join()),
    );
    await runCommand(workbench.page, 'Probe: Open Panel');
    await editorTab(workbench.page, 'Probe Panel').nth(1).waitFor();
  });

  it('sees what the extension host and its children ask of other machines', async () => {
    assert.deepEqual(workbench.outsideRequests(), []);
    await contextMenu(workbench.page, explorerRow(workbench.page, 'word.probe'), ['Probe More', 'Call Out']);
    await eventually(
      () => workbench.outsideRequests().join(),
      (requests) =>
        assert.ok(
          ['host.invalid', 'child.invalid'].every((name) => requests.includes(name)),
          requests,
        ),
    );
  });

  it('sees what a page asks of other machines', async () => {
    await workbench.page.evaluate(() => {
      const picture = new Image();
      picture.src = 'https://page.invalid/picture.png';
      return new Promise((resolve) => {
        picture.addEventListener('error', resolve);
      });
    });
    await eventually(
      () => workbench.outsideRequests(),
      (requests) => assert.ok(requests.includes('https://page.invalid/picture.png'), requests.join()),
    );
  });
});
