import {
  MANY_COMMANDS,
  type ManyColumn,
  type ManyCommand,
  type ManySweepAsked,
  type PersistedMany,
} from '../../protocol/manyViewContract.ts';
import { options, sweepKind } from '../debug/validateDebug.ts';
import { fieldsOf, index, nullable, oneOf, persisted, text, texts } from '../panels/validate.ts';

const COLUMNS: readonly ManyColumn[] = [
  'activation',
  'writeMagnitude',
  'directEffect',
  'estimatedTotalEffect',
  'measured',
];

/** Readers of what a page of many prompts sends, as in panels/validate. @throws request/invalid */
export function column(value: unknown): ManyColumn {
  return oneOf(COLUMNS, value);
}

export function command(value: unknown): ManyCommand {
  return oneOf(MANY_COMMANDS, value);
}

export function sweepAsked(value: unknown): ManySweepAsked {
  const fields = fieldsOf(value);
  return {
    kind: sweepKind(fields['kind']),
    positions: text(fields, 'positions'),
    layer: nullable(fields['layer'], () => index(fields, 'layer')),
  };
}

export function persistedMany(value: unknown): PersistedMany | null {
  return persisted(value, (fields) => ({
    version: 1,
    title: text(fields, 'title'),
    uris: texts(fields['uris'], 'uris'),
    tab: nullable(fields['tab'], () => text(fields, 'tab')),
    options: nullable(fields['options'], options),
  }));
}
