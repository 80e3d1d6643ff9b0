import type { CancellationToken } from 'vscode';
import type { EngineExplainEvents } from '../../protocol/explainContract.ts';

export type Ask = EngineExplainEvents['language/didAsk'];

/** What is used of VS Code's language models; `Message` is its own kind of message. */
export interface EditorModels<Message> {
  select(): PromiseLike<readonly EditorModel<Message>[]>;
  message(role: 'user' | 'assistant', text: string): Message;
}

interface EditorModel<Message> {
  readonly id: string;
  sendRequest(
    messages: Message[],
    options: object,
    token: CancellationToken,
  ): PromiseLike<{ readonly text: AsyncIterable<string> }>;
}

/** One of the two is null. A person who does not consent is an error like any other of the model's. */
export interface Answer {
  readonly text: string | null;
  readonly error: string | null;
}

/** Asks the model that a question names. VS Code knows no system messages: they are said by the user first. */
export async function answerAsk<Message>(
  ask: Ask,
  models: EditorModels<Message>,
  token: CancellationToken,
): Promise<Answer> {
  try {
    const model = (await models.select()).find(({ id }) => id === ask.model);
    if (!model) return { text: null, error: `VS Code has no language model "${ask.model}" now.` };
    const messages = ask.messages.map(({ role, content }) =>
      models.message(role === 'assistant' ? 'assistant' : 'user', content),
    );
    const reply = await model.sendRequest(messages, {}, token);
    let text = '';
    for await (const part of reply.text) text += part;
    return { text, error: null };
  } catch (error) {
    return { text: null, error: error instanceof Error ? error.message : String(error) };
  }
}
