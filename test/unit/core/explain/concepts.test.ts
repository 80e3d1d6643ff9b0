import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import { conceptsExplainer, conceptsSimulator } from '../../../../src/core/explain/concepts.ts';
import { CONCEPTS } from '../../../../src/core/world/concepts.ts';
import { inputOf, recordOf } from './support.ts';

const concepts = (...labels: string[]) => labels.map((label) => new Set(label.split(' ')));
const labelled = recordOf(['Ann', ' met', ' Tom', ' 5'], [2, 0, 1, 0], {
  concepts: concepts('name.female name.new', 'story.hero', 'name.male name.new', 'char.digits'),
});

describe('concept labels as an oracle', () => {
  it('offers the concepts that match best', async () => {
    const found = await conceptsExplainer.explain(inputOf([labelled]));
    assert.deepEqual(
      found.map(({ words }) => words),
      ['a first name used for the first time', 'a female first name', 'a male first name'],
    );
  });

  const simulate = async (words: string, record = labelled) =>
    conceptsSimulator.simulate({ ...inputOf([]), explained: { words, pattern: null }, record });

  it('fires where the label holds', async () => {
    assert.deepEqual([...((await simulate('digits')).values ?? [])], [0, 0, 0, 10]);
  });

  it('fails for words of no concept and windows without labels', async () => {
    assert.match((await simulate('whatever')).failure ?? '', /not those of a concept/);
    assert.match((await simulate('digits', recordOf(['5'], [1]))).failure ?? '', /no labels/);
  });

  it('tells why it cannot explain', async () => {
    const check = (record: typeof labelled, code: 'explain/not-possible' | 'explain/nothing-found') =>
      assert.rejects(conceptsExplainer.explain(inputOf([record])), (error) => isInterpError(error, code));
    await check(recordOf(['5'], [1]), 'explain/not-possible');
    await check(recordOf(['5', ' a'], [1, 0], { concepts: concepts('x', 'y') }), 'explain/nothing-found');
  });

  it('knows every concept by its words', () => {
    assert.equal(new Set(CONCEPTS.map(({ words }) => words)).size, CONCEPTS.length);
  });
});
