import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRandomModel } from '../support/randomModel.ts';
import { invoke } from './invoke.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('underglass', () => {
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-cli-'));
    await writeRandomModel(join(cwd, 'model'));
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  describe('tokens', () => {
    it('prints ids, marks, offsets in the file and bytes of split characters', async () => {
      const stdin = '---\nmodel: model\n---\na\t\r\né\u0007\n';
      const { code, out } = await invoke(['tokens', '-'], { cwd, stdin });
      assert.equal(code, 0);
      assert.equal(
        out,
        `model · 8 tokens of 64

  #   id  token          start  end  bytes
  0  256  <|endoftext|>     21   21
  1   97  a                 21   22
  2    9  ⇥                 22   23
  3   13  ␍                 23   24
  4   10  ↵                 24   25
  5  195  \uFFFD                 25   26  c3
  6  169  \uFFFD                 25   26  a9
  7    7  <U+0007>          26   27
`,
      );
    });

    it('as JSON', async () => {
      const { out } = await invoke(['tokens', '-', '--json', '--bos', 'false'], {
        cwd,
        stdin: '---\nmodel: model\n---\nab',
      });
      assert.deepEqual(JSON.parse(out), {
        version: 1,
        model: 'model',
        tokens: [
          { id: 97, text: 'a', start: 21, end: 22 },
          { id: 98, text: 'b', start: 22, end: 23 },
        ],
      });
    });
  });

  describe('generate', () => {
    const argv = ['generate', '-', '--model', 'model', '--max', '5'];
    const generate = async (
      ...more: string[]
    ): Promise<{ text: string; tokens: unknown[]; seed: number; stopped: string }> => {
      const { code, out, err } = await invoke([...argv, '--json', ...more], { cwd, stdin: 'ab' });
      assert.equal(code, 0, err);
      return JSON.parse(out) as Awaited<ReturnType<typeof generate>>;
    };

    it('repeats itself with the same seed, and not with another', async () => {
      const [first, again, other] = [
        await generate('--temperature', '2', '--seed', '1'),
        await generate('--temperature', '2', '--seed', '1'),
        await generate('--temperature', '2', '--seed', '2'),
      ];
      assert.deepEqual(first, again);
      assert.notEqual(first.text, other.text);
      assert.equal(first.tokens.length, 5);
      assert.equal(first.stopped, 'max');
    });

    it('prints prompt and continuation, the count on stderr', async () => {
      const { text } = await generate();
      const { out, err } = await invoke(argv, { cwd, stdin: 'ab' });
      assert.equal(out.slice(0, 2), 'ab');
      assert.ok(out.length >= text.length);
      assert.equal(err, '5 tokens, stopped by --max 5\n');
    });

    it('takes the seed of the front matter', async () => {
      const stdin = '---\nmodel: model\nseed: 7\n---\nab';
      const { out } = await invoke(['generate', '-', '--json', '--max', '1'], { cwd, stdin });
      assert.equal((JSON.parse(out) as { seed: number }).seed, 7);
    });
  });

  describe('models', () => {
    it('lists embedded and given ones, with what is wrong', async () => {
      const { code, out } = await invoke(['models', 'model', '--storage', 'none'], { cwd, models: cwd });
      assert.equal(code, 0);
      assert.match(out, /^ {2}name +source +weights +memory +mapped +SAEs +folder$/m);
      assert.match(out, /^ {2}model +embedded +\d+\.\d kB +\d+\.\d MB +\d+\.\d MB +0 .*model$/m);
      assert.match(out, /^ {2}model +folder +/m);
      assert.match(out, /runs with \d+ threads?, cpu .*prepack auto$/m);
      const { out: none } = await invoke(['models', '--storage', 'none'], { cwd });
      assert.equal(none, 'No models found.\n');
      await writeFile(join(cwd, 'config.json'), '{}');
      const { out: json } = await invoke(['models', '.', '--storage', 'none', '--json'], { cwd });
      await rm(join(cwd, 'config.json'));
      const object = JSON.parse(json) as { version: number; models: { problem: string | null }[] };
      assert.equal(object.version, 1);
      assert.ok(object.models[0]?.problem);
    });

    it('says how the engine runs, and what of the choice could not be had', async () => {
      // No platform's library has both.
      const provider = process.platform === 'darwin' ? 'dml' : 'coreml';
      const argv = ['models', 'model', '--storage', 'none', '--threads', '1', '--prepack', 'off'];
      const { out, err, code } = await invoke([...argv, '--provider', provider], { cwd });
      assert.equal(code, 0);
      assert.match(out, /runs with 1 thread, cpu .*prepack off$/m);
      assert.match(err, new RegExp(`^The execution provider ${provider} cannot be used, so the CPU is: `));
      const { out: json } = await invoke([...argv, '--json'], { cwd });
      const { speed, models } = JSON.parse(json) as {
        speed: { threads: number; prepack: string; provider: string };
        models: { memory: { mode: string; own: number; fits: boolean } }[];
      };
      assert.deepEqual([speed.threads, speed.prepack, speed.provider], [1, 'off', 'cpu']);
      const [memory] = models.map((model) => model.memory);
      assert.ok(memory?.mode === 'mapped' && memory.fits && memory.own > 0);
    });
  });

  describe('a provider that cannot be used', () => {
    const provider = process.platform === 'darwin' ? 'dml' : 'coreml';
    const told = async (asked: string, ...argv: readonly string[]): Promise<number> => {
      await writeRandomModel(join(cwd, 'told'));
      await writeFile(join(cwd, 'told.txt'), 'a b a');
      const flags = ['--model', 'told', '--provider', asked];
      const { code, err } = await invoke([...argv, ...flags], { cwd });
      assert.equal(code, 0, err);
      return err.split(`The execution provider ${asked} cannot be used, so the CPU is: `).length - 1;
    };
    for (const argv of [['trace', 'told.txt'], ['generate', 'told.txt', '--max', '1'], ['verify']]) {
      it(`is told once by ${argv[0]}, and what was asked for is done on the CPU`, async () => {
        assert.equal(await told(provider, ...argv), 1);
        assert.equal(await told('cpu', ...argv), 0);
      });
    }
  });

  describe('usage', () => {
    const check = (argv: readonly string[], words: string): void => {
      it(argv.join(' '), async () => {
        const { code, out, err } = await invoke(argv, { cwd });
        assert.deepEqual([code, out], [2, '']);
        assert.ok(err.includes(words), err);
        assert.ok(err.includes('[cli/usage]'));
      });
    };
    check(['trcae'], '"trcae" is not a command');
    check(['--json'], 'A command is missing');
    check(['trace'], 'trace wants a FILE');
    check(['tokens', 'a', '--threads', 'x'], '--threads is "x"');
    check(['models', '--prepack', 'maybe'], '--prepack is "maybe"; it must be auto, on, off');
    check(['models', '--provider', 'gpu'], '--provider is "gpu"');
    check(['trace', 'a', 'b'], '"b" is too much');
    check(['trace', 'a', '--hooks', 'x'], "Unknown option '--hooks'");
    check(['trace', 'a', '--max', '3'], 'trace has no --max');
    check(['tokens', 'a', '--sae', 'x'], 'tokens has no --sae');
    check(['trace', 'a', '--top', '0'], '--top wants a whole number from 1');
    check(['trace', 'a', '--top', '1e2'], '--top wants');
    check(['trace', 'a', '--bos', 'yes'], '--bos is auto, true or false');
    check(['trace', 'a', '--json', '--safetensors', 'x'], 'exclude each other');
    check(['generate', 'a', '--temperature', 'hot'], '--temperature wants');
    check(['generate', 'a', '--seed', '1.5'], '--seed wants');
    check(['trace', 'a', '--model'], "'--model <value>'");
  });

  it('prints help and version without an engine', async () => {
    const help = await invoke(['--help'], { cwd });
    assert.equal(help.code, 0);
    for (const word of ['trace FILE', '--safetensors OUT', 'Exit codes', '130'])
      assert.ok(help.out.includes(word));
    assert.deepEqual(await invoke([], { cwd }), help);
    assert.deepEqual(await invoke(['--version'], { cwd }), { code: 0, out: '1.2.3\n', err: '' });
    assert.ok(help.out.split('\n').every((line) => line.length <= 110));
  });

  it('runs as a process, with its exit code', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const main = join(ROOT, 'src/cli/main.ts');
    const start = (...argv: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, ['--import=tsx', main, ...argv], { cwd: ROOT, encoding: 'utf8' });
    const shown = start('--version');
    assert.deepEqual([shown.status, shown.stdout], [0, `${version}\n`], shown.stderr);
    const failed = start('trace', join(cwd, 'none.prompt'));
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /^underglass: .*none\.prompt does not exist\. \[file\/not-found\]$/m);
  });
});
