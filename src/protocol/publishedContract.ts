import type { PublishedPart } from '../core/hub/published/publishedSet.ts';

/** What is asked for of published explanations. */
export interface PublishedQuery {
  /** A set's id, an address, a folder or file here: `openai/gpt2-xl`, `gpt2-small/6-res-jb`, `/copy/of/data`. */
  readonly text: string;
  /** Model that the units are of: its name or its folder; null = the one that the set is about. */
  readonly model: string | null;
  /** Ids and patterns; empty = all. */
  readonly units: readonly string[];
  /** Also activation records, and the windows behind scores: much larger. */
  readonly records: boolean;
  /** What is here of the set is dropped when its place is taken: it counts as absent. */
  readonly again?: boolean;
}

/** What an import would bring and cost, before anything is done. */
export interface PublishedFound {
  readonly id: string;
  readonly title: string;
  /** Who says so, as hovers name it. */
  readonly label: string;
  readonly source: string;
  readonly licence: string | null;
  readonly notes: readonly string[];
  /** Model under whose units it is shown. */
  readonly model: string;
  readonly parts: readonly PublishedPart[];
  /** Units that are asked for; null = its files say. */
  readonly units: number | null;
  /** Files that are not here yet. */
  readonly files: number;
  /** Bytes to download, or to read here; null = not told. */
  readonly bytes: number | null;
  /** Hosts were asked for the size of some files only. */
  readonly isEstimate: boolean;
  readonly isLocal: boolean;
  /** Free where it would be kept; null = not told. */
  readonly freeBytes: number | null;
  readonly folder: string;
}

/** What a typed set means: one set, or a choice. */
export interface PublishedFind {
  /** Null when one of the choices must be named. */
  readonly found: PublishedFound | null;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
}

/** What one import brought. */
export interface PublishedImported {
  readonly id: string;
  readonly model: string;
  readonly explanations: number;
  /** Units whose activation records came. */
  readonly records: number;
  /** Units of which nothing is published. */
  readonly absent: number;
  /** What was left out, with the reason: the first ones. */
  readonly skipped: readonly string[];
  readonly skippedCount: number;
}

/** A set that was imported, wholly or in part. */
export interface PublishedInstalled {
  readonly id: string;
  readonly model: string;
  readonly title: string;
  readonly label: string;
  readonly source: string;
  readonly notes: readonly string[];
  readonly added: string;
  readonly folder: string;
  readonly bytes: number;
  /** Families of units of which something is here. */
  readonly families: readonly string[];
  /** What it lacks because an older version imported it, as a sentence; null = nothing. */
  readonly outdated: string | null;
}

/** Explanations and records that others published. Nothing is downloaded but by `published/import`. */
export interface EnginePublished {
  /** @throws hub/*, unit/unknown */
  'published/find': { params: PublishedQuery; result: PublishedFind };
  /**
   * Fetches what is not here, or goes on with what was begun; what is here can be read at once. Cancelling pauses it.
   * Progress is in units, or in bytes of files that hold many. @throws hub/*, explain/malformed, file/unwritable
   */
  'published/import': { params: PublishedQuery; result: PublishedImported };
  'published/installed': { params: Record<string, never>; result: readonly PublishedInstalled[] };
  /** Ids and patterns of the units of a set that are here: with them it is imported again. @throws hub/not-installed */
  'published/units': { params: { model: string; id: string }; result: { readonly units: readonly string[] } };
  /** @throws hub/not-installed, hub/busy */
  'published/remove': { params: { model: string; id: string }; result: { readonly bytes: number } };
}
