import assert from 'node:assert/strict';
import { fakeReply } from '../../../../support/fakeLanguageModel.ts';
import { explainedRecord, scriptedModel } from '../../../../support/scriptedModel.ts';
import { InterpError } from '../../../../../src/core/errors.ts';
import { languageJudge, yesProbability } from '../../../../../src/core/explain/language/languageJudge.ts';
import type { SimulateInput } from '../../../../../src/core/explain/parts.ts';

describe('probability of yes', () => {
  const check = (
    name: string,
    text: string,
    first: Readonly<Record<string, number>> | null,
    expected: number | RegExp,
  ): void => {
    it(name, () => {
      const alternatives = Object.entries(first ?? {}).map(([token, p]) => ({ token, logprob: Math.log(p) }));
      const outputLogprobs = first === null ? null : [{ token: '', alternatives }];
      const judged = yesProbability({ text, outputLogprobs });
      if (expected instanceof RegExp) assert.match('failure' in judged ? judged.failure : '', expected);
      else assert.ok('probability' in judged && Math.abs(judged.probability - expected) < 1e-9);
    });
  };
  check('is P(1) / (P(0) + P(1))', '1', { '1': 0.6, '0': 0.2, ' the': 0.2 }, 0.75);
  check('counts a digit with a space', ' 1', { ' 1': 0.3, '1': 0.3, '0': 0.2 }, 0.75);
  check('is 0 when only 0 is an alternative', '0', { '0': 0.5 }, 0);
  check('is not read from other alternatives', '1', { yes: 0.9 }, 1);
  check('is read from a plain digit', '0', null, 0);
  check('is read from a word', 'Yes, it does.', null, 1);
  check('is read behind a mark', '**No**', null, 0);
  check('is read behind thoughts', '<think>0?</think>1', null, 1);
  check('is not read from 10', '10', null, /neither 1 nor 0: "10"/);
  check('is not read from prose', 'It is hard to say.', null, /neither 1 nor 0/);
});

describe('judging with a language model', () => {
  const input = (tokens: readonly string[]): SimulateInput => ({
    explained: { words: 'the word "cat"', pattern: null },
    record: explainedRecord(
      tokens,
      tokens.map(() => 0),
    ),
    text: () => '',
    signal: new AbortController().signal,
    onCall: () => {},
  });
  const probability = async (judged: Promise<object>): Promise<number> => {
    const answer = await judged;
    return 'probability' in answer ? Math.round(Number(answer.probability) * 10) / 10 : Number.NaN;
  };
  const judge = languageJudge(
    scriptedModel((request) => fakeReply(request.messages), { outputLogprobs: false }),
  );
  const cat = [' A', ' cat', ' sat'];

  it('detects, fuzzes and judges pairs', async () => {
    assert.equal(await probability(judge.detect(input(cat))), 1);
    assert.equal(await probability(judge.detect(input([' A', ' dog']))), 0);
    assert.equal(await probability(judge.fuzz({ ...input(cat), marked: [false, true, false] })), 1);
    assert.equal(await probability(judge.fuzz({ ...input(cat), marked: [false, false, true] })), 0);
    assert.equal(await probability(judge.pair({ ...input(cat), query: 1, key: 0 })), 1);
    assert.equal(await probability(judge.pair({ ...input(cat), query: 2, key: 0 })), 0);
  });

  it('asks for log-probabilities only where there are any', async () => {
    for (const outputLogprobs of [true, false]) {
      const model = scriptedModel(() => ({ text: '1' }), { outputLogprobs });
      await languageJudge(model).detect(input(cat));
      assert.equal(model.requests[0]?.topLogprobs, outputLogprobs ? 15 : 0);
    }
  });

  it('makes a bad reply a failure', async () => {
    const model = scriptedModel(() => new InterpError('language/bad-reply', 'The reply is empty.'));
    assert.deepEqual(await languageJudge(model).detect(input(cat)), { failure: 'The reply is empty.' });
  });
});
