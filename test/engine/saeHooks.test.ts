import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugSummary, Experiment } from '../../src/protocol/debugContract.ts';
import { expectError } from '../support/expectError.ts';
import { openTestJobs, type EngineCall } from '../support/openTestJobs.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

/** Hooks of SAEs that published releases have, and those at which latents are only seen. */
const FULL = [
  'hook_resid_pre',
  'attn.hook_z',
  'hook_attn_out',
  'hook_resid_mid',
  'mlp.hook_post',
  'hook_mlp_out',
  'hook_resid_post',
];
const SEEN = ['ln1.hook_normalized', 'ln2.hook_normalized', 'mlp.hook_pre'];

describe('what can be done with a SAE, by its hook', function () {
  this.timeout(60_000);

  for (const hook of FULL) {
    it(`${hook}: seen, ablated, spliced with its error, traced from, measured`, () =>
      withSae(hook, async (call, modelId, id) => {
        const latent = await mostActive(call, modelId, id);
        const edited = await debug(call, modelId, [`${id}/${latent}@last zero`]);
        assert.notEqual(edited.left.value, edited.right?.value);
        const plain = await debug(call, modelId, []);
        const options = { k: 100, saes: [id], foldValueBiases: false, frozenScale: true };
        const table = await call('debug/table', { debugId: plain.debugId, step: null, options });
        const kinds = new Set(table.rows.map(({ node }) => node.kind));
        assert.ok(kinds.has('latent') && kinds.has('error'), [...kinds].join());
        assert.ok(Math.abs(table.left.residual) < 1e-3, `residual ${table.left.residual}`);
        const step = { at: `${id}/${latent}@last`, via: null };
        const traced = await call('debug/table', { debugId: plain.debugId, step, options });
        assert.ok(Math.abs(traced.left.residual) < 1e-3, `residual ${traced.left.residual}`);
        const health = await call('sae/health', { modelId, sae: id, corpus: null, tokens: 64 });
        assert.ok(health.loss.reconstruction > 0);
      }));
  }

  for (const hook of SEEN) {
    it(`${hook}: seen; an edit, a splice, a trace and a replacement are refused in words`, () =>
      withSae(hook, async (call, modelId, id) => {
        const latent = await mostActive(call, modelId, id);
        const name = `blocks.1.${hook}`;
        await expectError(() => debug(call, modelId, [`${id}/${latent}@last zero`]), 'edit/no-match', name);
        const { debugId } = await debug(call, modelId, []);
        const options = { k: 5, saes: [], foldValueBiases: false, frozenScale: true };
        const splice = { debugId, step: null, options: { ...options, saes: [id] } };
        await expectError(() => call('debug/table', splice), 'sae/unsupported', name);
        const step = { at: `${id}/${latent}@last`, via: null };
        await expectError(() => call('debug/table', { debugId, step, options }), 'sae/unsupported', name);
        const health = { modelId, sae: id, corpus: null, tokens: 64 };
        await expectError(() => call('sae/health', health), 'sae/unsupported', name);
      }));
  }
});

/** The most active latent at the last token of the prompt. */
async function mostActive(call: EngineCall, modelId: string, sae: string): Promise<number> {
  const { traceId, tokens } = await call('trace/run', { modelId, text: TEXT, bos: 'always' });
  const asked = { traceId, position: tokens.length - 1, layer: 1, k: 1 };
  const [top] = await call('trace/topLatents', asked);
  assert.ok(top?.unit.kind === 'latent' && top.unit.sae === sae && top.value > 0);
  return top.unit.index;
}

const TEXT = 'hello there';

function debug(call: EngineCall, modelId: string, edits: readonly string[]): Promise<DebugSummary> {
  const experiment: Experiment = {
    modelId,
    text: TEXT,
    bos: 'always',
    targets: ['a'],
    distractors: ['b'],
    scalar: 'logit_diff',
    position: 'last',
    edits,
    corrupted: null,
    reference: null,
    folder: null,
    compare: 'edits',
    alignment: null,
    seed: 0,
  };
  return call('debug/open', { experiment });
}

/** A random model with one SAE at a hook of its second block. */
async function withSae(
  hook: string,
  use: (call: EngineCall, modelId: string, sae: string) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const config = await writeRandomModel(folder, { config: { n_layer: 3 } });
    await writeRandomSae(join(folder, 'saes', 'one'), {
      architecture: 'standard',
      hook_name: `blocks.1.${hook}`,
      d_in: hook.startsWith('mlp.') ? config.d_mlp : config.d_model,
      d_sae: 64,
      ...(hook === 'attn.hook_z' ? { json: { reshape_activations: 'hook_z' } } : {}),
    });
    const { jobs, call } = openTestJobs({ embeddedFolder: folder });
    try {
      const { modelId, saes } = await call('model/open', { model: folder, saes: [] });
      await use(call, modelId, saes[0]?.id ?? '');
    } finally {
      await jobs.release();
    }
  });
}
