import * as vscode from 'vscode';
import { OPENAI_SETS } from '../../core/hub/published/openaiSets.ts';
import { sameFamilies } from '../../core/hub/published/sameSae.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import { modelNamed } from '../../core/hub/models.ts';
import { saeOfModel } from '../../core/hub/releases.ts';
import type { PublishedFound, PublishedImported } from '../../protocol/publishedContract.ts';

/** What a person may import: a set by its id, something of this machine, or what is typed. */
export type ImportAction =
  | { readonly kind: 'set'; readonly text: string }
  | { readonly kind: 'files' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'typed' };

export interface ImportItem extends vscode.QuickPickItem {
  readonly action: ImportAction | null;
}

/** The model at hand, with its SAEs. */
export interface ImportSubject {
  readonly name: string;
  readonly saes: readonly string[];
}

/** What is published of the model at hand first, then of others, then files of one's own. */
export function importItems({ name, saes }: ImportSubject): ImportItem[] {
  const model = modelNamed(name)?.id ?? name;
  const own = OPENAI_SETS.filter((set) => set.model === model);
  const others = OPENAI_SETS.filter((set) => set.model !== model && set.parts.includes('explanations'));
  const sources = saes.flatMap((id) => neuronpediaOf(model, id) ?? []);
  const sets = (list: typeof OPENAI_SETS): ImportItem[] =>
    list.map(({ id, title }) => ({ label: title, description: id, action: { kind: 'set', text: id } }));
  return [
    ...group(`Published of ${name}`, [
      ...sources.map((source): ImportItem => ({
        label: `Neuronpedia's explanations of ${source}`,
        description: source,
        action: { kind: 'set', text: source },
      })),
      ...sets(own),
    ]),
    ...group('Published of other models', sets(others)),
    ...group('Others', [
      {
        label: '$(file) Files…',
        description: 'JSON, JSON lines: NeuronSimulationResults, NeuronRecord, Neuronpedia',
        action: { kind: 'files' },
      },
      {
        label: '$(folder) A folder…',
        description: 'a copy of published files',
        action: { kind: 'folder' },
      },
      {
        label: '$(edit) An id or address…',
        description: 'gpt2-small/6-res-jb, gpt2-small/6-res-jb/650, an address of OpenAI or Neuronpedia',
        action: { kind: 'typed' },
      },
    ]),
  ];
}

/** The row for what is typed. */
export function typedSet(text: string): ImportItem {
  return {
    label: `$(search) ${text}`,
    description: 'look this up',
    action: { kind: 'set', text },
    alwaysShow: true,
  };
}

/** Neuronpedia's id of a SAE of a model, under this or the other name of its weights; null = it is not there. */
export function neuronpediaOf(model: string, sae: string): string | null {
  for (const id of sameFamilies(sae)) {
    const found = saeOfModel(model, id)?.neuronpedia;
    if (found !== undefined && found !== null) return found;
  }
  return null;
}

function group(label: string, items: readonly ImportItem[]): ImportItem[] {
  if (items.length === 0) return [];
  return [{ label, kind: vscode.QuickPickItemKind.Separator, action: null }, ...items];
}

/** What is asked before anything is downloaded. */
export function importQuestion(found: PublishedFound): { question: string; detail: string; button: string } {
  const { title, parts, units, files, bytes, isEstimate, isLocal, freeBytes, licence, source, folder } =
    found;
  const size = bytes === null ? null : `${isEstimate ? 'about ' : ''}${sizeText(bytes)}`;
  const verb = isLocal ? 'Read' : 'Download';
  const what = parts.map((part) => (part === 'explanations' ? 'explanations' : 'activation records'));
  const of = units === null ? '' : ` of ${counted(units, 'unit')}`;
  return {
    question: `Import ${title}?`,
    detail: [
      `Brings: ${what.join(' and ')}${of}, shown for ${found.model}`,
      files === 0
        ? 'All of it is here already'
        : `${verb}: ${size ?? 'size not told'} in ${counted(files, 'file')}`,
      `Disk: ${freeBytes === null ? 'free room not known' : `${sizeText(freeBytes)} free`}`,
      `Licence: ${licence ?? 'none stated'}`,
      `From: ${source}`,
      `To: ${folder}`,
      ...found.notes,
    ].join('\n'),
    button: files === 0 ? 'Import' : `${verb}${size === null ? '' : ` ${size}`}`,
  };
}

/** What came, in one sentence. */
export function importedText(done: PublishedImported, title: string): string {
  const { explanations, records, absent, skipped, skippedCount } = done;
  const parts = [
    ...(explanations > 0 || records === 0 ? [counted(explanations, 'explanation')] : []),
    ...(records > 0 ? [`activations of ${counted(records, 'unit')}`] : []),
    ...(absent > 0 ? [`nothing of ${counted(absent, 'unit')}`] : []),
    ...(skippedCount > 0 ? [`${counted(skippedCount, 'file or line')} left out (${skipped[0] ?? ''})`] : []),
  ];
  return `${title}: imported ${parts.join(', ')}.`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
