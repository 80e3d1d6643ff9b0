import * as vscode from 'vscode';
import { percent } from '../../core/percent.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import { COMMANDS, LANGUAGE_ID } from '../contributions.ts';
import type { PromptSession, Sessions } from '../session/session.ts';
import type { TraceState, TraceView } from '../../protocol/viewContract.ts';
import { visibleToken } from './format.ts';

/** Lenses above the first line of a prompt: trace it, or what the model expects next; and debug it. Prompt files only. */
export function registerCodeLens(sessions: Sessions): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const titles = new Map<string, string>();
  const refresh = (session: PromptSession): void => {
    const key = session.uri.toString();
    const title = lensTitle(sessions.get(session.uri)?.state);
    if (titles.get(key) === title) return;
    titles.set(key, title);
    changed.fire();
  };
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: (document) => {
      const { body } = parsePrompt(document.getText());
      const line = document.lineAt(document.positionAt(body.start).line);
      return [
        new vscode.CodeLens(line.range, lensCommand(document, sessions.get(document.uri)?.state)),
        new vscode.CodeLens(line.range, debugCommand(document)),
      ];
    },
  };
  return vscode.Disposable.from(
    changed,
    sessions.onDidChange(refresh),
    vscode.languages.registerCodeLensProvider({ language: LANGUAGE_ID }, provider),
  );
}

function debugCommand(document: vscode.TextDocument): vscode.Command {
  const { target, distractor } = parsePrompt(document.getText()).frontMatter;
  const text = (values: readonly string[] | undefined): string | null =>
    values?.[0] === undefined ? null : visibleToken({ text: values[0] });
  const [first, other] = [text(target?.value), text(distractor?.value)];
  const why = first === null ? '' : `: why ${first}${other === null ? '' : ` and not ${other}`}?`;
  return {
    title: `$(debug-alt)${GAP}Debug${why}`,
    tooltip: 'Say which parts of the model make it prefer the target to the distractor',
    command: COMMANDS.debug,
    arguments: [document.uri],
  };
}

function lensCommand(document: vscode.TextDocument, state: TraceState | undefined): vscode.Command {
  const { ablate } = parsePrompt(document.getText()).frontMatter;
  const hasEdits = ablate?.value.some((edit) => !edit.startsWith('off ')) ?? false;
  return {
    title: lensTitle(state),
    tooltip: `Run the model on this prompt${hasEdits ? ', without its edits,' : ''} and show what every token activates`,
    command: COMMANDS.trace,
    arguments: [document.uri],
  };
}

/** Lenses swallow an ordinary space after an icon. */
const GAP = '\u00a0';

/** While a new trace runs, the last answer stays: a title that comes and goes makes the text jump. */
function lensTitle(state: TraceState | undefined): string {
  switch (state?.state) {
    case 'ready':
      return `$(search)${GAP}${nextToken(state.view)} · Trace again`;
    case 'loading':
      return state.last
        ? `$(loading~spin)${GAP}${nextToken(state.last)} · Tracing…`
        : `$(loading~spin)${GAP}Tracing…`;
    case 'stale':
      return `$(search)${GAP}${nextToken(state.last)} · Trace again`;
    case 'error':
      return `$(error)${GAP}The trace failed · Trace again`;
    default:
      return `$(search)${GAP}Trace`;
  }
}

function nextToken({ summary }: TraceView): string {
  const [next] = summary.next;
  return next ? `Next: ${visibleToken(next)} ${percent(next.probability, 'text')}` : 'Traced';
}
