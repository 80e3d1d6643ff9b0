import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { cancelled } from '../../src/core/errors.ts';
import { createDownloads } from '../../src/host/hub/downloads.ts';
import type { Engine, Models } from '../../src/host/session/session.ts';
import type { Progress } from '../../src/protocol/engineContract.ts';
import { eventually } from '../support/eventually.ts';

/** As of `engine.request`. */
interface Options {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

describe('downloads of this window', () => {
  it('tell the last that was heard of one that then stands still', async () => {
    const engine = {
      request: (_name: string, _params: unknown, { signal, onProgress }: Options) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(cancelled()));
          for (const done of [1, 5]) onProgress({ done, total: 10, message: 'file' });
        }),
    };
    const log = vscode.window.createOutputChannel('downloads', { log: true });
    const models = { didInstall: () => undefined };
    const downloads = createDownloads(engine as unknown as Engine, models as unknown as Models, log);
    const heard: (string | null)[] = [];
    downloads.onDidProgress((id) => heard.push(downloads.progressOf(id)));
    const added = downloads.add([{ id: 'tiny', text: 'someone/tiny', title: 'tiny', model: null }]);
    await eventually(
      () => heard.at(-1),
      (text) => assert.equal(text, '50 % · 5 B of 10 B'),
    );
    downloads.pause('tiny');
    assert.deepEqual(await added, []);
    downloads.dispose();
    log.dispose();
  });
});
