/** Distribution of one figure: five numbers and a histogram from -1 to 1 (scores) in equal bins. */
export interface Distribution {
  readonly count: number;
  readonly median: number | null;
  readonly quartiles: readonly [number, number] | null;
  readonly mean: number | null;
  readonly counts: readonly number[];
}

/** A distribution with those that have no score, or only that of chance, told apart. */
export interface ScoreDistribution extends Distribution {
  /** Units without a score, for they are silent in the windows (or the same everywhere). Not among `count`. */
  readonly silent: number;
  /** Units that vary where what is read from the words does not. Among `count`: as 0, an AUC as 0.5. */
  readonly saysNothing: number;
}

/** One family of units in a report. */
export interface FamilyReport {
  readonly family: string;
  readonly kind: 'neurons' | 'heads' | 'latents';
  readonly layer: number;
  readonly units: number;
  readonly explained: number;
  readonly topAndRandom: ScoreDistribution;
  readonly randomOnly: ScoreDistribution;
  /** AUC; of heads, that of marked pairs. */
  readonly detection: ScoreDistribution;
}

/** A row of the best or the worst list. */
export interface ReportEntry {
  readonly unit: string;
  readonly words: string;
  readonly score: number;
  /** The score is a trie's, not the words'. */
  readonly isPattern?: true;
  readonly density: number | null;
}

/** Neurons against latents of the same layer at equal density: medians over pairs matched by log density. */
export interface DensityMatch {
  readonly layer: number;
  readonly neurons: string;
  readonly latents: string;
  readonly pairs: number;
  readonly topAndRandom: { readonly neurons: number | null; readonly latents: number | null };
  readonly randomOnly: { readonly neurons: number | null; readonly latents: number | null };
}

/** How scores relate to the concept labels that ship with the SAEs. */
export interface ConceptRelation {
  readonly family: string;
  readonly units: number;
  /** Spearman rank correlation of explanation score and F1; null below three units. */
  readonly correlation: number | null;
  readonly points: readonly { readonly unit: string; readonly score: number; readonly f1: number }[];
}

/** Asks for the best record of each unit, whoever made it. */
export const ANYONE = '*';

/** What is known of all explanations of one model, whichever way it falls. */
export interface ExplainReport {
  readonly model: string;
  /** Explainer that the figures are of; null = the best record of each unit, of anyone. */
  readonly explainer: string | null;
  /** Everyone who has explained units, by how many of them, falling. */
  readonly explainers: readonly { readonly explainer: string; readonly units: number }[];
  readonly families: readonly FamilyReport[];
  readonly matches: readonly DensityMatch[];
  readonly concepts: readonly ConceptRelation[];
  readonly best: readonly ReportEntry[];
  readonly worst: readonly ReportEntry[];
  /** Records left out because they are stale. */
  readonly stale: number;
}

/** Most points of each scale of a rating, from 0. */
export const RATING_MOST = { confidence: 3, strong: 5, weak: 3, logits: 3 } as const;
/** Points of all scales together. */
export const MOST_POINTS = Object.values(RATING_MOST).reduce((sum, most) => sum + most, 0);

/**
 * A blind rating of one unit from its examples alone. Source of the rubric: Bricken et al. 2023, "Towards
 * Monosemanticity", 0 to 14 points in all.
 */
export interface Rating {
  readonly version: 1;
  readonly unit: string;
  readonly words: string;
  /** Confidence in the interpretation, 0..3. */
  readonly confidence: number;
  /** Strong activations agree with it, 0..5. */
  readonly strong: number;
  /** Weak activations agree with it, 0..3. */
  readonly weak: number;
  /** The output tokens that it writes agree with it, 0..3. */
  readonly logits: number;
}

/** How blind ratings are spread, by family. */
export interface RatingReport {
  readonly families: readonly {
    readonly family: string;
    readonly kind: 'neurons' | 'heads' | 'latents';
    readonly ratings: number;
    /** Counts by points, 0..14. */
    readonly counts: readonly number[];
    readonly median: number | null;
  }[];
}
