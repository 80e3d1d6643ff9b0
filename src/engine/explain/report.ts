import type { ExplainReport } from '../../core/explain/report.ts';
import { reportFigures } from '../../core/explain/reportFigures.ts';
import { allFamilies, familyId, familySize } from '../../core/records/family.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import type { OpenModel } from '../openModel.ts';
import type { UnitSources } from './preparedUnit.ts';
import { staleReason } from './storeWords.ts';

/** Gathers what the report is made from: fresh records, densities of the index, labels of the SAEs. */
export async function explainReport(
  model: OpenModel,
  explainer: string | null,
  { store, sources }: { readonly store: ExplanationStore; readonly sources: UnitSources },
): Promise<ExplainReport> {
  const space = unitSpace(model);
  const families = [];
  let stale = 0;
  for (const family of allFamilies(space)) {
    const id = familyId(family);
    const { records } = await store.family(model.info.name, id);
    if (records.length === 0) continue;
    const now = await sources.provenance(model, id);
    const fresh = records.filter((record) => staleReason(record, now) === null);
    stale += records.length - fresh.length;
    const index = await sources.indexOf(model, id);
    const labels = family.kind === 'latents' ? model.saes.get(family.sae)?.words : undefined;
    families.push({
      family,
      units: familySize(family, space),
      layer: family.kind === 'latents' ? (model.saes.get(family.sae)?.config.layer ?? 0) : family.layer,
      records: fresh,
      density: index ? (await index.columns(id)).density : null,
      f1: labels ? new Map([...labels].map(([latent, label]) => [latent, label.f1])) : null,
    });
  }
  return reportFigures({ model: model.info.name, explainer, stale, families });
}
