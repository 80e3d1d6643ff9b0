import type { ModelListing } from '../../protocol/engineContract.ts';
import type { HubInstalled, HubUnfinished } from '../../protocol/hubContract.ts';
import type { PublishedInstalled } from '../../protocol/publishedContract.ts';
import { bytes } from './numbers.ts';
import type { Paint } from './style.ts';
import { tableLines, type Cell, type Column } from './table.ts';

/** What `underglass models` lists. */
export interface Shelf {
  readonly models: readonly ModelListing[];
  /** SAEs that were added, of models that were not. */
  readonly lone: readonly HubInstalled[];
  readonly unfinished: readonly HubUnfinished[];
  readonly published: readonly PublishedInstalled[];
}

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

const UNFINISHED_COLUMNS = [
  { title: 'not whole yet', align: 'left' },
  { title: 'here', align: 'right' },
  { title: 'of', align: 'right' },
  { title: 'goes on with', align: 'left' },
] as const;

const LONE_COLUMNS = [
  { title: 'SAEs without their model', align: 'left' },
  { title: 'size', align: 'right' },
  { title: 'folder', align: 'left' },
] as const;

/** A table of each kind of thing that is there. */
export function modelsText({ models, lone, unfinished, published }: Shelf, paint: Paint): string {
  const strong = (text: string): Cell => ({ text, paint: (name) => paint('strong', name) });
  const table = (columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] =>
    rows.length === 0 ? [] : [`${tableLines(columns, rows, (text) => paint('dim', text)).join('\n')}\n`];
  const ofModels = models.map((model): Cell[] => modelCells(model, paint));
  const ofLone = lone.map(({ id, bytes: size, folder }) => [
    strong(id),
    { text: bytes(size) },
    { text: folder },
  ]);
  const ofUnfinished = unfinished.map((each) => unfinishedCells(each, strong));
  const ofPublished = published.map(({ id, model, bytes: size, folder }) => [
    strong(id),
    { text: model },
    { text: bytes(size) },
    { text: folder },
  ]);
  return [
    ...(models.length === 0 ? ['No models found.\n'] : table(COLUMNS, ofModels)),
    ...table(LONE_COLUMNS, ofLone),
    ...table(UNFINISHED_COLUMNS, ofUnfinished),
    ...table(SET_COLUMNS, ofPublished),
    ...published.flatMap(({ id, outdated }) =>
      outdated === null ? [] : [paint('warn', `${id}: ${outdated} Remove it and import it again.\n`)],
    ),
  ].join('\n');
}

function modelCells(model: ModelListing, paint: Paint): Cell[] {
  const warn = (text: string): string => paint('warn', text);
  return [
    { text: model.name, paint: (text) => paint('strong', text) },
    { text: model.source },
    { text: model.problem === null ? bytes(model.weightBytes) : '–' },
    memoryCell(model, warn),
    { text: model.memory === null ? '–' : bytes(model.memory.files) },
    { text: String(model.saes) },
    { text: model.problem ?? model.directory, ...(model.problem === null ? {} : { paint: warn }) },
  ];
}

function unfinishedCells(
  { id, bytes: here, totalBytes, text, isRunning }: HubUnfinished,
  strong: (text: string) => Cell,
): Cell[] {
  const next = isRunning
    ? 'another process is at it'
    : `underglass ${text === null ? `remove ${id}` : `add ${text}`}`;
  return [
    strong(id),
    { text: bytes(here) },
    { text: totalBytes === 0 ? '–' : bytes(totalBytes) },
    { text: next },
  ];
}

/** Own memory of the engine with one short trace; marked where it would not fit now. */
function memoryCell({ memory }: ModelListing, warn: (text: string) => string): Cell {
  if (memory === null) return { text: '–' };
  const text = bytes(memory.own);
  return memory.fits ? { text } : { text: `${text} (too much)`, paint: warn };
}
