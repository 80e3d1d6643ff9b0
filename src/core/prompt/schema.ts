import { BOS_CHOICES, KEY_NAMES, KEYS, SCALAR_CHOICES, type ValueKind } from './keys.ts';

type Json = Readonly<Record<string, unknown>>;

const SCHEMAS: Readonly<Record<ValueKind, Json>> = {
  text: { type: 'string' },
  texts: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  integer: { type: 'integer', minimum: 0 },
  bos: { enum: BOS_CHOICES.map((choice) => (choice === 'auto' ? choice : choice === 'true')) },
  scalar: { enum: SCALAR_CHOICES },
  position: {
    oneOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', minLength: 1 },
    ],
  },
  edits: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
};

/** JSON schema of the front matter, written to media/prompt.schema.json. */
export function promptSchema(): Json {
  const properties = Object.fromEntries(
    KEY_NAMES.map((key) => [key, { description: KEYS[key].doc, ...SCHEMAS[KEYS[key].kind] }]),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Front matter of an Underglass prompt',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}
