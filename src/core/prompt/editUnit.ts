/** Places of the residual stream and what is added to it, as edits name them. */
export const EDIT_SITES = ['resid_pre', 'resid_mid', 'resid_post', 'attn_out', 'mlp_out'] as const;
export type EditSite = (typeof EDIT_SITES)[number];
export const HEAD_HOOKS = ['q', 'k', 'v', 'z', 'pattern'] as const;
export type HeadHook = (typeof HEAD_HOOKS)[number];
/** LayerNorms whose scale an edit can freeze. */
export type NormName = 'ln1' | 'ln2' | 'ln_final';

/** What an edit changes, at the positions that it names. */
export type EditUnit =
  /** The head's output; with sources, or frozen, its attention pattern. */
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'head-hook'; readonly layer: number; readonly head: number; readonly hook: HeadHook }
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number }
  /** `sae` is `{layer}-{set}`; `error` is what the SAE does not reconstruct. */
  | { readonly kind: 'latent'; readonly sae: string; readonly index: number | 'error' }
  /** Token plus position embedding. */
  | { readonly kind: 'embedding' }
  | { readonly kind: 'site'; readonly layer: number; readonly site: EditSite }
  /** `layer` null = the final LayerNorm. */
  | { readonly kind: 'norm'; readonly layer: number | null; readonly norm: NormName };

const SITE = EDIT_SITES.join('|');
const HOOK = HEAD_HOOKS.join('|');
/** More digits than any index has; keeps numbers exact. */
const N = String.raw`(\d{1,9})`;

type Reader = (parts: readonly string[]) => EditUnit;

const head = (layer: string | undefined, index: string | undefined): EditUnit => ({
  kind: 'head',
  layer: Number(layer),
  head: Number(index),
});
const neuron = (layer: string | undefined, index: string | undefined): EditUnit => ({
  kind: 'neuron',
  layer: Number(layer),
  neuron: Number(index),
});
const site = (layer: string | undefined, name: string | undefined): EditUnit => ({
  kind: 'site',
  layer: Number(layer),
  site: name as EditSite,
});
const norm = (layer: string | undefined, name: string | undefined): EditUnit => ({
  kind: 'norm',
  layer: Number(layer),
  norm: name as NormName,
});

/** Our own forms first; then the Transformer Debugger's and TransformerLens', which are read and not written. */
const FORMS: readonly [RegExp, Reader][] = [
  [new RegExp(`^L${N}H${N}$`), ([, layer, index]) => head(layer, index)],
  [
    new RegExp(`^L${N}H${N}\\.(${HOOK})$`),
    ([, layer, index, hook]) => ({
      kind: 'head-hook',
      layer: Number(layer),
      head: Number(index),
      hook: hook as HeadHook,
    }),
  ],
  [new RegExp(`^L${N}N${N}$`), ([, layer, index]) => neuron(layer, index)],
  [
    new RegExp(String.raw`^(?:[^/\s]+/)?(\d{1,9}-[^/\s]+)/(?:${N}|error)$`),
    ([, sae = '', index]) => ({ kind: 'latent', sae, index: index === undefined ? 'error' : Number(index) }),
  ],
  [/^(?:E|embed|embedding)$/, () => ({ kind: 'embedding' })],
  [new RegExp(`^L${N}\\.(${SITE})$`), ([, layer, name]) => site(layer, name)],
  [new RegExp(`^L${N}\\.(ln1|ln2)$`), ([, layer, name]) => norm(layer, name)],
  [/^ln_final(?:\.hook_scale)?$/, () => ({ kind: 'norm', layer: null, norm: 'ln_final' })],
  [new RegExp(`^attn_L${N}_${N}$`), ([, layer, index]) => head(layer, index)],
  [new RegExp(`^mlp_L${N}_${N}$`), ([, layer, index]) => neuron(layer, index)],
  [new RegExp(`^${N}\\.${N}$`), ([, layer, index]) => head(layer, index)],
  [new RegExp(`^blocks\\.${N}\\.hook_(${SITE})$`), ([, layer, name]) => site(layer, name)],
  [new RegExp(`^(${SITE})${N}$`), ([, name, layer]) => site(layer, name)],
  [new RegExp(`^blocks\\.${N}\\.(ln1|ln2)\\.hook_scale$`), ([, layer, name]) => norm(layer, name)],
];

/** Reads a unit without its positions; null when it is none. */
export function readEditUnit(text: string): EditUnit | null {
  for (const [form, read] of FORMS) {
    const match = form.exec(text);
    if (match) return read(match);
  }
  return null;
}

/** The written form: `L3H1`, `L3H1.z`, `L5N123`, `3-res/412`, `E`, `L3.resid_post`, `L3.ln1`, `ln_final`. */
export function formatEditUnit(unit: EditUnit): string {
  switch (unit.kind) {
    case 'head':
      return `L${unit.layer}H${unit.head}`;
    case 'head-hook':
      return `L${unit.layer}H${unit.head}.${unit.hook}`;
    case 'neuron':
      return `L${unit.layer}N${unit.neuron}`;
    case 'latent':
      return `${unit.sae}/${unit.index}`;
    case 'embedding':
      return 'E';
    case 'site':
      return `L${unit.layer}.${unit.site}`;
    case 'norm':
      return unit.layer === null ? unit.norm : `L${unit.layer}.${unit.norm}`;
  }
}

/** The hook that a unit is written to, by TransformerLens' name; null for latents, whose SAE knows it. */
export function hookOfUnit(unit: EditUnit): string | null {
  switch (unit.kind) {
    case 'head':
      return `blocks.${unit.layer}.attn.hook_z`;
    case 'head-hook':
      return `blocks.${unit.layer}.attn.hook_${unit.hook}`;
    case 'neuron':
      return `blocks.${unit.layer}.mlp.hook_post`;
    case 'latent':
      return null;
    case 'embedding':
      return 'blocks.0.hook_resid_pre';
    case 'site':
      return `blocks.${unit.layer}.hook_${unit.site}`;
    case 'norm':
      return `${unit.layer === null ? '' : `blocks.${unit.layer}.`}${unit.norm}.hook_scale`;
  }
}

/** The layer that a unit belongs to; null for the embedding and the final LayerNorm. */
export function layerOfUnit(unit: EditUnit): number | null {
  if (unit.kind === 'embedding') return null;
  return unit.kind === 'latent' ? Number(unit.sae.split('-')[0]) : unit.layer;
}
