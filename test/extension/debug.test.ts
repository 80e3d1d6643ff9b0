import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS, DEBUG_VIEW_TYPE } from '../../src/host/contributions.ts';
import type { DebugSession } from '../../src/host/debug/debugSession.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import type { DebugState } from '../../src/protocol/debugViewContract.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { configure, openFile, underglass, until, useRandomModel } from './support/host.ts';

const PROMPT = '---\ntarget: n\ndistractor: e\n---\nMary and Joh';
const OPTIONS = { k: 5, saes: [], foldValueBiases: false, frozenScale: true };

describe('debug panel', function () {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });
  afterEach(async () => {
    await configure('underglass.engine.timeoutSeconds', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens beside the editor, is painted, and leaves the focus where it is', async () => {
    const { editor, session } = await debug(api, 'debug.prompt', PROMPT);
    const panel = api.debugPanels.get(editor.document.uri);
    await until('its page', () => (panel?.readiness ?? 0) > 0);
    await eventuallyEqual(() => panel?.panel.viewColumn, vscode.ViewColumn.Two);
    await eventuallyEqual(() => vscode.window.activeTextEditor?.document.uri.path, editor.document.uri.path);
    await eventuallyEqual(() => [targetsOf(session), panelTabs().length], [['n'], 1]);
    await vscode.commands.executeCommand(COMMANDS.debug, editor.document.uri);
    assert.equal(api.debugPanels.get(editor.document.uri), panel, 'one for each file');
  });

  it('follows the file: text and front matter', async () => {
    const { editor, session } = await debug(api, 'follows.prompt', PROMPT);
    const states = collectStates(session);
    await editor.edit((edit) => edit.replace(new vscode.Range(1, 8, 1, 9), 'x'));
    await until('the new target', () => targetsOf(session)?.[0] === 'x');
    await editor.edit((edit) => edit.insert(new vscode.Position(4, 12), 'n'));
    await until('the new text', () => ready(session)?.summary.left.tokens.length === 14);
    const between = states.filter(({ state }) => state === 'stale' || state === 'loading');
    assert.ok(between.length > 0);
    assert.ok(
      between.every((state) => 'last' in state && state.last !== null),
      'the last result stays',
    );
  });

  it('a draft wins over the file until it is saved, as one step of undo', async () => {
    const { editor, session } = await debug(api, 'draft.prompt', PROMPT);
    session.setDraft({ targets: ['x'], edits: ['L1H2@last zero'], scalar: 'logit' });
    await until('the draft', () => targetsOf(session)?.[0] === 'x');
    const view = ready(session);
    assert.deepEqual([view?.isDraft, view?.experiment.scalar], [true, 'logit']);
    assert.notEqual(view?.summary.left.value, view?.summary.right?.value);
    assert.equal(editor.document.getText(), PROMPT);
    await session.save();
    await until('the saved one', () => ready(session)?.isDraft === false);
    const saved = '---\ntarget: x\ndistractor: e\nscalar: logit\nablate: [L1H2@last zero]\n---\nMary and Joh';
    await eventuallyEqual(() => editor.document.getText(), saved);
    assert.equal(ready(session)?.summary.left.value, view?.summary.left.value, 'the same numbers');
    await vscode.window.showTextDocument(editor.document);
    await vscode.commands.executeCommand('undo');
    await eventuallyEqual(() => editor.document.getText(), PROMPT);
  });

  it('says what is wrong with the last result in sight, and recovers', async () => {
    const { session } = await debug(api, 'wrong.prompt', PROMPT);
    session.setDraft({ targets: ['no'] });
    const failed = await until('the error', () => session.state.state === 'error' && session.state);
    assert.equal(failed.error.code, 'scalar/not-one-token');
    assert.deepEqual(failed.last?.summary.targets[0]?.text, 'n');
    assert.deepEqual(session.experiment.experiment.targets, ['no']);
    session.setDraft({});
    await until('the mended one', () => targetsOf(session)?.[0] === 'n');
  });

  it('without a target it asks for one, which can be given in the panel', async () => {
    const editor = await openFile('bare.prompt', 'Mary and Joh');
    await vscode.commands.executeCommand(COMMANDS.debug, editor.document.uri);
    const session = api.debugPanels.get(editor.document.uri)?.session;
    assert.ok(session);
    const isAsked = ({ state }: DebugSession): boolean =>
      state.state === 'empty' && state.reason.startsWith('No target');
    await until('the question', () => isAsked(session));
    session.setDraft({ targets: ['n'] });
    await until('the run', () => targetsOf(session)?.[0] === 'n');
    await session.save();
    await eventuallyEqual(() => editor.document.getText(), '---\ntarget: "n"\n---\nMary and Joh');
    session.setDraft({ targets: [] });
    await until('the question again', () => isAsked(session));
  });

  it('reads the corrupted prompt from a file beside the prompt', async () => {
    await openFile('other.txt', 'Mary xnd Jah\n');
    const { session } = await debug(api, 'two.prompt', PROMPT);
    session.setDraft({ corrupted: 'other.txt', compare: 'corrupted' });
    const right = await until('both sides', () => ready(session)?.summary.right ?? undefined);
    assert.equal(
      right.tokens
        .map(({ text }) => text)
        .join('')
        .endsWith('Mary xnd Jah'),
      true,
    );
    session.setDraft({ corrupted: 'gone.txt' });
    const failed = await until('the error', () => session.state.state === 'error' && session.state);
    assert.equal(failed.error.code, 'file/not-found');
  });

  it('comes back after a crash in the middle of a sweep: what was measured stays, and it says so', async () => {
    const { session } = await debug(api, 'sweep.prompt', PROMPT);
    const view = ready(session);
    assert.ok(view);
    const { debugId } = view.summary;
    const asked = { debugId, step: null, options: OPTIONS, kind: 'heads', positions: '*' } as const;
    const { parts } = await session.request('debug/sweepPlan', { ...asked, layer: null });
    const [first] = parts;
    assert.ok(first);
    const rows = await session.request('debug/sweepPart', { ...asked, part: first.id });
    const states = collectStates(session);
    const running = session.request('debug/sweepPart', { ...asked, part: first.id });
    assert.ok(api.engine.pid);
    process.kill(api.engine.pid, 'SIGKILL');
    await assert.rejects(running, { code: 'engine/crashed' });
    const again = await until('the run after the restart', () => {
      const now = ready(session);
      return now && now.summary.debugId !== debugId ? now : undefined;
    });
    assert.ok(
      states.some((state) => state.state === 'loading' && /engine was restarted/.test(state.message)),
    );
    assert.ok(states.every((state) => state.state === 'ready' || ('last' in state && state.last !== null)));
    assert.equal(again.summary.left.value, view.summary.left.value, 'the same numbers');
    const repeated = await session.request('debug/sweepPart', {
      ...asked,
      debugId: again.summary.debugId,
      part: first.id,
    });
    assert.deepEqual(repeated, rows, 'what was measured before is still true');
  });

  it('a session that the engine has dropped is run again', async () => {
    const { session } = await debug(api, 'dropped.prompt', PROMPT);
    const before = ready(session)?.summary.debugId ?? '';
    await api.engine.request('debug/close', { debugId: before });
    const asked = { debugId: before, step: null, options: OPTIONS };
    await assert.rejects(session.request('debug/table', asked), { code: 'trace/expired' });
    await until('a new one', () => (ready(session)?.summary.debugId ?? before) !== before);
  });

  it('is ended with its panel', async () => {
    const { editor } = await debug(api, 'ended.prompt', PROMPT);
    api.debugPanels.get(editor.document.uri)?.panel.dispose();
    await until('its end', () => api.debugPanels.get(editor.document.uri) === undefined);
  });

  it('breaks no content security policy', () => {
    assert.deepEqual(api.violations, []);
  });
});

async function debug(api: UnderglassApi, name: string, text: string) {
  const editor = await openFile(name, text);
  await vscode.commands.executeCommand(COMMANDS.debug, editor.document.uri);
  const session = api.debugPanels.get(editor.document.uri)?.session;
  assert.ok(session);
  await until('the run', () => session.state.state === 'ready');
  return { editor, session };
}

function ready({ state }: DebugSession) {
  return state.state === 'ready' ? state.view : undefined;
}

function targetsOf(session: DebugSession): string[] | undefined {
  return ready(session)?.summary.targets.map(({ text }) => text);
}

function collectStates(session: DebugSession): readonly DebugState[] {
  const states: DebugState[] = [];
  session.onDidChangeState((state) => states.push(state));
  return states;
}

function panelTabs(): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes(DEBUG_VIEW_TYPE),
  );
}
