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
