import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import type { SaeHealth } from '../../src/protocol/saeContract.ts';
import { configure, openFile, traced, underglass, until, useRandomModel } from './support/host.ts';

const RES = 'blocks.1.hook_resid_post';

describe('health of SAEs at load', () => {
  let api: UnderglassApi;
  let mine = '';

  before(async () => {
    api = await underglass();
    await useRandomModel();
    const model = vscode.workspace.getConfiguration('underglass').get<string>('modelFolder') ?? '';
    mine = path.join(path.dirname(model), 'my-sae');
    await cp(path.join(model, 'saes', RES), mine, { recursive: true });
    await configure('underglass.saeFolders', [mine]);
  });
  after(async () => {
    await configure('underglass.saeFolders', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is measured after the first trace, of a SAE that only a setting names too', async () => {
    const { document } = await openFile('health.prompt', 'When Mary');
    const session = await traced(api, document);
    assert.ok(session.state.state === 'ready');
    const { model } = session.state.view;
    assert.deepEqual(
      model.saes.map(({ directory }) => directory),
      [mine],
    );
    await until('the SAE to be measured', async () => {
      const left = await api.engine.request('sae/unmeasured', { modelId: model.modelId });
      return left.length === 0;
    });
  });

  it('is measured on text of one’s own, which its words name', async () => {
    const { document } = await openFile(
      'own/notes.md',
      'Some words of my own, said more than once. '.repeat(9),
    );
    const rows = await api.hub.view.children();
    const model = rows.find((row) => row.kind === 'model' && row.model.ref.endsWith('random-model'));
    const sampled = async (): Promise<string | undefined> => {
      const [row] = await api.hub.view.children(model);
      return row?.kind === 'sae' ? row.health?.sample : undefined;
    };
    const [sae] = await api.hub.view.children(model);
    const before = await sampled();
    const folder = path.dirname(document.uri.fsPath);
    const measured: SaeHealth | undefined = await vscode.commands.executeCommand(COMMANDS.checkSaeOn, sae, [
      folder,
    ]);
    assert.equal(measured?.sample, 'own (1 file)');
    assert.match(measured.verdict.words.join(' '), /on own \(1 file\)/);
    assert.equal(await sampled(), before, 'what is kept is of the common sample');
  });

  it('does not make the engine busy, and gives way to whatever else is asked to run', async () => {
    const { document } = await openFile('health.prompt', 'When Mary');
    const session = await traced(api, document);
    assert.ok(session.state.state === 'ready');
    const { modelId } = session.state.view.model;
    await until('the engine to be idle', () => api.engine.state === 'ready');
    const asked = { modelId, sae: session.state.view.model.saes[0]?.id ?? '', corpus: null, tokens: 100_000 };
    const aside = api.engine.requestAside('sae/health', asked).then(
      () => 'measured',
      (error: unknown) => (error as { code?: unknown }).code,
    );
    assert.equal(api.engine.state, 'ready');
    const run = api.engine.request('trace/run', { modelId, text: 'and John', bos: 'auto' });
    assert.equal(await aside, 'cancelled');
    assert.ok((await run).tokens.length > 0);
  });
});
