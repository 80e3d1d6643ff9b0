import assert from 'node:assert/strict';
import { isInterpError } from '../../../../../src/core/errors.ts';
import type { ActivationsOf } from '../../../../../src/core/explain/parts.ts';
import { buildTrie, explainedBy, n2gExplainer } from '../../../../../src/core/explain/pattern/n2g.ts';
import { patternSimulator } from '../../../../../src/core/explain/pattern/patternSimulator.ts';
import {
  ANY,
  emptyTrie,
  formatTrie,
  insertPattern,
  parseTrie,
  predict,
  START,
  type Step,
} from '../../../../../src/core/explain/pattern/trie.ts';
import { idOf, inputOf, recordOf, textOf } from '../support.ts';

type Fires = (tokens: readonly string[], position: number) => boolean;

const onC: Fires = (tokens, position) => tokens[position] === 'c';
const aThenC: Fires = (tokens, position) =>
  tokens[position] === 'c' && tokens.slice(0, position).includes('a');
const first: Fires = (_, position) => position === 0;

const split = (text: string): string[] => (text === '' ? [] : text.split(' '));
const values = (tokens: readonly string[], fires: Fires): number[] =>
  tokens.map((_, position) => (fires(tokens, position) ? 1 : 0));

/** The unit as a function of texts, as a model would be run. */
function runs(fires: Fires): ActivationsOf {
  return (sequences) =>
    Promise.resolve(sequences.map((ids) => Float32Array.from(values(ids.map(textOf), fires))));
}

async function learn(fires: Fires, examples: readonly string[]) {
  const records = examples.map((text) => recordOf(split(text), values(split(text), fires)));
  return buildTrie(records, { ...inputOf(records), activationsOf: runs(fires) });
}

describe('C6: N2G', () => {
  const check = (
    title: string,
    { fires, examples, expected }: { fires: Fires; examples: string[]; expected: Record<string, number[]> },
  ): void => {
    for (const [text, activations] of Object.entries(expected)) {
      for (const walk of ['greedy', 'backtrack'] as const) {
        it(`${title}, ${walk}: "${text}" -> ${activations.join(', ')}`, async () => {
          const trie = await learn(fires, examples);
          assert.deepEqual([...predict(trie, split(text).map(idOf), { bosId: null, walk })], activations);
        });
      }
    }
  };
  check('fires on c only', {
    fires: onC,
    examples: ['a b c', 'c'],
    expected: { 'b c': [0, 1], 'a a a': [0, 0, 0], 'c b c': [1, 0, 1] },
  });
  check('a, then anything, then c', {
    fires: aThenC,
    examples: ['a b c', 'b a c', 'a c d'],
    // The last one is the known limit: one wildcard stands for one token.
    expected: { 'b c': [0, 0], 'a c': [0, 1], 'a e c a c': [0, 0, 1, 0, 1], 'a b b c': [0, 0, 0, 0] },
  });
  check('the first position', { fires: first, examples: ['a b c'], expected: { 'a b c': [1, 0, 0] } });
  check('no examples', { fires: onC, examples: [], expected: { 'a b c': [0, 0, 0] } });

  it('gives up an exact token that leads nowhere, unless greedy', async () => {
    const trie = await learn(
      (tokens, position) => tokens[position] === 'c' && tokens[position - 2] === 'a',
      ['a b c'],
    );
    const exact = await learn((tokens, position) => tokens.slice(position - 2).join('') === 'xbc', ['x b c']);
    for (const [step, node] of exact.next.get(idOf('c'))?.next ?? []) {
      trie.next.get(idOf('c'))?.next.set(step, node);
    }
    const ids = ['a', 'b', 'c'].map(idOf);
    assert.equal(predict(trie, ids, { bosId: null, walk: 'greedy' })[2], 0);
    assert.equal(predict(trie, ids, { bosId: null })[2], 1);
  });

  it('keeps a BOS token in front of what it shortens, and starts there', async () => {
    const bos = idOf('<bos>');
    const seen: string[] = [];
    const record = recordOf(['<bos>', 'a', 'b', 'c'], [0, 0, 0, 1]);
    const trie = await buildTrie([record], {
      ...inputOf([record]),
      bosId: bos,
      activationsOf: (sequences) => {
        seen.push(...sequences.map((ids) => ids.map(textOf).join(' ')));
        return runs((tokens, at) => tokens[0] === '<bos>' && onC(tokens, at))(sequences);
      },
    });
    assert.ok(seen.length > 0 && seen.every((text) => text.startsWith('<bos> ')), seen.join(' | '));
    assert.deepEqual([...predict(trie, [bos, idOf('c')], { bosId: bos })], [0, 1]);
  });

  it('tells its patterns in words and simulates from the stored text alone', async () => {
    const explained = explainedBy(await learn(aThenC, ['a b c', 'b a c']), textOf);
    assert.equal(explained.words, 'pattern: "c" after "a"; "c" after "a *"');
    const simulated = await patternSimulator(null).simulate({
      ...inputOf([]),
      explained: { words: 'something else', pattern: explained.pattern },
      record: recordOf(['a', 'c', 'c'], [0, 0, 0]),
    });
    assert.deepEqual([...(simulated.values ?? [])], [0, 10, 10]);
  });

  it('tells many wildcards shortly', () => {
    const trie = emptyTrie();
    insertPattern(trie, [idOf('c'), ...Array.from({ length: 9 }, (): Step => ANY), idOf('a')], 1);
    insertPattern(trie, [ANY, START], 0.5);
    assert.equal(
      explainedBy(trie, textOf).words,
      'pattern: "c" after "a …"; any token at the start of the text',
    );
    assert.deepEqual(parseTrie(formatTrie(trie)), trie);
  });

  const fails = (pattern: string | null): void => {
    it(`a pattern of ${pattern} is a failure with its reason`, async () => {
      const simulated = await patternSimulator(null).simulate({
        ...inputOf([]),
        explained: { words: '', pattern },
        record: recordOf(['a'], [0]),
      });
      assert.equal(simulated.values, null);
      assert.ok(simulated.failure && simulated.failure.length > 10);
    });
  };
  fails(null);
  fails('{}');
  fails('[]');
  fails('{"next":{"x":{}}}');
  fails('{"next":{"1":{"value":"2"}}}');

  it('has nothing to say of a silent unit, and nothing of heads', async () => {
    const silent = inputOf([recordOf(['a'], [0])], { activationsOf: runs(() => false) });
    await assert.rejects(n2gExplainer.explain(silent), (error) =>
      isInterpError(error, 'explain/nothing-found'),
    );
    await assert.rejects(
      n2gExplainer.explain({ ...silent, unit: { kind: 'head', layer: 0, head: 0 } }),
      (error) => isInterpError(error, 'explain/not-possible'),
    );
    assert.deepEqual([...predict(emptyTrie(), [1, 2], { bosId: null })], [0, 0]);
  });
});
