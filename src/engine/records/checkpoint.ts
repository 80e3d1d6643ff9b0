import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { FamilyScan } from '../../core/records/familyScan.ts';
import type { Scan } from '../../core/records/scan.ts';
import type { ScanPlace } from '../../core/records/windows.ts';
import { isFile } from '../../runtime/files/fileByteSource.ts';
import {
  readTensors,
  writeTensorFile,
  type FileTensor,
  type TensorReader,
} from '../../runtime/files/tensorFile.ts';
import type { LogSizes } from './windowLog.ts';

/** Where a scan stands, beside its arrays. */
export interface ScanProgress {
  readonly place: ScanPlace;
  readonly log: LogSizes;
  /** UTF-8 bytes of the documents that were read. */
  readonly bytes: number;
  /** What is done of the whole, 0..1; null = not known. */
  readonly done: number | null;
}

interface Meta extends ScanProgress {
  readonly random: readonly number[];
  readonly families: Readonly<Record<string, { readonly count: number; readonly used: number }>>;
}

const FILE = 'state.safetensors';

/** Stores everything that a scan holds. Old state or new state, never a mixture. */
export async function writeCheckpoint(folder: string, scan: Scan, progress: ScanProgress): Promise<void> {
  const families = [...scan.families.values()];
  const meta: Meta = {
    ...progress,
    random: scan.random.sequences(),
    families: Object.fromEntries(
      families.map(({ shape, count, arena }) => [shape.id, { count, used: arena.state().used }]),
    ),
  };
  await writeTensorFile(join(folder, FILE), families.flatMap(tensorsOf), { meta: JSON.stringify(meta) });
}

function tensorsOf(family: FamilyScan): FileTensor[] {
  const { id } = family.shape;
  const { chunks, free } = family.arena.state();
  const arrays = Object.entries(family.state()).map(([name, values]): FileTensor => ({
    name: `${id}/${name}`,
    shape: [values.length],
    parts: [values],
  }));
  const arena: FileTensor = {
    name: `${id}/arena`,
    dtype: 'F32',
    shape: [chunks.length, family.arena.chunkSize],
    parts: chunks,
  };
  return [...arrays, { name: `${id}/free`, shape: [free.length], parts: [free] }, arena];
}

/** How far a stored scan came; null where nothing is stored. */
export async function readProgress(folder: string): Promise<ScanProgress | null> {
  const path = join(folder, FILE);
  if (!(await isFile(path))) return null;
  return readTensors(path, (reader) => Promise.resolve(readMeta(reader, path)));
}

/** Puts stored state into a new scan of the same request; null where nothing is stored. @throws index/malformed */
export async function restoreCheckpoint(folder: string, scan: Scan): Promise<ScanProgress | null> {
  const path = join(folder, FILE);
  if (!(await isFile(path))) return null;
  return readTensors(path, async (reader) => {
    const meta = readMeta(reader, path);
    for (const family of scan.families.values()) {
      const { id } = family.shape;
      for (const [name, values] of Object.entries(family.state())) {
        values.set(await reader.read(`${id}/${name}`));
      }
      const { chunkSize } = family.arena;
      const count = reader.tensors.get(`${id}/arena`)?.shape[0] ?? 0;
      const chunks: Float32Array[] = [];
      for (let chunk = 0; chunk < count; chunk++) {
        chunks.push(await reader.float32(`${id}/arena`, chunk * chunkSize, chunkSize));
      }
      const free = await reader.float64(`${id}/free`);
      family.arena.restore({ chunks, used: meta.families[id]?.used ?? 0, free });
      family.count = meta.families[id]?.count ?? 0;
    }
    for (const sequence of meta.random) scan.random.add(sequence);
    return meta;
  });
}

function readMeta(reader: TensorReader, path: string): Meta {
  const text = reader.metadata.get('meta');
  if (text !== undefined) return JSON.parse(text) as Meta;
  throw new InterpError('index/malformed', `${path} is damaged: it has no meta.`, { data: { file: path } });
}
