import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/core/weights/writeSafetensors.ts';
import type { DebugOptions, DebugView, Experiment } from '../../src/protocol/debugContract.ts';
import type { EngineContract, ModelInfo } from '../../src/protocol/engineContract.ts';
import { expectError } from '../support/expectError.ts';
import { openTestJobs, type EngineCall } from '../support/openTestJobs.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

/** One token is one byte. */
const TEXT = 'Mary and Joh';
const CORRUPTED = 'Mary xnd Jah';
const OPTIONS: DebugOptions = { k: 5, saes: [], foldValueBiases: false, frozenScale: true };

interface Surroundings {
  readonly call: EngineCall;
  readonly info: ModelInfo;
  readonly folder: string;
  open(changes?: Partial<Experiment>): Promise<Opened>;
}

interface Opened {
  readonly view: DebugView;
  readonly summary: EngineContract['debug/open']['result'];
}

describe('debug sessions of the engine', function () {
  this.timeout(60_000);

  it('open with the scalar, losses and targets, and close their direct effects into its value', () =>
    withEngine(async ({ call, open }) => {
      const { view, summary } = await open();
      assert.deepEqual(
        [summary.targets, summary.distractors],
        [[{ text: 'n', id: 110 }], [{ text: 'e', id: 101 }]],
      );
      assert.equal(summary.position, summary.left.tokens.length - 1);
      assert.deepEqual([summary.right, summary.alignment, summary.left.kl], [null, null, null]);
      assert.equal(summary.left.loss[0], null);
      assert.ok(summary.left.loss.slice(1).every((loss) => loss !== null && loss > 0));
      const table = await call('debug/table', view);
      assert.equal(table.title, `logit "n" - logit "e" at ${summary.position}`);
      assert.ok(Math.abs(table.left.value - summary.left.value) < 1e-4);
      assert.ok(Math.abs(table.left.residual) < 1e-3, String(table.left.residual));
      const candidates = await call('debug/candidates', { ...view, k: 3, filter: '' });
      const logit = (id: number): number =>
        candidates.find((each) => each.id === id)?.left.logit ?? Number.NaN;
      assert.ok(Math.abs(logit(110) - logit(101) - summary.left.value) < 1e-4);
      assert.equal(table.effects.mlps.length, summary.left.tokens.length);
    }));

  it('two runs of one experiment are bitwise equal', () =>
    withEngine(async ({ call, open }) => {
      const [one, two] = [
        await open({ edits: ['L1H2@last zero'] }),
        await open({ edits: ['L1H2@last zero'] }),
      ];
      assert.notEqual(one.view.debugId, two.view.debugId);
      assert.deepEqual(one.summary.left, two.summary.left);
      assert.deepEqual(await call('debug/table', one.view), await call('debug/table', two.view));
    }));

  it('an edited side stands beside the same prompt without edits', () =>
    withEngine(async ({ call, open }) => {
      const edits = ['L0N3@* set 4', 'off L1H1@last zero', 'L1H0@last x 1'];
      const { view, summary } = await open({ edits });
      const plain = await open();
      assert.deepEqual(
        summary.edits.map(({ enabled, alreadySo }) => [enabled, alreadySo]),
        [
          [true, false],
          [false, false],
          [true, true],
        ],
      );
      assert.deepEqual(summary.right?.value, plain.summary.left.value);
      assert.notEqual(summary.left.value, summary.right?.value);
      assert.ok(summary.left.kl?.some((kl) => kl !== null && kl > 0));
      const table = await call('debug/table', view);
      assert.ok(Math.abs((table.right?.value ?? Number.NaN) - plain.summary.left.value) < 1e-4);
      assert.ok(Math.abs(table.left.residual) < 1e-3);
    }));

  it('an edit that changes nothing gives exactly 0 everywhere', () =>
    withEngine(async ({ open }) => {
      const { summary } = await open({ edits: ['L1H0@* x 1'] });
      assert.equal(summary.left.value, summary.right?.value);
      assert.deepEqual(summary.left.loss, summary.right?.loss);
      assert.ok(
        summary.left.kl?.every((kl) => kl === 0),
        String(summary.left.kl),
      );
    }));

  it('traces upstream, and measures what nodes do to the traced scalar', () =>
    withEngine(async ({ call, open }) => {
      const { view } = await open();
      const step = { at: 'L1H2.q@last->2', via: null };
      const table = await call('debug/table', { ...view, step });
      assert.match(table.title, /^score of L1H2, \d+ -> 2, through the query$/);
      assert.ok(Math.abs(table.left.residual) < 1e-3);
      const nodes = table.rows.filter(({ node }) => node.kind !== 'bias').map(({ node }) => node);
      const measured = await call('debug/measure', { ...view, step, nodes });
      assert.equal(measured.length, nodes.length);
      assert.ok(
        measured.every(({ left, right }) => left !== null && Number.isFinite(left) && right === null),
      );
      const later = { kind: 'neuron', layer: 1, neuron: 3, position: 1 } as const;
      const [none] = await call('debug/measure', { ...view, step, nodes: [later] });
      assert.equal(none?.left, 0, 'what comes after the reading has no effect');
    }));

  it('sweeps in parts that agree with an edit of the same words', () =>
    withEngine(async ({ call, info, open }) => {
      const { view, summary } = await open();
      const asked = { ...view, kind: 'heads', positions: 'last' } as const;
      const { parts } = await call('debug/sweepPlan', { ...asked, layer: null });
      const rows = [];
      for (const { id } of parts) rows.push(...(await call('debug/sweepPart', { ...asked, part: id })));
      assert.equal(rows.length, info.n_layers * info.n_heads);
      const row = rows.find(({ unit }) => unit === 'L1H2@last');
      assert.ok(row);
      const edited = await open({ edits: [`${row.unit} zero`] });
      assert.ok(Math.abs(summary.left.value - edited.summary.left.value - row.effect) < 1e-3);
    }));

  it('patches from one prompt into the other between 0 and 1', () =>
    withEngine(async ({ call, open }) => {
      const { view, summary } = await open({ corrupted: CORRUPTED, compare: 'corrupted' });
      assert.equal(summary.right?.tokens.length, summary.left.tokens.length);
      assert.deepEqual(summary.alignment, [...summary.left.tokens.keys()]);
      const { debugId } = view;
      const part = { hook: 'resid_pre', layer: 0, byPosition: true } as const;
      const { measured, estimated } = await call('debug/patchPart', { debugId, part });
      const cells = measured.flat();
      assert.equal(cells.length, summary.left.tokens.length);
      assert.equal(estimated.flat().length, cells.length);
      const changed = [...TEXT].flatMap((letter, index) => (letter === CORRUPTED[index] ? [] : [index + 1]));
      for (const [index, cell] of cells.entries()) if (!changed.includes(index)) assert.equal(cell, 0);
      assert.ok(changed.some((index) => cells[index] !== 0));
    }));

  it('takes values from the corrupted prompt, a reference and a file', () =>
    withEngine(async ({ folder, info, open }) => {
      const vector = {
        name: 'v',
        dtype: 'F32',
        dims: [info.d_model],
        data: new Float32Array(info.d_model).fill(0.5),
      };
      await writeFile(join(folder, 'v.safetensors'), writeSafetensors([vector as never]));
      const edits = ['L1H0@last from corrupted', 'L0N1@* mean', 'L0.resid_post@last add 2 v.safetensors#v'];
      const given = { edits, corrupted: CORRUPTED, reference: 'One line\nand another\n', folder };
      const { summary } = await open(given);
      assert.ok(summary.edits.every(({ alreadySo }) => !alreadySo));
      await expectError(() => open({ ...given, folder: null }), 'edit/incomplete');
      await expectError(() => open({ ...given, reference: null }), 'edit/incomplete', 'reference');
      await expectError(() => open({ ...given, corrupted: null }), 'edit/incomplete', 'corrupted');
      const missing = { ...given, edits: ['L0.resid_post@last add 2 v.safetensors#w'] };
      await expectError(() => open(missing), 'weights/missing-tensor', 'it has v');
    }));

  it('continues both sides by the same seed, edits at every position going on', () =>
    withEngine(async ({ call, open }) => {
      const { view } = await open({ edits: ['L1.mlp_out@* zero'] });
      const { debugId } = view;
      const asked = { debugId, max: 6, temperature: 1, seed: 3 };
      const [first, again] = [await call('debug/continue', asked), await call('debug/continue', asked)];
      assert.deepEqual(first, again);
      assert.notEqual(first.left, first.right);
      const plain = await open();
      const { left } = await call('debug/continue', { ...asked, debugId: plain.view.debugId });
      assert.equal(first.right, left);
    }));

  it('reads detail, attention and layers, with latents in the place of neurons', () =>
    withEngine(async ({ call, info, open }) => {
      const { view, summary } = await open();
      const [sae] = info.saes;
      assert.ok(sae);
      const options = { ...OPTIONS, saes: [sae.id] };
      const table = await call('debug/table', { ...view, options });
      const latent = table.rows.find(({ node }) => node.kind === 'latent');
      assert.ok(latent);
      assert.ok(Math.abs(table.left.residual) < 1e-3);
      const detail = await call('debug/detail', { ...view, options, node: latent.node, k: 4 });
      assert.deepEqual([detail.name, detail.upVotes.length], [latent.name, 4]);
      const size = summary.left.tokens.length;
      const { pattern } = await call('debug/attention', { debugId: view.debugId, side: 'left', layer: 1 });
      assert.equal(pattern.length, info.n_heads * size * size);
      await expectError(
        () => call('debug/attention', { debugId: view.debugId, side: 'right', layer: 1 }),
        'request/invalid',
      );
      const layers = await call('debug/layers', { debugId: view.debugId, options: OPTIONS });
      assert.ok(Math.abs((layers.accumulated.at(-1)?.left ?? 0) - summary.left.value) < 1e-3);
      assert.equal(layers.heads.length, info.n_layers);
    }));

  it('refuse what cannot be explained, saying what to do', () =>
    withEngine(async ({ call, open }) => {
      await expectError(() => open({ targets: [] }), 'scalar/no-target');
      const error = await expectError(() => open({ targets: ['no'] }), 'scalar/not-one-token', '"n" + "o"');
      assert.deepEqual([error.data['role'], error.data['proposal']], ['target', null]);
      await expectError(() => open({ distractors: ['yes'] }), 'scalar/not-one-token', 'distractor');
      await expectError(() => open({ position: '@*' }), 'position/out-of-range', 'one token');
      await expectError(() => open({ position: 'here' }), 'position/out-of-range', 'here');
      await expectError(() => open({ edits: ['L9H0@last zero'] }), 'edit/no-match', 'layer 9');
      await expectError(() => open({ edits: ['L0H0 zero'] }), 'edit/malformed');
      await expectError(() => open({ compare: 'corrupted' }), 'edit/incomplete');
      await expectError(() => open({ corrupted: 'x', alignment: [0, 0] }), 'request/invalid', 'alignment');
      const { view } = await open();
      const step = { at: 'L0H0.x@1->0', via: null };
      await expectError(() => call('debug/table', { ...view, step }), 'unit/unknown');
    }));

  it('holds a few sessions; the oldest expire, and closed ones too', () =>
    withEngine(async ({ call, open }) => {
      const first = await open();
      for (let more = 0; more < 5; more++) await open();
      await call('debug/table', first.view);
      for (let more = 0; more < 5; more++) await open();
      await call('debug/table', first.view);
      for (let more = 0; more < 6; more++) await open();
      await expectError(() => call('debug/table', first.view), 'trace/expired');
      const { view } = await open();
      await call('debug/close', { debugId: view.debugId });
      await expectError(() => call('debug/table', view), 'trace/expired');
    }));

  it('can be cancelled', () =>
    withEngine(async ({ call, open }) => {
      const { view } = await open();
      const job = new AbortController();
      const running = call('debug/table', view, { signal: job.signal });
      job.abort();
      await expectError(() => running, 'cancelled');
      assert.ok((await call('debug/table', view)).rows.length > 0, 'and asked again');
    }));
});

async function withEngine(use: (around: Surroundings) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'random');
    const { d_model } = await writeRandomModel(directory);
    const hook_name = 'blocks.1.hook_mlp_out';
    const sae = join(directory, 'saes', hook_name);
    await mkdir(sae, { recursive: true });
    await writeRandomSae(sae, { architecture: 'topk', hook_name, d_in: d_model });
    const { jobs, call } = openTestJobs({ embeddedFolder: folder });
    const info = await call('model/open', { model: 'random', saes: [] });
    const open = async (changes: Partial<Experiment> = {}): Promise<Opened> => {
      const summary = await call('debug/open', { experiment: { ...experimentOf(info), ...changes } });
      return { summary, view: { debugId: summary.debugId, step: null, options: OPTIONS } };
    };
    await use({ call, info, folder, open });
    await jobs.release();
  });
}

function experimentOf({ modelId }: ModelInfo): Experiment {
  return {
    modelId,
    text: TEXT,
    bos: 'always',
    targets: ['n'],
    distractors: ['e'],
    scalar: 'logit_diff',
    position: 'last',
    edits: [],
    corrupted: null,
    reference: null,
    folder: null,
    compare: 'edits',
    alignment: null,
    seed: 0,
  };
}
