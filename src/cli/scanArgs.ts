import { readInteger } from './readFlags.ts';

/** Flags of what has to do with indexes. */
export interface IndexArgs {
  readonly model: string | undefined;
  readonly saes: readonly string[];
  readonly storage: string | undefined;
  readonly json: boolean;
}

export interface ScanArgs extends IndexArgs {
  /** Files and folders; none = the embedded generator's held-out text. */
  readonly paths: readonly string[];
  /** Ids of families; none = all of the model. */
  readonly families: readonly string[];
  readonly maxTokens: number | null;
  readonly context: number | undefined;
  readonly field: string | undefined;
  /** Folder that gets a copy of the index. */
  readonly out: string | undefined;
}

export const SCAN_OPTIONS = {
  families: { type: 'string', multiple: true },
  'max-tokens': { type: 'string' },
  context: { type: 'string' },
  field: { type: 'string' },
  out: { type: 'string' },
  storage: { type: 'string' },
} as const;

export const INDEX_FLAGS = ['model', 'sae', 'storage', 'json'] as const;
export const SCAN_FLAGS = [...INDEX_FLAGS, 'families', 'max-tokens', 'context', 'field', 'out'] as const;

interface Values {
  readonly model?: string | undefined;
  readonly sae?: readonly string[] | undefined;
  readonly storage?: string | undefined;
  readonly json?: boolean | undefined;
  readonly families?: readonly string[] | undefined;
  readonly 'max-tokens'?: string | undefined;
  readonly context?: string | undefined;
  readonly field?: string | undefined;
  readonly out?: string | undefined;
}

export function readIndexArgs({ model, sae, storage, json }: Values): IndexArgs {
  return { model, saes: sae ?? [], storage, json: json ?? false };
}

/** @throws cli/usage */
export function readScanArgs(paths: readonly string[], values: Values): ScanArgs {
  return {
    ...readIndexArgs(values),
    paths,
    families: (values.families ?? []).flatMap((list) => list.split(',')).filter((id) => id !== ''),
    maxTokens: readInteger('max-tokens', values['max-tokens'], 2) ?? null,
    context: readInteger('context', values.context, 2),
    field: values.field,
    out: values.out,
  };
}
