import { InterpError } from '../errors.ts';
import type { ModelConfig } from './config.ts';

/** Names of dimensions, as TransformerLens says them. */
export type Dimension =
  'pos' | 'query_pos' | 'key_pos' | 'head_index' | 'd_model' | 'd_head' | 'd_mlp' | 'd_vocab' | 'one';

/** One hook point: its TransformerLens name (`{l}` = layer) and its shape for one prompt. */
export interface HookSpec {
  readonly name: string;
  readonly dims: readonly Dimension[];
  /** Shorthand of get_act_name, without the layer: `resid_pre`, `q`, `pattern`. */
  readonly short: string;
}

/** Every hook of a GPT-2 block, in order of computation. `hook_scale` = sqrt(mean(x^2) + eps) after centring. */
export const BLOCK_HOOKS = [
  { name: 'blocks.{l}.hook_resid_pre', dims: ['pos', 'd_model'], short: 'resid_pre' },
  { name: 'blocks.{l}.ln1.hook_scale', dims: ['pos', 'one'], short: 'scale{l}ln1' },
  { name: 'blocks.{l}.ln1.hook_normalized', dims: ['pos', 'd_model'], short: 'normalized{l}ln1' },
  { name: 'blocks.{l}.attn.hook_q', dims: ['pos', 'head_index', 'd_head'], short: 'q' },
  { name: 'blocks.{l}.attn.hook_k', dims: ['pos', 'head_index', 'd_head'], short: 'k' },
  { name: 'blocks.{l}.attn.hook_v', dims: ['pos', 'head_index', 'd_head'], short: 'v' },
  {
    name: 'blocks.{l}.attn.hook_attn_scores',
    dims: ['head_index', 'query_pos', 'key_pos'],
    short: 'attn_scores',
  },
  { name: 'blocks.{l}.attn.hook_pattern', dims: ['head_index', 'query_pos', 'key_pos'], short: 'pattern' },
  { name: 'blocks.{l}.attn.hook_z', dims: ['pos', 'head_index', 'd_head'], short: 'z' },
  { name: 'blocks.{l}.hook_attn_out', dims: ['pos', 'd_model'], short: 'attn_out' },
  { name: 'blocks.{l}.hook_resid_mid', dims: ['pos', 'd_model'], short: 'resid_mid' },
  { name: 'blocks.{l}.ln2.hook_scale', dims: ['pos', 'one'], short: 'scale{l}ln2' },
  { name: 'blocks.{l}.ln2.hook_normalized', dims: ['pos', 'd_model'], short: 'normalized{l}ln2' },
  { name: 'blocks.{l}.mlp.hook_pre', dims: ['pos', 'd_mlp'], short: 'pre' },
  { name: 'blocks.{l}.mlp.hook_post', dims: ['pos', 'd_mlp'], short: 'post' },
  { name: 'blocks.{l}.hook_mlp_out', dims: ['pos', 'd_model'], short: 'mlp_out' },
  { name: 'blocks.{l}.hook_resid_post', dims: ['pos', 'd_model'], short: 'resid_post' },
] as const satisfies readonly HookSpec[];

/** Hooks outside the blocks. */
export const GLOBAL_HOOKS = [
  { name: 'hook_embed', dims: ['pos', 'd_model'], short: 'embed' },
  { name: 'hook_pos_embed', dims: ['pos', 'd_model'], short: 'pos_embed' },
  { name: 'ln_final.hook_scale', dims: ['pos', 'one'], short: 'scale' },
  { name: 'ln_final.hook_normalized', dims: ['pos', 'd_model'], short: 'normalized' },
] as const satisfies readonly HookSpec[];

/** Part of a block hook's name after `blocks.{l}.`: `hook_resid_pre`, `attn.hook_q`. */
export type BlockHook = (typeof BLOCK_HOOKS)[number]['name'] extends `blocks.{l}.${infer Rest}`
  ? Rest
  : never;
/** Full name of a hook outside the blocks. */
export type GlobalHook = (typeof GLOBAL_HOOKS)[number]['name'];

/** A hook of one model: layer null for the global ones. */
export interface Hook {
  readonly name: string;
  readonly layer: number | null;
  readonly spec: HookSpec;
}

const DOTTED = /^blocks\.(\d+)\.(.+)$/;

/** TransformerLens v3 bridge names, relative to `blocks.{l}.`, as aliases of the classic ones. */
const BRIDGE_ALIASES: Readonly<Record<string, string>> = {
  hook_in: 'hook_resid_pre',
  hook_out: 'hook_resid_post',
  'attn.hook_out': 'hook_attn_out',
  'mlp.hook_out': 'hook_mlp_out',
  'attn.q.hook_out': 'attn.hook_q',
  'attn.k.hook_out': 'attn.hook_k',
  'attn.v.hook_out': 'attn.hook_v',
  'attn.o.hook_in': 'attn.hook_z',
  'mlp.in.hook_out': 'mlp.hook_pre',
  'mlp.out.hook_in': 'mlp.hook_post',
  'ln2.hook_in': 'hook_resid_mid',
};

const SHORT_ALIASES: Readonly<Record<string, string>> = {
  attn: 'pattern',
  attn_logits: 'attn_scores',
  key: 'k',
  query: 'q',
  value: 'v',
  mlp_pre: 'pre',
  mlp_mid: 'mid',
  mlp_post: 'post',
};

/** Every hook of a model, in order of computation. */
export function allHooks(config: Pick<ModelConfig, 'n_layers'>): Hook[] {
  const [embed, posEmbed, ...final] = GLOBAL_HOOKS.map((spec): Hook => ({
    name: spec.name,
    layer: null,
    spec,
  }));
  const blocks = Array.from({ length: config.n_layers }, (_, layer) =>
    BLOCK_HOOKS.map((spec): Hook => ({ name: spec.name.replace('{l}', String(layer)), layer, spec })),
  );
  return [embed, posEmbed, ...blocks.flat(), ...final].filter((hook) => hook !== undefined);
}

/**
 * Finds a hook by its full name, a TransformerLens shorthand (`resid_post3`, `k6`, `scale4ln1`, `pattern0attn`)
 * or a v3 bridge name.
 * @throws hook/unknown, naming what was asked and how names look.
 */
export function resolveHook(config: Pick<ModelConfig, 'n_layers'>, asked: string): Hook {
  const found = findHook(asked);
  if (!found) {
    throw new InterpError(
      'hook/unknown',
      `"${asked}" is not a hook. Names look like blocks.0.hook_resid_post, or resid_post0.`,
      { data: { hook: asked } },
    );
  }
  if (found.layer !== null && found.layer >= config.n_layers) {
    const last = config.n_layers - 1;
    throw new InterpError(
      'hook/unknown',
      `"${asked}" names layer ${found.layer}; the model's layers are 0 to ${last}.`,
      {
        data: { hook: asked, layers: config.n_layers },
      },
    );
  }
  return found;
}

function findHook(asked: string): Hook | null {
  const dotted = DOTTED.exec(asked);
  if (dotted) {
    const rest = dotted[2] ?? '';
    return blockHook(Number(dotted[1]), (spec) => spec.name === `blocks.{l}.${BRIDGE_ALIASES[rest] ?? rest}`);
  }
  const global = GLOBAL_HOOKS.find((spec) => spec.name === asked || spec.short === asked);
  if (global) return { name: global.name, layer: null, spec: global };
  const short = /^([a-z_]+?)(\d+)(?:ln([12])|attn|mlp|a|m|b|block|blocks)?$/.exec(asked);
  if (!short) return null;
  const word = SHORT_ALIASES[short[1] ?? ''] ?? short[1];
  const wanted = short[3] === undefined ? word : `${word}{l}ln${short[3]}`;
  return blockHook(Number(short[2]), (spec) => spec.short === wanted);
}

function blockHook(layer: number, matches: (spec: HookSpec) => boolean): Hook | null {
  const spec = BLOCK_HOOKS.find(matches);
  return spec ? { name: spec.name.replace('{l}', String(layer)), layer, spec } : null;
}

/** Sizes of a hook for a prompt of `pos` tokens. */
export function hookShape(config: ModelConfig, spec: HookSpec, pos: number): number[] {
  const sizes: Record<Dimension, number> = {
    pos,
    query_pos: pos,
    key_pos: pos,
    head_index: config.n_heads,
    d_model: config.d_model,
    d_head: config.d_head,
    d_mlp: config.d_mlp,
    d_vocab: config.d_vocab,
    one: 1,
  };
  return spec.dims.map((dim) => sizes[dim]);
}
