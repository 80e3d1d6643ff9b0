import type {
  ManyColumn,
  ManyCommand,
  ManySweepAsked,
  PersistedMany,
} from '../../protocol/manyViewContract.ts';
import { options, sweepKind, texts } from '../debug/validateDebug.ts';
import { fieldsOf, index, invalid, text } from '../panels/validate.ts';

const COLUMNS: readonly ManyColumn[] = [
  'activation',
  'writeMagnitude',
  'directEffect',
  'estimatedTotalEffect',
  'measured',
];
const COMMANDS: readonly ManyCommand[] = ['run', 'cancel', 'openLog'];

/** Readers of what a page of many prompts sends, as in panels/validate. @throws request/invalid */
export function column(value: unknown): ManyColumn {
  const known = COLUMNS.find((name) => name === value);
  if (!known) throw invalid('a column', value);
  return known;
}

export function command(value: unknown): ManyCommand {
  const known = COMMANDS.find((name) => name === value);
  if (!known) throw invalid('a command', value);
  return known;
}

export function sweepAsked(value: unknown): ManySweepAsked {
  const fields = fieldsOf(value);
  return {
    kind: sweepKind(fields['kind']),
    positions: text(fields, 'positions'),
    layer: fields['layer'] === null ? null : index(fields, 'layer'),
  };
}

/** What a page persisted, or null when it is of another version or damaged: then the page starts afresh. */
export function persistedMany(value: unknown): PersistedMany | null {
  try {
    const fields = fieldsOf(value);
    if (fields['version'] !== 1) return null;
    return {
      version: 1,
      title: text(fields, 'title'),
      uris: texts(fields['uris'], 'uris'),
      tab: fields['tab'] === null ? null : text(fields, 'tab'),
      options: fields['options'] === null ? null : options(fields['options']),
    };
  } catch {
    return null;
  }
}
