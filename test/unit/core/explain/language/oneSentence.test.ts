import assert from 'node:assert/strict';
import { distinctSentences, oneSentence } from '../../../../../src/core/explain/language/oneSentence.ts';

describe('one sentence of a reply', () => {
  const check = (reply: string, expected: string): void => {
    it(JSON.stringify(reply.slice(0, 60)), () => assert.equal(oneSentence(reply), expected));
  };
  check(' names of towns.', 'names of towns');
  check('names of towns', 'names of towns');
  check('  "names of towns."  ', 'names of towns');
  check('names of towns. It also fires on rivers.', 'names of towns');
  check('names of towns.\n\nFor example: London', 'names of towns');
  check('the word "the" in titles.', 'the word "the" in titles');
  check('"a" and "b"', '"a" and "b"');
  check('units such as Mr. Smith or Dr. Brown.', 'units such as Mr. Smith or Dr. Brown');
  check('words, e.g. Names of people', 'words, e.g. Names of people');
  check('numbers such as 3.5 and 4.5.', 'numbers such as 3.5 and 4.5');
  check('the main thing this neuron does is find names', 'names');
  check('Explanation of neuron 4 behavior: the main thing this neuron does is find names.', 'names');
  check('This neuron activates for names.', 'names');
  check('The main thing this head does is attend from verbs to nouns.', 'from verbs to nouns');
  check('Explanation: names', 'names');
  check('- **names** of towns', 'names of towns');
  check('1. names\n2. towns', 'names');
  check('<think>Hmm. Towns?</think>\nnames of towns', 'names of towns');
  check('<think>never ends', '');
  check('questions?', 'questions?');
  check('tabs\tand   spaces', 'tabs and spaces');
  check('   \n ', '');
  check('...', '');

  it('cuts what runs on at a word', () => {
    const cut = oneSentence('word '.repeat(100));
    assert.ok(cut.length <= 302);
    assert.ok(cut.endsWith('word …'));
  });
});

describe('distinct sentences', () => {
  it('drops repeats and empty ones and puts the most frequent first', () => {
    const replies = ['b.', 'A', '', 'c', 'a.', 'a. And more', 'c'];
    assert.deepEqual(distinctSentences(replies), ['A', 'c', 'b']);
  });
});
