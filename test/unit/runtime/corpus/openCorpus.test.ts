import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Corpus, CorpusDocument } from '../../../../src/core/records/corpus.ts';
import { openCorpus } from '../../../../src/runtime/corpus/openCorpus.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

/** Half of a pair of surrogates. */
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

type Content = string | Uint8Array;

/** Writes files by their paths below a folder `c`, and opens what is chosen of it (default: all of it). */
async function withCorpus(
  files: Readonly<Record<string, Content>>,
  use: (corpus: Corpus, folder: string) => Promise<void>,
  chosen: readonly string[] = ['c'],
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, 'c', name);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, content);
    }
    await use(await open(folder, chosen), folder);
  });
}

function open(folder: string, chosen: readonly string[] = ['c']): Promise<Corpus> {
  const paths = chosen.map((name) => join(folder, name));
  return openCorpus({ kind: 'files', paths, field: 'text' });
}

async function all(corpus: Corpus, skip?: number): Promise<CorpusDocument[]> {
  const documents = [];
  for await (const document of corpus.documents(skip)) documents.push(document);
  return documents;
}

/** Names and texts of all documents. */
async function check(
  files: Readonly<Record<string, Content>>,
  expected: readonly (readonly [name: string, text: string])[],
  chosen?: readonly string[],
): Promise<void> {
  await withCorpus(
    files,
    async (corpus) => {
      const found = await all(corpus);
      assert.deepEqual(
        found.map(({ name, text }) => [name, text]),
        expected,
      );
    },
    chosen,
  );
}

describe('a corpus of files', () => {
  it('has the files of a folder by name, byte by byte; hidden ones, node_modules and others are passed over', () =>
    check(
      {
        'b.txt': 'b',
        'B.md': 'upper',
        'a/z.txt': 'z',
        'a/é.TXT': 'e',
        '.git/x.txt': 'no',
        '.hidden.txt': 'no',
        'node_modules/m/readme.md': 'no',
        'picture.png': 'no',
        'empty.txt': ' \n',
      },
      [
        ['c/B.md', 'upper'],
        ['c/a/z.txt', 'z'],
        ['c/a/é.TXT', 'e'],
        ['c/b.txt', 'b'],
      ],
    ));

  it('keeps the order in which files were chosen, none twice, any of them text when chosen itself', () =>
    check(
      { 'notes.log': 'log', 'a.txt': 'a', 'd/b.txt': 'b' },
      [
        ['notes.log', 'log'],
        ['d/b.txt', 'b'],
        ['c/a.txt', 'a'],
      ],
      ['c/notes.log', 'c/d', 'c'],
    ));

  it('follows links, also those that lead back, and passes over broken ones', () =>
    withCorpus({ 'a.txt': 'a' }, async (_, folder) => {
      await symlink(join(folder, 'c'), join(folder, 'c', 'loop'));
      await symlink(join(folder, 'nowhere.txt'), join(folder, 'c', 'broken.txt'));
      await writeFile(join(folder, 'outside.txt'), 'out');
      await symlink(join(folder, 'outside.txt'), join(folder, 'c', 'link.txt'));
      const found = await all(await open(folder));
      assert.deepEqual(
        found.map(({ name }) => name),
        ['c/a.txt', 'c/link.txt'],
      );
    }));

  it('of prompt files has the prompt without its front matter', () =>
    check({ 'p.prompt': '---\ntarget: " Mary"\n---\nWhen Mary\n' }, [['c/p.prompt', 'When Mary']]));

  it('of .jsonl has the field of each line, named with its line', () =>
    check({ 'd.jsonl': '\uFEFF{"text":"one"}\n\n{"id":7,"text":"two\\n"}\r\n{"text":""}\n{"text":"4"}' }, [
      ['c/d.jsonl:1', 'one'],
      ['c/d.jsonl:3', 'two\n'],
      ['c/d.jsonl:5', '4'],
    ]));

  it('refuses a .jsonl file whose first row has no text, naming file and line', async () => {
    const wrong = async (line: string, ...words: readonly string[]): Promise<void> =>
      withCorpus(
        { 'd.jsonl': `\n${line}\n{"text":"fine"}\n` },
        async (corpus) => {
          const error = await expectError(() => all(corpus), 'corpus/malformed', 'd.jsonl, line 2', ...words);
          assert.equal(error.data['line'], 2);
        },
        ['c/d.jsonl'],
      );
    await wrong('{"text":', 'no JSON');
    await wrong('["text"]', 'no JSON object');
    await wrong('{"body":"x","id":1}', '"text" is missing', 'body, id');
    await wrong('{"text":null}', '"text" is no text');
    await wrong('{"__proto__":{"text":"x"}}', '"text" is missing');
  });

  it('leaves out later rows of a .jsonl file without text, and says how many and which is the first', async () => {
    const rows = [
      '{"text":"a"}',
      '{"body":"x"}',
      '{"text":"b"}',
      '{"text":',
      '["c"]',
      '{"text":3}',
      '{"text":"d"}',
    ];
    await withCorpus(
      { 'd.jsonl': rows.join('\n'), 'e.jsonl': '{"text":"e"}\n{}' },
      async (corpus, folder) => {
        assert.deepEqual(
          (await all(corpus)).map(({ name, text }) => [name, text]),
          [
            ['c/d.jsonl:1', 'a'],
            ['c/d.jsonl:3', 'b'],
            ['c/d.jsonl:7', 'd'],
            ['c/e.jsonl:1', 'e'],
          ],
        );
        assert.deepEqual((await all(corpus, 2)).length, 2);
        await corpus.fingerprint();
        assert.deepEqual(corpus.skipped, [
          {
            name: '4 rows of c/d.jsonl from line 2 on',
            reason: `${join(folder, 'c', 'd.jsonl')}, line 2: its field "text" is missing; it has body.`,
          },
          {
            name: '1 row of c/e.jsonl from line 2 on',
            reason: `${join(folder, 'c', 'e.jsonl')}, line 2: its field "text" is missing; it has none.`,
          },
        ]);
      },
    );
  });

  it('cuts a long text at blank lines near 64 KB, else at line ends, else anywhere but in a pair', async () => {
    const paragraph = `${'word '.repeat(40)}\n`;
    const paragraphs = `${paragraph}\r\n`.repeat(1500);
    const rows = 'x'.repeat(99).concat('\n').repeat(3000);
    const pairs = `a${'😀'.repeat(100_000)}`;
    await withCorpus({ 'p.txt': paragraphs, 'r.txt': rows, 's.txt': pairs }, async (corpus) => {
      const found = await all(corpus);
      const of = (name: string): CorpusDocument[] => found.filter((each) => each.name.includes(name));
      for (const [name, whole] of [
        ['p.txt', paragraphs],
        ['r.txt', rows],
        ['s.txt', pairs],
      ] as const) {
        assert.equal(
          of(name)
            .map(({ text }) => text)
            .join(''),
          whole,
        );
        for (const { text } of of(name)) assert.ok(text.length <= 128 * 1024 && !LONE.test(text), name);
      }
      const [first, second] = of('p.txt');
      assert.ok(first && first.text.endsWith('\n\r\n') && first.text.length < 66_000, 'near 64 KB');
      assert.deepEqual([first.name, second?.name], ['c/p.txt', `c/p.txt:${first.text.split('\n').length}`]);
      assert.ok(of('r.txt').every(({ text }) => text.endsWith('\n')));
    });
  });

  it('refuses what is no UTF-8 text, naming the file', async () => {
    const latin = Uint8Array.of(0x61, 0xe9, 0x62);
    const cut = new TextEncoder().encode('é').subarray(0, 1);
    const nul = Uint8Array.of(0x61, 0, 0x62);
    for (const [name, bytes] of [
      ['latin.txt', latin],
      ['cut.md', cut],
      ['nul.jsonl', nul],
      ['p.prompt', latin],
    ] as const)
      await withCorpus({ [name]: bytes }, async (corpus) => {
        await expectError(() => all(corpus), 'file/binary', name);
        await expectError(() => corpus.fingerprint(), 'file/binary', name);
      });
  });

  it('starts after so many documents, in any file', () =>
    withCorpus({ 'a.txt': 'a', 'b.jsonl': '{"text":"b"}\n{"text":"c"}\n', 'd.txt': 'd' }, async (corpus) => {
      const whole = await all(corpus);
      assert.equal(whole.length, 4);
      for (let skip = 0; skip <= 5; skip++) assert.deepEqual(await all(corpus, skip), whole.slice(skip));
    }));

  it('has a fingerprint of its texts and their order, not of dates or names', async () => {
    const of = async (files: Readonly<Record<string, Content>>): Promise<string> => {
      let found = '';
      await withCorpus(files, async (corpus) => void (found = await corpus.fingerprint()));
      return found;
    };
    const base = await of({ 'a.txt': 'ab', 'b.txt': 'c' });
    assert.equal(await of({ 'a.txt': 'ab', 'b.txt': 'c' }), base);
    assert.equal(await of({ 'x/1.txt': 'ab', 'y.md': 'c' }), base);
    for (const other of [
      { 'a.txt': 'a', 'b.txt': 'bc' },
      { 'a.txt': 'c', 'b.txt': 'ab' },
      { 'a.txt': 'abc' },
      { 'a.txt': 'ab', 'b.txt': 'd' },
    ])
      assert.notEqual(await of(other), base, JSON.stringify(other));
  });

  it('tells its size: of plain text at once, of other files with the fingerprint', async () => {
    await withCorpus({ 'a.txt': 'é', 'b.md': 'b' }, async (corpus) => {
      assert.deepEqual([corpus.bytes, corpus.title], [3, 'c (2 files)']);
    });
    await withCorpus(
      { 'a.jsonl': '{"text":"é","more":"not counted"}' },
      async (corpus) => {
        assert.deepEqual([corpus.bytes, corpus.title], [null, 'a.jsonl']);
        await corpus.fingerprint();
        assert.equal(corpus.bytes, 2);
      },
      ['c/a.jsonl'],
    );
  });

  it('leaves out files of a folder whose rows hold no text, and says so; one that was chosen itself is refused', () =>
    withCorpus(
      {
        'a.txt': 'a',
        'other.jsonl': '{"unit":"L0N1","words":"x"}\n',
        'rows.jsonl': '{"text":"b"}',
        '.underglass/explanations/model/0-mlp.jsonl': '{"text":"no"}',
      },
      async (corpus, folder) => {
        assert.deepEqual(
          (await all(corpus)).map(({ text }) => text),
          ['a', 'b'],
        );
        assert.deepEqual(
          corpus.skipped?.map(({ name }) => name),
          ['c/other.jsonl'],
        );
        assert.match(
          corpus.skipped?.[0]?.reason ?? '',
          /line 1: its field "text" is missing; it has unit, words/,
        );
        assert.equal(corpus.title, 'c (2 files)');
        const itself = await open(folder, ['c/other.jsonl']);
        await expectError(() => all(itself), 'corpus/malformed', 'other.jsonl, line 1');
      },
    ));

  it('without any text says so', async () => {
    await expectError(() => withCorpus({ 'a.png': 'x' }, () => Promise.resolve()), 'corpus/empty', 'c');
    await withCorpus({ 'a.txt': '\n' }, async (corpus) => {
      await expectError(() => all(corpus), 'corpus/empty', 'c');
      await expectError(() => corpus.fingerprint(), 'corpus/empty', 'c');
    });
    const missing = { kind: 'files', paths: [join('/', 'no', 'such', 'file.txt')], field: 'text' } as const;
    await expectError(() => openCorpus(missing), 'file/not-found', 'file.txt');
    await expectError(() => openCorpus({ ...missing, paths: ['a.txt'] }), 'request/invalid', 'a.txt');
  });

  it('of the world is the generator itself', async () => {
    const corpus = await openCorpus({ kind: 'world', seed: 2_000_000, documents: 3 });
    const found = await all(corpus, 1);
    assert.deepEqual(
      found.map(({ name, world }) => [name, world !== null]),
      [
        ['world #1', true],
        ['world #2', true],
      ],
    );
  });
});

describe('a corpus of parquet files', () => {
  const texts = Array.from({ length: 25 }, (_, at) => (at === 7 ? null : `text ${at} é`));
  const parquet = (codec: 'SNAPPY' | 'UNCOMPRESSED' | 'GZIP'): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: texts.map((_, at) => at), type: 'INT32' },
          { name: 'text', data: texts, type: 'STRING', nullable: true },
        ],
        codec,
        compressors: { GZIP: (bytes) => new Uint8Array(gzipSync(bytes)) },
        rowGroupSize: 10,
      }),
    );

  for (const codec of ['UNCOMPRESSED', 'SNAPPY', 'GZIP'] as const)
    it(`${codec}: has the column of each row group, rows without a value left out`, () =>
      withCorpus({ 'd.parquet': parquet(codec) }, async (corpus) => {
        const found = await all(corpus);
        assert.deepEqual(
          found.map(({ text }) => text),
          texts.filter((text) => text !== null),
        );
        assert.deepEqual([found[0]?.name, found.at(-1)?.name], ['c/d.parquet:0', 'c/d.parquet:24']);
        assert.deepEqual((await all(corpus, 20)).length, 4);
        assert.deepEqual([corpus.bytes, corpus.skipped], [null, []]);
        await corpus.fingerprint();
        assert.deepEqual(
          corpus.skipped?.map(({ name, reason }) => [
            name,
            /row 7 of column "text" has no value/.test(reason),
          ]),
          [['1 row of c/d.parquet from row 7 on', true]],
        );
        assert.equal(corpus.bytes, Buffer.byteLength(found.map(({ text }) => text).join('')));
      }));

  it('names the columns when the field is missing or no text', async () => {
    const bytes = parquet('SNAPPY');
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'd.parquet');
      await writeFile(file, bytes);
      const opened = (field: string): Promise<Corpus> => openCorpus({ kind: 'files', paths: [file], field });
      const body = await opened('body');
      await expectError(() => all(body), 'corpus/malformed', 'd.parquet', '"body"', 'id, text');
      const id = await opened('id');
      await expectError(() => all(id), 'corpus/malformed', 'row 0', '"id" is no text');
    });
  });

  it('refuses damaged files', async () => {
    const whole = parquet('UNCOMPRESSED');
    const torn = whole.slice(0, whole.length - 40);
    const garbage = new TextEncoder().encode('PAR1 not really PAR1');
    for (const bytes of [torn, garbage, whole.slice(0, 3)])
      await withCorpus({ 'd.parquet': bytes, 'a.txt': 'a' }, async (corpus, folder) => {
        assert.deepEqual(
          corpus.skipped?.map(({ name }) => name),
          ['c/d.parquet'],
        );
        const itself = await open(folder, ['c/d.parquet']);
        await expectError(() => all(itself), 'corpus/malformed', 'd.parquet');
      });
  });
});
