import type { PublishedPart, PublishedSet } from '../../core/hub/published/publishedSet.ts';
import type { BucketFile } from '../../runtime/hub/bucket.ts';
import type { LocalSource } from '../../runtime/explanations/localSources.ts';

/** A unit and where its parts lie. */
export interface PlannedUnit {
  readonly unit: string;
  readonly addresses: (part: PublishedPart) => readonly string[];
}

/** What an import does: one file a unit, or files that hold many. */
export interface ImportPlan {
  readonly set: Omit<PublishedSet, 'space'>;
  /** Model under whose units it is shown. */
  readonly model: string;
  readonly parts: readonly PublishedPart[];
  readonly isWanted: (unit: string, place: string) => boolean;
  readonly work: UnitWork | ExportWork | LocalWork;
}

export interface UnitWork {
  readonly kind: 'units';
  readonly count: number;
  /** Made one after the other: a large model has hundreds of thousands. */
  readonly units: () => Iterable<PlannedUnit>;
  /** Bytes of a file where its host does not say; null = it is asked. */
  readonly usualBytes: number | null;
}

export interface ExportWork {
  readonly kind: 'exports';
  readonly files: readonly BucketFile[];
  readonly bucket: string;
}

export interface LocalWork {
  readonly kind: 'local';
  readonly files: readonly LocalSource[];
}
