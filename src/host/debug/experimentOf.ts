import path from 'node:path';
import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import { writtenExperiment } from '../../core/prompt/experimentText.ts';
import { parsePrompt, plainPrompt, type PromptFile } from '../../core/prompt/parsePrompt.ts';
import { namesFile } from '../../core/prompt/textOrFile.ts';
import type { Experiment } from '../../protocol/debugContract.ts';
import type { ExperimentDraft, ShownExperiment } from '../../protocol/debugViewContract.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { resolveLocal } from '../session/modelChoice.ts';

/** A document read as a prompt: a prompt file with its front matter, any other text as it is. */
export function readPromptOf(document: vscode.TextDocument): PromptFile {
  const text = document.getText();
  return document.languageId === LANGUAGE_ID ? parsePrompt(text) : plainPrompt(text);
}

/** What the file says, with the draft over it. */
export function mergedExperiment(file: PromptFile, draft: ExperimentDraft): ShownExperiment {
  const chosen = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
  return { ...writtenExperiment(file), compare: 'edits', alignment: null, ...chosen };
}

/**
 * The experiment of a document and a draft, with the texts of the files that it names.
 * @throws request/untrusted for files in untrusted workspaces; file/not-found
 */
export async function experimentOf(
  document: vscode.TextDocument,
  draft: ExperimentDraft,
  modelId: string,
): Promise<Experiment> {
  const file = readPromptOf(document);
  const merged = mergedExperiment(file, draft);
  const folder = folderOf(document);
  return {
    modelId,
    text: file.body.text,
    bos: file.frontMatter.bos?.value ?? 'auto',
    ...merged,
    corrupted: merged.corrupted === null ? null : await readText(merged.corrupted, document, folder),
    reference: merged.reference === null ? null : await readText(merged.reference, document, folder),
    folder: vscode.workspace.isTrusted ? folder : null,
  };
}

/** Folder of a document on disk; null for untitled and virtual ones. */
function folderOf({ uri }: vscode.TextDocument): string | null {
  return uri.scheme === 'file' || uri.scheme === 'vscode-remote' ? path.dirname(uri.fsPath) : null;
}

async function readText(
  value: string,
  document: vscode.TextDocument,
  folder: string | null,
): Promise<string> {
  if (!namesFile(value)) return value;
  if (!vscode.workspace.isTrusted) {
    throw new InterpError(
      'request/untrusted',
      `The front matter names the file ${value}; that is followed in trusted workspaces only.`,
    );
  }
  const uri = document.uri.with({ path: vscode.Uri.file(resolveLocal(value, folder)).path });
  const bytes = await vscode.workspace.fs.readFile(uri).then(
    (read) => read,
    (cause: unknown) => {
      throw new InterpError('file/not-found', `${value} could not be read.`, {
        data: { file: value },
        cause,
      });
    },
  );
  const text = new TextDecoder().decode(bytes);
  return (value.toLowerCase().endsWith('.prompt') ? parsePrompt(text) : plainPrompt(text)).body.text;
}
