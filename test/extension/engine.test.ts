import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import type { PromptSession } from '../../src/host/session/session.ts';
import type { TraceState } from '../../src/protocol/viewContract.ts';
import { configure, openFile, underglass, until, useRandomModel } from './support/host.ts';

describe('engine process', () => {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });
  afterEach(async () => {
    await configure('underglass.engine.timeoutSeconds', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is another process than the extension host', async () => {
    await trace(api, 'other.prompt');
    assert.notEqual(api.engine.pid, null);
    assert.notEqual(api.engine.pid, process.pid);
  });

  it('comes back after a crash: the panel says so, traces again, and nothing typed is lost', async () => {
    const { editor, session } = await trace(api, 'crash.prompt');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 9), ' and John'));
    await until('the new trace', () => session.state.state === 'ready');
    const { generation } = api.engine;
    const states = collectStates(session);
    kill(api);
    await until(
      'the trace after the restart',
      () => states.some(({ state }) => state === 'ready') && session.state.state === 'ready',
    );
    assert.equal(api.engine.generation, generation + 1);
    assert.ok(
      states.some((state) => state.state === 'loading' && /engine was restarted/.test(state.message)),
    );
    assert.equal(editor.document.getText(), 'When Mary and John');
  });

  it('comes back after a crash in the middle of a run', async () => {
    const { editor, session } = await trace(api, 'midrun.prompt');
    const states = collectStates(session);
    const listening = session.onDidChangeState(({ state }) => {
      if (state !== 'loading') return;
      listening.dispose();
      kill(api);
    });
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 9), '!'));
    await until(
      'the trace after the restart',
      () => session.state.state === 'ready' && tokensOf(session).at(-1) === '!',
    );
    const shown = states.filter(({ state }) => state === 'error' || state === 'loading');
    assert.ok(
      shown.every((state) => 'last' in state && state.last !== null),
      'the last trace stays in sight',
    );
  });

  it('takes requests that a process which is gone cannot hear as failed, and comes back', async () => {
    const { session } = await trace(api, 'pipe.prompt');
    kill(api);
    // This process hears of the end when it is idle: what is sent before goes into a broken pipe.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    const sent = Array.from({ length: 3 }, () => api.engine.request('engine/status', {}));
    for (const each of await Promise.allSettled(sent)) assert.equal(each.status, 'rejected');
    session.trace();
    await until('the trace after the restart', () => session.state.state === 'ready');
  });

  it('is ended when it hangs, and comes back', async function () {
    if (process.platform === 'win32') {
      console.log('      skipped: Windows has no SIGSTOP, so the engine cannot be made to hang');
      return this.skip();
    }
    const { session } = await trace(api, 'hang.prompt');
    await configure('underglass.engine.timeoutSeconds', 1);
    const states = collectStates(session);
    const { pid } = api.engine;
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    session.trace();
    await until(
      'the trace by a new process',
      () => session.state.state === 'ready' && api.engine.pid !== pid,
    );
    assert.ok(states.some((state) => state.state === 'error' && state.error.code === 'engine/hung'));
  });

  it('stays down after three crashes in a row, until a person restarts it', async () => {
    const { session } = await trace(api, 'thrice.prompt');
    const again = api.engine.onDidRestart(() => kill(api));
    kill(api);
    await until('the engine to stay down', () => api.engine.state === 'stopped');
    again.dispose();
    session.trace();
    const failed = await until('an error', () => session.state.state === 'error' && session.state);
    assert.equal(failed.error.code, 'engine/crashed');
    assert.match(failed.error.message, /Restart Engine/);
    await vscode.commands.executeCommand(COMMANDS.restartEngine);
    await until('the trace after the restart', () => session.state.state === 'ready');
  });

  it('cancels a run and takes the next', async () => {
    const { session } = await trace(api, 'cancel.prompt');
    assert.ok(session.state.state === 'ready');
    const { modelId } = session.state.view.model;
    const job = new AbortController();
    const running = api.engine.request(
      'trace/run',
      { modelId, text: 'When Mary and John', bos: 'auto' },
      { signal: job.signal },
    );
    job.abort();
    await assert.rejects(running, { code: 'cancelled' });
    session.trace();
    await until('the next trace', () => session.state.state === 'ready');
  });
});

async function trace(api: UnderglassApi, name: string) {
  const editor = await openFile(name, 'When Mary');
  await vscode.commands.executeCommand(COMMANDS.trace, editor.document.uri);
  const session = api.panels.get(editor.document.uri)?.session;
  assert.ok(session);
  await until('the trace', () => session.state.state === 'ready');
  return { editor, session };
}

/** As the operating system does when memory runs out. */
function kill({ engine }: UnderglassApi): void {
  assert.ok(engine.pid);
  process.kill(engine.pid, 'SIGKILL');
}

function collectStates(session: PromptSession): readonly TraceState[] {
  const states: TraceState[] = [];
  session.onDidChangeState((state) => states.push(state));
  return states;
}

function tokensOf({ state }: PromptSession): string[] {
  return state.state === 'ready' ? state.view.summary.tokens.map(({ text }) => text) : [];
}
