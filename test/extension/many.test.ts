import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import type { ManySession } from '../../src/host/many/manySession.ts';
import { openFile, underglass, until, useRandomModel } from './support/host.ts';

const PROMPT = '---\ntarget: n\ndistractor: e\n---\nMary and Joh';
const HEADS = { kind: 'heads', positions: 'last', layer: null } as const;

describe('several prompts', function () {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('several prompts are debugged together in one panel, and averaged; one that fails is named', async () => {
    const { session, uris } = await together(api, 'set');
    const { prompts, value, unit, state } = session.state;
    assert.deepEqual(
      [state, unit, prompts.map((prompt) => [prompt.name.split('/').at(-1), prompt.state])],
      [
        'ready',
        'logits',
        [
          ['one.prompt', 'done'],
          ['two.prompt', 'done'],
          ['three.prompt', 'failed'],
        ],
      ],
    );
    assert.equal(prompts[2]?.error?.code, 'scalar/no-target');
    const [first = NaN, second = NaN] = prompts.map((prompt) => prompt.value ?? NaN);
    assert.equal(value?.mean, (first + second) / 2);
    const rows = session.nodes();
    const head = rows.find(({ key }) => key === 'L1H0@last');
    assert.deepEqual([head?.kind, head?.layer, head?.cells.directEffect?.count], ['head', 1, 2]);
    const each = session.each('L1H0@last', 'directEffect');
    assert.equal(head?.cells.directEffect?.mean, ((each[0] ?? 0) + (each[1] ?? 0)) / 2);
    assert.equal(each[2], null);
    assert.equal(api.manyPanels.all().length, 1);
    await vscode.commands.executeCommand(COMMANDS.debug, uris[0], uris);
    assert.equal(api.manyPanels.all().length, 1, 'one panel for each set');
  });

  it('its page is painted, and a folder means its prompts', async () => {
    const { uris } = await together(api, 'folder');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the end of the panel', () => api.manyPanels.all().length === 0);
    const folder = vscode.Uri.joinPath(uris[0] ?? vscode.Uri.file('/'), '..');
    await vscode.commands.executeCommand(COMMANDS.debug, folder, [folder]);
    const [panel] = api.manyPanels.all();
    assert.deepEqual(panel?.session.prompts.uris.map(String).toSorted(), uris.map(String).toSorted());
    await until('its page', () => (panel?.readiness ?? 0) > 0);
  });

  it('a sweep is averaged by unit; cancelling it keeps what was measured', async () => {
    const { session } = await together(api, 'sweep');
    session.sweep(HEADS);
    await until('the sweep', () => session.state.sweep?.state === 'ready');
    const rows = session.sweepRows();
    const measured = rows.find(({ key }) => key === 'L1H0@last')?.cells.measured;
    const each = session.each('L1H0@last', 'measured');
    assert.equal(measured?.mean, ((each[0] ?? 0) + (each[1] ?? 0)) / 2);
    assert.deepEqual(
      session.nodes().find(({ key }) => key === 'L1H0@last')?.cells.measured,
      measured,
      'stands beside the estimate',
    );
    const running = session.onDidChange(({ sweep }) => {
      if (sweep?.state === 'running' && sweep.done === 1) session.cancel();
    });
    session.sweep({ ...HEADS });
    await until('its end', () => session.state.state !== 'running');
    running.dispose();
    assert.ok(session.sweepRows().length > 0);
  });

  it('a crash of the engine in the middle loses nothing, and is told', async () => {
    const { session } = await together(api, 'crash');
    const { pid } = api.engine;
    assert.ok(pid);
    session.sweep({ ...HEADS, positions: '*' });
    process.kill(pid, 'SIGKILL');
    await until('the sweep', () => session.state.sweep?.state === 'ready');
    const { sweep, notice, state, value } = session.state;
    assert.deepEqual([state, sweep?.done, sweep?.failed, value?.count], ['ready', 2, [], 2]);
    assert.match(notice ?? '', /engine was restarted/);
    assert.ok(session.sweepRows().length > 0);
  });

  it('a prompt that changes is left out until it is run again', async () => {
    const { session, uris } = await together(api, 'changed');
    const all = session.state.value?.count;
    const [uri] = uris;
    assert.ok(uri);
    const editor = await vscode.window.showTextDocument(uri);
    await editor.edit((edit) => edit.insert(new vscode.Position(4, 0), 'x'));
    assert.deepEqual([all, session.state.value?.count, session.state.prompts[0]?.state], [2, 1, 'changed']);
    session.run();
    await until('the run', () => session.state.state === 'ready' && session.state.value?.count === 2);
  });

  it('breaks no content security policy', () => {
    assert.deepEqual(api.violations, []);
  });
});

async function together(
  api: UnderglassApi,
  folder: string,
): Promise<{ session: ManySession; uris: readonly vscode.Uri[] }> {
  const one = await openFile(`${folder}/one.prompt`, PROMPT);
  const two = await openFile(`${folder}/two.prompt`, PROMPT.replace('Mary', 'Anna'));
  const bad = await openFile(`${folder}/three.prompt`, 'No target');
  const uris = [one, two, bad].map(({ document }) => document.uri);
  await vscode.commands.executeCommand(COMMANDS.debug, uris[0], uris);
  const session = api.manyPanels.get(uris.map(String).join('\n'))?.session;
  assert.ok(session);
  await until('the run', () => session.state.state === 'ready' && session.state.value !== null);
  return { session, uris };
}
