import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { VerifyReport } from '../../src/core/verify/report.ts';
import { configure, underglass, until, useRandomModel } from './support/host.ts';

const SCHEME = 'underglass-verify';

describe('verify a model', () => {
  before(underglass);
  after(() => configure('underglass.modelFolder', undefined));
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const run = (target: unknown): Thenable<VerifyReport | undefined> =>
    vscode.commands.executeCommand(COMMANDS.verifyModel, target);

  it('opens the report beside what is open, as a page', async () => {
    const report = await run('underglass-tiny');
    assert.equal(report?.verdict, 'as published');
    const tab = await until('the tab of the report', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label }) => label.includes('Verify underglass-tiny')),
    );
    assert.ok(tab.input instanceof vscode.TabInputWebview);
    const uri = vscode.Uri.from({ scheme: SCHEME, path: '/Verify underglass-tiny.md' });
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    assert.match(text, /^# Verify underglass-tiny\n\n\*\*Verdict: as published\.\*\* /);
  });

  it('takes a row of the models view', async () => {
    const report = await run({ kind: 'model', model: { ref: 'underglass-tiny' } });
    assert.equal(report?.model, 'underglass-tiny');
  });

  it('asks which of several models, and stops when none is chosen', async () => {
    await useRandomModel();
    const asked = run(undefined);
    // The pick opens when the models are listed: it is left as soon as it is there.
    let isOver = false;
    void asked.then(() => (isOver = true));
    await until('the pick to close', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return isOver;
    });
    assert.equal(await asked, undefined);
  });

  it('says what to do in place of a report that was made in another window', async () => {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: '/Verify another.md' });
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    assert.match(text, /Run \*\*Underglass: Verify Model\*\* again/);
  });
});
