import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readProbed } from '../../../../src/runtime/language/dialect.ts';
import { PROMPT_FORMS } from '../../../../src/runtime/language/dialect.ts';
import { hasThought, readChat, readPrompt } from '../../../../src/runtime/language/wire.ts';

const [ECHO, , VLLM] = PROMPT_FORMS;

function chat(message: unknown, changes: object = {}): unknown {
  return { choices: [{ index: 0, finish_reason: 'stop', message, logprobs: null, ...changes }] };
}

describe('answers of chat completions', () => {
  const check = (name: string, value: unknown, text: string | RegExp): void => {
    it(name, () => {
      const answer = readChat(value);
      if (typeof text === 'string') assert.equal(answer.reply?.text, text);
      else assert.match(answer.failure ?? '', text);
    });
  };
  check('a reply', chat({ role: 'assistant', content: 'a' }), 'a');
  check('an empty reply', chat({ content: '' }), /is empty/);
  check('no content', chat({ content: null }), /is empty/);
  check('no message', chat(undefined), /is empty/);
  check('a refusal', chat({ content: null, refusal: 'I will not.' }), /declined: "I will not\."/);
  check('a reply that ran out', chat({ content: '' }, { finish_reason: 'length' }), /reached its length/);
  check('a filtered reply', chat({ content: '' }, { finish_reason: 'content_filter' }), /filter/);
  check('no choices', { choices: [] }, /no choice/);
  check('an error with 200', { error: { message: 'x' } }, /no choice: \{"error"/);
  check('a text', 'Bad Gateway', /not a JSON object: "Bad Gateway"/);
  check('nothing', undefined, /not a JSON object/);

  it('sorts alternatives, most likely first, and passes over broken ones', () => {
    const top = [{ token: '1', logprob: -2 }, { token: '0', logprob: -1 }, { token: 3 }, null];
    const { reply } = readChat(
      chat({ content: '1' }, { logprobs: { content: [{ token: '1', top_logprobs: top }] } }),
    );
    assert.deepEqual(reply?.outputLogprobs, [
      {
        token: '1',
        alternatives: [
          { token: '0', logprob: -1 },
          { token: '1', logprob: -2 },
        ],
      },
    ]);
  });

  it('reads log-probabilities in the form of completions too', () => {
    const logprobs = {
      tokens: ['1'],
      token_logprobs: [-1],
      top_logprobs: [{ '1': -1, '0': -3 }],
      text_offset: [0],
    };
    const { reply } = readChat(chat({ content: '1' }, { logprobs }));
    assert.equal(reply?.outputLogprobs?.[0]?.alternatives.length, 2);
  });

  it('has none where none came', () => {
    assert.equal(readChat(chat({ content: '1' })).reply?.outputLogprobs, null);
    assert.equal(readChat(chat({ content: '1' }, { logprobs: { content: [] } })).reply?.outputLogprobs, null);
  });

  it('counts tokens where the server does', () => {
    const value = { ...Object(chat({ content: '1' })), usage: { prompt_tokens: 7, completion_tokens: -1 } };
    assert.deepEqual(readChat(value).usage, { promptTokens: 7, completionTokens: 0 });
    assert.equal(readChat(chat({ content: '1' })).usage, null);
  });
});

describe('thoughts before an answer', () => {
  const check = (name: string, value: unknown, expected: boolean): void => {
    it(name, () => assert.equal(hasThought(value), expected));
  };
  check('are not in a plain reply', chat({ content: '1' }), false);
  check('can stand in the reply', chat({ content: '\n<think>so' }), true);
  check('can stand beside it', chat({ content: '1', reasoning_content: 'so' }), true);
  check('can stand beside it under another name', chat({ content: '1', reasoning: 'so' }), true);
  check('are not there when that is empty', chat({ content: '1', reasoning_content: null }), false);
  check('can use up the reply', chat({ content: '' }, { finish_reason: 'length' }), true);
  check('are not in an answer that is none', {}, false);
});

describe('answers of completions', () => {
  const own = {
    prompt_token_ids: [5, 9],
    prompt_logprobs: [
      null,
      { 9: { logprob: -3, decoded_token: ' b' }, 7: { logprob: -1, decoded_token: ' c' } },
    ],
  };

  it("read vLLM's own field by token id", () => {
    assert.ok(VLLM);
    const { reply } = readPrompt({ choices: [own] }, VLLM, undefined);
    assert.deepEqual(reply?.promptLogprobs, [
      { token: '', alternatives: [] },
      {
        token: ' b',
        alternatives: [
          { token: ' c', logprob: -1 },
          { token: ' b', logprob: -3 },
        ],
      },
    ]);
  });

  it("cannot use vLLM's own field without token ids", () => {
    assert.ok(VLLM);
    const { prompt_logprobs } = own;
    assert.match(
      readPrompt({ choices: [{ prompt_logprobs }] }, VLLM, undefined).failure ?? '',
      /no log-probabilities/,
    );
  });

  it('keep alternatives of the wanted tokens alone', () => {
    assert.ok(ECHO);
    const top = { x: -1 };
    const tokens = ['a', '\t', 'un', 'known', '\tunknown', ' '];
    const value = { choices: [{ logprobs: { tokens, top_logprobs: tokens.map(() => top) } }] };
    const { reply } = readPrompt(value, ECHO, 'unknown');
    assert.deepEqual(
      reply?.promptLogprobs?.map(({ alternatives }) => alternatives.length),
      [0, 0, 1, 0, 1, 0],
    );
  });
});

describe('whatever a server answers', () => {
  it('is read or refused, never thrown', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.anything().map((message) => chat(message)),
      fc.anything().map((logprobs) => chat({ content: '1' }, { logprobs })),
      fc.anything().map((content) => chat({ content: '1' }, { logprobs: { content: [content] } })),
      fc.anything().map((prompt_logprobs) => ({ choices: [{ prompt_logprobs, prompt_token_ids: [1] }] })),
      fc.anything().map((top) => ({ choices: [{ logprobs: { tokens: ['a'], top_logprobs: [top, {}] } }] })),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const forms = PROMPT_FORMS.map((form) => readPrompt(value, form, 'unknown'));
        for (const { reply, failure } of [readChat(value), ...forms])
          assert.equal(reply === null, failure !== null);
        assert.equal(readProbed(value), null);
      }),
      { seed: 11 },
    );
  });
});
