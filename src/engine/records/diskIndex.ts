import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { CorpusRef } from '../../core/records/corpus.ts';
import { familyId, placeOf } from '../../core/records/family.ts';
import { QUANTILE_SET, RANDOM_SET, TOP_SET } from '../../core/records/familyTensors.ts';
import type {
  ActivationRecord,
  FamilyColumns,
  IndexKey,
  RecordsIndex,
  UnitRecords,
  WindowPart,
} from '../../core/records/records.ts';
import { HISTOGRAM_BINS, type PowerSums } from '../../core/records/bins.ts';
import { unitStatistics } from '../../core/records/unitSums.ts';
import type { UnitStatistics } from '../../core/records/statistics.ts';
import type { Unit } from '../../core/model/units.ts';
import { readTensors, type TensorReader } from '../../runtime/files/tensorFile.ts';
import { familyFile, type IndexHead } from './writeIndex.ts';
import { NAMES_FILE, WINDOWS_FILE } from './writeWindows.ts';

/** Units whose records are read at once where a whole family is: a few megabytes. */
const UNITS_AT_ONCE = 256;

interface StoredRecord {
  readonly set: number;
  readonly record: ActivationRecord;
}

interface Windows {
  readonly sequence: Int32Array;
  readonly token_start: Int32Array;
  readonly ids: Int32Array;
  readonly part_start: Int32Array;
  readonly parts: Int32Array;
}

/** Opens an index: its windows are read, its records never but for the unit that is asked for. @throws index/malformed */
export async function openDiskIndex(folder: string, head: IndexHead): Promise<RecordsIndex> {
  const windows = await readTensors(join(folder, WINDOWS_FILE), async ({ int32 }) => ({
    sequence: await int32('sequence'),
    token_start: await int32('token_start'),
    ids: await int32('ids'),
    part_start: await int32('part_start'),
    parts: await int32('parts'),
  }));
  const names = new Map<number, string>();
  for (const line of (await readFile(join(folder, NAMES_FILE), 'utf8')).split('\n')) {
    if (line !== '') names.set(...(JSON.parse(line) as [number, string]));
  }
  return new DiskIndex(folder, head, windows, names);
}

class DiskIndex implements RecordsIndex {
  readonly key: IndexKey;
  readonly corpus: CorpusRef;
  readonly families: readonly string[];
  readonly windows: number;
  readonly tokens: number;
  private readonly folder: string;
  private readonly head: IndexHead;
  private readonly kept: Windows;
  private readonly names: ReadonlyMap<number, string>;
  private readonly columnsOf = new Map<string, Promise<FamilyColumns>>();

  constructor(folder: string, head: IndexHead, kept: Windows, names: ReadonlyMap<number, string>) {
    this.folder = folder;
    this.head = head;
    this.kept = kept;
    this.names = names;
    this.key = head.key;
    this.corpus = head.corpus;
    this.families = head.families;
    this.windows = head.windows;
    this.tokens = head.tokens;
  }

  source(sequence: number): string {
    const [part] = this.parts(sequence);
    if (!part) return `window ${sequence}`;
    return this.names.get(part.document) ?? `document ${part.document}`;
  }

  parts(sequence: number): readonly WindowPart[] {
    const at = this.find(sequence);
    const parts: WindowPart[] = [];
    for (let part = this.kept.part_start[at] ?? 0; part < (this.kept.part_start[at + 1] ?? 0); part++) {
      const [document = 0, firstToken = 0, position = 0, count = 0] = this.kept.parts.subarray(
        4 * part,
        4 * part + 4,
      );
      parts.push({ document, firstToken, position, count });
    }
    return parts;
  }

  ids(sequence: number): readonly number[] {
    const at = this.find(sequence);
    return [...this.kept.ids.subarray(this.kept.token_start[at], this.kept.token_start[at + 1])];
  }

  async columns(family: string): Promise<FamilyColumns> {
    const known = this.columnsOf.get(family);
    if (known) return known;
    const reading = this.read(family, async ({ float64, int32 }) => ({
      density: await float64('density'),
      mean: await float64('mean'),
      max: await float64('max'),
      kurtosis: await float64('kurtosis'),
      topToken: await int32('top_token'),
    }));
    this.columnsOf.set(family, reading);
    reading.catch(() => this.columnsOf.delete(family));
    return reading;
  }

  async unit(unit: Unit): Promise<UnitRecords> {
    const { family, index } = placeOf(unit);
    const about = this.aboutFamily(familyId(family));
    if (index >= about.units || index < 0) {
      throw new InterpError(
        'unit/unknown',
        `${about.family} has units 0 to ${about.units - 1}, not ${index}.`,
        {
          data: { family: about.family, index },
        },
      );
    }
    return this.read(about.family, async (reader) => {
      const statistics = await readStatistics(reader, { index, count: about.count });
      const found = (await this.readRecords(reader, about.records, { index, units: 1 }))[0] ?? [];
      const of = (set: number): ActivationRecord[] =>
        found.flatMap((each) => (each.set === set ? [each.record] : []));
      const { quantiles: count } = this.key.options;
      const intervals = await reader.float64('intervals', index * count * 3, count * 3);
      const quantiles = Array.from({ length: count }, (_, at) => ({
        low: intervals[3 * at] ?? 0,
        high: intervals[3 * at + 1] ?? 0,
        share: (intervals[3 * at + 2] ?? 0) / Math.max(this.windows, 1),
        records: of(QUANTILE_SET + at),
      })).filter(({ high }) => high > 0);
      return { unit, statistics, top: of(TOP_SET), random: this.inOrder(of(RANDOM_SET)), quantiles };
    });
  }

  async *random(family: string): AsyncGenerator<readonly ActivationRecord[]> {
    const about = this.aboutFamily(family);
    for (let index = 0; index < about.units; index += UNITS_AT_ONCE) {
      const units = Math.min(UNITS_AT_ONCE, about.units - index);
      const asked = { index, units, only: RANDOM_SET };
      const found = await this.read(family, (reader) => this.readRecords(reader, about.records, asked));
      for (const records of found) yield records.map(({ record }) => record);
    }
  }

  /** Every random window once; of latents those without any activation are not stored. */
  private inOrder(records: readonly ActivationRecord[]): ActivationRecord[] {
    const known = new Map(records.map((record) => [record.sequence, record]));
    return this.head.random.map((sequence) => {
      const ids = known.has(sequence) ? [] : this.ids(sequence);
      return known.get(sequence) ?? { sequence, ids, activations: new Float32Array(ids.length), pairs: null };
    });
  }

  /** Records of some units that follow each other, unit by unit; of one set alone if it is named. */
  private async readRecords(
    reader: TensorReader,
    kind: IndexHead['units'][number]['records'],
    { index, units, only }: { readonly index: number; readonly units: number; readonly only?: number },
  ): Promise<StoredRecord[][]> {
    const bounds = await reader.int32('unit_records', index, units + 1);
    const [first = 0, end = 0] = [bounds[0], bounds[units]];
    const sequences = await reader.int32('record_window', first, end - first);
    const sets = await reader.read('record_set', first, end - first);
    const starts = await reader.float64('record_start', first, end - first + 1);
    const base = starts[0] ?? 0;
    const size = (starts[end - first] ?? 0) - base;
    const values = await reader.float32('values', base, size);
    const positions = kind === 'sparse' ? await reader.read('positions', base, size) : null;
    const windows = new Map<number, readonly number[]>();
    const idsOf = (sequence: number): readonly number[] => {
      const ids = windows.get(sequence) ?? this.ids(sequence);
      windows.set(sequence, ids);
      return ids;
    };
    const read = (at: number): ActivationRecord => {
      const [from, to] = [(starts[at] ?? 0) - base, (starts[at + 1] ?? 0) - base];
      const sequence = sequences[at] ?? 0;
      const ids = idsOf(sequence);
      const own = values.slice(from, to);
      if (kind === 'pairs') return { sequence, ids, activations: rowMaxima(own, ids.length), pairs: own };
      if (!positions) return { sequence, ids, activations: own, pairs: null };
      const activations = new Float32Array(ids.length);
      for (let entry = from; entry < to; entry++) activations[positions[entry] ?? 0] = values[entry] ?? 0;
      return { sequence, ids, activations, pairs: null };
    };
    return Array.from({ length: units }, (_, unit) => {
      const records: StoredRecord[] = [];
      for (let at = (bounds[unit] ?? 0) - first; at < (bounds[unit + 1] ?? 0) - first; at++) {
        const set = sets[at] ?? 0;
        if (only === undefined || set === only) records.push({ set, record: read(at) });
      }
      return records;
    });
  }

  private read<T>(family: string, use: (reader: TensorReader) => Promise<T>): Promise<T> {
    this.aboutFamily(family);
    return readTensors(join(this.folder, familyFile(family)), use);
  }

  private aboutFamily(family: string): IndexHead['units'][number] {
    const about = this.head.units.find((each) => each.family === family);
    if (about) return about;
    throw new InterpError('index/none', `This index covers ${this.families.join(', ')}, not ${family}.`, {
      data: { family },
    });
  }

  /** Place of a window among those that are kept. */
  private find(sequence: number): number {
    const { sequence: all } = this.kept;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    if (all[low] === sequence) return low;
    throw new InterpError('index/none', `Window ${sequence} is not kept in this index.`, {
      data: { sequence },
    });
  }
}

async function readStatistics(
  reader: TensorReader,
  { index, count }: { readonly index: number; readonly count: number },
): Promise<UnitStatistics> {
  const one = async (name: string): Promise<number> => (await reader.float64(name, index, 1))[0] ?? 0;
  const powers = await reader.float64('powers', 4 * index, 4);
  const counts = await reader.float64('histogram', index * HISTOGRAM_BINS, HISTOGRAM_BINS);
  return unitStatistics({
    count,
    powers: [...powers] as unknown as PowerSums,
    min: await one('min'),
    max: await one('max'),
    width: await one('width'),
    counts,
  });
}

/** Largest value over the keys of each query of a lower triangle. */
function rowMaxima(triangle: Float32Array, tokens: number): Float32Array {
  return Float32Array.from({ length: tokens }, (_, query) => {
    const start = (query * (query + 1)) / 2;
    return triangle
      .subarray(start, start + query + 1)
      .reduce((max, value) => Math.max(max, value), -Infinity);
  });
}
