import * as vscode from 'vscode';
import {
  asksForNames,
  completionsAt,
  type Completion,
  type KnownNames,
} from '../../core/prompt/completions.ts';
import { editNamesOf } from '../../core/prompt/editHelp.ts';
import { choicesOf, isKeyName, KEYS } from '../../core/prompt/keys.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import { shownIn } from '../../protocol/runState.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { refOf } from '../hub/shelf.ts';
import type { Engine, Models, Sessions } from '../session/session.ts';
import { rangeOf, signalOf } from './ranges.ts';

const KINDS = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  'front-matter': vscode.CompletionItemKind.Snippet,
} as const;

const TRIGGERS = ['-', ' ', '@', '.'];
const NO_NAMES: KnownNames = { models: [], saes: [] };

/** Keys and values of the front matter; in the body nothing is suggested. */
export function registerCompletions(models: Models, engine: Engine, sessions: Sessions): vscode.Disposable {
  const provider: vscode.CompletionItemProvider = {
    provideCompletionItems: async (document, position, token) => {
      const file = parsePrompt(document.getText());
      const offset = document.offsetAt(position);
      const { signal, dispose } = signalOf(token);
      const asked = asksForNames(file, offset);
      const known =
        asked === 'models'
          ? await knownNames(document, { models, engine }, signal)
          : asked === 'edits'
            ? { ...NO_NAMES, ...(await editNames(document, { models, sessions }, signal)) }
            : undefined;
      dispose();
      return completionsAt(file, offset, known).map((completion, index) =>
        completionItem(document, completion, index),
      );
    },
  };
  return vscode.languages.registerCompletionItemProvider({ language: LANGUAGE_ID }, provider, ...TRIGGERS);
}

/** Models by the names that front matter takes, and ids of the SAEs that lie with the document's model. */
async function knownNames(
  document: vscode.TextDocument,
  { models, engine }: { readonly models: Models; readonly engine: Engine },
  signal: AbortSignal,
): Promise<KnownNames> {
  const listed = await engine.request('model/list', { folders: [] }, { signal }).catch(() => []);
  const model = await models.openFor(document, { signal }).catch(() => models.current);
  const directory = model?.directory;
  const saes =
    directory === undefined
      ? []
      : await engine.request('model/saes', { directory }, { signal }).catch(() => []);
  return {
    models: listed.filter(({ problem }) => problem === null).map(refOf),
    saes: saes.map(({ id }) => id),
  };
}

/** Layers, heads and SAEs of the document's model, and the prompt's tokens where it is traced. */
async function editNames(
  document: vscode.TextDocument,
  { models, sessions }: { readonly models: Models; readonly sessions: Sessions },
  signal: AbortSignal,
): Promise<Pick<KnownNames, 'edits'>> {
  const model = await models.openFor(document, { signal }).catch(() => null);
  if (!model) return {};
  const session = sessions.get(document.uri);
  return { edits: editNamesOf(model, session && shownIn(session.state)?.summary.tokens) };
}

function completionItem(
  document: vscode.TextDocument,
  { label, kind, documentation, edit }: Completion,
  index: number,
): vscode.CompletionItem {
  const item = new vscode.CompletionItem(label, KINDS[kind]);
  item.documentation = new vscode.MarkdownString(documentation);
  item.range = rangeOf(document, edit);
  item.insertText = edit.newText;
  item.filterText = kind === 'front-matter' ? '---' : label;
  item.sortText = String(index).padStart(3, '0');
  if (kind === 'key' && isKeyName(label) && hasChoices(label))
    item.command = { title: 'Suggest', command: 'editor.action.triggerSuggest' };
  return item;
}

function hasChoices(key: keyof typeof KEYS): boolean {
  return key === 'model' || key === 'sae' || key === 'position' || choicesOf(KEYS[key].kind).length > 0;
}
