import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import type { UnderglassApi } from '../../src/host/extension.ts';
import { modelTooltip } from '../../src/host/hub/itemTexts.ts';
import { homeItem, type HomeNode } from '../../src/host/views/homeItems.ts';
import { childrenOf } from '../../src/host/views/home.ts';
import { createRecents, type Recents } from '../../src/host/views/recents.ts';
import { statusOf } from '../../src/host/views/statusBar.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { openFile, traced, underglass, useRandomModel } from './support/host.ts';

describe('activity bar view', () => {
  let api: UnderglassApi;
  let recents: Recents;

  before(async () => {
    api = await underglass();
    await useRandomModel();
    recents = createRecents(memoryMemento(), api.sessions);
  });
  after(() => recents.dispose());

  it('is empty, and so shows its welcome, when nothing is open', () => {
    const nothing = {
      sessions: { all: () => [], get: () => undefined },
      recents: { uris: [] },
    };
    assert.deepEqual(childrenOf(undefined, nothing), []);
  });

  it('shows the traces of this window; models have a view of their own', async () => {
    const { document } = await openFile('view.prompt', 'When Mary');
    await traced(api, document);
    const context = { ...api, recents };
    const sections = childrenOf(undefined, context);
    assert.deepEqual(sections.map(labelOf), ['Traces of this window']);
    const trace = childrenOf(sections[0], context).find((node) => labelOf(node) === 'view.prompt');
    assert.match(String(trace && homeItem(trace).description), /^10 tokens · next /);
  });

  it('remembers traced files by their address, once each, newest first', async () => {
    for (const name of ['one.prompt', 'two.prompt', 'one.prompt']) {
      const { document } = await openFile(name, 'Text');
      const session = await traced(api, document);
      session.trace();
      await new Promise<void>((resolve) => {
        const listening = session.onDidChangeState(({ state }) => {
          if (state !== 'ready') return;
          listening.dispose();
          resolve();
        });
      });
    }
    const names = () => recents.uris.map(({ path }) => path.split('/').at(-1));
    await eventuallyEqual(() => names().slice(0, 2), ['one.prompt', 'two.prompt']);
    assert.equal(names().filter((name) => name === 'one.prompt').length, 1);
  });
});

describe('hover of a model that is loaded', () => {
  it('tells its shape, and what looked odd when it was opened', () => {
    const tooltip = modelTooltip({
      ...{ ref: 'tiny', name: 'tiny', directory: '/models/tiny', source: 'folder', weightBytes: 5e6 },
      ...{ saeCount: 0, memory: null, problem: null, installed: null, isDefault: false },
      loaded: {
        ...{ modelId: '1', name: 'tiny', directory: '/models/tiny', mode: 'packed', saes: [] },
        ...{ privateBytes: 5e6, mappedBytes: 0 },
        shape: { n_layers: 4, d_model: 128, n_heads: 6, d_mlp: 768, n_ctx: 256, d_vocab: 2048 },
        warnings: ['SAE 1-res was trained on texts of 64 tokens.'],
      },
    }).value;
    assert.match(tooltip, /4 layers × 128, 6 heads and 768 neurons a layer; 2,048 tokens, context 256/u);
    assert.match(tooltip, /⚠ SAE 1/u);
  });
});

describe('status bar item', () => {
  const model = { name: 'underglass-tiny', mode: 'packed' } as const;
  const speed = {
    threads: 2,
    provider: 'cpu',
    providers: ['cpu', 'webgpu'],
    prepack: 'auto',
    notes: ['No cuda.'],
  } as const;

  it('shows the model and the state, and warns when something is wrong', () => {
    const ready = statusOf({ state: 'ready', detail: null, speed }, model);
    assert.equal(ready.text, '$(search) underglass-tiny');
    assert.ok(ready.visible && !ready.warns);
    assert.match(ready.tooltip, /weights packed.* 2 threads, cpu .*prepack auto\. No cuda\./);
    const degraded = statusOf({ state: 'degraded', detail: 'exit code 1', speed: null }, model);
    assert.ok(degraded.warns && degraded.tooltip.includes('exit code 1'));
    assert.equal(statusOf({ state: 'stopped', detail: null, speed: null }, null).visible, false);
  });
});

function labelOf(node: HomeNode): string {
  return String(homeItem(node).label);
}

function memoryMemento(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, fallback?: T) => (values.get(key) as T | undefined) ?? fallback,
    update: async (key: string, value: unknown) => void values.set(key, value),
  };
}
