import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceForward, type Edit as ReferenceEdit, type Weights } from '../../src/core/model/gpt2.ts';
import { parseEdit } from '../../src/core/prompt/edits.ts';
import { referenceSae, type SaeWeights } from '../../src/core/sae/reference.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import { isAlreadySo } from '../../src/core/trace/edits/alreadySo.ts';
import type { EditContext, ReferenceRun } from '../../src/core/trace/edits/editContext.ts';
import { generate, type Generated } from '../../src/core/trace/generate.ts';
import { resolveEdits } from '../../src/core/trace/edits/resolveEdits.ts';
import type { Runner } from '../../src/core/trace/runner.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { assertClose } from '../support/closeness.ts';
import { expectError } from '../support/expectError.ts';
import { openRunner } from '../support/openRunner.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { widthAt, writeRandomSae } from '../support/randomSae.ts';
import { readAllWeights } from '../support/referenceWeights.ts';

const POSITIONS = 10;
const D_MODEL = 32;
const D_HEAD = 8;
const HEADS = 4;
const TOLERANCE = 1e-4;
const SAES = {
  '1-res': 'blocks.1.hook_resid_post',
  '1-mlp': 'blocks.1.hook_mlp_out',
  '0-att': 'blocks.0.hook_attn_out',
  '1-z': 'blocks.1.attn.hook_z',
  '1-post': 'blocks.1.mlp.hook_post',
  '1-mlp2': 'blocks.1.hook_mlp_out',
} as const;
type SaeName = keyof typeof SAES;

interface Lab {
  readonly runner: Runner;
  readonly weights: Weights;
  readonly ids: readonly number[];
  readonly context: EditContext;
  readonly saes: Readonly<Record<string, { config: SaeConfig; weights: SaeWeights }>>;
  /** Unedited, by the float64 reference. */
  readonly clean: ReadonlyMap<string, Float64Array>;
  readonly corrupted: ReadonlyMap<string, Float64Array>;
  readonly means: (hook: string, width: number) => Float64Array;
}

describe('written edits', function () {
  this.timeout(60_000);
  let lab: Lab;
  let dispose: () => Promise<void>;
  before(async () => {
    ({ lab, dispose } = await openLab());
  });
  after(() => dispose());

  const check = (text: string, reference: (lab: Lab) => ReferenceEdit): void => {
    it(text, async () => {
      const { trace } = await runEdits(lab, [text]);
      const expected = referenceForward(lab.runner.config, lab.weights, lab.ids, reference(lab));
      for (const [name, { data }] of expected.hooks) {
        assertClose((await trace.hook(name)).data, data, TOLERANCE, name);
      }
      const all = [...lab.ids.keys()];
      assertClose((await trace.logits(all)).data, expected.logits.data, TOLERANCE, 'logits');
      assert.notDeepEqual((await trace.logits(all)).data, (await lab.context.clean.logits(all)).data);
    });
  };

  describe('equal the float64 reference with the same change at the same hook, at every hook', () => {
    check('L1H2@4 zero', () => at('blocks.1.attn.hook_z', [4], 2, () => 0));
    check('L1H2@* x 0.5', () => at('blocks.1.attn.hook_z', every, 2, (h) => h / 2));
    check('L1H2.q@4..6 zero', () => at('blocks.1.attn.hook_q', [4, 5, 6], 2, () => 0));
    check('L0H2.k@4 x 2', () => at('blocks.0.attn.hook_k', [4], 2, (h) => 2 * h));
    check('L0H2.v@last set 1', () => at('blocks.0.attn.hook_v', [9], 2, () => 1));
    check('L1H3@8->4 zero', () => patternAt('blocks.1.attn.hook_pattern', 3, (q, k) => q === 8 && k === 4));
    check('L1H3.pattern@8 zero', () => patternAt('blocks.1.attn.hook_pattern', 3, (q) => q === 8));
    check('L0H3@*->2 zero', () => patternAt('blocks.0.attn.hook_pattern', 3, (q, k) => k === 2 && q >= 2));
    check('L0N17@3 zero', () => at('blocks.0.mlp.hook_post', [3], 17, () => 0));
    check('L0N17@* set 2', () => at('blocks.0.mlp.hook_post', every, 17, () => 2));
    check('L1N17@last add 3', () => at('blocks.1.mlp.hook_post', [9], 17, (h) => h + 3));
    check('L0.resid_mid@2 x 0', () => at('blocks.0.hook_resid_mid', [2], null, () => 0));
    check('L1.resid_pre@2 zero', () => between(1, [2], () => 0));
    check('L0.resid_post@2 zero', () => between(1, [2], () => 0));
    check('L1.attn_out@9 zero', () => at('blocks.1.hook_attn_out', [9], null, () => 0));
    check('L0.mlp_out@9 x -1', () => at('blocks.0.hook_mlp_out', [9], null, (h) => -h));
    check('E@3 zero', () => between(0, [3], () => 0));
    check('L1H1@5 from corrupted', ({ corrupted }) =>
      at('blocks.1.attn.hook_z', [5], 1, (_, index) => corrupted.get('blocks.1.attn.hook_z')?.[index] ?? 0),
    );
    check('L1N3@* from corrupted', ({ corrupted }) =>
      at(
        'blocks.1.mlp.hook_post',
        every.slice(1),
        3,
        (_, index) => corrupted.get('blocks.1.mlp.hook_post')?.[index] ?? 0,
      ),
    );
    check('L1.resid_pre@4 from corrupted', ({ corrupted }) =>
      between(1, [4], (_, index) => corrupted.get('blocks.1.hook_resid_pre')?.[index] ?? 0),
    );
    check('L1H1.pattern@9 from corrupted', ({ corrupted }) =>
      patternAt(
        'blocks.1.attn.hook_pattern',
        1,
        (q) => q === 9,
        // Key 0 has no counterpart.
        (index) =>
          index % POSITIONS === 0 ? 0 : (corrupted.get('blocks.1.attn.hook_pattern')?.[index] ?? 0),
      ),
    );
    check('L1.ln2@9 from corrupted', ({ corrupted }) =>
      at(
        'blocks.1.ln2.hook_scale',
        [9],
        null,
        (_, index) => corrupted.get('blocks.1.ln2.hook_scale')?.[index] ?? 0,
      ),
    );
    check('ln_final@9 from corrupted', ({ corrupted }) =>
      at('ln_final.hook_scale', [9], null, (_, index) => corrupted.get('ln_final.hook_scale')?.[index] ?? 0),
    );
    check('L1H1@5 mean', ({ means }) => {
      const mean = means('blocks.1.attn.hook_z', HEADS * D_HEAD);
      return at('blocks.1.attn.hook_z', [5], 1, (_, index) => mean[index % D_MODEL] ?? 0);
    });
    check('L0N3@* mean', ({ means }) => {
      const mean = means('blocks.0.mlp.hook_post', 4 * D_MODEL)[3] ?? 0;
      return at('blocks.0.mlp.hook_post', every, 3, () => mean);
    });
    check('L0.resid_post@last add 2 v.safetensors#ones', () => between(1, [9], (h) => h + 2));
    check('L1H1@last add 2 v.safetensors#head', () => at('blocks.1.attn.hook_z', [9], 1, (h) => h + 2));
    for (const sae of Object.keys(SAES) as SaeName[]) {
      check(`${sae}/error@* zero`, (own) => latent(own, sae, every, 'error', () => 0));
      check(`${sae}/7@4 set 3`, (own) => latent(own, sae, [4], 7, () => 3));
      check(`${sae}/7@* add 1`, (own) => latent(own, sae, every, 7, (z) => z + 1));
    }
  });

  it('freeze holds what an earlier edit would have moved', async () => {
    const texts = ['E@3 zero', 'L1H1@* freeze', 'L1.ln1@* freeze', 'L1N5@* freeze', 'ln_final@* freeze'];
    const { trace } = await runEdits(lab, texts);
    const expected = referenceForward(lab.runner.config, lab.weights, lab.ids, (name, values, dims) => {
      between(0, [3], () => 0)(name, values, dims);
      const held = (hook: string): void => {
        if (name === hook) values.set(lab.clean.get(hook) ?? []);
      };
      held('blocks.1.ln1.hook_scale');
      held('ln_final.hook_scale');
      const size = POSITIONS ** 2;
      const pattern = lab.clean.get('blocks.1.attn.hook_pattern')?.subarray(size, 2 * size) ?? [];
      if (name === 'blocks.1.attn.hook_pattern') values.set(pattern, size);
      at(
        'blocks.1.mlp.hook_post',
        every,
        5,
        (_, i) => lab.clean.get('blocks.1.mlp.hook_post')?.[i] ?? 0,
      )(name, values, dims);
    });
    const all = [...lab.ids.keys()];
    assertClose((await trace.logits(all)).data, expected.logits.data, TOLERANCE, 'logits');
  });

  it('ablating a latent takes exactly z * W_dec from the hook (A10)', async () => {
    const hook = SAES['1-res'];
    const before = (await lab.context.clean.hook(hook)).data;
    const sae = lab.context.saes.get('1-res');
    const acts = await sae?.encode({ dims: [POSITIONS, D_MODEL], data: before });
    assert.ok(sae && acts);
    const latentIndex = acts.indices[4 * acts.k] ?? -1;
    const z = acts.values[4 * acts.k] ?? 0;
    assert.ok(z > 0, 'the strongest latent of token 4 is active');
    const W_dec = (await sae.latents([latentIndex])).get('W_dec')?.data ?? new Float32Array();
    const { trace } = await runEdits(lab, [`1-res/${latentIndex}@4 zero`]);
    const expected = before.map((value, index) => {
      const unit = index - 4 * D_MODEL;
      if (unit < 0 || unit >= D_MODEL) return value;
      return value + Math.fround(-z * (W_dec[unit] ?? 0));
    });
    assert.deepEqual((await trace.hook(hook)).data, Float32Array.from(expected));
  });

  it('edits that change nothing leave every bit, and are said to be so', async () => {
    const texts = [
      'L1H2@4 x 1',
      'L0H1@* freeze',
      'L0.ln1@* freeze',
      'E@* freeze',
      '1-res/error@* x 1',
      'L0.resid_post@2 x 1',
      'ln_final@* freeze',
    ];
    const { trace, resolved } = await runEdits(lab, texts);
    assert.deepEqual(trace.residPre(2).data, lab.context.clean.residPre(2).data);
    const all = [...lab.ids.keys()];
    assert.deepEqual((await trace.logits(all)).data, (await lab.context.clean.logits(all)).data);
    for (const { edits } of resolved) assert.equal(await isAlreadySo(lab.runner, trace, edits), true);
    const moved = await runEdits(lab, [
      'L1H2@4 zero',
      'L1H2@4 zero',
      'L0.resid_post@2 zero',
      '1-z/7@4 set 3',
    ]);
    const said = [];
    for (const { edits } of moved.resolved) said.push(await isAlreadySo(lab.runner, moved.trace, edits));
    assert.deepEqual(said, [true, true, false, false]);
  });

  it('a run that starts from the clean one equals the whole run bitwise, and so do layers that come back', async () => {
    const texts = ['L1H2@4 zero', '1-mlp/7@4 set 3'];
    const { trace, resolved } = await runEdits(lab, texts);
    const edits = resolved.flatMap((each) => each.edits);
    const { saes } = lab.context;
    const from = await Trace.run(lab.runner, lab.ids, { edits, saes, clean: lab.context.clean });
    assert.deepEqual(from.residPre(2).data, trace.residPre(2).data);
    for (const name of ['z', 'mlp_out', 'post', 'resid_post'] as const) {
      for (const layer of [0, 1])
        assert.deepEqual(
          (await from.layer(layer)).get(name)?.data,
          (await trace.layer(layer)).get(name)?.data,
        );
    }
  });

  it('SAEs of mlp.hook_post and mlp_out of one layer: the second reads what the first left', async () => {
    const { trace } = await runEdits(lab, ['1-mlp/error@* zero', '1-post/error@* zero']);
    const all = [...lab.ids.keys()];
    const [first, second] = [
      latent(lab, '1-post', all, 'error', () => 0),
      latent(lab, '1-mlp', all, 'error', () => 0),
    ];
    const expected = referenceForward(lab.runner.config, lab.weights, lab.ids, (...at) => {
      first(...at);
      second(...at);
    });
    for (const hook of ['mlp.hook_post', 'hook_mlp_out', 'hook_resid_post']) {
      const name = `blocks.1.${hook}`;
      const found = (await trace.hook(name)).data;
      assertClose(found, expected.hooks.get(name)?.data ?? [], TOLERANCE, name);
      assert.notDeepEqual(found, (await lab.context.clean.hook(name)).data);
    }
    const alone = await runEdits(lab, ['1-mlp/error@* zero']);
    const [one, two] = await Promise.all(
      [alone.trace, trace].map((each) => each.hook('blocks.1.hook_mlp_out')),
    );
    assert.notDeepEqual(one?.data, two?.data, 'the first SAE has its effect');
  });

  describe('what cannot be done is said', () => {
    const refuse = (text: string, code: Parameters<typeof expectError>[1], words: string): void => {
      it(text, () => expectError(() => runEdits(lab, [text]), code, words));
    };
    refuse('L7H1@4 zero', 'edit/no-match', 'the model has 2');
    refuse('L1H4@4 zero', 'edit/no-match', 'the model has 4');
    refuse('L1N128@4 zero', 'edit/no-match', '0 to 127');
    refuse('5-res/1@4 zero', 'edit/no-match', '1-res');
    refuse('1-res/128@4 zero', 'edit/no-match', '0 to 127');
    refuse('L1H1@3->5 zero', 'edit/no-match', 'later');
    refuse('L1H1@0 from corrupted', 'edit/no-match', 'counterpart');
    refuse('L1H1@99 zero', 'position/out-of-range', '0 to 9');
    refuse('L1.resid_post@1 add 1 v.safetensors#head', 'edit/no-match', '8 numbers');
    it('two SAEs cannot both stand for one hook at a token', async () => {
      const both = (first: string, second: string) =>
        runEdits(lab, [`1-mlp/error@${first} zero`, `1-mlp2/error@${second} zero`]);
      const error = await expectError(
        () => both('*', '4'),
        'sae/conflict',
        '1-mlp/error@*',
        '1-mlp2/error@4',
      );
      assert.equal(error.data['position'], 4);
      await both('3', '4');
      await runEdits(lab, ['1-mlp/error@4 zero', '1-mlp2/3@4 zero', 'off 1-mlp2/error@4 zero']);
    });
    it('without a corrupted prompt or a reference', async () => {
      const bare = { ...lab.context, corrupted: null, reference: null, vectors: null };
      const resolve = (text: string) => resolveEdits([parseEdit(text)], bare);
      await expectError(() => resolve('L1H1@1 from corrupted'), 'edit/incomplete', 'corrupted');
      await expectError(() => resolve('L1H1@1 mean'), 'edit/incomplete', 'reference');
      await expectError(() => resolve('L1.mlp_out@1 add 1 f#v'), 'edit/incomplete', 'files');
      assert.deepEqual((await resolve('off L1H1@1 mean'))[0]?.edits, []);
    });
  });

  describe('generation', () => {
    const run = async (texts: readonly string[], temperature: number): Promise<Generated> => {
      const { resolved } = await runEdits(lab, texts);
      const edits = {
        edits: resolved.flatMap((each) => each.edits),
        saes: lab.context.saes,
        ongoing: (position: number) => resolved.flatMap((each) => each.ongoing?.(position) ?? []),
      };
      return generate(lab.runner, lab.ids, { max: 5, temperature, seed: 3, endId: null, edits });
    };
    /** Each token chosen from a run of everything so far. */
    const naive = async (texts: readonly string[]): Promise<number[]> => {
      const ids = [...lab.ids];
      for (let step = 0; step < 5; step++) {
        const written = texts.map(parseEdit);
        const clean = await Trace.run(lab.runner, ids);
        const tokens = ids.map((id) => ({ text: String(id) }));
        const resolved = await resolveEdits(written, { ...lab.context, clean, tokens });
        const edits = resolved.flatMap((each) => each.edits);
        const trace = await Trace.run(lab.runner, ids, { edits, saes: lab.context.saes });
        const { data } = await trace.logits([ids.length - 1]);
        ids.push(data.indexOf(data.reduce((a, b) => Math.max(a, b))));
      }
      return ids.slice(POSITIONS);
    };
    for (const texts of [
      [],
      ['L1H2@* zero', 'L0N3@4 set 9'],
      ['L0H1.k@* zero', '1-res/7@* set 9'],
      ['L1H1@*->2 zero', 'E@3 zero'],
    ]) {
      it(`greedy with ${texts.join(', ') || 'no edit'} equals runs of the whole text`, async () => {
        const { tokens } = await run(texts, 0);
        assert.deepEqual(
          tokens.map(({ id }) => id),
          await naive(texts),
        );
      });
    }
    it('sampled with a seed is the same twice, and edits change it', async () => {
      const texts = ['L1.resid_post@* x -1'];
      assert.deepEqual(await run(texts, 1), await run(texts, 1));
      assert.notDeepEqual((await run(texts, 1)).tokens, (await run([], 1)).tokens);
    });
  });
});

const every = Array.from({ length: POSITIONS }, (_, position) => position);

/** Changes one head, unit or (null) everything of a hook at some positions. */
function at(
  hook: string,
  positions: readonly number[],
  part: number | null,
  change: (h: number, index: number) => number,
): ReferenceEdit {
  return (name, values, dims) => {
    if (name !== hook) return;
    const perPosition = values.length / POSITIONS;
    const width = dims.length === 3 ? (dims[2] ?? 1) : 1;
    const [from, count] = part === null ? [0, perPosition] : [part * width, width];
    for (const position of positions) {
      for (let unit = from; unit < from + count; unit++) {
        const index = position * perPosition + unit;
        values[index] = change(values[index] ?? 0, index);
      }
    }
  };
}

/** The residual stream between blocks: resid_post of a block and resid_pre of the next are one. */
function between(
  layer: number,
  positions: readonly number[],
  change: (h: number, index: number) => number,
): ReferenceEdit {
  const hook = layer === 0 ? 'blocks.0.hook_resid_pre' : `blocks.${layer - 1}.hook_resid_post`;
  return at(hook, positions, null, change);
}

function patternAt(
  hook: string,
  head: number,
  where: (query: number, key: number) => boolean,
  value: (index: number) => number = () => 0,
): ReferenceEdit {
  return (name, values) => {
    if (name !== hook) return;
    for (let query = 0; query < POSITIONS; query++) {
      for (let key = 0; key < POSITIONS; key++) {
        const index = (head * POSITIONS + query) * POSITIONS + key;
        if (where(query, key)) values[index] = value(index);
      }
    }
  };
}

/** Splices a SAE into the reference with its error term and one latent (or the error) changed. */
function latent(
  { saes }: Lab,
  id: SaeName,
  positions: readonly number[],
  index: number | 'error',
  change: (z: number) => number,
): ReferenceEdit {
  return (name, values) => {
    if (name !== SAES[id]) return;
    const sae = saes[id];
    assert.ok(sae);
    const { acts, error } = referenceSae(sae.config, sae.weights, values);
    const W_dec = sae.weights('W_dec');
    const { d_sae, d_in } = sae.config;
    for (const position of positions) {
      const z = index === 'error' ? 1 : (acts[position * d_sae + index] ?? 0);
      for (let unit = 0; unit < d_in; unit++) {
        const cell = position * d_in + unit;
        const direction = index === 'error' ? (error[cell] ?? 0) : (W_dec[index * d_in + unit] ?? 0);
        values[cell] = (values[cell] ?? 0) + (change(z) - z) * direction;
      }
    }
  };
}

async function runEdits(lab: Lab, texts: readonly string[]) {
  const resolved = await resolveEdits(texts.map(parseEdit), lab.context);
  const edits = resolved.flatMap((each) => each.edits);
  return { resolved, trace: await Trace.run(lab.runner, lab.ids, { edits, saes: lab.context.saes }) };
}

async function openLab(): Promise<{ lab: Lab; dispose: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'underglass-test-'));
  const config = await writeRandomModel(join(folder, 'model'));
  const { runner, checkpoint, graphs, sessions } = await openRunner(join(folder, 'model'));
  const weights = await readAllWeights(checkpoint);
  const runners = new Map<string, SaeRunner>();
  const saes: Record<string, { config: SaeConfig; weights: SaeWeights }> = {};
  for (const [id, hook_name] of Object.entries(SAES)) {
    const directory = join(folder, id);
    const json = id === '1-z' ? { json: { reshape_activations: 'hook_z' } } : {};
    await writeRandomSae(directory, {
      architecture: 'standard',
      hook_name,
      d_in: widthAt(hook_name, config),
      ...json,
    });
    const [sae] = await openSaes([directory]);
    assert.ok(sae);
    runners.set(id, new SaeRunner(sae, sessions, 'mapped'));
    saes[id] = { config: sae.config, weights: await readAllWeights(sae) };
  }
  const random = seededRandom(11);
  const draw = (): number[] => Array.from({ length: POSITIONS }, () => random.below(config.d_vocab));
  const [ids, other, third] = [draw(), draw(), draw()];
  const clean = await Trace.run(runner, ids);
  const corrupted = await Trace.run(runner, other);
  const alignment = ids.map((_, position) => (position === 0 ? null : position));
  const references = [other, third];
  async function* reference(): AsyncGenerator<ReferenceRun> {
    for (const prompt of references) yield { trace: await Trace.run(runner, prompt), from: 1 };
  }
  const hooksOf = (prompt: readonly number[]): Map<string, Float64Array> =>
    new Map([...referenceForward(config, weights, prompt).hooks].map(([name, { data }]) => [name, data]));
  const referenceHooks = references.map(hooksOf);
  const means = (hook: string, width: number): Float64Array => {
    const sum = new Float64Array(width);
    for (const hooks of referenceHooks)
      hooks.get(hook)?.forEach((value, index) => {
        if (index >= width) sum[index % width] = (sum[index % width] ?? 0) + value;
      });
    return sum.map((value) => value / (references.length * (POSITIONS - 1)));
  };
  const context: EditContext = {
    config,
    tokens: ids.map((id) => ({ text: String(id) })),
    saes: runners,
    clean,
    // Token 0 has no counterpart: an edit of all tokens passes it over.
    corrupted: { trace: corrupted, alignment },
    reference,
    vectors: (_, tensor) => Promise.resolve(new Float32Array(tensor === 'head' ? D_HEAD : D_MODEL).fill(1)),
  };
  const lab = { runner, weights, ids, context, saes, clean: hooksOf(ids), corrupted: hooksOf(other), means };
  const dispose = async (): Promise<void> => {
    for (const each of runners.values()) await each.release();
    await graphs.release();
    await rm(folder, { recursive: true, force: true });
  };
  return { lab, dispose };
}
