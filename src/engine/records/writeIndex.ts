import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bug, throwIfCancelled } from '../../core/errors.ts';
import type { CorpusRef, SkippedFile } from '../../core/records/corpus.ts';
import { familyTensors, type FamilyTensors } from '../../core/records/familyTensors.ts';
import type { FamilyScan } from '../../core/records/familyScan.ts';
import { randomRecords, type RanWindows } from '../../core/records/randomRecords.ts';
import type { IndexKey } from '../../core/records/records.ts';
import type { FamilyValues, Scan, ScanRun } from '../../core/records/scan.ts';
import { windowsPerBatch, type CorpusWindow, type ScanPlace } from '../../core/records/windows.ts';
import { writeError } from '../../runtime/files/fileError.ts';
import { writeJson } from '../../runtime/files/jsonFile.ts';
import { writeTensorFile, type FileTensor } from '../../runtime/files/tensorFile.ts';
import type { WindowLog } from './windowLog.ts';
import { writeWindows } from './writeWindows.ts';

/** What a model folder an index was made in, to tell stale ones from those of other models. */
export interface IndexAbout {
  readonly model: string;
  readonly directory: string;
}

/** What was asked for: a partial scan with the same one can go on. */
export interface IndexRequest {
  readonly key: IndexKey;
  readonly corpus: CorpusRef;
  readonly title: string;
  /** Absent in indexes of older versions. */
  readonly skipped?: readonly SkippedFile[];
  readonly families: readonly string[];
  readonly about: IndexAbout;
}

/** index.json. */
export interface IndexHead extends IndexRequest {
  readonly windows: number;
  readonly tokens: number;
  /** Documents that the scan read. */
  readonly documents: number;
  /** In their random order. */
  readonly random: readonly number[];
  readonly units: readonly {
    readonly family: string;
    readonly units: number;
    readonly records: string;
    readonly count: number;
  }[];
}

export const HEAD_FILE = 'index.json';

/** Name of the file of a family in the folder of an index. */
export function familyFile(family: string): string {
  return `${encodeURIComponent(family)}.safetensors`;
}

/** Shapes of a family's tensors; [units, ...] unless said otherwise. */
const WIDE: Partial<Record<keyof FamilyTensors, (quantiles: number) => readonly number[]>> = {
  powers: () => [4],
  histogram: () => [64],
  intervals: (quantiles) => [quantiles, 3],
};

/**
 * Writes the index of a finished scan into `folder`, which appears whole or not at all. Random windows are run again:
 * which ones they are is known only now. One layer is held at a time.
 */
export async function writeIndex(
  folder: string,
  k: {
    readonly scan: Scan;
    readonly log: WindowLog;
    readonly request: IndexRequest;
    readonly place: ScanPlace;
  },
  signal?: AbortSignal,
): Promise<void> {
  const { scan, log, request, place } = k;
  const partial = `${folder}.new`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
  } catch (error) {
    throw writeError(partial, error);
  }
  const random = scan.random.sequences();
  const windows = await readKept(scan, log, random);
  const idsOf = (sequence: number): Int32Array => windows.get(sequence)?.ids ?? new Int32Array();
  const runs = await beginRuns(
    scan,
    random.flatMap((sequence) => windows.get(sequence) ?? []),
  );
  for (let layer = 0; layer < scan.layers; layer++) {
    for (const [family, ran] of await stepAll(scan, runs, layer, signal)) {
      const options = { quantiles: scan.options.quantiles, idsOf };
      const own = scan.families.get(family);
      if (!own) throw bug(`${family} is not scanned`);
      const tensors = familyTensors(own, options, randomRecords(ran, own.shape));
      await writeFamily(join(partial, familyFile(family)), own, tensors, scan.options.quantiles);
    }
  }
  await writeWindows(partial, [...windows.values()], log);
  const head: IndexHead = {
    ...request,
    windows: place.windows,
    tokens: place.tokens,
    documents: place.firstToken > 0 ? place.document + 1 : place.document,
    random,
    units: [...scan.families.values()].map(({ shape, count }) => ({
      family: shape.id,
      units: shape.units,
      records: shape.records,
      count,
    })),
  };
  await writeJson(join(partial, HEAD_FILE), head);
  try {
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** Every window that some record or the random choice refers to, in rising order. */
async function readKept(
  scan: Scan,
  log: WindowLog,
  random: readonly number[],
): Promise<ReadonlyMap<number, CorpusWindow>> {
  const kept = new Set(random);
  for (const { shape, top, quantiles } of scan.families.values()) {
    for (let unit = 0; unit < shape.units; unit++) {
      for (const { sequence } of top.records(unit)) kept.add(sequence);
      for (const { records } of quantiles.intervals(unit, scan.options.quantiles)) {
        for (const { sequence } of records) kept.add(sequence);
      }
    }
  }
  const windows = await log.read([...kept].toSorted((a, b) => a - b));
  return new Map(windows.map((window) => [window.sequence, window]));
}

/** Windows of one length run together. */
async function beginRuns(scan: Scan, windows: readonly CorpusWindow[]): Promise<ScanRun[]> {
  const size = windowsPerBatch(scan.options.context);
  const runs: ScanRun[] = [];
  for (const tokens of new Set(windows.map(({ ids }) => ids.length))) {
    const same = windows.filter(({ ids }) => ids.length === tokens);
    for (let start = 0; start < same.length; start += size) {
      runs.push(await scan.begin(same.slice(start, start + size)));
    }
  }
  return runs;
}

async function stepAll(
  scan: Scan,
  runs: readonly ScanRun[],
  layer: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, RanWindows[]>> {
  const found = new Map<string, RanWindows[]>();
  for (const id of scan.familiesOf(layer)) found.set(id, []);
  for (const run of runs) {
    const take = (family: string, values: FamilyValues): void =>
      void found.get(family)?.push({ windows: run.windows, values: held(values) });
    throwIfCancelled(signal);
    await scan.step(run, take);
  }
  return found;
}

/** Latents lie where those of the next family will be. */
function held(values: FamilyValues): FamilyValues {
  return values.kind === 'tokens' ? { ...values, values: values.values.slice() } : values;
}

async function writeFamily(
  path: string,
  { shape, count }: FamilyScan,
  tensors: FamilyTensors,
  quantiles: number,
): Promise<void> {
  const entries = Object.entries(tensors) as [keyof FamilyTensors, FamilyTensors[keyof FamilyTensors]][];
  const list = entries.map(([name, values]): FileTensor => {
    const width = WIDE[name]?.(quantiles);
    return { name, shape: width ? [shape.units, ...width] : [values.length], parts: [values] };
  });
  await writeTensorFile(path, list, { family: shape.id, records: shape.records, count: String(count) });
}
