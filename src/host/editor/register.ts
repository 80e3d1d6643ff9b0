import * as vscode from 'vscode';
import type { Engine, Models, Sessions } from '../session/session.ts';
import { registerCodeActions } from './codeActions.ts';
import { registerCodeLens } from './codeLens.ts';
import { registerCompletions } from './completions.ts';
import { registerDecorations } from './decorations.ts';
import { registerDiagnostics } from './diagnostics.ts';
import { registerHovers } from './hovers.ts';
import { registerTracedContext } from './tracedContext.ts';

export interface EditorContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  readonly log: vscode.LogOutputChannel;
}

/** Everything that shows in a text editor. */
export function registerEditorFeatures({ engine, models, sessions, log }: EditorContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerTracedContext(sessions),
    registerHovers(sessions),
    registerCodeLens(sessions),
    registerDecorations(sessions),
    registerDiagnostics(models, engine, log),
    registerCodeActions(),
    registerCompletions(models, engine, sessions),
  );
}
