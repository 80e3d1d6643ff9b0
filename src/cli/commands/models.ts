import path from 'node:path';
import { speedText } from '../../core/speed.ts';
import { sendFolders } from '../folders.ts';
import { bytes } from '../print/numbers.ts';
import { painter } from '../print/style.ts';
import { tableLines, type Cell } from '../print/table.ts';
import type { ModelListing } from '../../protocol/engineContract.ts';
import type { Session } from '../session.ts';

const COLUMNS = [
  { title: 'name', align: 'left' },
  { title: 'source', align: 'left' },
  { title: 'weights', align: 'right' },
  { title: 'memory', align: 'right' },
  { title: 'mapped', align: 'right' },
  { title: 'SAEs', align: 'right' },
  { title: 'folder', align: 'left' },
] as const;

const SET_COLUMNS = [
  { title: 'published explanations', align: 'left' },
  { title: 'model', align: 'left' },
  { title: 'size', align: 'right' },
  { title: 'folder', align: 'left' },
] as const;

const MEMORY_NOTE =
  'memory: of the engine with one trace of 64 tokens; mapped: pages of files, given back when memory is short';

/** `underglass models`. */
export async function modelsCommand(
  args: {
    readonly folders: readonly string[];
    readonly storage: string | undefined;
    readonly json: boolean;
  },
  session: Session,
): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session, args.storage);
  const folders = args.folders.map((folder) => path.resolve(io.cwd, folder));
  const models = await jobs.handlers['model/list']({ folders }, job);
  const published = await jobs.handlers['published/installed']({}, job);
  for (const folder of folders) {
    const isIn = models.some(({ directory }) => !path.relative(folder, directory).startsWith('..'));
    if (!isIn) io.err(`${folder}: warning: no model is here (no config.json in it or in its subfolders).\n`);
  }
  const { speed } = await jobs.handlers['engine/status']({}, job);
  if (args.json) {
    io.out(`${JSON.stringify({ version: 1, models, published, speed }, null, 2)}\n`);
    return;
  }
  const paint = painter(io);
  const rows = models.map((model): Cell[] => [
    { text: model.name, paint: (text) => paint('strong', text) },
    { text: model.source },
    { text: model.problem === null ? bytes(model.weightBytes) : '–' },
    memoryCell(model, warn),
    { text: model.memory === null ? '–' : bytes(model.memory.files) },
    { text: String(model.saes) },
    { text: model.problem ?? model.directory, ...(model.problem === null ? {} : { paint: warn }) },
  ]);
  function warn(text: string): string {
    return paint('warn', text);
  }
  for (const note of speed.notes) io.err(`${paint('warn', note)}\n`);
  if (rows.length === 0) io.out('No models found.\n');
  else io.out(`${tableLines(COLUMNS, rows, (text) => paint('dim', text)).join('\n')}\n`);
  const sets = published.map(({ id, model, bytes: size, folder }): Cell[] => [
    { text: id, paint: (text) => paint('strong', text) },
    { text: model },
    { text: bytes(size) },
    { text: folder },
  ]);
  if (sets.length > 0)
    io.out(`\n${tableLines(SET_COLUMNS, sets, (text) => paint('dim', text)).join('\n')}\n`);
  if (rows.length > 0) io.out(`\n${paint('dim', `${MEMORY_NOTE}\nruns with ${speedText(speed)}`)}\n`);
}

/** Own memory of the engine with one short trace; marked where it would not fit now. */
function memoryCell({ memory }: ModelListing, warn: (text: string) => string): Cell {
  if (memory === null) return { text: '–' };
  const text = bytes(memory.own);
  return memory.fits ? { text } : { text: `${text} (too much)`, paint: warn };
}
