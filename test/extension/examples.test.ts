import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { editableExample } from '../../src/host/commands/openExample.ts';

describe('an example that is opened', () => {
  const storage = path.join(tmpdir(), `underglass-examples-${process.pid}`);

  after(() => rm(storage, { recursive: true, force: true }));

  it('is a copy, which keeps what is changed in it; the installed one stays', async () => {
    const extension = vscode.extensions.getExtension('underglass.underglass');
    assert.ok(extension);
    const { extensionUri } = extension;
    const places = { extensionUri, globalStorageUri: vscode.Uri.file(storage) };
    const original = path.join(extensionUri.fsPath, 'examples', 'ioi.prompt');
    const text = await readFile(original, 'utf8');
    const copy = await editableExample('ioi.prompt', places);
    assert.equal(copy.fsPath, path.join(storage, 'examples', 'ioi.prompt'));
    assert.equal(await readFile(copy.fsPath, 'utf8'), text);
    await vscode.workspace.fs.writeFile(copy, new TextEncoder().encode('changed'));
    const again = await editableExample('ioi.prompt', places);
    assert.equal(await readFile(again.fsPath, 'utf8'), 'changed');
    assert.equal(await readFile(original, 'utf8'), text);
  });
});
