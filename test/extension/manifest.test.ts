import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS, LANGUAGE_ID, SETTINGS } from '../../src/host/contributions.ts';
import { openFile, underglass } from './support/host.ts';

describe('contributions in VS Code', () => {
  it('registers every command', async () => {
    await underglass();
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = Object.values(COMMANDS).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  });

  it('gives every setting its default', () => {
    for (const [key, value] of Object.entries(SETTINGS)) {
      const inspected = vscode.workspace.getConfiguration('underglass').inspect(key);
      assert.deepEqual(inspected?.defaultValue, value, key);
    }
  });

  it('opens *.prompt in its own language, where trailing spaces stay', async () => {
    const { document } = await openFile('language.prompt', 'Text ');
    assert.equal(document.languageId, LANGUAGE_ID);
    const files = vscode.workspace.getConfiguration('files', { uri: document.uri, languageId: LANGUAGE_ID });
    assert.equal(files.get('trimTrailingWhitespace'), false);
  });
});
