import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseWords, printWords } from '../../../../../src/core/explain/formats/publishedPieces.ts';
import { exchangeReader, readExchange } from '../../../../../src/core/explain/formats/readExchange.ts';
import { parsePublished } from '../../../../../src/core/hub/published/parsePublished.ts';
import { damaged, fuzzRuns, settles } from '../../../../support/fuzz.ts';
import {
  apiFeature,
  openaiExplanations,
  openaiRecord,
  viewerAtom,
} from '../../../../support/publishedSamples.ts';

/** A published file of every layout. */
const FILES: readonly string[] = [
  openaiExplanations(5, 4492, 'the sea', 0.31),
  openaiRecord(0, 7),
  viewerAtom({ ablated: true }),
  JSON.stringify(apiFeature('gpt2-small', '6-res-jb', 650, 'the sea')),
  `{"modelId":"gpt2-small","layer":"6-res-jb","index":"1","description":"x","typeName":"t","embedding":[0.5]}\n`.repeat(
    3,
  ),
  `{"modelId":"gpt2-small","layer":"6-mlp","index":"1","tokens":["a"," b"],"values":[0,2]}\n`,
];

/** Values that a field may wrongly have, the odd ones among them. */
const ODD: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    -1,
    0.5,
    1e308,
    2 ** 53,
    '',
    '650',
    ' ',
    '__proto__',
    [],
    {},
    [[]],
    [null],
    'Infinity',
  ),
  fc.string(),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** Every field of a value, however deep. */
function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    found.push({ holder: value as Place['holder'], key });
    places(inner, found);
  }
  return found;
}

function put({ holder, key }: Place, value: unknown, drops: boolean): void {
  if (drops && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (drops) delete (holder as Record<string, unknown>)[key];
  else (holder as Record<string, unknown>)[key] = value;
}

/** Whatever comes out is whole: texts, finite counts, as many numbers as tokens. */
function assertWhole(read: ReturnType<typeof readExchange>): void {
  for (const { unit, words, score, sequences } of read.explanations) {
    assert.ok(typeof unit === 'string' && typeof words === 'string');
    assert.ok(score === null || Number.isFinite(score));
    for (const { tokens, activations, simulated } of sequences) {
      assert.equal(tokens.length, activations.length);
      assert.equal(tokens.length, simulated?.length);
    }
  }
  for (const { unit, top, random, quantiles } of read.records) {
    assert.equal(typeof unit, 'string');
    for (const { tokens, activations, lossWithout } of [
      ...top,
      ...random,
      ...quantiles.flatMap((each) => each.records),
    ]) {
      assert.ok([tokens.length, (tokens.length * (tokens.length + 1)) / 2].includes(activations.length));
      assert.ok(tokens.every((token) => typeof token === 'string'));
      assert.ok(activations.every((value) => typeof value === 'number'));
      assert.ok(lossWithout === undefined || lossWithout.length === tokens.length);
    }
  }
}

describe('explanations of other tools, damaged', () => {
  const file = fc.constantFrom(...FILES);
  const read = (text: string) =>
    settles(() => readExchange(text, 'file.json', '8-res/1'), { file: 'file.json', families: ['explain'] });

  it('are read or refused, whatever a field holds', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.nat(), ODD, fc.boolean(), async (text, at, value, drops) => {
        const json: unknown = JSON.parse(text.split('\n')[0] ?? '');
        const all = places(json);
        const place = all[at % all.length];
        if (place) put(place, value, drops);
        const found = await read(JSON.stringify(json));
        if (found) assertWhole(found);
      }),
      fuzzRuns(2000, 71),
    );
  });

  it('are read or refused, whatever byte is another, wherever they are cut off', async () => {
    const bytes = file.chain((text) => damaged(new TextEncoder().encode(text)));
    await fc.assert(
      fc.asyncProperty(bytes, async (wrong) => {
        const found = await read(new TextDecoder().decode(wrong));
        if (found) assertWhole(found);
      }),
      fuzzRuns(2000, 72),
    );
  });

  it('are read or refused, whatever JSON it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (text) => {
        await read(text);
        const object: unknown = JSON.parse(text);
        if (typeof object !== 'object' || object === null || Array.isArray(object)) return;
        const { add } = exchangeReader();
        await settles(() => add(object as Record<string, unknown>, 'file.json', () => text), {
          file: 'file.json',
          families: ['explain'],
        });
      }),
      fuzzRuns(1000, 73),
    );
  });

  it('come back from what is kept of them', () => {
    const number = fc.option(
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    );
    const words = fc.record(
      {
        words: fc.string(),
        by: fc.option(fc.string()),
        score: number,
        rSquared: number,
        absoluteDeviation: number,
        sequences: fc.nat(),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(words), (list) => {
        const line = printWords('L1N2', list);
        assert.ok(line.endsWith('\n') && !line.slice(0, -1).includes('\n'));
        assert.deepEqual(parseWords(line, 'file.json'), list);
      }),
      fuzzRuns(500, 74),
    );
  });

  it('are named by any text, which is understood or refused', async () => {
    const part = fc.constantFrom(
      'openai',
      'gpt2-xl',
      'neuronpedia',
      '6-res-jb',
      '650',
      '..',
      'https:',
      '',
      'v1',
      'az:',
      '%',
      '@',
      '?prefix=',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('/')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (typed) => {
        const target = await settles(() => parsePublished(typed), { file: '', families: ['published'] });
        if (target?.kind === 'exports') assert.doesNotMatch(target.set.prefix, /(?:^|\/)\.{1,2}\//u);
      }),
      fuzzRuns(2000, 75),
    );
  });
});
