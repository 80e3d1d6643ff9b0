import * as vscode from 'vscode';
import type { Engine } from '../session/session.ts';
import { answerAsk, type EditorModels } from './answerAsk.ts';

/** Answers the engine's questions to VS Code's own language models, which only the host can reach. */
export function serveEditorModels(engine: Engine, log: vscode.LogOutputChannel): vscode.Disposable {
  const pending = new Set<vscode.CancellationTokenSource>();
  const listening = engine.on('language/didAsk', (ask) => {
    const cancel = new vscode.CancellationTokenSource();
    pending.add(cancel);
    void answerAsk(ask, MODELS, cancel.token).then(async (reply) => {
      pending.delete(cancel);
      cancel.dispose();
      await engine
        .request('language/answer', { askId: ask.askId, ...reply })
        .catch((error: unknown) => log.warn(`an answer came too late: ${String(error)}`));
    });
  });
  return {
    dispose: () => {
      listening.dispose();
      for (const each of pending) each.cancel();
    },
  };
}

const MODELS: EditorModels<vscode.LanguageModelChatMessage> = {
  select: () => vscode.lm.selectChatModels(),
  message: (role, text) =>
    role === 'assistant'
      ? vscode.LanguageModelChatMessage.Assistant(text)
      : vscode.LanguageModelChatMessage.User(text),
};
