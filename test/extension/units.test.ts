import assert from 'node:assert/strict';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { DEFAULT_SCAN } from '../../src/core/records/records.ts';
import { COMMANDS, UNIT_VIEW_TYPE, VIEWS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import { externalLink, unitUri } from '../../src/host/units/openLink.ts';
import type { UnitPanel } from '../../src/host/units/unitPanel.ts';
import type { ExplainOptions } from '../../src/protocol/explainContract.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { configure, openFile, underglass, until, useRandomModel } from './support/host.ts';

const SENTENCES = [
  'the cat sat on the mat',
  'a dog ran in the park',
  'she gave him an old book',
  'it rains again',
];
const OFFLINE: ExplainOptions = {
  explainer: { kind: 'human', words: 'fires on "e"' },
  simulator: 'words',
  scorers: ['simulation'],
  calibration: 'linear',
  language: null,
  perSplit: 2,
  seed: 0,
  budget: { requests: null, tokens: null },
};

describe('units', function () {
  let api: UnderglassApi;
  let modelId: string;

  before(async () => {
    api = await underglass();
    await useRandomModel();
    ({ modelId } = await api.models.open(null));
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('a page says that no index covers the unit, and shows what needs none', async () => {
    const panel = await open(api, 'L1N2');
    const view = panel.session.view;
    assert.deepEqual([view?.index, view?.summary.statistics, view?.summary.next], [null, null, 'L1N3']);
    assert.equal(view?.language.name, null, 'nothing is configured');
    await until('its page', () => panel.readiness > 0);
  });

  it('its HTML holds what it shows first; a page that comes into view again is told what is true by then', async () => {
    const panel = await until('a page that did not open before the engine answered', async () => {
      const opened = await open(api, 'L1N2');
      const html = await until('its HTML', () => opened.panel.webview.html || undefined);
      if (/<script type="application\/json" id="opening">.*"id":"L1N2"/u.test(html)) return opened;
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      return undefined;
    });
    await until('its page', () => panel.readiness > 0);
    await panel.session.open('L1N3');
    assert.equal(panel.session.view?.summary.id, 'L1N3');
    const before = panel.readiness;
    const document = await vscode.workspace.openTextDocument({ content: 'over it' });
    const viewColumn = panel.panel.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(document, { viewColumn, preview: false });
    await until('the page out of view', () => !panel.panel.visible);
    panel.panel.reveal();
    await until('the page again', () => panel.readiness > before);
    assert.equal(panel.session.unit, 'L1N3');
  });

  it('a link opens the page of its unit, at its tab; one that is none opens nothing', async () => {
    const { name } = await api.models.open(null);
    const link = unitUri({ unit: 'L1N3', model: name, tab: 'weights' }).toString(true);
    assert.equal(link, `${vscode.env.uriScheme}://underglass.underglass/unit/L1N3?model=${name}&tab=weights`);
    const copied = await externalLink({ unit: 'L1N3', model: name, tab: 'weights' });
    assert.match(decodeURIComponent(copied), /\/unit\/L1N3/u);
    await api.units.links.handleUri(vscode.Uri.parse(link));
    const panel = await until('a unit page', () => api.units.panels.registry.all()[0]);
    await until('its unit', () => panel.session.view?.summary.id === 'L1N3' || undefined);
    await until('its page', () => panel.readiness > 0);
    assert.equal(panel.panel.webview.html.includes('"tab":"weights"'), true);
    await api.units.links.handleUri(vscode.Uri.parse(link.replace('L1N3', 'L0N2')));
    await until(
      'the other unit in the same page',
      () => panel.session.view?.summary.id === 'L0N2' || undefined,
    );
    for (const other of [
      link.replace('L1N3', '..'),
      link.replace(name, 'model-that-is-not-here'),
      link.replace(name, encodeURIComponent(workspaceFolder())),
      `${link}&run=1`,
    ])
      await api.units.links.handleUri(vscode.Uri.parse(other));
    assert.deepEqual(
      api.units.panels.registry.all().map(({ session }) => session.unit),
      ['L0N2'],
    );
  });

  it('a scan of files gives every unit records, and open pages follow', async () => {
    const panel = await open(api, 'L1N2');
    const folder = path.join(workspaceFolder(), 'corpus');
    await mkdir(folder, { recursive: true });
    const lines = Array.from({ length: 40 }, (_, index) => `${SENTENCES[index % 4]} ${index}`);
    await writeFile(path.join(folder, 'a.txt'), lines.join('\n\n'));
    const corpus = { kind: 'files', paths: [folder], field: 'text' } as const;
    const options = { ...DEFAULT_SCAN, context: 16 };
    const info = await api.units.library.scan({ modelId, corpus, families: [], options }, 'Scanning');
    assert.equal(info?.state, 'ready');
    assert.ok((info?.windows ?? 0) > 20);
    await until('the records', () => panel.session.view?.summary.statistics);
    const examples = await api.engine.request('unit/examples', {
      modelId,
      unit: 'L1N2',
      set: 'top',
      from: 0,
      count: 5,
    });
    assert.equal(examples[0]?.examples.length, 5);
  });

  it('an own explanation is scored, kept as text in the workspace, and shown by every list', async () => {
    const record = await api.engine.request('explain/unit', { modelId, unit: 'L1N2', options: OFFLINE });
    assert.equal(record.explainerKind, 'human');
    const model = await api.models.open(null);
    const file = path.join(workspaceFolder(), '.underglass/explanations', model.name, '1-mlp-neurons.jsonl');
    assert.ok((await readFile(file, 'utf8')).includes(record.id));
    const { rows } = await api.engine.request('unit/list', {
      modelId,
      family: '1-mlp-neurons',
      text: 'fires on',
      sort: 'id',
      falling: false,
      category: 'all',
      from: 0,
      count: 5,
    });
    assert.deepEqual(
      rows.map(({ id, words, wordsBy }) => [id, words, wordsBy]),
      [['L1N2', 'fires on "e"', 'human']],
    );
    const listed = await api.engine.request('explain/list', { modelId, unit: 'L1N2' });
    assert.deepEqual(
      listed.map(({ stale, hasDetail }) => [stale, hasDetail]),
      [[null, true]],
    );
  });

  it('walks from unit to unit in one page, and takes ids in every form', async () => {
    const panel = await open(api, '1-mlp-neurons/3');
    await eventuallyEqual(() => panel.session.unit, 'L1N3');
    await panel.session.open('attn_L0_1');
    await eventuallyEqual(() => panel.session.view?.summary.id, 'L0H1');
    assert.equal(api.units.panels.registry.all().length, 1);
    await assert.rejects(panel.session.open('L9N0'), { code: 'unit/unknown' });
    assert.equal(panel.session.view?.summary.id, 'L0H1', 'the last page stays');
  });

  it('pins are shared as a file of the workspace', async () => {
    const panel = await open(api, 'L1N2');
    const { pins } = api.units;
    const { name } = await api.models.open(null);
    await pins.set(name, 'L1N2', true);
    await until('the pin', () => panel.session.view?.pinned);
    const file = path.join(workspaceFolder(), '.underglass/pins.json');
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { [name]: ['L1N2'] });
    await pins.set(name, 'L1N2', false);
    await eventuallyEqual(() => panel.session.view?.pinned, false);
  });

  it('finds units that fire on the selection', async () => {
    const editor = await openFile('match.prompt', 'the cat sat on the mat');
    editor.selections = [new vscode.Selection(0, 0, 0, 7), new vscode.Selection(0, 12, 0, 22)];
    await vscode.commands.executeCommand(COMMANDS.matchSelection);
    const shown = await until('the matches', () => api.units.browser.shownMatches ?? undefined);
    assert.deepEqual([shown.on, shown.off], ['the cat', 'on the mat']);
    assert.ok(shown.matches.length > 0);
    const difference = shown.matches.map(({ on, off }) => on - off);
    assert.deepEqual(
      difference,
      difference.toSorted((a, b) => b - a),
    );
  });

  describe('of another model than prompts get', () => {
    let folder: string;

    before(async () => {
      folder = path.join(workspaceFolder(), 'other-model');
      await writeRandomModel(folder, { seed: 7, config: { n_layer: 3 } });
      await vscode.commands.executeCommand(`${VIEWS.browser}.focus`);
      await until('the feature browser', () => api.units.browser.readiness > 0);
      await api.units.browsed.choose(folder);
    });
    after(async () => {
      await api.units.browsed.choose(null);
      ({ modelId } = await api.models.open(null));
    });

    const shown = (): string | undefined => api.units.browser.view?.model.directory;
    /** The page of the browsed model: prompts' own model has another. */
    const page = (): Promise<UnitPanel> =>
      until('a page of the browsed model', () =>
        api.units.panels.registry.all().find(({ session }) => session.modelName === folder),
      );

    it('the feature browser shows its units and says whose they are; the status bar keeps the prompts’', async () => {
      await eventuallyEqual(shown, folder);
      assert.equal(api.units.browser.view?.families.includes('2-mlp-neurons'), true);
      assert.equal(api.units.browser.description, 'other-model');
      assert.notEqual(api.models.current?.directory, folder);
    });

    it('a unit by chance is one of its', async () => {
      await vscode.commands.executeCommand(COMMANDS.lucky, '2-mlp-neurons');
      const panel = await page();
      await until('its unit', () => panel.session.view?.summary.family === '2-mlp-neurons');
      assert.equal(panel.session.view?.model.directory, folder);
    });

    it('units that fire on a selection are its; a prompt that names a model makes that one browsed', async () => {
      const editor = await openFile('plain.prompt', 'the cat sat on the mat');
      editor.selection = new vscode.Selection(0, 0, 0, 22);
      await vscode.commands.executeCommand(COMMANDS.matchSelection);
      const matches = await until('the matches', () => api.units.browser.shownMatches ?? undefined);
      // It has no SAE, and one layer more.
      assert.equal(
        matches.matches.every(({ id }) => /^L\dN\d+$/u.test(id)),
        true,
      );
      assert.ok(matches.matches.some(({ id }) => id.startsWith('L2N')));
      const named = await openFile('named.prompt', '---\nmodel: ./random-model\n---\nthe cat sat on the mat');
      named.selection = new vscode.Selection(3, 0, 3, 22);
      await vscode.commands.executeCommand(COMMANDS.matchSelection, 'browsed');
      await eventuallyEqual(shown, folder);
      await vscode.workspace.getConfiguration().update('underglass.modelFolder', folder, true);
      await vscode.commands.executeCommand(COMMANDS.matchSelection);
      await eventuallyEqual(() => api.units.browsed.chosenName, 'random-model');
      await until('other matches', () =>
        api.units.browser.shownMatches?.matches.some(({ id }) => id.includes('/')),
      );
      await useRandomModel();
      await api.units.browsed.choose(folder);
      assert.equal(api.units.browser.shownMatches, null, 'they were another model’s');
    });

    it('where it is gone the default model stands in, and the title says why', async () => {
      const nowhere = `${folder}-moved`;
      await api.units.browsed.choose(nowhere);
      const asDefault = (await api.models.open(null)).directory;
      await eventuallyEqual(shown, asDefault);
      await eventuallyEqual(
        () => api.units.browser.description,
        'random-model, for other-model-moved is not here',
      );
      await rename(folder, nowhere);
      api.models.didInstall();
      await eventuallyEqual(shown, nowhere);
      assert.equal(api.units.browser.description, 'other-model-moved');
    });

    it('a list is read although the engine let the model go for others', async () => {
      const { modelId: browsed } = api.units.browser.view?.model ?? {};
      for (const at of ['a', 'b']) {
        const model = path.join(workspaceFolder(), `more-${at}`);
        await writeRandomModel(model, { config: { n_layer: 1 } });
        await api.engine.request('model/open', { model, saes: [] });
      }
      const query = {
        family: '2-mlp-neurons',
        text: '',
        sort: 'id',
        falling: false,
        category: 'all',
      } as const;
      const page = { ...query, from: 0, count: 3 };
      await assert.rejects(api.engine.request('unit/list', { ...page, modelId: browsed ?? '' }), {
        code: 'model/not-found',
      });
      const { rows } = await api.units.browser.list({ ...page, pinnedOnly: false });
      assert.deepEqual(
        rows.map(({ id }) => id),
        ['L2N0', 'L2N1', 'L2N2'],
      );
    });
  });

  it('an engine that crashed is asked again: the page comes back with the same numbers', async () => {
    const panel = await open(api, 'L1N2');
    await until('the records', () => panel.session.view?.summary.statistics);
    const before = panel.session.view?.summary.statistics;
    const { pid } = api.engine;
    assert.ok(pid !== null);
    process.kill(pid, 'SIGKILL');
    await until('another engine', () => api.engine.pid !== null && api.engine.pid !== pid);
    await until('the page', () => panel.session.state.state === 'ready');
    assert.deepEqual(panel.session.view?.summary.statistics, before);
    ({ modelId } = await api.models.open(null));
  });

  it('no language model is asked unless one is chosen, and its URL is no matter of the workspace', async () => {
    const settings = vscode.workspace.getConfiguration('underglass');
    await assert.rejects(
      async () =>
        settings.update('language.baseUrl', 'http://127.0.0.1:9/v1', vscode.ConfigurationTarget.Workspace),
      'a machine setting cannot be written to the workspace',
    );
    const folder = path.join(workspaceFolder(), '.vscode');
    await mkdir(folder, { recursive: true });
    await writeFile(
      path.join(folder, 'settings.json'),
      JSON.stringify({
        'underglass.language.baseUrl': 'http://evil.example/v1',
        'underglass.language.model': 'x',
      }),
    );
    const panel = await open(api, 'L1N2');
    await eventuallyEqual(() => panel.session.view?.language.name, null);
    await configure('underglass.language.baseUrl', 'http://127.0.0.1:9/v1');
    await configure('underglass.language.model', 'nobody');
    await until('the choice', () => panel.session.view?.language.name === 'nobody at 127.0.0.1:9');
    await configure('underglass.language.baseUrl', undefined);
    await configure('underglass.language.model', undefined);
    await writeFile(path.join(folder, 'settings.json'), '{}');
  });
});

async function open(api: UnderglassApi, unit: string): Promise<UnitPanel> {
  await vscode.commands.executeCommand(COMMANDS.openUnit, unit);
  const panel = await until('a unit page', () => api.units.panels.registry.all()[0]);
  await until(`the page of ${unit}`, () => panel.session.state.state === 'ready');
  await until('its tab', () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .some(
        ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(UNIT_VIEW_TYPE),
      ),
  );
  return panel;
}

function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return folder.uri.fsPath;
}
