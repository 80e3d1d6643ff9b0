import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobContext } from '../../src/protocol/rpc.ts';
import type { PublishedModel } from '../../src/core/verify/published.ts';
import type { VerifyReport } from '../../src/core/verify/report.ts';
import { openModel } from '../../src/engine/openModel.ts';
import { verifyModel } from '../../src/engine/verify/verifyModel.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { expectError } from '../support/expectError.ts';
import { TEST_THREADS } from '../support/openRunner.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { openSafetensors } from '../support/safetensorsFile.ts';
import { writeTorchFile, type TorchTensorSource } from '../support/writeTorchFile.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

/** A random GPT-2 and its facts by numpy, made by test/golden/recipes/verify_facts.py. */
const GOLDEN = join(import.meta.dirname, '../golden/verify');
const sessions = ortSessions({ threads: TEST_THREADS });

describe('verify', () => {
  it('finds every fact that numpy computed, and every hook of the float64 reference', async () => {
    const report = await verify(GOLDEN);
    assert.equal(report.verdict, 'as published', report.headline);
    assert.equal(report.published?.recognised, 'file');
    const facts = report.published?.facts ?? [];
    const kinds = ['loss', 'logit', 'next token', 'direct attribution', 'induction score', 'previous-token'];
    for (const kind of kinds)
      assert.ok(
        facts.some(({ what }) => what.includes(kind)),
        kind,
      );
    assert.equal(report.published?.hooks.length, 4 + 2 * 17);
    assert.deepEqual(report.next, []);
    assert.equal(report.reference.loss?.ok, true);
    const hooks = report.reference.hooks.map(({ hook }) => hook);
    assert.deepEqual([hooks.length, hooks[0], hooks.at(-1)], [4 + 2 * 17 + 1, 'hook_embed', 'logits']);
  });

  const damages = [
    { tensor: 'h.0.attn.c_proj.weight', hook: 'blocks.0.hook_attn_out', says: 'h.0.attn.c_proj' },
    { tensor: 'h.1.attn.c_attn.weight', hook: 'blocks.1.attn.hook_q', says: 'h.1.attn.c_attn' },
    { tensor: 'h.1.mlp.c_fc.weight', hook: 'blocks.1.mlp.hook_pre', says: 'h.1.mlp.c_fc' },
    { tensor: 'h.1.mlp.c_proj.bias', hook: 'blocks.1.hook_mlp_out', says: 'h.1.mlp.c_proj' },
    { tensor: 'wpe.weight', hook: 'hook_pos_embed', says: 'wpe.weight' },
  ];
  for (const { tensor, hook, says } of damages) {
    it(`names the hook that a permuted ${tensor} changes first`, () =>
      withCopy(async (folder) => {
        await permute(join(folder, 'model.safetensors'), tensor);
        const report = await verify(folder);
        assert.equal(report.verdict, 'differs');
        assert.equal(report.published?.recognised, 'embedding');
        assert.equal(report.published?.hooks.find(({ ok }) => !ok)?.hook, hook);
        assert.ok(
          report.next.some((step) => step.includes(hook) && step.includes(says)),
          report.next.join(),
        );
        // The engine computes what the files say, wrong as they are.
        assert.ok(report.reference.hooks.every(({ ok }) => ok));
      }));
  }

  it('names the hook where the engine computes something else than the files say', async () => {
    const open = await openModel(GOLDEN, { model: GOLDEN, saes: [] }, sessions);
    const { tensors } = open.checkpoint;
    const swapped = tensors.get('h.0.attn.c_proj.bias') ?? assert.fail();
    const checkpoint = {
      ...open.checkpoint,
      tensors: new Map([...tensors, ['h.1.attn.c_proj.bias', swapped] as const]),
    };
    const report = await verifyModel({ ...open, checkpoint }, [await facts()], quiet());
    await open.release();
    assert.equal(report.verdict, 'differs');
    assert.match(report.headline, /first at blocks\.1\.hook_attn_out/);
    assert.match(report.next.join(), /report it/);
    assert.ok(
      report.published?.hooks.every(({ ok }) => ok),
      'the engine itself is right',
    );
    // Told once: what follows starts from the engine's own stream.
    const last = report.reference.hooks.at(-1);
    assert.deepEqual([last?.hook, last?.ok], ['logits', true]);
  });

  it('tells another activation function by the configuration and by the first hook', () =>
    withCopy(async (folder) => {
      const file = join(folder, 'config.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('gelu_new', 'relu'));
      const report = await verify(folder);
      assert.equal(report.verdict, 'differs');
      assert.match(report.headline, /activation_function is relu, not gelu_new/);
      assert.match(report.next[0] ?? '', /published config\.json.*activation_function gelu_new/);
      assert.equal(report.published?.hooks.find(({ ok }) => !ok)?.hook, 'blocks.0.mlp.hook_post');
    }));

  it('tells another tokenizer by the ids that it gives', () =>
    withCopy(async (folder) => {
      const file = join(folder, 'vocab.json');
      const vocabulary = JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
      const swapped = { ...vocabulary, e: vocabulary['o'], o: vocabulary['e'] };
      await writeFile(file, JSON.stringify(swapped));
      const report = await verify(folder);
      assert.equal(report.verdict, 'differs');
      const tokens = report.published?.facts.filter(({ group, ok }) => group === 'tokens' && !ok) ?? [];
      assert.deepEqual(
        [tokens[0]?.published, tokens[0]?.measured],
        ['id 101 at token 2', 'id 111 at token 2'],
      );
      assert.ok(report.next.some((step) => step.includes('tokenizer')));
    }));

  it('finds the same facts in a file of PyTorch, recognised by its embedding', () =>
    withCopy(async (folder) => {
      const file = join(folder, 'model.safetensors');
      const { names, read } = await openSafetensors(file);
      const dict = new Map<string, TorchTensorSource>();
      for (const name of names) {
        const { data, dims } = await read(name);
        dict.set(name, { data, dims });
      }
      await writeFile(join(folder, 'pytorch_model.bin'), writeTorchFile(Object.fromEntries(dict)));
      await rm(file);
      const report = await verify(folder);
      assert.equal(report.verdict, 'as published', report.headline);
      assert.equal(report.published?.recognised, 'embedding');
    }));

  it('compares a model that nobody published with the reference alone', () =>
    withTemporaryFolder(async (folder) => {
      await writeRandomModel(folder, { dtype: 'F16', seed: 4, config: { tie_word_embeddings: false } });
      const report = await verify(folder);
      assert.deepEqual([report.verdict, report.published], ['agrees', null]);
      assert.match(report.headline, /No published facts are known/);
      assert.ok(report.reference.hooks.every(({ error }) => error < 5e-5));
    }));

  it('counts a fact that cannot be measured as one that differs', async () => {
    const table = await facts();
    const pairs = table.pairs.map((pair) => ({ ...pair, target: 'two tokens' }));
    const report = await verify(GOLDEN, { ...table, pairs });
    const wrong = report.published?.facts.filter(({ ok }) => !ok) ?? [];
    assert.ok(wrong.length > 0 && wrong.every(({ measured }) => measured.startsWith('not measured: ')));
  });

  it('reports progress up to the end, and can be cancelled between blocks', async () => {
    const open = await openModel(GOLDEN, { model: GOLDEN, saes: [] }, sessions);
    const seen: number[] = [];
    const job = new AbortController();
    const progress: JobContext['progress'] = ({ done, message }) => {
      seen.push(done);
      if (message.includes('block 1')) job.abort();
    };
    await expectError(
      async () => verifyModel(open, [await facts()], { signal: job.signal, progress }),
      'cancelled',
    );
    await verifyModel(open, [await facts()], { ...quiet(), progress: ({ done }) => seen.push(done) });
    await open.release();
    assert.ok(Math.abs((seen.at(-1) ?? 0) - 100) < 1e-9);
  });
});

async function facts(): Promise<PublishedModel> {
  return JSON.parse(await readFile(join(GOLDEN, 'facts.json'), 'utf8')) as PublishedModel;
}

async function verify(folder: string, table?: PublishedModel): Promise<VerifyReport> {
  const open = await openModel(folder, { model: folder, saes: [] }, sessions);
  try {
    return await verifyModel(open, [table ?? (await facts())], quiet());
  } finally {
    await open.release();
  }
}

function quiet(): JobContext {
  return { signal: new AbortController().signal, progress: () => {} };
}

function withCopy(run: (folder: string) => Promise<void>): Promise<void> {
  return withTemporaryFolder(async (folder) => {
    await cp(GOLDEN, folder, { recursive: true });
    await run(folder);
  });
}

/** Turns the values of a float32 tensor round. */
async function permute(file: string, tensor: string): Promise<void> {
  const bytes = await readFile(file);
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + size).toString('utf8')) as Record<
    string,
    { readonly data_offsets?: readonly [number, number] } | undefined
  >;
  const [start, end] =
    (header[tensor] ?? header[`transformer.${tensor}`])?.data_offsets ?? assert.fail(tensor);
  const values = Buffer.from(bytes.subarray(8 + size + start, 8 + size + end));
  for (let at = 0; at < values.length; at += 4)
    values.copy(bytes, 8 + size + start + at, values.length - 4 - at, values.length - at);
  await writeFile(file, bytes);
}
