import * as vscode from 'vscode';
import type { EngineExplainEvents } from '../../protocol/explainContract.ts';
import type { Engine } from '../session/session.ts';

type Ask = EngineExplainEvents['language/didAsk'];

/** Answers the engine's questions to VS Code's own language models, which only the host can reach. */
export function serveEditorModels(engine: Engine, log: vscode.LogOutputChannel): vscode.Disposable {
  const pending = new Set<vscode.CancellationTokenSource>();
  const listening = engine.on('language/didAsk', (ask) => {
    const cancel = new vscode.CancellationTokenSource();
    pending.add(cancel);
    void answer(ask, cancel.token).then(async (reply) => {
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

async function answer(
  ask: Ask,
  token: vscode.CancellationToken,
): Promise<{ readonly text: string | null; readonly error: string | null }> {
  try {
    const model = (await vscode.lm.selectChatModels()).find(({ id }) => id === ask.model);
    if (!model) return { text: null, error: `VS Code has no language model "${ask.model}" now.` };
    const reply = await model.sendRequest(ask.messages.map(asMessage), {}, token);
    let text = '';
    for await (const part of reply.text) text += part;
    return { text, error: null };
  } catch (error) {
    return { text: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/** VS Code knows no system messages: they are said by the user first. */
function asMessage({ role, content }: Ask['messages'][number]): vscode.LanguageModelChatMessage {
  return role === 'assistant'
    ? vscode.LanguageModelChatMessage.Assistant(content)
    : vscode.LanguageModelChatMessage.User(content);
}
