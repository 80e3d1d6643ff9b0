import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { WrittenExperiment } from '../../core/prompt/experimentText.ts';
import type { KeyName } from '../../core/prompt/keys.ts';
import { setFrontMatterKeys, type FrontMatterChanges } from '../../core/prompt/setFrontMatterKeys.ts';
import type { NewValue } from '../../core/prompt/setFrontMatter.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { rangeOf } from '../editor/ranges.ts';
import type { ExperimentDraft } from '../../protocol/debugViewContract.ts';

const KEY_OF: Readonly<Record<keyof WrittenExperiment, KeyName>> = {
  targets: 'target',
  distractors: 'distractor',
  scalar: 'scalar',
  position: 'position',
  edits: 'ablate',
  corrupted: 'corrupted',
  reference: 'reference',
  seed: 'seed',
};

/**
 * Writes what a draft says into the front matter, as one step of undo. @returns what remains of the draft: how the view
 * compares is no part of the file. @throws prompt/front-matter
 */
export async function saveDraft(
  document: vscode.TextDocument,
  draft: ExperimentDraft,
): Promise<ExperimentDraft> {
  await writeFrontMatter(document, changesOf(draft));
  const { compare, alignment } = draft;
  return {
    ...(compare === undefined ? {} : { compare }),
    ...(alignment === undefined ? {} : { alignment }),
  };
}

/** Gives keys of a prompt file new values as one edit, which one undo takes back. The file is not saved to disk. */
export async function writeFrontMatter(
  document: vscode.TextDocument,
  changes: FrontMatterChanges,
): Promise<void> {
  if (document.languageId !== LANGUAGE_ID) {
    throw new InterpError(
      'prompt/front-matter',
      'Only prompt files (*.prompt) keep an experiment; save this text as one first.',
    );
  }
  const change = setFrontMatterKeys(document.getText(), changes);
  if (!change) return;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, rangeOf(document, change), change.newText);
  if (!(await vscode.workspace.applyEdit(edit)))
    throw new InterpError('file/unwritable', `${document.uri.path} could not be edited.`);
}

function changesOf(draft: ExperimentDraft): FrontMatterChanges {
  const keys = Object.keys(KEY_OF) as (keyof WrittenExperiment)[];
  return keys.flatMap((name) => {
    const value = draft[name];
    return value === undefined ? [] : [[KEY_OF[name], writtenValue(name, value)] as const];
  });
}

/** One target is written bare; an empty list and a default take the key away. */
function writtenValue(
  name: keyof WrittenExperiment,
  value: NonNullable<WrittenExperiment[keyof WrittenExperiment]> | null,
): NewValue | null {
  if (value === null) return null;
  if (name === 'position' && (value === '@last' || value === 'last')) return null;
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    return name !== 'edits' && value.length === 1 ? (value[0] as string) : (value as readonly string[]);
  }
  return value;
}
