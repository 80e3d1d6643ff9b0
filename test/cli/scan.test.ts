import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRandomModel } from '../support/randomModel.ts';
import { invoke } from './invoke.ts';

const TEXT = 'Mary gave the ball to John, and John gave it to Mary. '.repeat(20);

describe('underglass scan and indexes', () => {
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-scan-'));
    await writeRandomModel(join(cwd, 'model'));
    await writeFile(join(cwd, 'a.txt'), TEXT);
    await writeFile(join(cwd, 'b.jsonl'), `${JSON.stringify({ body: 'the second text' })}\n`);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const run = (...argv: readonly string[]) =>
    invoke([...argv, '--model', 'model', '--storage', 'storage'], { cwd });

  it('lists nothing before the first scan', async () => {
    const { code, out } = await run('indexes');
    assert.equal(code, 0);
    assert.equal(out, `No index of model in ${join(cwd, 'storage')}. \`underglass scan\` makes one.\n`);
  });

  it('scans chosen families of a file, and lists the index', async () => {
    const { code, out, err } = await run(
      'scan',
      'a.txt',
      '--families',
      '0-heads,1-mlp-neurons',
      '--context',
      '16',
      '--json',
    );
    assert.equal(err, '');
    assert.equal(code, 0);
    const made = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(
      { families: made['families'], state: made['state'], corpus: made['corpus'], version: made['version'] },
      { families: ['0-heads', '1-mlp-neurons'], state: 'ready', corpus: 'a.txt', version: 1 },
    );
    assert.deepEqual((await readdir(String(made['folder']))).toSorted(), [
      '0-heads.safetensors',
      '1-mlp-neurons.safetensors',
      'documents.jsonl',
      'index.json',
      'windows.safetensors',
    ]);
    const listed = await run('indexes');
    assert.match(listed.out, /ready +[\d,]+ +2 +[\d.]+ kB +a\.txt\n$/);
    assert.match(listed.out, new RegExp(String(made['indexId'])));
  });

  it('reads a field, stops after so many tokens, and copies the index', async () => {
    const argv = [
      'scan',
      'b.jsonl',
      '--field',
      'body',
      '--max-tokens',
      '8',
      '--families',
      '0-heads',
      '--out',
      'copy',
    ];
    const { code, out } = await run(...argv);
    assert.equal(code, 0);
    assert.match(out, /^b\.jsonl: 1 window · 8 tokens · .*\n0-heads\n.*copy\n$/);
    const head = JSON.parse(await readFile(join(cwd, 'copy', 'index.json'), 'utf8')) as { tokens: number };
    assert.equal(head.tokens, 8);
    assert.equal((await run(...argv)).code, 3);
  });

  it('leaves out rows without text in a folder, and says so', async () => {
    await mkdir(join(cwd, 'folder'));
    await writeFile(join(cwd, 'folder', 'notes.txt'), TEXT);
    await writeFile(join(cwd, 'folder', 'units.jsonl'), '{"unit":"L0N1"}\n');
    await writeFile(
      join(cwd, 'folder', 'rows.jsonl'),
      `${JSON.stringify({ text: TEXT })}\n{"text":null}\n{}\n`,
    );
    const { code, out } = await run('scan', 'folder', '--families', '0-heads');
    assert.equal(code, 0);
    assert.match(
      out,
      new RegExp(
        [
          String.raw`^folder \(2 files\): .*`,
          String.raw`Left out folder/units\.jsonl: .*"text" is missing.*`,
          String.raw`Left out 2 rows of folder/rows\.jsonl from line 2 on: .*rows\.jsonl, line 2: .*no text.*`,
          String.raw`0-heads\n`,
        ].join(String.raw`\n`),
      ),
    );
    const itself = await run('scan', 'folder/units.jsonl', '--families', '0-heads');
    assert.match(itself.err, /units\.jsonl, line 1/);
    assert.equal(itself.code, 1);
  });

  it('an index whose text changed is stale, and says so', async () => {
    await writeFile(join(cwd, 'a.txt'), `${TEXT}.`);
    const { out } = await run('indexes');
    assert.match(out, /stale/);
    assert.match(out, /The text of its corpus changed\./);
  });

  it('Ctrl-C pauses, and says how to go on', async () => {
    const cancel = new AbortController();
    cancel.abort();
    const argv = ['scan', 'a.txt', '--model', 'model', '--storage', 'other'];
    const { code, err } = await invoke(argv, { cwd, signal: cancel.signal });
    assert.equal(code, 130);
    assert.match(
      err,
      /^underglass: Paused\. What is done is kept; the same command goes on\. \[cancelled\]\n/,
    );
    const listed = await invoke(['indexes', '--model', 'model', '--storage', 'other'], { cwd });
    assert.match(listed.out, /partial, 0 %/);
    assert.equal((await invoke(argv, { cwd })).code, 0);
    const after = await invoke(['indexes', '--model', 'model', '--storage', 'other', '--json'], { cwd });
    const { indexes } = JSON.parse(after.out) as { indexes: readonly { state: string; done: number }[] };
    assert.deepEqual(
      indexes.map(({ state, done }) => ({ state, done })),
      [{ state: 'ready', done: 1 }],
    );
  });

  for (const [argv, code, message] of [
    [['scan', 'missing.txt'], 1, /missing\.txt/],
    [['scan', 'a.txt', '--families', '9-heads'], 1, /"9-heads" is not a family of units of this model/],
    [['scan', 'a.txt', '--context', '1'], 2, /--context wants a whole number from 2/],
    [['scan', 'a.txt', '--context', '9999'], 2, /--context is at most 64 for model/],
    [['scan', 'a.txt', '--top', '3'], 2, /scan has no --top/],
    [['indexes', 'a.txt'], 2, /indexes takes no FILE/],
  ] as const) {
    it(`${argv.join(' ')}: exit code ${code}`, async () => {
      const result = await run(...argv);
      assert.match(result.err, message);
      assert.equal(result.code, code);
    });
  }
});
