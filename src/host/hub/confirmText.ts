import { sizeText } from '../../core/hub/amounts.ts';
import type { HubFile, HubFound } from '../../protocol/hubContract.ts';

/** More files or SAEs than this are counted, not named. */
const MOST_NAMED = 6;

/** What is asked before anything is downloaded: the question, what it would take, and the button. */
export interface Confirmation {
  readonly question: string;
  readonly detail: string;
  readonly button: string;
}

/** Size, room, licence, place, and what is in Hugging Face's cache already: in lines of plain text. */
export function confirmation(found: readonly HubFound[]): Confirmation {
  const total = sum(found.map(({ bytes }) => bytes));
  const download = sum(found.map(({ downloadBytes }) => downloadBytes));
  const unknown = found.some(({ files }) => files.some(({ bytes }) => bytes === null));
  const sources = distinct(found.map(sourceText));
  const licences = distinct(found.map(({ licence }) => licence ?? 'none stated'));
  const [first] = found;
  const free = first?.freeBytes ?? null;
  return {
    question: `Add ${titles(found)}?`,
    detail: [
      `Download: ${downloadText(download, total)}${unknown ? ' or more: a host does not say all sizes' : ''}`,
      `Disk: ${sizeText(download)} needed, ${free === null ? 'free room not known' : `${sizeText(free)} free`}`,
      ...(free !== null && download > free ? ['There is too little room for it.'] : []),
      `Licence: ${licences.join('; ')}`,
      ...lines('From', sources),
      ...lines('To', distinct(found.map(({ folder }) => folder))),
      ...reused(found),
      ...found.flatMap(({ sae }) => (sae === null ? [] : preparation(sae))).filter(unique),
      ...found.flatMap(({ notes }) => notes).filter(unique),
    ].join('\n'),
    button: download === 0 ? 'Add' : `Download ${sizeText(download)}`,
  };
}

function titles(found: readonly HubFound[]): string {
  const [first] = found;
  if (found.length === 1 && first) return first.title;
  const names = found.map(({ sae, model, title }) => (sae === null ? title : `${model}/${sae.id}`));
  return names.length <= MOST_NAMED
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more SAEs`;
}

function downloadText(download: number, total: number): string {
  if (download === 0) return 'nothing; all of it is on this machine';
  const [part, whole] = [sizeText(download), sizeText(total)];
  return part === whole ? whole : `${part} of ${whole}; the rest is here`;
}

/** Files that need not be fetched, by where they are. */
function reused(found: readonly HubFound[]): string[] {
  const files = found.flatMap((each) => each.files);
  const of = (state: HubFile['state']): readonly HubFile[] => files.filter((file) => file.state === state);
  const named = (list: readonly HubFile[]): string => {
    const names = list.map(({ path, bytes }) => `${path}${bytes === null ? '' : ` (${sizeText(bytes)})`}`);
    return names.length <= MOST_NAMED ? names.join(', ') : `${names.length} files`;
  };
  const partial = [...of('partial'), ...of('fetched')];
  return [
    ...(of('cached').length === 0 ? [] : [`In the Hugging Face cache, used there: ${named(of('cached'))}`]),
    ...(of('local').length === 0 ? [] : [`On this machine, used where it lies: ${named(of('local'))}`]),
    ...(partial.length === 0 ? [] : [`Fetched before, gone on with: ${named(partial)}`]),
  ];
}

function preparation({ center, scale, prepend_bos, context_size }: NonNullable<HubFound['sae']>): string[] {
  const done = [
    ...(center ? ['the mean over d_model is taken off'] : []),
    ...(scale === null ? [] : [`multiplied by ${Number(scale.toPrecision(4))}`]),
    ...(prepend_bos === null ? [] : [prepend_bos ? 'with BOS' : 'without BOS']),
    ...(context_size === null ? [] : [`${context_size} tokens of context`]),
  ];
  return done.length === 0 ? [] : [`Input as it was trained on: ${done.join(', ')}`];
}

function sourceText({ source, revision }: HubFound): string {
  return revision === null ? source : `${source} at ${revision.slice(0, 7)}`;
}

function lines(label: string, values: readonly string[]): string[] {
  if (values.length <= 1) return values.map((value) => `${label}: ${value}`);
  return [
    `${label}: ${values.length <= 3 ? values.join('\n    ') : `${values[0]} and ${values.length - 1} more`}`,
  ];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function unique(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
