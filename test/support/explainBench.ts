import { join } from 'node:path';
import { DEFAULT_SCAN } from '../../src/core/records/records.ts';
import type { ExplainOptions } from '../../src/protocol/explainContract.ts';
import { openTestJobs, type EngineCall } from './openTestJobs.ts';

const EMBEDDED = join(import.meta.dirname, '..', '..', 'models');

/** An engine on underglass-tiny, asked over RPC. */
export interface ExplainBench {
  readonly call: EngineCall;
  readonly modelId: string;
  /** Names of the events that were told. */
  readonly told: string[];
  close(): Promise<void>;
}

/** Offline, everything but ablation, three windows of a kind in each split. */
export const OFFLINE: ExplainOptions = {
  explainer: { kind: 'summary' },
  simulator: 'auto',
  scorers: ['simulation', 'detection', 'fuzzing'],
  calibration: 'linear',
  language: null,
  perSplit: 3,
  seed: 0,
  budget: { requests: null, tokens: null },
};

/** @param folder holds `storage` and `workspace`. @param families none = there is no scan. */
export async function openExplainBench(
  folder: string,
  families: readonly string[],
  workspace = join(folder, 'workspace'),
): Promise<ExplainBench> {
  const told: string[] = [];
  const { jobs, call } = openTestJobs({ embeddedFolder: EMBEDDED, emit: (name) => told.push(name) });
  await call('folders/set', { storage: join(folder, 'storage'), workspace });
  const { modelId } = await call('model/open', { model: 'underglass-tiny', saes: [] });
  if (families.length > 0) {
    const corpus = { kind: 'world', seed: 5_000_000, documents: 150 } as const;
    await call('index/scan', { modelId, corpus, families, options: DEFAULT_SCAN });
  }
  return { call, modelId, told, close: () => jobs.release() };
}

/** Units of a family that are active in many windows. */
export async function busyUnits(
  { call, modelId }: Pick<ExplainBench, 'call' | 'modelId'>,
  family: string,
  count: number,
): Promise<readonly string[]> {
  const { rows } = await call('unit/list', {
    modelId,
    family,
    sort: 'density',
    falling: true,
    category: 'all',
    text: '',
    from: 0,
    count,
  });
  return rows.map(({ id }) => id);
}
