import { sizeText } from '../../core/hub/amounts.ts';
import type { PublishedFind, PublishedFound, PublishedImported } from '../../protocol/publishedContract.ts';
import { counted } from './numbers.ts';
import type { Paint } from './style.ts';

/** What an import would bring and cost, before anything is done. */
export function publishedText(found: PublishedFound, paint: Paint): string {
  const rows: [string, string][] = [
    ['from', found.source],
    ['licence', found.licence ?? 'not stated'],
    ['model', found.model],
    ['brings', brings(found)],
    ['size', sizeLine(found)],
    ['kept in', found.folder],
    ...(found.freeBytes === null ? [] : [['disk', `${sizeText(found.freeBytes)} free`] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${paint('dim', name.padEnd(width))}  ${value}`);
  const notes = found.notes.map((note) => `  ${paint('warn', note)}`);
  return `${[paint('strong', found.title), ...lines, ...notes].join('\n')}\n`;
}

export function publishedChoices(choices: PublishedFind['choices'], paint: Paint): string {
  const width = Math.max(...choices.map(({ id }) => id.length));
  return choices.map(({ id, title }) => `  ${paint('strong', id.padEnd(width))}  ${title}\n`).join('');
}

export function publishedDone(done: PublishedImported, paint: Paint): string {
  const { explanations, records, absent, skippedCount, id, model } = done;
  const isNothing = explanations + records + absent + skippedCount === 0;
  if (isNothing) return `Nothing new: ${paint('strong', id)} is here for ${model} already\n`;
  const parts = [
    counted(explanations, 'explanation'),
    ...(records > 0 ? [`activations of ${counted(records, 'unit')}`] : []),
    ...(absent > 0 ? [`nothing of ${counted(absent, 'unit')}`] : []),
    ...(skippedCount > 0 ? [`${skippedCount.toLocaleString('en-US')} left out`] : []),
  ];
  return `${paint('good', 'Imported')} ${paint('strong', id)} for ${model}: ${parts.join(', ')}\n`;
}

function brings({ parts, units }: PublishedFound): string {
  const names = parts.map((part) => (part === 'explanations' ? 'explanations' : 'activation records'));
  return `${names.join(' and ')}${units === null ? '' : ` of ${counted(units, 'unit')}`}`;
}

function sizeLine({ files, bytes, isEstimate, isLocal }: PublishedFound): string {
  if (files === 0) return 'all of it is here already';
  const about = isEstimate ? 'about ' : '';
  const size = bytes === null ? 'size not told' : `${about}${sizeText(bytes)}`;
  return `${size} in ${counted(files, 'file')} to ${isLocal ? 'read' : 'download'}`;
}
