import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import { openFile, traced, underglass, until, useRandomModel, WORDS } from './support/host.ts';

const PROMPT = '---\ntarget: "M"\n---\nWhen Mary went é';

describe('hover over a prompt', () => {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });

  it('traces a prompt file by itself and shows token, probability, rank and latents with words', async () => {
    const { document } = await openFile('hover.prompt', PROMPT);
    assert.equal(api.sessions.get(document.uri), undefined);
    const text = await until('a hover with the token', async () => {
      const [shown] = await hoversAt(document, 'Mary');
      return shown?.includes('`M`') === true && shown;
    });
    assert.match(text, /\*\*`M`\*\* — token \d+ at position 6/);
    assert.match(text, /Probability \*\*\S+ %\*\* · rank \*\*\d+\*\* · surprise \S+ nats/);
    assert.ok(text.includes(`${WORDS.replace('|', String.raw`\|`)} `) && text.includes('(F1 0.50)'), text);
    assert.match(text, /\| neuron\S* \|[^]*\[`L\d+N\d+`\]\(command:underglass\.showUnit/);
  });

  it('covers exactly the token', async () => {
    const { document } = await openFile('hover.prompt', PROMPT);
    await traced(api, document);
    const [hover] = await rawHovers(document, 'Mary');
    assert.equal(hover?.range && document.getText(hover.range), 'M');
  });

  it('shows every token of a character that is split', async () => {
    const { document } = await openFile('hover.prompt', PROMPT);
    await traced(api, document);
    const [text] = await hoversAt(document, 'é');
    assert.match(text ?? '', /‹c3›[^]*---[^]*‹a9›/);
  });

  it('links each latent to the panel, and may run these commands only', async () => {
    const { document } = await openFile('hover.prompt', PROMPT);
    const session = await traced(api, document);
    const [hover] = await rawHovers(document, 'went');
    const content = hover?.contents[0];
    assert.ok(content instanceof vscode.MarkdownString);
    const { showUnit, openUnit, trace, debug, ablate } = COMMANDS;
    assert.deepEqual(content.isTrusted, { enabledCommands: [showUnit, openUnit, trace, debug, ablate] });
    const link = /\(command:underglass\.showUnit\?([^\s)]+)/.exec(content.value)?.[1] ?? '';
    const args = JSON.parse(decodeURIComponent(link)) as [string, number, { kind: string }];
    assert.equal(args[0], document.uri.toString());
    assert.equal(args[2].kind, 'latent');
    await vscode.commands.executeCommand(COMMANDS.showUnit, ...args);
    assert.equal(session.selection?.position, args[1]);
    assert.deepEqual(session.selection?.quantity, { kind: 'unit', unit: args[2] });
  });

  it('documents the keys of the front matter', async () => {
    const { document } = await openFile('hover.prompt', PROMPT);
    const [text] = await hoversAt(document, 'target');
    assert.match(text ?? '', /Expected next token/);
  });

  it('says nothing over a plain file until it is traced', async () => {
    const { document } = await openFile('plain.txt', 'some words');
    assert.deepEqual(await hoversAt(document, 'words'), []);
    assert.equal(api.sessions.get(document.uri), undefined);
    await traced(api, document);
    assert.match((await hoversAt(document, 'words'))[0] ?? '', /token 119/);
  });

  it('follows an edit', async () => {
    const { document } = await openFile('hover-edit.prompt', 'abc');
    await traced(api, document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), 'xx');
    await vscode.workspace.applyEdit(edit);
    const [text] = await hoversAt(document, 'abc');
    assert.match(text ?? '', /\*\*`a`\*\* — token \d+ at position 3/);
  });
});

async function rawHovers(document: vscode.TextDocument, word: string): Promise<vscode.Hover[]> {
  const position = document.positionAt(document.getText().indexOf(word));
  return vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, position);
}

async function hoversAt(document: vscode.TextDocument, word: string): Promise<string[]> {
  const contents = (await rawHovers(document, word)).flatMap((hover) => hover.contents);
  return contents.map((content) =>
    content instanceof vscode.MarkdownString ? content.value : String(content),
  );
}
