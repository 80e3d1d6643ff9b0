import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import { underglass } from './support/host.ts';

describe('a setting that a command changes', () => {
  const KEY = 'underglass.tokenColours';
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const inspect = () => vscode.workspace.getConfiguration().inspect<boolean>(KEY);
  const store = (value: boolean | undefined, target: vscode.ConfigurationTarget) =>
    vscode.workspace.getConfiguration().update(KEY, value, target);

  before(underglass);
  afterEach(async () => {
    await store(undefined, Workspace);
    await store(undefined, Global);
  });

  it("is the person's where the workspace has none", async () => {
    await vscode.commands.executeCommand(COMMANDS.toggleColors);
    assert.equal(inspect()?.globalValue, true);
    assert.equal(inspect()?.workspaceValue, undefined);
  });

  it("is the workspace's where that has one, which would win", async () => {
    await store(true, Workspace);
    await vscode.commands.executeCommand(COMMANDS.toggleColors);
    assert.equal(inspect()?.workspaceValue, false);
    assert.equal(inspect()?.globalValue, undefined);
  });
});
