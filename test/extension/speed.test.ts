import assert from 'node:assert/strict';
import type { UnderglassApi } from '../../src/host/extension.ts';
import { configure, openFile, traced, underglass, until, useRandomModel } from './support/host.ts';

describe('how the engine runs', () => {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
    const { document } = await openFile('speed.prompt', 'one two');
    await traced(api, document);
  });
  after(async () => {
    await configure('underglass.threads', undefined);
    await configure('underglass.prepack', undefined);
    await until('the engine as it was', () => api.engine.speed?.prepack === 'auto');
  });

  it('is told by the engine, and a changed setting restarts it', async () => {
    const first = await until('what is in use', () => api.engine.speed ?? undefined);
    assert.equal(first.provider, 'cpu');
    assert.equal(first.prepack, 'auto');
    const { generation } = api.engine;
    await configure('underglass.threads', 1);
    await configure('underglass.prepack', 'off');
    await until(
      'the new choice',
      () => api.engine.speed?.prepack === 'off' && api.engine.speed.threads === 1,
    );
    assert.ok(api.engine.generation > generation);
    const model = await until('the model, mapped', async () => {
      const opened = await api.models.open(null);
      return opened.mode === 'mapped' && opened;
    });
    assert.ok(model.memory.own > 0 && model.memory.files > 0);
  });
});
