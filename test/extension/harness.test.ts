import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import * as vscode from 'vscode';

describe('the test host', () => {
  it('is a real extension host of a supported VS Code', () => {
    const [major = 0, minor = 0] = vscode.version.split('.').map(Number);
    assert.ok(major === 1 && minor >= 99, vscode.version);
  });

  it('has the workspace open as a folder of this machine', () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder !== undefined && statSync(folder.uri.fsPath).isDirectory());
  });

  it('knows the extension under test', () => {
    assert.ok(vscode.extensions.getExtension('underglass.underglass') !== undefined);
  });
});
