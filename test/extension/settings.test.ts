import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { underglass } from './support/host.ts';

describe('a setting that a command changes', () => {
  const KEY = 'underglass.tokenColours';
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const stored = () => {
    const inspected = vscode.workspace.getConfiguration().inspect<boolean>(KEY);
    return [inspected?.globalValue, inspected?.workspaceValue];
  };
  const store = (value: boolean | undefined, target: vscode.ConfigurationTarget) =>
    vscode.workspace.getConfiguration().update(KEY, value, target);

  before(underglass);
  afterEach(async () => {
    await store(undefined, Workspace);
    await store(undefined, Global);
  });

  it("is the person's where the workspace has none", async () => {
    await vscode.commands.executeCommand(COMMANDS.toggleColors);
    await eventuallyEqual(stored, [true, undefined]);
  });

  it("is the workspace's where that has one, which would win", async () => {
    await store(true, Workspace);
    await vscode.commands.executeCommand(COMMANDS.toggleColors);
    await eventuallyEqual(stored, [undefined, false]);
  });
});
