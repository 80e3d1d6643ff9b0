import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Corpus } from '../../../../src/core/records/corpus.ts';
import {
  windowBatches,
  type ScanPlace,
  type WindowBatch,
  type WindowOptions,
} from '../../../../src/core/records/windows.ts';

/** A text is its token ids: "5 6 7". */
function corpusOf(texts: readonly string[]): Corpus {
  return {
    title: 'test',
    bytes: null,
    fingerprint: () => Promise.resolve('test'),
    documents: async function* (skip = 0) {
      for (const [number, text] of texts.entries()) {
        if (number >= skip) yield { name: `#${number}`, text, world: null };
      }
    },
  };
}

const encode = (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number));

async function batchesOf(
  texts: readonly string[],
  options: Partial<WindowOptions>,
  from?: ScanPlace,
): Promise<WindowBatch[]> {
  const all: WindowOptions = { context: 4, bosId: 0, maxTokens: null, batch: 2, encode, ...options };
  const batches: WindowBatch[] = [];
  for await (const batch of windowBatches(corpusOf(texts), all, from)) batches.push(batch);
  return batches;
}

/** `0 5 6 | 0 7`: windows with the BOS that they are run with. */
function spell(batches: readonly WindowBatch[]): string {
  return batches
    .flatMap(({ windows }) => windows)
    .map(({ ids }) => [...ids].join(' '))
    .join(' | ');
}

describe('windows of a corpus', () => {
  for (const { name, texts, options = {}, expected } of [
    { name: 'a short text is one window', texts: ['5 6'], expected: '0 5 6' },
    {
      name: 'documents follow each other, BOS between them',
      texts: ['5', '6 7 8'],
      expected: '0 5 0 6 | 0 7 8',
    },
    {
      name: 'a long document goes on behind a BOS',
      texts: ['1 2 3 4 5 6 7'],
      expected: '0 1 2 3 | 0 4 5 6 | 0 7',
    },
    { name: 'a document that ends with a window', texts: ['1 2 3', '4'], expected: '0 1 2 3 | 0 4' },
    { name: 'a BOS in the last place', texts: ['1 2', '4'], expected: '0 1 2 0 | 0 4' },
    { name: 'empty documents leave no trace', texts: ['', '1', '', '2'], expected: '0 1 0 2' },
    { name: 'no text, no window', texts: ['', ''], expected: '' },
    {
      name: 'a model without BOS',
      texts: ['1 2', '3 4 5'],
      options: { bosId: null },
      expected: '1 2 3 4 | 5',
    },
    {
      name: 'so many tokens at most',
      texts: ['1 2 3 4 5 6'],
      options: { maxTokens: 6 },
      expected: '0 1 2 3 | 0 4',
    },
    {
      name: 'no window of BOS alone',
      texts: ['1 2 3 4 5 6'],
      options: { maxTokens: 5 },
      expected: '0 1 2 3',
    },
  ] as const) {
    it(name, async () => assert.equal(spell(await batchesOf(texts, options)), expected));
  }

  it('parts say where tokens come from; BOS belongs to none and is not counted', async () => {
    const [batch] = await batchesOf(['1 2 3 4', '5'], { batch: 8 });
    assert.deepEqual(
      batch?.windows.map(({ parts, counted }) => ({ parts, counted: [...counted].join('') })),
      [
        { parts: [{ document: 0, firstToken: 0, position: 1, count: 3 }], counted: '0111' },
        {
          parts: [
            { document: 0, firstToken: 3, position: 1, count: 1 },
            { document: 1, firstToken: 0, position: 3, count: 1 },
          ],
          counted: '0101',
        },
      ],
    );
  });

  it('batches hold windows of one length', async () => {
    const batches = await batchesOf(['1 2 3 4 5 6 7'], { batch: 8 });
    assert.deepEqual(
      batches.map(({ windows }) => windows.map(({ ids }) => ids.length)),
      [[4, 4], [2]],
    );
  });

  it('every batch can be gone on from, with the same windows in the same batches', async () => {
    const text = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 9 }).map((ids) => ids.join(' '));
    const maxTokens = fc.option(fc.integer({ min: 2, max: 60 }), { nil: null });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 8 }),
        fc.record({
          context: fc.integer({ min: 2, max: 6 }),
          batch: fc.integer({ min: 1, max: 3 }),
          maxTokens,
        }),
        fc.constantFrom(0, null),
        async (texts, options, bosId) => {
          const whole = await batchesOf(texts, { ...options, bosId });
          for (const [index, { next }] of whole.entries()) {
            const rest = await batchesOf(texts, { ...options, bosId }, next);
            assert.deepEqual(rest, whole.slice(index + 1));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('no token is lost or doubled', async () => {
    const text = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 9 }).map((ids) => ids.join(' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 8 }),
        fc.integer({ min: 2, max: 6 }),
        async (texts, context) => {
          const batches = await batchesOf(texts, { context });
          const windows = batches.flatMap((batch) => batch.windows);
          const found = windows.flatMap(({ ids, counted }) => [...ids].filter((_, at) => counted[at] === 1));
          assert.deepEqual(found, texts.flatMap(encode));
          for (const { ids, parts } of windows) {
            for (const { document, firstToken, position, count } of parts) {
              const own = encode(texts[document] ?? '').slice(firstToken, firstToken + count);
              assert.deepEqual([...ids.subarray(position, position + count)], own);
            }
          }
        },
      ),
    );
  });
});
