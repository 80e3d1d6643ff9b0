import { usage } from './readFlags.ts';

/** `underglass add`. */
export interface AddArgs {
  readonly text: string;
  /** The model of a SAE that does not name it. */
  readonly model: string | undefined;
  readonly storage: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** `underglass remove`. */
export interface RemoveArgs {
  readonly id: string;
  readonly storage: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

export const HUB_OPTIONS = { 'dry-run': { type: 'boolean' } } as const;
export const ADD_FLAGS = ['model', 'storage', 'dry-run', 'yes', 'json'] as const;
export const REMOVE_FLAGS = ['storage', 'yes', 'json'] as const;

interface Values {
  readonly model?: string | undefined;
  readonly storage?: string | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** @throws cli/usage */
export function readAddArgs(rest: readonly string[], values: Values): AddArgs {
  const { model, storage } = values;
  const flags = { dryRun: values['dry-run'] ?? false, yes: values.yes ?? false, json: values.json ?? false };
  if (flags.dryRun && flags.yes) throw usage('--dry-run and --yes exclude each other.');
  return { text: oneOf('add', rest), model, storage, ...flags };
}

/** @throws cli/usage */
export function readRemoveArgs(rest: readonly string[], values: Values): RemoveArgs {
  const { storage, yes = false, json = false } = values;
  return { id: oneOf('remove', rest), storage, yes, json };
}

function oneOf(command: string, [first, extra]: readonly string[]): string {
  if (first === undefined || first.trim() === '')
    throw usage(`${command} wants a name, such as gpt2-small or gpt2-small/6-res-jb.`);
  if (extra !== undefined) throw usage(`${command} takes one name; "${extra}" is too much.`);
  return first;
}
