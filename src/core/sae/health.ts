import type { SaeConfig } from './config.ts';

/** One stretch of text at a SAE's hook. Rows that are not counted (the first token) are left out by the caller. */
export interface HealthRows {
  /** [N, d_in] each. */
  readonly input: Float32Array;
  readonly reconstruction: Float32Array;
  /** Active latents per row, [N]; their indices, [N, k]. */
  readonly counts: Int32Array;
  readonly indices: Int32Array;
  readonly k: number;
}

/** How well a SAE describes its hook on a sample. */
export interface Fit {
  readonly tokens: number;
  /** Mean active latents per token. */
  readonly l0: number;
  /**
   * 1 - sum |x - reconstruction|^2 / sum |x - mean of x|^2 over the tokens of the sample; null when they are all alike.
   * Of a SAE whose input is centred, x is the centred row: the mean that it never sees is not counted as explained.
   */
  readonly explained_variance: number | null;
  /** Share of the latents that were active on no token of the sample. */
  readonly silent_share: number;
}

/** Adds up what `Fit` is made of, in float64. */
export class FitSums {
  private readonly d_in: number;
  private readonly active: Uint8Array;
  private readonly isCentred: boolean;
  private readonly total: Float64Array;
  /** Of the rows as the SAE sees them. */
  private readonly seen: Float64Array;
  private tokens = 0;
  private latents = 0;
  private squares = 0;
  private missed = 0;

  constructor({ d_in, d_sae, center_input }: Pick<SaeConfig, 'd_in' | 'd_sae' | 'center_input'>) {
    this.d_in = d_in;
    this.isCentred = center_input;
    this.seen = new Float64Array(d_in);
    this.active = new Uint8Array(d_sae);
    this.total = new Float64Array(d_in);
  }

  add({ input, reconstruction, counts, indices, k }: HealthRows): void {
    let offset = 0;
    input.forEach((value, at) => {
      const unit = at % this.d_in;
      if (unit === 0 && this.isCentred) offset = meanOf(input.subarray(at, at + this.d_in));
      this.total[unit] = (this.total[unit] ?? 0) + value;
      this.seen[unit] = (this.seen[unit] ?? 0) + value - offset;
      this.squares += (value - offset) ** 2;
      this.missed += (value - (reconstruction[at] ?? Number.NaN)) ** 2;
    });
    counts.forEach((count, row) => {
      this.latents += count;
      for (const latent of indices.subarray(row * k, row * k + count)) this.active[latent] = 1;
    });
    this.tokens += counts.length;
  }

  /** The mean row. [d_in]. */
  mean(): Float32Array {
    return Float32Array.from(this.total, (sum) => sum / this.tokens);
  }

  fit(): Fit {
    const around = this.seen.reduce((sum, value) => sum + value ** 2, 0) / this.tokens;
    const variance = this.squares - around;
    const silent = this.active.reduce((sum, active) => sum + (active === 0 ? 1 : 0), 0);
    return {
      tokens: this.tokens,
      l0: this.latents / this.tokens,
      // Below: rows that are all alike, up to rounding.
      explained_variance: variance > 1e-12 * this.squares ? 1 - this.missed / variance : null,
      silent_share: silent / this.active.length,
    };
  }
}

function meanOf(row: Float32Array): number {
  return row.reduce((sum, value) => sum + value, 0) / row.length;
}

/** Mean loss of the sample's tokens, nats, with the hook as it is and replaced at every token but the first. */
export interface ReplacedLoss {
  readonly clean: number;
  readonly reconstruction: number;
  readonly zero: number;
  /** By the mean of the sample. */
  readonly mean: number;
}

/** Share of the loss between an ablation (0) and the untouched model (1) that the reconstruction keeps; null when the ablation costs nothing. */
export function recovered(loss: ReplacedLoss, against: 'zero' | 'mean'): number | null {
  const cost = loss[against] - loss.clean;
  return cost > 1e-6 ? (loss[against] - loss.reconstruction) / cost : null;
}

/** What publishers state of a SAE; null = nothing. */
export interface StatedQuality {
  readonly l0: number | null;
  readonly explained_variance: number | null;
}

/** What the measured figures mean for whoever wants to use the SAE. */
export interface Verdict {
  readonly grade: 'good' | 'fair' | 'poor';
  /** Plain sentences, the most important first. */
  readonly words: readonly string[];
}

/** The text that a SAE was measured on. */
export interface HealthText {
  /** For people. */
  readonly title: string;
  /** Written by the embedded generator: short sentences of a small world, unlike what SAEs of GPT-2 were trained on. */
  readonly isGenerated: boolean;
}

/**
 * Figures that differ from the published ones by more are told. Publishers measured on OpenWebText; how much another text
 * changes the figures is not known, so that they alone never make a SAE poor.
 */
const L0_FACTOR = 2;
const VARIANCE_BELOW = 0.15;
/** Share of the loss recovered against zero ablation: useful SAEs of GPT-2 small keep more than 0.9. */
const GOOD_RECOVERY = 0.9;
const FAIR_RECOVERY = 0.6;

/** What the numbers mean, compared with what was published where anything was. */
export function judge(fit: Fit, loss: ReplacedLoss, stated: StatedQuality, text: HealthText): Verdict {
  const kept = recovered(loss, 'zero');
  const words = [keptWords(kept)];
  const far = farFrom(fit, stated, text);
  if (stated.l0 === null && stated.explained_variance === null)
    words.push('Nothing was published to compare with.');
  else words.push(far ?? `Close to what was published (${statedWords(stated)}), on ${text.title}.`);
  if (far !== null) words.push(text.isGenerated ? OTHER_TEXT : CHECK);
  const silent = `${percent(fit.silent_share)} of the latents were active on none of ${fit.tokens} tokens`;
  const isFar = far !== null;
  return {
    grade: gradeOf(kept, { isFar }),
    words: [...words, `${silent}: few tokens tell little of rare ones.`],
  };
}

const OTHER_TEXT =
  'Publishers measured on web text, this is text of a small generated world: measure it on text like that of its training before you doubt it.';
const CHECK =
  'If this text is like that of its training, check that the model is the one that it was trained on, and that its preparation is complete.';

/** What the model loses decides; figures far from the published ones leave no `good`. */
function gradeOf(kept: number | null, { isFar }: { readonly isFar: boolean }): Verdict['grade'] {
  if (kept === null || kept < FAIR_RECOVERY) return 'poor';
  return kept < GOOD_RECOVERY || isFar ? 'fair' : 'good';
}

function keptWords(kept: number | null): string {
  if (kept === null)
    return 'Setting the hook to zero costs this model nothing on the sample, so that nothing can be recovered.';
  if (kept >= GOOD_RECOVERY) return `In its place the model keeps ${percent(kept)} of what the hook brings.`;
  if (kept > 0) return `In its place the model keeps only ${percent(kept)} of what the hook brings.`;
  return 'In its place the model is worse off than with the hook at zero.';
}

/** What differs much from the publication; null = nothing. */
function farFrom(fit: Fit, stated: StatedQuality, { title }: HealthText): string | null {
  const { l0, explained_variance } = stated;
  if (l0 !== null && l0 > 0 && (fit.l0 > l0 * L0_FACTOR || fit.l0 < l0 / L0_FACTOR)) {
    return `Far from what was published: on ${title} ${short(fit.l0)} latents are active per token, and ${short(l0)} were.`;
  }
  const found = fit.explained_variance;
  if (explained_variance !== null && found !== null && found < explained_variance - VARIANCE_BELOW) {
    return `Far from what was published: on ${title} it explains ${short(found)} of the variance, and ${short(explained_variance)} was stated.`;
  }
  return null;
}

function statedWords({ l0, explained_variance }: StatedQuality): string {
  return [
    ...(l0 === null ? [] : [`L0 ${short(l0)}`]),
    ...(explained_variance === null ? [] : [`explained variance ${short(explained_variance)}`]),
  ].join(', ');
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
