import * as vscode from 'vscode';
import { formatUnit } from '../../core/model/units.ts';
import { editProblem } from '../../core/prompt/edits.ts';
import { formatPosition, positionOf } from '../../core/prompt/position.ts';
import { shownIn } from '../../protocol/runState.ts';
import { documentOf } from '../commands/traceCommand.ts';
import type { TracePanels } from '../panels/tracePanels.ts';
import { unitOf } from '../panels/validate.ts';
import type { Sessions } from '../session/session.ts';
import type { DebugPanels } from './debugPanels.ts';
import { mergedExperiment, readPromptOf } from './experimentOf.ts';
import { writeFrontMatter } from './saveDraft.ts';

export interface AblateContext {
  readonly sessions: Sessions;
  readonly panels: TracePanels;
  readonly debugPanels: DebugPanels;
}

/**
 * Asks for an edit, filled in with the unit and the token that a link or the selection gives, adds it to the prompt
 * file's `ablate` as one step of undo, and shows the debug view.
 */
export async function ablate(
  asked: { readonly uri: unknown; readonly position: unknown; readonly unit: unknown },
  context: AblateContext,
): Promise<void> {
  const { panels, debugPanels } = context;
  const shown = debugPanels.active()?.session.uri ?? panels.active()?.session.uri;
  const editing = vscode.window.activeTextEditor?.document.uri;
  const document = await documentOf(asked.uri ?? editing ?? shown);
  const unit = asked.unit === undefined ? null : formatUnit(unitOf(asked.unit));
  const edit = await askEdit(unit, writtenPosition(document.uri, asked.position, context.sessions));
  if (edit === undefined) return;
  await addEdit(document, edit, debugPanels);
  debugPanels.show(document);
}

/** Adds a written edit: to the panel's draft when it drafts edits, else to the file. */
async function addEdit(document: vscode.TextDocument, edit: string, debugPanels: DebugPanels): Promise<void> {
  const session = debugPanels.get(document.uri)?.session;
  const { edits } = mergedExperiment(readPromptOf(document), session?.draft ?? {});
  if (session?.draft.edits) session.setDraft({ ...session.draft, edits: [...edits, edit] });
  else await writeFrontMatter(document, [['ablate', [...edits, edit]]]);
}

async function askEdit(unit: string | null, position: string): Promise<string | undefined> {
  const value = `${unit ?? 'L0H0'}${position} zero`;
  const typed = await vscode.window.showInputBox({
    title: 'Ablate',
    prompt: 'UNIT@POSITIONS KIND; kinds: zero, set V, x F, mean, from corrupted, add C, freeze',
    value,
    valueSelection: unit === null ? [0, value.indexOf('@')] : [value.length - 'zero'.length, value.length],
    validateInput: (text) => editProblem(text.trim())?.message ?? null,
  });
  return typed?.trim();
}

/** The token that is meant, written so that an edit of the text does not move it; the last one without a trace. */
function writtenPosition(uri: vscode.Uri, asked: unknown, sessions: Sessions): string {
  const session = sessions.get(uri);
  const tokens = session ? (shownIn(session.state)?.summary.tokens ?? []) : [];
  const position = typeof asked === 'number' ? asked : session?.selection?.position;
  if (position === undefined || position >= tokens.length - 1) return '@last';
  return formatPosition(positionOf(tokens, position));
}
