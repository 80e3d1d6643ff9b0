import assert from 'node:assert/strict';
import { fakePromptAlternatives, fakeReply, fakeTokens } from '../../../../support/fakeLanguageModel.ts';
import { expectError } from '../../../../support/expectError.ts';
import { explainedRecord, scriptedModel } from '../../../../support/scriptedModel.ts';
import { InterpError } from '../../../../../src/core/errors.ts';
import type { LanguageCall } from '../../../../../src/core/explain/explanation.ts';
import { jsonSimulator, readActivations } from '../../../../../src/core/explain/language/jsonSimulator.ts';
import { joinedText } from '../../../../../src/core/explain/language/messages.ts';
import {
  hiddenValues,
  promptLogprobsSimulator,
} from '../../../../../src/core/explain/language/promptSimulator.ts';
import { outputLogprobsSimulator } from '../../../../../src/core/explain/language/tokenSimulator.ts';
import type {
  LanguageReply,
  LanguageRequest,
  Simulated,
  SimulateInput,
  TokenLogprobs,
} from '../../../../../src/core/explain/parts.ts';

/** Every kind of token that a line-based format could trip over. */
const TOKENS = [
  'A',
  ' cat',
  '\n',
  '\t',
  ' a\tb',
  '\ufffd',
  '\ufffd',
  '\\n',
  ' cats',
  '<end>',
  ' unknown',
  '',
];

function input(
  words: string,
  tokens: readonly string[],
  changes: Partial<SimulateInput> = {},
): SimulateInput {
  return {
    explained: { words, pattern: null },
    record: explainedRecord(
      tokens,
      tokens.map(() => 0),
    ),
    text: () => assert.fail('a simulator reads the tokens of the record'),
    signal: new AbortController().signal,
    onCall: () => {},
    ...changes,
  };
}

function values(simulated: Simulated): number[] {
  assert.equal(simulated.failure, null);
  return Array.from(simulated.values ?? [], (value) => Math.round(value * 1000) / 1000);
}

function logprobs(probabilities: Readonly<Record<string, number>>): TokenLogprobs['alternatives'] {
  return Object.entries(probabilities).map(([token, p]) => ({ token, logprob: Math.log(p) }));
}

/** The fake model of the test server, in this process. */
function fake(request: LanguageRequest): Partial<LanguageReply> {
  if (request.promptLogprobs) {
    const prompt = joinedText(request.messages);
    const alternatives = fakePromptAlternatives(prompt);
    const promptLogprobs = fakeTokens(prompt).map((token, at) => ({
      token,
      alternatives: logprobs(alternatives[at] ?? {}),
    }));
    return { promptLogprobs };
  }
  const { text, first } = fakeReply(request.messages);
  return { text, outputLogprobs: [{ token: text, alternatives: logprobs(first) }] };
}

/** 0.8 on 10 and 0.1 on 9; 0.8 on 0 and 0.1 on 1. */
const [HIT, MISS] = [9.889, 0.111];
const EXPECTED = TOKENS.map((token) => (token === ' cat' ? HIT : MISS));

describe('simulating all tokens from prompt log-probabilities', () => {
  it('reads every hidden value of the subject, whatever its tokens are', async () => {
    const model = scriptedModel(fake);
    const simulated = await promptLogprobsSimulator(model).simulate(input('the word "cat"', TOKENS));
    assert.deepEqual(values(simulated), EXPECTED);
    assert.equal(model.requests.length, 1);
    assert.equal(model.requests[0]?.purpose, 'simulate');
  });

  const subject = (glue: (text: string) => string[]): TokenLogprobs[] =>
    glue('a\tunknown\nb\tunknown\n').map((token) => ({
      token,
      alternatives: token.startsWith('\t')
        ? logprobs({ '\t3': 0.5, '\t5': 0.5, '7': 1 })
        : logprobs({ '3': 0.5, '5': 0.5 }),
    }));
  const checkGlue = (name: string, pattern: RegExp): void => {
    it(`finds values of a tokenizer ${name}`, () => {
      const read = hiddenValues(subject((text) => text.match(pattern) ?? []));
      assert.deepEqual(
        read.map((value) => Math.round(value ?? -1)),
        [4, 4],
      );
    });
  };
  checkGlue('with whole words', /\t|\n|\w+/g);
  checkGlue('that splits the word', /\t|\n|un|known|\w/g);
  checkGlue('that glues the tab to the word', /\tunknown|\n|\w/g);
  checkGlue('that glues the tab to a part', /\tun|known|\n|\w/g);

  it('fails a window whose prompt came back changed', async () => {
    const model = scriptedModel((request) => ({
      promptLogprobs: (fake(request).promptLogprobs ?? []).slice(0, -4),
    }));
    const { failure } = await promptLogprobsSimulator(model).simulate(input('x', ['a', 'b']));
    assert.match(failure ?? '', /of \d+ hidden values/);
  });

  it('fails a window with a value that no alternative is a level of, naming the token', async () => {
    const model = scriptedModel((request) => {
      const all = [...(fake(request).promptLogprobs ?? [])];
      const at = all.findLastIndex(({ token }) => token === 'unknown');
      all[at] = { token: 'unknown', alternatives: logprobs({ unknown: 0.9, ' 7': 0.1 }) };
      return { promptLogprobs: all };
    });
    const simulated = await promptLogprobsSimulator(model).simulate(input('x', ['a', ' b\n']));
    assert.deepEqual(simulated, { values: null, failure: 'No level from 0 to 10 for " b\\n" at 1.' });
  });

  it('fails when the server tells none', async () => {
    const { failure } = await promptLogprobsSimulator(scriptedModel(() => ({}))).simulate(input('x', ['a']));
    assert.equal(failure, 'The reply has no log-probabilities of the prompt.');
  });

  it('fails a window that does not fit the context, and leaves out examples before', async () => {
    const model = scriptedModel(fake);
    const long = Array.from({ length: 100 }, () => ' word');
    const small = promptLogprobsSimulator(model, { contextTokens: 300 });
    assert.match((await small.simulate(input('x', long))).failure ?? '', /does not fit a context of 300/);
    assert.equal(model.requests.length, 0);
    await promptLogprobsSimulator(model, { contextTokens: 1200 }).simulate(input('x', long));
    assert.match(model.requests[0]?.note ?? '', /example records/);
  });
});

describe('simulating token by token from output log-probabilities', () => {
  it('asks once for each token, showing the text up to it', async () => {
    const model = scriptedModel(fake);
    const simulated = await outputLogprobsSimulator(model).simulate(input('the word "cat"', TOKENS));
    assert.deepEqual(values(simulated), EXPECTED);
    assert.equal(model.requests.length, TOKENS.length);
    assert.ok(model.requests[1]?.messages.at(-1)?.content.includes('Text:\nA cat\n\n'));
    assert.ok(model.requests.every(({ maxTokens, topLogprobs }) => maxTokens === 1 && topLogprobs === 15));
  });

  it('shows every example neuron with its own explanation', async () => {
    const model = scriptedModel(fake);
    await outputLogprobsSimulator(model).simulate(input('the word "cat"', ['A']));
    const said = model.requests[0]?.messages.map(({ content }) => content).join('\n') ?? '';
    assert.equal(said.split('the word "cat"').length, 2);
  });

  it('fails a window when one token has no level', async () => {
    const model = scriptedModel((request) =>
      request.messages.at(-1)?.content.includes('token in the text:\n b\n') === true
        ? { text: 'x', outputLogprobs: [{ token: 'x', alternatives: logprobs({ x: 1 }) }] }
        : fake(request),
    );
    const simulated = await outputLogprobsSimulator(model).simulate(input('x', ['a', ' b', ' c']));
    assert.deepEqual(simulated, { values: null, failure: 'No level from 0 to 10 for " b" at 1.' });
  });

  it('is not possible where no log-probabilities come', async () => {
    const model = scriptedModel(() => ({ text: '3' }));
    await expectError(() => outputLogprobsSimulator(model).simulate(input('x', ['a'])), 'language/not-able');
  });
});

describe('simulating as JSON', () => {
  it('B10: reads all values from one reply, whatever the tokens are', async () => {
    const model = scriptedModel(fake);
    const simulated = await jsonSimulator(model).simulate(input('the word "cat"', TOKENS));
    assert.deepEqual(
      values(simulated),
      TOKENS.map((token) => (token === ' cat' ? 10 : 0)),
    );
    assert.equal(model.requests.length, 1);
    assert.notEqual(model.requests[0]?.schema, null);
  });

  const reply = (...entries: readonly (readonly [unknown, unknown])[]): string =>
    JSON.stringify({ activations: entries.map(([token, activation]) => ({ token, activation })) });
  const check = (name: string, text: string, expected: readonly number[] | RegExp): void => {
    it(name, () => {
      const simulated = readActivations(text, ['a', ' b\n']);
      if (expected instanceof RegExp) {
        assert.equal(simulated.values, null);
        assert.match(simulated.failure ?? '', expected);
      } else assert.deepEqual(values(simulated), expected);
    });
  };
  const good = reply(['a', 3], [' b\n', 10]);
  check('B8: a perfect repeat gives its values', good, [3, 10]);
  check('a fence around it does not matter', `Here:\n\`\`\`json\n${good}\n\`\`\``, [3, 10]);
  check('thoughts before it do not matter', `<think>{"a": 1}</think>${good}`, [3, 10]);
  check(
    'a bare list will do',
    JSON.stringify([
      { token: 'a', activation: 0 },
      { token: ' b\n', activation: 1 },
    ]),
    [0, 1],
  );
  check('digits as text will do', reply(['a', '3'], [' b\n', 0.5]), [3, 0.5]);
  check(
    'B8: a changed token fails the window, where the original scores zeros',
    reply(['a', 3], [' b', 10]),
    /changed token 1: " b\\n" became " b"/,
  );
  check('a changed case fails the window', reply(['A', 3], [' b\n', 10]), /changed token 0/);
  check('swapped tokens fail the window', reply([' b\n', 3], ['a', 10]), /changed token 0/);
  check('a missing token fails the window', reply(['a', 3]), /has 1 tokens, the window 2/);
  check('a token too many fails the window', reply(['a', 3], [' b\n', 1], ['', 0]), /has 3 tokens/);
  check(
    'B8, other than the original: 11 fails the window and is no zero: a failure is never scored',
    reply(['a', 11], [' b\n', 10]),
    /No level from 0 to 10 for "a" at 0/,
  );
  check(
    'B8, other than the original: x fails the window and is no zero: a failure is never scored',
    reply(['a', 3], [' b\n', 'x']),
    /No level from 0 to 10 for " b\\n" at 1/,
  );
  check('a missing value is no zero', reply(['a', null], [' b\n', 1]), /for "a" at 0/);
  check('a negative value is no level', reply(['a', -1], [' b\n', 1]), /for "a" at 0/);
  check('an empty value is no level', reply(['a', ''], [' b\n', 1]), /for "a" at 0/);
  check('no JSON', 'I am sorry', /holds no list "activations": "I am sorry"/);
  check('half of it', good.slice(0, -5), /holds no list/);
  check('another shape', '{"activations": 3}', /holds no list/);
  check('entries that are no objects', '[1, 2]', /changed token 0/);

  it('counts more than three missing values', () => {
    const tokens = [...'abcde'];
    const { failure } = readActivations(reply(...tokens.map((token) => [token, 99] as const)), tokens);
    assert.equal(failure, 'No level from 0 to 10 for "a" at 0, "b" at 1, "c" at 2 and 2 more.');
  });
});

describe('every simulator', () => {
  const simulators = [promptLogprobsSimulator, outputLogprobsSimulator, jsonSimulator];
  for (const open of simulators) {
    it(`${open.name} tells every exchange`, async () => {
      const calls: LanguageCall[] = [];
      const asked = input('the word "cat"', ['a', ' cat'], { onCall: (call) => calls.push(call) });
      const model = scriptedModel(fake);
      await open(model).simulate(asked);
      assert.equal(calls.length, model.requests.length);
      assert.ok(calls.every(({ purpose }) => purpose === 'simulate'));
    });

    it(`${open.name} makes a bad reply a failure of the window`, async () => {
      const model = scriptedModel(() => new InterpError('language/bad-reply', 'The reply is empty.'));
      assert.deepEqual(await open(model).simulate(input('x', ['a'])), {
        values: null,
        failure: 'The reply is empty.',
      });
    });

    it(`${open.name} throws what is not about one reply`, async () => {
      const model = scriptedModel(() => new InterpError('language/budget', 'spent'));
      await expectError(() => open(model).simulate(input('x', ['a', 'b'])), 'language/budget');
    });

    it(`${open.name} never sees the activations`, async () => {
      const model = scriptedModel(fake);
      const record = explainedRecord(['a', ' b'], [777, 888]);
      await open(model).simulate(input('x', [], { record }));
      assert.ok(!/777|888/.test(JSON.stringify(model.requests.map(({ messages }) => messages))));
    });
  }
});
