import assert from 'node:assert/strict';
import { readRule } from '../../../../../src/core/explain/words/read.ts';
import { evaluateRule, PLACES, type Context, type Rule } from '../../../../../src/core/explain/words/rule.ts';
import { EVERY_TOKEN, type Selector } from '../../../../../src/core/explain/words/selector.ts';
import { TOKEN_CLASSES } from '../../../../../src/core/explain/words/tokenClasses.ts';
import { wordsSimulator } from '../../../../../src/core/explain/words/wordsSimulator.ts';
import { writeRule } from '../../../../../src/core/explain/words/write.ts';
import { Rng } from '../../../../../src/core/world/rng.ts';
import { inputOf, recordOf, tokensOf } from '../support.ts';

const of = (selector: Partial<Selector>): Selector => ({ ...EVERY_TOKEN, ...selector });
const she = of({ texts: [' she', ' her'] });

describe('rules as sentences', () => {
  const check = (rule: Rule, sentence: string): void => {
    it(sentence, () => {
      assert.equal(writeRule(rule), sentence);
      assert.deepEqual(readRule(sentence), rule);
    });
  };
  check(
    { clauses: [{ strength: 10, selector: she, contexts: [] }], except: null },
    'fires on " she" and " her"',
  );
  check(
    {
      clauses: [
        {
          strength: 10,
          selector: of({ classes: ['digits', 'comma'] }),
          contexts: [{ kind: 'after', reach: 'next', selector: of({ texts: ['$', '\n', '"'] }) }],
        },
      ],
      except: null,
    },
    'fires on digits and commas right after "$", "\\n" and "\\""',
  );
  check(
    {
      clauses: [
        { strength: 10, selector: of({ texts: ['a'], endings: ['ing', 'ed'] }), contexts: [] },
        {
          strength: 6,
          selector: EVERY_TOKEN,
          contexts: [
            { kind: 'inside', what: 'quotes' },
            { kind: 'after', reach: 'sentence', selector: of({ classes: ['capitalised'] }) },
            { kind: 'before', selector: of({ classes: ['stop'] }) },
          ],
        },
        { strength: 3, selector: of({ beginnings: [' un'] }), contexts: [{ kind: 'start', of: 'line' }] },
      ],
      except: of({ texts: [' it'] }),
    },
    'fires on "a" and words ending in "ing" and "ed"; less on any token inside quotes later in a sentence with capitalised words and right before sentence ends; weakly on words starting with " un" at the start of a line, but not on " it"',
  );
  check(
    {
      clauses: [
        {
          strength: 10,
          selector: EVERY_TOKEN,
          contexts: [{ kind: 'repetition', what: 'continued' }],
        },
        {
          strength: 10,
          selector: of({ classes: ['special'] }),
          contexts: [
            { kind: 'after', reach: 'second', selector: of({ texts: [' gave'] }) },
            { kind: 'after', reach: 'text', selector: of({ classes: ['code-word'] }) },
          ],
        },
      ],
      except: null,
    },
    'fires on any token where an earlier sequence repeats; also on the start-of-text token two tokens after " gave" and later in a text with words of code',
  );

  for (const { id } of TOKEN_CLASSES) {
    it(`reads its own words for the class ${id}, as a target and after something`, () => {
      const selector = of({ classes: [id] });
      const rule: Rule = {
        clauses: [{ strength: 10, selector, contexts: [{ kind: 'after', reach: 'next', selector }] }],
        except: selector,
      };
      assert.deepEqual(readRule(writeRule(rule)), rule);
    });
  }
});

describe('any rule survives being written', () => {
  const TEXTS = [
    ' a',
    '"',
    '\n',
    ' "',
    ';',
    ' but',
    '...',
    "'s",
    ' ä',
    '\\',
    '\ufffd',
    '\t',
    ' less on',
    '(',
    '1',
  ];
  const REACHES = ['next', 'second', 'near', 'line', 'sentence', 'text'] as const;
  const rng = new Rng(7);
  const selector = (): Selector =>
    of({
      texts: rng.sample(TEXTS, rng.below(4)),
      classes: rng.sample(TOKEN_CLASSES, 1 + rng.below(2)).map(({ id }) => id),
      beginnings: rng.sample([' un', 'Pre'], rng.below(2)),
      endings: rng.sample(['ing', 'ed'], rng.below(3)),
    });
  const clause = (strength: 10 | 6 | 3) => ({
    strength,
    selector: rng.chance(0.2) ? EVERY_TOKEN : selector(),
    contexts: [
      ...rng.sample(PLACES, 1 + rng.below(2)),
      ...rng
        .sample(REACHES, rng.below(3))
        .map((reach): Context => ({ kind: 'after', reach, selector: selector() })),
      ...(rng.chance(0.5) ? [{ kind: 'before', selector: selector() } as const] : []),
    ],
  });
  for (let number = 0; number < 60; number++) {
    const rule: Rule = {
      clauses: [clause(10), ...rng.sample([10, 6, 3] as const, rng.below(3)).map(clause)],
      except: rng.chance(0.3) ? selector() : null,
    };
    it(`${number}: ${writeRule(rule)}`, () => assert.deepEqual(readRule(writeRule(rule)), rule));
  }
});

describe('words that anybody may write', () => {
  /** Tokens that fire, with what they get when it is not 10. */
  const check = (words: string, text: string, fires: string): void => {
    it(`${words} | ${text.replaceAll('\n', '\\n')} -> ${fires}`, () => {
      const rule = readRule(words);
      assert.ok(rule);
      const tokens = tokensOf(text);
      const values = evaluateRule(rule, tokens);
      const found = tokens.flatMap((token, index) => {
        const value = values[index] ?? 0;
        return value > 0 ? [`${token.trim() || '_'}${value === 10 ? '' : value}`] : [];
      });
      assert.equal(found.join(' '), fires);
    });
  };
  const story = 'Anna said, "she gave him 12 apples." Then she ran to New York.';
  check("fires on 'she'", story, 'she she');
  check('the word ‘she’ after ‘Then’', story, 'she');
  check('this neuron activates for digits', story, '12');
  check('numbers', story, '12');
  check('names', story, 'Anna Then New York');
  check('mentions of apples', story, 'apples');
  check('the city "New York"', story, 'New York');
  check("whatever comes after 'gave … to'", 'Tom gave a big pen to Anna . She went to bed .', 'Anna');
  check('pronouns (female)', 'she saw female dogs', 'she female');
  check('fires on male pronouns and on commas', 'he came, she saw', 'he ,');
  check('words inside quotes', 'I say "you go" now', 'you go');
  check('words in brackets', 'I (or you) go', 'or you');
  check('the first word of a sentence', 'It is. He went.\nShe', 'It He She');
  check('punctuation; weakly on articles', 'the cat, a dog.', 'the3 , a3 .');
  check('digits, but not "3"', '1 3 5', '1 5');
  check('after "$", fires on digits', 'it is $ 12 or 13', '12');
  check('digits preceded by a dollar sign', 'it is $ 12 or 13', '12');
  check('tokens followed by a comma', 'red, green, blue', 'red green');
  check('new line', 'a\nb', '_');
  check('words ending in "ing"', 'singing and running so', 'singing running');
  check('words ending with -ing', 'a sing ing', 'sing');
  check('induction', 'one two three one two four', 'two');
  check('words that appeared before', 'a b a c b', 'a b');
  check('community-related phrases', 'the communities and the community', '');
  check('phrases related to community', 'the communities and the community', 'communities community');

  check('the name of a month', 'In May Anna left', 'May');
  check('female first names', 'In May anna left', 'In May');
  check('inside round brackets', 'a (b c) d', 'b c');
  check('a closing curly bracket', 'a { b } c', '}');
  check('just before a closing quotation mark', 'a "b" c', 'a b');
  check('a day of the week', 'on Monday we go', 'Monday');
  check('the first token of the document', 'a b c d e', 'a b c');

  it('finds a token of dots', () => {
    const rule = readRule('fires on "..."');
    assert.ok(rule);
    assert.deepEqual([...evaluateRule(rule, [' so', '...', ' no'])], [0, 10, 0]);
  });

  it('repeats do not cross a special token', () => {
    const rule = readRule('repeated tokens');
    assert.ok(rule);
    assert.deepEqual([...evaluateRule(rule, ['a', 'a', '<|endoftext|>', 'a'])], [0, 10, 0, 0]);
  });

  const fails = (words: string): void => {
    it(`"${words}" names nothing: a failure with its reason, never zeros`, async () => {
      const simulated = await wordsSimulator.simulate({
        ...inputOf([]),
        explained: { words, pattern: null },
        record: recordOf(['a'], [0]),
      });
      assert.equal(simulated.values, null);
      assert.ok(simulated.failure);
    });
  };
  fails('');
  fails('...');
  fails('this neuron fires on certain words');
});
