import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { traceDocument } from '../../src/host/commands/traceCommand.ts';
import { COMMANDS, TRACE_VIEW_TYPE } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import type { PromptSession } from '../../src/host/session/session.ts';
import type { TraceState } from '../../src/protocol/viewContract.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { openFile, underglass, until, useRandomModel } from './support/host.ts';

describe('trace panel', () => {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens beside the editor, is painted, and leaves the focus where it is', async () => {
    const { document } = await openFile('panel.prompt', 'When Mary');
    await vscode.commands.executeCommand(COMMANDS.trace, document.uri);
    const panel = await painted(api, document.uri);
    await eventuallyEqual(() => [panel.panel.viewColumn, panel.panel.active], [vscode.ViewColumn.Two, false]);
    await eventuallyEqual(() => vscode.window.activeTextEditor?.document.uri.path, document.uri.path);
  });

  it('is one for each file: a second trace shows the first panel', async () => {
    const { document } = await openFile('panel.prompt', 'When Mary');
    await vscode.commands.executeCommand(COMMANDS.trace, document.uri);
    const first = await painted(api, document.uri);
    await vscode.commands.executeCommand(COMMANDS.trace, document.uri);
    assert.equal(api.panels.get(document.uri), first);
    const other = await openFile('other.prompt', 'and John');
    await vscode.commands.executeCommand(COMMANDS.trace);
    await painted(api, other.document.uri);
    await eventuallyEqual(() => panelTabs().length, 2);
  });

  it('follows what is typed, and never shows the trace of an earlier text', async () => {
    const editor = await openFile('typed.prompt', 'When Mary');
    const session = await tracedPanel(api, editor.document);
    const states = collectStates(session);
    for (const text of [' and', ' John', ' went']) {
      const end = editor.document.positionAt(editor.document.getText().length);
      await editor.edit((edit) => edit.insert(end, text));
    }
    await until('the new trace', () => tracedText(session) === 'When Mary and John went');
    const texts = states.filter(({ state }) => state === 'ready').map(textOf);
    assert.equal(texts.at(-1), 'When Mary and John went');
    assert.ok(
      texts.every((text) => text !== 'When Mary'),
      texts.join('|'),
    );
    const meanwhile = states.filter(({ state }) => state === 'stale' || state === 'loading');
    assert.ok(meanwhile.length > 0);
    assert.ok(
      meanwhile.every((state) => textOf(state) !== null),
      'the last trace stays in sight',
    );
  });

  it('traces a selection alone, and follows it as the text before it changes', async () => {
    const editor = await openFile('part.txt', 'When Mary and John');
    editor.selection = new vscode.Selection(0, 5, 0, 9);
    await vscode.commands.executeCommand(COMMANDS.trace);
    const session = api.panels.get(editor.document.uri)?.session;
    assert.ok(session);
    await until('the trace of the selection', () => tracedText(session) === 'Mary');
    assert.ok(session.state.state === 'ready' && session.state.view.isSelection);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'So. '));
    assert.deepEqual(session.range, { start: 9, end: 13 });
    await until('a trace again', () => session.state.state === 'ready');
    assert.equal(tracedText(session), 'Mary');
    assert.equal(session.textStart, 9);
  });

  it('shares its selection with everything else that shows the prompt', async () => {
    const { document } = await openFile('shared.prompt', 'When Mary');
    const session = await tracedPanel(api, document);
    assert.equal(session.selection?.position, tokenCount(session) - 1);
    const unit = { kind: 'latent', sae: '1-res', index: 7 } as const;
    await vscode.commands.executeCommand(COMMANDS.showUnit, document.uri.toString(), 2, unit);
    const { position, layer, quantity } = session.selection;
    assert.deepEqual([position, layer, quantity], [2, 1, { kind: 'unit', unit }]);
  });

  it('shows an error of the prompt with the last trace, and recovers when it is mended', async () => {
    const editor = await openFile('long.prompt', 'Short');
    const session = await tracedPanel(api, editor.document);
    const end = new vscode.Position(0, 5);
    await editor.edit((edit) => edit.insert(end, '!'.repeat(100)));
    const failed = await until('the error', () => session.state.state === 'error' && session.state);
    assert.equal(failed.error.code, 'prompt/too-long');
    assert.equal(textOf(failed), 'Short');
    await editor.edit((edit) => edit.delete(new vscode.Range(end, new vscode.Position(0, 105))));
    await until('the trace of the mended text', () => session.state.state === 'ready');
  });

  it('says that an empty prompt has nothing to run', async () => {
    const { document } = await openFile('empty.prompt', '---\nbos: false\n---\n');
    await vscode.commands.executeCommand(COMMANDS.trace, document.uri);
    const session = api.panels.get(document.uri)?.session;
    const empty = await until('an answer', () => session?.state.state === 'empty' && session.state);
    assert.match(empty.reason, /empty|no text/i);
  });

  it('breaks no content security policy', () => {
    assert.deepEqual(api.violations, []);
  });

  describe('refuses', () => {
    it('binary files', async () => {
      const uri = inWorkspace('zero.bin');
      await vscode.workspace.fs.writeFile(uri, Uint8Array.of(80, 78, 71, 0, 0, 0, 0, 1, 2, 255));
      await assert.rejects(traceDocument(uri, api), { code: 'file/binary' });
    });

    it('folders', async () => {
      await assert.rejects(traceDocument(inWorkspace(''), api), { code: 'file/unreadable' });
    });

    it('files that are not there', async () => {
      await assert.rejects(traceDocument(inWorkspace('gone.prompt'), api), { code: 'file/not-found' });
    });
  });
});

async function painted(api: UnderglassApi, uri: vscode.Uri) {
  const panel = await until('the panel', () => api.panels.get(uri));
  await until('its page', () => panel.readiness > 0 && panel.session.state.state === 'ready');
  return panel;
}

async function tracedPanel(api: UnderglassApi, { uri }: vscode.TextDocument) {
  await vscode.commands.executeCommand(COMMANDS.trace, uri);
  const session = api.panels.get(uri)?.session;
  assert.ok(session);
  await until('the trace', () => session.state.state === 'ready');
  return session;
}

function inWorkspace(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
}

function collectStates(session: PromptSession): readonly TraceState[] {
  const states: TraceState[] = [];
  session.onDidChangeState((state) => states.push(state));
  return states;
}

/** Text of the tokens that a state shows, BOS left out; null when it shows none. */
function textOf(state: TraceState): string | null {
  const view = state.state === 'ready' ? state.view : state.state === 'empty' ? null : state.last;
  const tokens = view?.summary.tokens.filter(({ start, end }) => start < end);
  return tokens?.map(({ text }) => text).join('') ?? null;
}

/** Text of a finished trace. */
function tracedText({ state }: PromptSession): string | null {
  return state.state === 'ready' ? textOf(state) : null;
}

function tokenCount({ state }: PromptSession): number {
  return state.state === 'ready' ? state.view.summary.tokens.length : 0;
}

function panelTabs(): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes(TRACE_VIEW_TYPE),
  );
}
