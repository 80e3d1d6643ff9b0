import { isJsonObject } from '../../core/json.ts';
import type { LanguageCapabilities } from '../../core/explain/language/access.ts';

/** How a server wants to be asked, found out by the probe. */
export interface Dialect {
  /** Newer models of OpenAI refuse `max_tokens`. */
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Reasoning models refuse a temperature. */
  readonly temperature: boolean;
  /** It thinks before it answers: replies need room for that. */
  readonly thinks: boolean;
  /** Most alternatives per token of a reply; 0 = it tells none. */
  readonly topLogprobs: number;
  /** Whether replies can be held to a JSON schema. */
  readonly schema: boolean;
  /** How log-probabilities of a prompt are had; null = not at all. */
  readonly prompt: PromptForm | null;
}

/**
 * `echo`: the legacy completions protocol, with the reply's tokens allowed and alternatives asked for;
 * `prompt_logprobs`: vLLM's own field.
 */
export type PromptForm =
  | { readonly kind: 'echo'; readonly maxTokens: number; readonly alternatives: number }
  | { readonly kind: 'prompt_logprobs'; readonly alternatives: number };

/** Forms in the order in which they are tried. */
export const PROMPT_FORMS: readonly PromptForm[] = [
  { kind: 'echo', maxTokens: 0, alternatives: 15 },
  { kind: 'echo', maxTokens: 1, alternatives: 5 },
  { kind: 'prompt_logprobs', alternatives: 15 },
];

/** What the probe found, as it is kept. */
export interface Probed {
  readonly capabilities: LanguageCapabilities;
  readonly dialect: Dialect;
}

/** Tokens that a model may think for, above those of its reply. */
const THINKING_TOKENS = 4096;
const VERSION = 1;

/** Room above that of a reply. */
export function extraTokens({ thinks }: Pick<Dialect, 'thinks'>): number {
  return thinks ? THINKING_TOKENS : 0;
}

export function printProbed({ capabilities, dialect }: Probed): unknown {
  return { version: VERSION, capabilities, dialect };
}

/** Null for anything that this version did not write. */
export function readProbed(value: unknown): Probed | null {
  if (!isJsonObject(value) || value['version'] !== VERSION) return null;
  const { capabilities, dialect } = value;
  if (!isCapabilities(capabilities) || !isDialect(dialect)) return null;
  return { capabilities, dialect };
}

function isCapabilities(value: unknown): value is LanguageCapabilities {
  if (!isJsonObject(value)) return false;
  const flags = ['promptLogprobs', 'outputLogprobs', 'json'].every(
    (name) => typeof value[name] === 'boolean',
  );
  const notes = value['notes'];
  return flags && Array.isArray(notes) && notes.every((note) => typeof note === 'string');
}

function isDialect(value: unknown): value is Dialect {
  if (!isJsonObject(value)) return false;
  const { maxTokens, temperature, thinks, topLogprobs, schema, prompt } = value;
  return (
    (maxTokens === 'max_tokens' || maxTokens === 'max_completion_tokens') &&
    typeof temperature === 'boolean' &&
    typeof thinks === 'boolean' &&
    typeof schema === 'boolean' &&
    typeof topLogprobs === 'number' &&
    (prompt === null || isPromptForm(prompt))
  );
}

function isPromptForm(value: unknown): value is PromptForm {
  return PROMPT_FORMS.some((form) => JSON.stringify(form) === JSON.stringify(value));
}
