import { readFields, type JsonObject } from '../json.ts';

/** What card.json beside config.json says of a model; the file is optional. */
export interface ModelCard {
  /** Null = the folder's name. */
  readonly name: string | null;
  /** Whether BOS is prepended under `bos: auto`. GPT-2's manner, and the default: yes. */
  readonly bos: boolean;
  readonly description: string | null;
}

export const DEFAULT_CARD: ModelCard = { name: null, bos: true, description: null };

/** Reads the known keys; a card may say more (how it was trained, what it can do). @throws model/bad-config */
export function parseModelCard(json: JsonObject, options: { readonly file: string }): ModelCard {
  const fields = readFields(json, { file: options.file, code: 'model/bad-config' });
  return {
    name: fields.text('name'),
    bos: fields.flag('bos', DEFAULT_CARD.bos),
    description: fields.text('description'),
  };
}
