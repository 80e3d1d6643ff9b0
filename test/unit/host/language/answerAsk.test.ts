import assert from 'node:assert/strict';
import type { CancellationToken } from 'vscode';
import { answerAsk, type EditorModels } from '../../../../src/host/language/answerAsk.ts';

const ASK = {
  askId: '1',
  model: 'copilot-x',
  messages: [
    { role: 'system', content: 'We study neurons.' },
    { role: 'user', content: 'Explain.' },
    { role: 'assistant', content: 'It fires on' },
  ],
} as const;
const TOKEN = { isCancellationRequested: false } as CancellationToken;

/** Models of which one answers in these parts; what it is sent is written down. */
function models(parts: () => AsyncGenerator<string>): EditorModels<string> & { readonly sent: unknown[] } {
  const sent: unknown[] = [];
  const sendRequest = async (messages: string[], options: object, token: CancellationToken) => {
    sent.push(...messages, options, token);
    return { text: parts() };
  };
  const message = (role: string, text: string): string => `${role}: ${text}`;
  return { sent, message, select: async () => [{ id: 'copilot-x', sendRequest }] };
}

describe("VS Code's own language models", () => {
  it('are sent what the engine asks, instructions as the first words of the user, and answer in parts', async () => {
    const own = models(async function* () {
      yield ' female';
      yield ' names';
    });
    assert.deepEqual(await answerAsk(ASK, own, TOKEN), { text: ' female names', error: null });
    const messages = ['user: We study neurons.', 'user: Explain.', 'assistant: It fires on'];
    assert.deepEqual(own.sent, [...messages, {}, TOKEN]);
  });

  it('that are gone, refused or broken off are errors in words, never half an answer', async () => {
    const none = { ...models(async function* () {}), select: async () => [] };
    const gone = { text: null, error: 'VS Code has no language model "copilot-x" now.' };
    assert.deepEqual(await answerAsk(ASK, none, TOKEN), gone);
    const refused = { ...none, select: () => Promise.reject(new Error('No permission was given.')) };
    const noPermission = { text: null, error: 'No permission was given.' };
    assert.deepEqual(await answerAsk(ASK, refused, TOKEN), noPermission);
    const broken = models(async function* () {
      yield 'half';
      throw new Error('Canceled');
    });
    assert.deepEqual(await answerAsk(ASK, broken, TOKEN), { text: null, error: 'Canceled' });
  });
});
