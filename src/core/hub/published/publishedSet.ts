import type { Unit } from '../../model/units.ts';

/** The units that a set is of: those of a model with so many layers, heads and neurons, and of these SAEs. */
export interface PublishedUnits {
  readonly n_layers: number;
  readonly n_heads: number;
  readonly d_mlp: number;
  readonly saes: readonly { readonly id: string; readonly d_sae: number }[];
}

/** What a file holds: words with their scores, or windows with activations. */
export type PublishedPart = 'explanations' | 'records';

/** Where one unit's part lies at OpenAI: paths below its storage, the second an addition that may be absent. */
export type UnitPaths = (unit: Unit, part: PublishedPart) => readonly string[];

/** Explanations or activations of a model's units that somebody published. */
export interface PublishedSet {
  /** As it is typed, and the name of its folder: `openai/gpt2-xl`, `neuronpedia/gpt2-small/6-res-jb`. */
  readonly id: string;
  readonly model: string;
  readonly title: string;
  /** Who says so, as hovers name it: `OpenAI 2023`. */
  readonly label: string;
  /** Address without the units. */
  readonly source: string;
  /** Null = none is stated. */
  readonly licence: string | null;
  readonly parts: readonly PublishedPart[];
  /** What must be known of its numbers, plain sentences. */
  readonly notes: readonly string[];
  /** The units that it is of; null = its files say. */
  readonly space: PublishedUnits | null;
}

/** A set with one file a unit. */
export interface BlobSet extends PublishedSet {
  readonly space: PublishedUnits;
  readonly paths: UnitPaths;
  /** The unit of a file whose path ends as those of the set do, `/` between its parts; null = it does not. */
  readonly unitOf: (path: string) => string | null;
}

/** A set of Neuronpedia's bulk export: `{prefix}{part}/batch-{n}.jsonl.gz`. */
export interface ExportSet extends PublishedSet {
  /** Below the bucket: `v1/gpt2-small/6-res-jb/`. */
  readonly prefix: string;
  /** Its family of units here. */
  readonly family: string;
}
