import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openModel, type OpenModel } from '../../src/engine/openModel.ts';
import { unitReadJobs, type UnitReadSources } from '../../src/engine/records/unitReads.ts';
import { allFamilies, familyId } from '../../src/core/records/family.ts';
import type { RecordsIndex } from '../../src/core/records/records.ts';
import { unitSpace } from '../../src/core/records/units/unitModel.ts';
import type { EngineUnitReads } from '../../src/protocol/recordsContract.ts';
import type { Handlers } from '../../src/protocol/rpc.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { memoryIndex } from './memoryIndex.ts';
import { TEST_THREADS } from './openRunner.ts';
import { seededRandom } from './random.ts';
import { writeRandomModel } from './randomModel.ts';
import { writeRandomSae } from './randomSae.ts';
import { withTemporaryFolder } from './temporaryFolder.ts';

const CONFIG = { n_layer: 2, n_embd: 16, n_head: 2, n_positions: 64 };
export const HOOKS = [
  'blocks.0.hook_mlp_out',
  'blocks.1.hook_resid_pre',
  'blocks.1.hook_attn_out',
  'blocks.1.mlp.hook_post',
  'blocks.1.hook_resid_post',
];
export const WINDOWS = 6;
export const WINDOW = 12;

type Method = keyof EngineUnitReads;
type Asked<M extends Method> = Omit<EngineUnitReads[M]['params'], 'modelId'>;

/** An open model with an index of some windows, and its unit reads. */
export interface UnitReadBench {
  readonly model: OpenModel;
  readonly index: RecordsIndex;
  readonly windows: readonly (readonly number[])[];
  ask<M extends Method>(method: M, params: Asked<M>): Promise<EngineUnitReads[M]['result']>;
}

/** `scanned` = false: no index. The windows are all of the random set. */
export async function openUnitReads(
  directory: string,
  options: {
    readonly saes?: readonly string[];
    readonly windows: (model: OpenModel) => readonly (readonly number[])[];
    readonly families?: readonly string[];
    readonly words?: UnitReadSources['words'];
    readonly scanned?: false;
  },
): Promise<UnitReadBench> {
  const ref = { model: directory, saes: options.saes ?? [] };
  const model = await openModel(directory, ref, ortSessions({ threads: TEST_THREADS }));
  const windows = options.windows(model);
  const families = allFamilies(unitSpace(model)).filter(
    (family) => options.families?.includes(familyId(family)) ?? true,
  );
  const random = [...windows.keys()];
  const index = await memoryIndex(model, {
    windows,
    families,
    random,
    top: windows.length,
    bosId: model.tokenizer.bosId,
  });
  const info = {
    indexId: 'memory',
    corpus: 'windows',
    skipped: [],
    families: index.families,
    windows: index.windows,
    tokens: index.tokens,
    options: index.key.options,
    bytes: 0,
    state: 'ready',
    reason: null,
    done: 1,
  } as const;
  const handlers: Handlers<EngineUnitReads> = unitReadJobs({
    models: { get: () => model },
    current: () => (options.scanned === false ? null : { info, index }),
    ...(options.words ? { words: options.words } : {}),
  });
  const job = { signal: new AbortController().signal, progress: () => undefined };
  return {
    model,
    index,
    windows,
    ask: async (method, params) => {
      const handler = handlers[method] as (params: unknown, context: typeof job) => unknown;
      return (await handler({ ...params, modelId: model.info.modelId }, job)) as never;
    },
  };
}

/** A random model with a SAE of 24 latents at each of `HOOKS`, and an index of a few windows of its own. */
export async function withRandomReads(
  use: (bench: UnitReadBench) => Promise<void>,
  options: { readonly scanned?: false } = {},
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'model');
    await writeRandomModel(directory, { seed: 3, config: CONFIG });
    const saes = HOOKS.map((hook) => join(folder, hook));
    for (const [at, hook_name] of HOOKS.entries())
      await writeRandomSae(saes[at] ?? '', {
        architecture: 'standard',
        hook_name,
        d_in: hook_name.endsWith('hook_post') ? 64 : 16,
        d_sae: 24,
        seed: at + 1,
      });
    const bench = await openUnitReads(directory, {
      saes,
      windows: ({ tokenizer }) => {
        const random = seededRandom(11);
        return Array.from({ length: WINDOWS }, () =>
          Array.from({ length: WINDOW }, (_, t) =>
            t === 0 ? (tokenizer.bosId ?? 0) : 97 + random.below(12),
          ),
        );
      },
      ...options,
    });
    await use(bench);
    await bench.model.release();
  });
}

/** Within 1e-4, relative to what is large. */
export function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (let at = 0; at < expected.length; at++) {
    const [value, wanted] = [found[at] ?? Number.NaN, expected[at] ?? Number.NaN];
    assert.ok(
      Math.abs(value - wanted) < 1e-4 * Math.max(1, Math.abs(wanted)),
      `at ${at}: ${value}, ${wanted}`,
    );
  }
}
