import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/host/contributions.ts';
import type { UnderglassApi } from '../../src/host/extension.ts';
import { eventuallyEqual } from '../support/eventually.ts';
import { openFile, traced, underglass, until, useRandomModel } from './support/host.ts';

describe('editing a prompt file', () => {
  let api: UnderglassApi;

  before(async () => {
    api = await underglass();
    await useRandomModel();
  });

  describe('CodeLens', () => {
    it('offers the trace above the body, and then what comes next', async () => {
      const { document } = await openFile('lens.prompt', '---\ntarget: "M"\n---\nWhen Mary');
      const [before] = await lenses(document);
      assert.equal(before?.range.start.line, 3);
      assert.equal(before?.command?.title, '$(search)\u00a0Trace');
      assert.equal(before?.command?.command, COMMANDS.trace);
      await traced(api, document);
      const [after] = await lenses(document);
      assert.match(after?.command?.title ?? '', /^\$\(search\)\u00a0Next: .+ \S+ % · Trace again$/);
    });

    it('offers to debug, with the question that the front matter asks', async () => {
      const asked = await openFile('why.prompt', '---\ntarget: " M"\ndistractor: " J"\n---\nWhen');
      const [, why] = await lenses(asked.document);
      assert.equal(why?.command?.command, COMMANDS.debug);
      assert.equal(why?.command?.title, '$(debug-alt)\u00a0Debug: why ·M and not ·J?');
      const bare = await openFile('bare-lens.prompt', 'When');
      assert.equal((await lenses(bare.document))[1]?.command?.title, '$(debug-alt)\u00a0Debug');
    });

    it('leaves plain files alone', async () => {
      const { document } = await openFile('lens.txt', 'words');
      assert.deepEqual(await lenses(document), []);
    });
  });

  describe('diagnostics', () => {
    it('stand at their line, those of the tokenizer too', async () => {
      const { document } = await openFile('wrong.prompt', '---\ntraget: "M"\nseed: x\n---\nWhen Mary ');
      const found = await problems(document, 3);
      assert.deepEqual(
        found.map(({ code, range }) => [code, range.start.line]),
        [
          ['unknown-key', 1],
          ['wrong-type', 2],
          ['trailing-space', 4],
        ],
      );
    });

    it('name a target of several tokens and a prompt that is too long', async () => {
      const { document } = await openFile('long.prompt', `---\ntarget: "Mary"\n---\n${'x'.repeat(70)}`);
      const found = await problems(document, 2);
      assert.deepEqual(found.map(({ code }) => code).toSorted(), ['not-one-token', 'too-many-tokens']);
    });

    it('say at its place that a model cannot be found', async () => {
      const { document } = await openFile('model.prompt', '---\nmodel: ./nowhere\n---\nText');
      const [found] = await problems(document, 1);
      assert.equal(found?.range.start.line, 1);
      assert.match(String(found?.code), /^(model|file)\//);
    });

    it('never throw over bad front matter, and go away with the mistake', async () => {
      const editor = await openFile('bad.prompt', '---\n: [\n\t- }\n---\nText');
      await until('diagnostics', () => vscode.languages.getDiagnostics(editor.document.uri).length > 0);
      await editor.edit((edit) => edit.delete(new vscode.Range(0, 0, 4, 0)));
      await until('no diagnostics', () => vscode.languages.getDiagnostics(editor.document.uri).length === 0);
    });

    it('end when the document is no prompt any more', async () => {
      const { document } = await openFile('closed.prompt', '---\ntraget: "M"\n---\nText');
      await problems(document, 1);
      await vscode.languages.setTextDocumentLanguage(document, 'plaintext');
      await until('no diagnostics', () => vscode.languages.getDiagnostics(document.uri).length === 0);
    });
  });

  describe('quick fixes', () => {
    for (const { name, text, fixed } of [
      {
        name: 'a misspelt key',
        text: '---\ntraget: "M" # why\n---\nText',
        fixed: '---\ntarget: "M" # why\n---\nText',
      },
      { name: 'a space at the end', text: 'Text ', fixed: 'Text' },
    ]) {
      it(`mend ${name} in one step that can be undone`, async () => {
        const { document } = await openFile(`fix-${name.replaceAll(' ', '-')}.prompt`, text);
        const [problem] = await problems(document, 1);
        assert.ok(problem);
        const actions: vscode.CodeAction[] = await vscode.commands.executeCommand(
          'vscode.executeCodeActionProvider',
          document.uri,
          problem.range,
          vscode.CodeActionKind.QuickFix.value,
        );
        const fix = actions.find(({ edit }) => edit !== undefined);
        assert.ok(fix?.edit && fix.isPreferred === true);
        await vscode.workspace.applyEdit(fix.edit);
        await eventuallyEqual(() => document.getText(), fixed);
        await vscode.commands.executeCommand('undo');
        await eventuallyEqual(() => document.getText(), text);
      });
    }
  });

  describe('completion', () => {
    it('offers keys that are not there yet', async () => {
      const { document } = await openFile('keys.prompt', '---\ntarget: "M"\n\n---\nText');
      const labels = await completions(document, new vscode.Position(2, 0));
      assert.ok(labels.includes('distractor') && !labels.includes('target'), labels.join());
    });

    it('offers the values of a key', async () => {
      const { document } = await openFile('values.prompt', '---\nbos: \n---\nText');
      assert.deepEqual(await completions(document, new vscode.Position(1, 5)), ['auto', 'true', 'false']);
    });

    it('offers nothing in the text', async () => {
      const { document } = await openFile('none.prompt', '---\nbos: auto\n---\nT');
      assert.deepEqual(await completions(document, new vscode.Position(3, 1)), []);
    });

    it('offers units of the open model in an edit, its positions, and the kinds that fit', async () => {
      const text = '---\nablate:\n  - L1H\n  - L1H2@\n  - ln_final@last \n---\nabc';
      const { document } = await openFile('edits.prompt', text);
      const units = await completions(document, new vscode.Position(2, 7));
      assert.ok(units.includes('L1H3') && !units.includes('L1H4'), units.join(' '));
      const positions = await completions(document, new vscode.Position(3, 9));
      assert.deepEqual(positions.slice(0, 2), ['last', '*']);
      const kinds = await completions(document, new vscode.Position(4, 18));
      assert.deepEqual(kinds, ['from corrupted', 'freeze']);
    });
  });
});

async function lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  return vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 10);
}

async function problems(document: vscode.TextDocument, count: number): Promise<vscode.Diagnostic[]> {
  return until(`${count} diagnostics`, () => {
    const found = vscode.languages.getDiagnostics(document.uri);
    return found.length === count && found;
  });
}

async function completions(document: vscode.TextDocument, position: vscode.Position): Promise<string[]> {
  const list: vscode.CompletionList = await vscode.commands.executeCommand(
    'vscode.executeCompletionItemProvider',
    document.uri,
    position,
  );
  const ours = list.items.filter(({ documentation }) => documentation instanceof vscode.MarkdownString);
  return ours.map(({ label }) => (typeof label === 'string' ? label : label.label));
}
