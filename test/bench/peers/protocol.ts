/** What both sides of `npm run bench:peers` are asked: a line of JSON each, answered by one. */
export type Question =
  | { readonly open: Opened }
  | { readonly run: string; readonly ids: readonly number[] }
  | { readonly memory: true };

/** What a side opens, once, before it is timed. */
export type Opened = { readonly threads: number } & (
  | { readonly model: string; readonly target: number; readonly distractor: number }
  /** `inputs`: a safetensors file with `rows` [N, d_in]. */
  | { readonly sae: string; readonly inputs: string }
);
