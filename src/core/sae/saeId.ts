/** Neuronpedia's id of a SAE: `model/layer-set`. */
const NEURONPEDIA_ID = /^[^/\s]+\/(\d+-[^/\s]+)$/;
const BLOCK_HOOK = /^blocks\.(\d+)\.(?:[a-z0-9]+\.)*hook_([a-z_]+)$/;

/** Sets named as Neuronpedia names GPT-2's; a hook not listed is its own set, as `resid_pre` would be. */
const SETS: Readonly<Record<string, string>> = {
  resid_post: 'res',
  mlp_out: 'mlp',
  resid_pre: 'res_pre',
  resid_mid: 'res_mid',
  attn_out: 'att',
};

/**
 * Id of a SAE within its model, `{layer}-{set}`: `3-res` for blocks.3.hook_resid_post. A Neuronpedia id in the
 * SAE's configuration wins, so that links agree. Distinct SAEs may share an id: see `distinctIds`.
 */
export function saeId(hook_name: string, neuronpedia_id: string | null): string {
  const published = NEURONPEDIA_ID.exec(neuronpedia_id ?? '')?.[1];
  if (published !== undefined) return published;
  const match = BLOCK_HOOK.exec(hook_name);
  const hook = match?.[2] ?? hook_name.replace(/[^a-z0-9]+/gi, '_');
  return `${match?.[1] ?? 0}-${SETS[hook] ?? hook}`;
}

/** Appends `_2`, `_3`, ... to ids that came before, so that every SAE of a model has one of its own. */
export function distinctIds(ids: readonly string[]): string[] {
  const taken = new Set<string>();
  return ids.map((id) => {
    let name = id;
    for (let copy = 2; taken.has(name); copy++) name = `${id}_${copy}`;
    taken.add(name);
    return name;
  });
}
