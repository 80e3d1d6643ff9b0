import { createHash } from 'node:crypto';
import type { Provenance } from '../../core/explain/explanation.ts';
import { formatUnit } from '../../core/model/units.ts';
import { familyId, findUnit, parseFamily, placeOf } from '../../core/records/family.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import { openEvidence, type Evidence } from '../../runtime/explanations/evidence.ts';
import { openStore, type ExplanationStore } from '../../runtime/explanations/store.ts';
import { openPublished, type Published, type UnitPlace } from '../../runtime/explanations/published.ts';
import type { OpenModel } from '../openModel.ts';
import type { Fingerprints } from '../records/fingerprints.ts';
import type { FolderSettings } from '../records/folders.ts';
import type { Indexes } from '../records/indexes.ts';
import type { UnitSources } from './preparedUnit.ts';
import { windowConcepts, type WindowConcepts } from './windowConcepts.ts';

export interface PlacesSources {
  readonly folders: FolderSettings;
  readonly indexes: Indexes;
  readonly fingerprints: Fingerprints;
}

/** Where explanations lie, and what they are made from. */
export interface Places {
  /** Of the workspace; without one, of the storage. */
  shared(): string;
  readonly store: () => ExplanationStore;
  readonly evidence: () => Evidence;
  /** What others published, beside the models. */
  readonly published: () => Published;
  readonly sources: UnitSources;
}

export function createPlaces({ folders, indexes, fingerprints }: PlacesSources): Places {
  const stores = new Map<string, ExplanationStore>();
  const concepts = new WeakMap<object, WindowConcepts>();
  let published: { readonly storage: string; readonly open: Published } | null = null;
  const shared = (): string => folders.get().workspace ?? folders.get().storage;
  const store = (): ExplanationStore => {
    const folder = shared();
    const known = stores.get(folder) ?? openStore(folder);
    stores.set(folder, known);
    return known;
  };
  const provenance = async (model: OpenModel, family: string): Promise<Provenance> => {
    const found = await indexes.current(model, family);
    const parsed = parseFamily(family, unitSpace(model));
    const sae = parsed.kind === 'latents' ? model.saes.get(parsed.sae) : undefined;
    return {
      model: await fingerprints.model(model),
      sae: sae ? await fingerprints.sae(sae) : null,
      index: found ? shortHash(found.index.key) : null,
    };
  };
  const sources: UnitSources = {
    indexOf: async (model, family) => (await indexes.current(model, family))?.index ?? null,
    conceptsOf: (model, index) => {
      const known = concepts.get(index) ?? windowConcepts(model, index);
      concepts.set(index, known);
      return known;
    },
    provenance,
  };
  return {
    shared,
    store,
    evidence: () => openEvidence(folders.get().storage),
    published: () => {
      const { storage } = folders.get();
      published = published?.storage === storage ? published : { storage, open: openPublished(storage) };
      return published.open;
    },
    sources,
  };
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** The id of a unit in any form, and its family. @throws unit/unknown */
export function idOf(model: OpenModel, text: string): { readonly id: string; readonly family: string } {
  const unit = findUnit(text, unitSpace(model));
  return { id: formatUnit(unit), family: familyId(placeOf(unit).family) };
}

/** The family of a unit and its number there. @throws unit/unknown */
export function placeIn(model: OpenModel, unit: string): UnitPlace {
  const { family, index } = placeOf(findUnit(unit, unitSpace(model)));
  return { family: familyId(family), index };
}
