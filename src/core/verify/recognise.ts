import type { ModelConfig } from '../model/config.ts';
import { shortText } from './factText.ts';
import type { PublishedModel } from './published.ts';
import type { FactResult } from './report.ts';

/** A model's contents, as far as it takes to know it. */
export interface Contents {
  readonly config: ModelConfig;
  /** Of its one weight file; null = it lies in several. */
  readonly sha256: string | null;
  /** One row of wte.weight. [d_model]. */
  embedding(row: number): Promise<Float32Array>;
}

/** Printed with four decimals, and stored with the precision of bfloat16 at worst. */
const PRINTED = 1e-4;
const STORED = 2 ** -8;

/** The published model that these contents are of, by its file, else by its embedding table. */
export async function recognise(
  contents: Contents,
  table: readonly PublishedModel[],
): Promise<{ readonly model: PublishedModel; readonly by: 'file' | 'embedding' } | null> {
  const { sha256 } = contents;
  const byFile = table.find((model) => sha256 !== null && model.sha256.includes(sha256));
  if (byFile) return { model: byFile, by: 'file' };
  for (const model of table) if (await isEmbedding(contents, model)) return { model, by: 'embedding' };
  return null;
}

async function isEmbedding({ config, embedding }: Contents, model: PublishedModel): Promise<boolean> {
  const { n_layers, d_model, d_vocab } = config;
  const is = model.config;
  if (is.n_layers !== n_layers || is.d_model !== d_model || is.d_vocab !== d_vocab) return false;
  for (const [row = 0, column = 0, value = Number.NaN] of model.embedding.entries) {
    const found = (await embedding(row))[column] ?? Number.NaN;
    if (!(Math.abs(found - value) <= PRINTED + STORED * Math.abs(value))) return false;
  }
  return true;
}

/** The settings that change the mathematics, beside the published ones. */
export function configFacts(config: ModelConfig, model: PublishedModel): FactResult[] {
  return (Object.keys(model.config) as (keyof ModelConfig)[]).map((key) => ({
    group: 'configuration',
    what: CONFIG_KEYS[key] ?? key,
    published: String(model.config[key]),
    measured: String(config[key]),
    value: null,
    found: null,
    tolerance: null,
    ok: config[key] === model.config[key],
    source: 'its config.json',
  }));
}

/** As config.json says them. */
const CONFIG_KEYS: Partial<Record<keyof ModelConfig, string>> = {
  n_layers: 'n_layer',
  d_model: 'n_embd',
  n_heads: 'n_head',
  d_mlp: 'n_inner',
  n_ctx: 'n_positions',
  d_vocab: 'vocab_size',
  act_fn: 'activation_function',
  eps: 'layer_norm_epsilon',
  tied: 'tie_word_embeddings',
  scale_attn: 'scale_attn_weights',
  scale_attn_by_layer: 'scale_attn_by_inverse_layer_idx',
};

/** Ids of published texts, beside what the tokenizer makes of them. */
export function tokenFacts(encode: (text: string) => readonly number[], model: PublishedModel): FactResult[] {
  return model.tokens.map(({ text, ids }) => {
    const found = encode(text);
    const size = Math.max(found.length, ids.length);
    const at = Array.from({ length: size }, (_, index) => index).find((index) => found[index] !== ids[index]);
    const show = (all: readonly number[]): string =>
      at === undefined ? `${all.length} ids` : `id ${all[at] ?? 'none'} at token ${at}`;
    return {
      group: 'tokens',
      what: `tokens of ${shortText(text)}`,
      published: show(ids),
      measured: show(found),
      value: null,
      found: null,
      tolerance: null,
      ok: at === undefined,
      source: 'its tokenizer',
    };
  });
}
