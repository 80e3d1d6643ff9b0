import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { invoke, type Invocation, type Surroundings } from './invoke.ts';

/** The model's tokens are bytes. */
const PROMPT = '---\nmodel: model\ntarget: "b"\ndistractor: c\n---\nab é\n';
const BODY = PROMPT.indexOf('ab é');

interface TraceObject {
  readonly version: number;
  readonly model: string;
  readonly tokens: readonly {
    readonly id: number;
    readonly text: string;
    readonly start: number;
    readonly end: number;
    readonly loss: number | null;
    readonly bytes?: readonly number[];
  }[];
  readonly next: readonly { id: number; text: string; logit: number; probability: number; rank: number }[];
  readonly position: number;
  readonly targets: readonly { text: string; logit: number }[];
  readonly distractors: readonly { text: string; logit: number }[];
  readonly logitDiff: number | null;
  readonly latents: readonly { id: string; value: number }[];
  readonly hooks: Readonly<
    Record<
      string,
      {
        readonly dims: readonly string[];
        readonly shape: readonly number[];
        readonly top: readonly { index: readonly number[]; value: number }[];
        readonly nonFinite?: number;
      }
    >
  >;
}

describe('underglass trace', () => {
  let cwd = '';
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'underglass-cli-'));
    await writeRandomModel(join(cwd, 'model'));
    await writeRandomSae(join(cwd, 'model', 'saes', 'blocks.1.hook_resid_post'), {
      architecture: 'standard',
      hook_name: 'blocks.1.hook_resid_post',
      d_in: 32,
    });
    await writeFile(join(cwd, 'a.prompt'), PROMPT);
    await writeFile(join(cwd, 'plain.txt'), '---\nbos: true\n---\n');
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const run = (argv: readonly string[], around: Partial<Surroundings> = {}): Promise<Invocation> =>
    invoke(['trace', ...argv], { cwd, ...around });
  const traceObject = async (
    argv: readonly string[],
    around?: Partial<Surroundings>,
  ): Promise<TraceObject> => {
    const { code, out, err } = await run([...argv, '--json'], around);
    assert.equal(code, 0, err);
    return JSON.parse(out) as TraceObject;
  };

  it('prints one JSON object: tokens with offsets in the file, losses, candidates', async () => {
    const object = await traceObject(['a.prompt']);
    assert.equal(object.version, 1);
    assert.equal(object.model, 'model');
    assert.deepEqual(
      object.tokens.map(({ text, start, end }) => [text, start - BODY, end - BODY]),
      [
        ['<|endoftext|>', 0, 0],
        ['a', 0, 1],
        ['b', 1, 2],
        [' ', 2, 3],
        ['\uFFFD', 3, 4],
        ['\uFFFD', 3, 4],
      ],
    );
    assert.deepEqual(object.tokens[4]?.bytes, [0xc3]);
    assert.equal(object.tokens[0]?.loss, null);
    assert.ok(object.tokens.slice(1).every(({ loss }) => typeof loss === 'number' && loss > 0));
    assert.equal(object.next.length, 10);
    assert.deepEqual(
      object.next.map(({ rank }) => rank),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    const logits = object.next.map(({ logit }) => logit);
    assert.deepEqual(
      logits,
      logits.toSorted((a, b) => b - a),
    );
    assert.ok(object.next.every(({ probability }) => probability > 0 && probability < 1));
    assert.deepEqual(object.hooks, {});
  });

  it('compares targets and distractors of the front matter', async () => {
    const object = await traceObject(['a.prompt']);
    assert.deepEqual([object.targets[0]?.text, object.distractors[0]?.text], ['b', 'c']);
    const difference = (object.targets[0]?.logit ?? 0) - (object.distractors[0]?.logit ?? 0);
    assert.ok(Math.abs((object.logitDiff ?? 0) - difference) < 1e-5);
  });

  it('reads the prediction where `position` says', async () => {
    const stdin = '---\nmodel: model\nposition: 2\n---\nabc';
    const [at, prefix] = await Promise.all([
      traceObject(['-'], { stdin }),
      traceObject(['-'], { stdin: '---\nmodel: model\n---\nab' }),
    ]);
    assert.equal(at.position, 2);
    assert.equal(at.next[0]?.id, prefix.next[0]?.id);
  });

  it('gives shapes and top entries of asked hooks, shorthands and SAEs too', async () => {
    const asked = ['blocks.0.hook_resid_post', 'attn_scores1', '1-res'].flatMap((name) => ['--hook', name]);
    const { hooks, latents } = await traceObject(['a.prompt', '--top', '3', ...asked]);
    const acts = '1-res/blocks.1.hook_resid_post.hook_sae_acts_post';
    assert.deepEqual(Object.keys(hooks), [
      'blocks.0.hook_resid_post',
      'blocks.1.attn.hook_attn_scores',
      acts,
    ]);
    assert.deepEqual(hooks['blocks.0.hook_resid_post']?.shape, [6, 32]);
    assert.deepEqual(hooks['blocks.0.hook_resid_post'].dims, ['pos', 'd_model']);
    const top = hooks['blocks.0.hook_resid_post'].top.map(({ value }) => Math.abs(value));
    assert.equal(top.length, 3);
    assert.deepEqual(
      top,
      top.toSorted((a, b) => b - a),
    );
    assert.deepEqual(hooks['blocks.1.attn.hook_attn_scores']?.shape, [4, 6, 6]);
    assert.equal(hooks['blocks.1.attn.hook_attn_scores'].nonFinite, 4 * 15);
    assert.deepEqual(hooks[acts]?.shape, [6, 128]);
    const atLast = hooks[acts].top.filter(({ index }) => index[0] === 5);
    for (const { index, value } of atLast) {
      const latent = latents.find(({ id }) => id === `1-res/${index[1]}`);
      assert.equal(latent?.value, value);
    }
  });

  it('writes every hook and SAE as safetensors, equal to what --json tells', async () => {
    const { code, out, err } = await run(['a.prompt', '--safetensors', 'out/all.safetensors']);
    assert.equal(code, 0, err);
    assert.match(out, /^Wrote 39 tensors \(.* kB\) to out\/all\.safetensors\n$/);
    const { names, read } = await readSafetensors(join(cwd, 'out', 'all.safetensors'));
    assert.equal(names.length, 4 + 2 * 17 + 1);
    assert.ok(names.includes('1-res/blocks.1.hook_resid_post.hook_sae_acts_post'));
    const { hooks } = await traceObject(['a.prompt', '--hook', 'mlp_out1']);
    const tensor = read('blocks.1.hook_mlp_out');
    assert.deepEqual(tensor.shape, hooks['blocks.1.hook_mlp_out']?.shape);
    for (const { index, value } of hooks['blocks.1.hook_mlp_out']?.top ?? []) {
      assert.ok(Math.abs((tensor.data[(index[0] ?? 0) * 32 + (index[1] ?? 0)] ?? 0) - value) < 1e-6);
    }
  });

  it('writes only the asked hooks, each once', async () => {
    const hooks = ['--hook', 'q0', '--hook', 'blocks.0.attn.hook_q', '--hook', 'embed'];
    const { code, out } = await run(['a.prompt', '--safetensors', 'some.safetensors', ...hooks]);
    assert.deepEqual([code, out.slice(0, 16)], [0, 'Wrote 2 tensors ']);
    const { names } = await readSafetensors(join(cwd, 'some.safetensors'));
    assert.deepEqual(names, ['blocks.0.attn.hook_q', 'hook_embed']);
  });

  it('prints a page of text without colour, and the same with it', async () => {
    const plain = await run(['a.prompt', '--hook', 'pattern0', '--top', '2']);
    const lines = plain.out.split('\n');
    assert.match(lines[0] ?? '', /^model · 6 tokens · mean loss \d+\.\d\d nats · \d+ ms$/);
    assert.match(lines[1] ?? '', /^Expects ".+" next \(.+ %\); most surprised at ".+" \(\d+\.\d\d nats\)\.$/);
    for (const part of [
      'Surprise (',
      '  #  token',
      'Next after "',
      'logit diff',
      'Latents at',
      '1-res/',
      'blocks.0.attn.hook_pattern',
    ])
      assert.ok(plain.out.includes(part), part);
    assert.ok(!plain.out.includes('\u001b'));
    assert.ok(lines.every((line) => line === line.trimEnd()));
    const colored = await run(['a.prompt', '--hook', 'pattern0', '--top', '2'], { color: true });
    const uncolored = colored.out.split(/\p{Cc}\[\d*m/u).join('');
    const timeless = (text: string): string => text.replace(/\d+ ms/, '').replace(/ +$/gm, '');
    assert.ok(colored.out.length > uncolored.length);
    assert.equal(timeless(uncolored), timeless(plain.out));
  });

  it('takes flags before front matter, and plain files whole', async () => {
    const plain = await traceObject(['plain.txt', '--model', 'model']);
    assert.equal(plain.tokens.map(({ text }) => text).join(''), '<|endoftext|>---\nbos: true\n---');
    const stdin = '---\nmodel: nowhere\nbos: true\n---\nab';
    const flags = await traceObject(['-', '--model', './model', '--bos', 'false'], { stdin });
    assert.deepEqual(
      flags.tokens.map(({ text }) => text),
      ['a', 'b'],
    );
  });

  it('finds models by name among the embedded ones, and SAEs in named folders', async () => {
    const stdin = 'ab';
    const named = await traceObject(['-', '--model', 'model'], { stdin, cwd: tmpdir(), models: cwd });
    assert.equal(named.model, 'model');
    const saes = ['--sae', 'model/saes/blocks.1.hook_resid_post'];
    const withSae = await traceObject(['-', '--model', 'model', ...saes, '--hook', '1-res'], { stdin });
    assert.equal(Object.keys(withSae.hooks).length, 1);
  });

  it('warns of the front matter and goes on, or stops at an error', async () => {
    const warned = await run(['-'], { stdin: '---\nmodel: model\ntraget: x\n---\nab ' });
    assert.equal(warned.code, 0);
    assert.match(warned.err, /^<stdin>:3:1: warning: "traget" is not a key/m);
    assert.match(warned.err, /^<stdin>:5:3: warning: The prompt ends in a space/m);
    const edited = await run(['-'], { stdin: '---\nmodel: model\nablate: L0H1@last zero\n---\nab' });
    assert.deepEqual(
      [edited.code, edited.err],
      [0, '<stdin>: warning: the edits under "ablate" are not applied here.\n'],
    );
    const stopped = await run(['-'], { stdin: '---\nseed: many\n---\nab' });
    assert.equal(stopped.code, 1);
    assert.match(stopped.err, /^underglass: <stdin>:2:7: error: "seed" wants a whole number/);
    assert.match(stopped.err, /\[prompt\/front-matter\]/);
  });

  describe('bad input', () => {
    /** `words` must be in stderr; nothing may be on stdout. */
    const check = (
      name: string,
      argv: readonly string[],
      expected: { code: number; words: readonly string[] },
      around: Partial<Surroundings> = {},
    ): void => {
      it(name, async () => {
        const { code, out, err } = await run(argv, around);
        assert.equal(code, expected.code, err);
        assert.equal(out, '');
        for (const word of expected.words) assert.ok(err.includes(word), `"${err}" lacks "${word}"`);
        assert.ok(!err.includes('    at '), err);
      });
    };
    const model = ['--model', 'model'];
    const binary = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 1]);
    check('empty prompt', ['-', ...model, '--bos', 'false'], { code: 1, words: ['[prompt/empty]', 'empty'] });
    check(
      '5,000-token prompt',
      ['-', ...model],
      { code: 1, words: ['[prompt/too-long]', '5001', '64'] },
      { stdin: 'a'.repeat(5000) },
    );
    check(
      'binary stdin',
      ['-', ...model],
      { code: 1, words: ['[file/binary]', '<stdin>'] },
      { stdin: binary },
    );
    check(
      'not UTF-8',
      ['-', ...model],
      { code: 1, words: ['[file/binary]', 'UTF-8'] },
      { stdin: new Uint8Array([0x61, 0xff]) },
    );
    check('missing file', ['none.prompt', ...model], { code: 1, words: ['[file/not-found]', 'none.prompt'] });
    check('a folder', ['model', ...model], {
      code: 1,
      words: ['[file/not-found]', 'model is a folder', 'underglass debug'],
    });
    check('missing model', ['a.prompt', '--model', './nowhere'], {
      code: 1,
      words: ['[model/not-found]', 'nowhere'],
    });
    check('a web address', ['a.prompt', '--model', 'https://example.com/gpt2'], {
      code: 1,
      words: ['network address'],
    });
    check('a network path', ['a.prompt', '--sae', '\\\\server\\share'], {
      code: 1,
      words: ['network address'],
    });
    check('unknown hook', ['a.prompt', '--hook', 'resid_pots0'], {
      code: 1,
      words: ['[hook/unknown]', 'resid_pots0'],
    });
    check('hook of no layer', ['a.prompt', '--hook', 'resid_post9'], {
      code: 1,
      words: ['[hook/unknown]', '0 to 1'],
    });
    check('unknown SAE', ['a.prompt', '--sae', 'model'], { code: 1, words: ['[sae/malformed]'] });
    check(
      'position outside',
      ['-', ...model],
      { code: 1, words: ['[position/out-of-range]', '@9'] },
      {
        stdin: '---\nposition: 9\n---\nab',
      },
    );
    check('unwritable file', ['a.prompt', '--safetensors', 'a.prompt/x'], {
      code: 3,
      words: ['[file/unwritable]'],
    });
    check('unwritable folder', ['a.prompt', '--safetensors', 'model'], {
      code: 3,
      words: ['[file/unwritable]', 'EISDIR'],
    });

    it('missing tokenizer', async () => {
      const directory = join(cwd, 'bare');
      await mkdir(directory, { recursive: true });
      await writeRandomModel(directory);
      await rm(join(directory, 'merges.txt'));
      const { code, out, err } = await run(['a.prompt', '--model', 'bare']);
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /\[tokenizer\/missing\]/);
    });
  });

  it('is cancelled by its signal', async () => {
    const { code, err } = await run(['a.prompt'], { signal: AbortSignal.abort() });
    assert.equal(code, 130);
    assert.match(err, /\[cancelled\]/);
  });
});

/** The least of a reader, so that the writer is not checked by itself alone. */
async function readSafetensors(
  file: string,
): Promise<{ names: string[]; read: (name: string) => { shape: number[]; data: Float32Array } }> {
  const bytes = await readFile(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return {
    names: Object.keys(header).filter((name) => name !== '__metadata__'),
    read: (name) => {
      const { shape = [], data_offsets: [start, end] = [0, 0] } = header[name] ?? {};
      return {
        shape,
        data: new Float32Array(new Uint8Array(bytes.subarray(8 + length + start, 8 + length + end)).buffer),
      };
    },
  };
}
