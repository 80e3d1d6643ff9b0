import { formatUnit } from '../../core/model/units.ts';
import { familyId, familySize, findUnit, placeOf, unitAt } from '../../core/records/family.ts';
import type { ExampleGroup, UnitSummary } from '../../core/records/readings.ts';
import type { RecordsIndex } from '../../core/records/records.ts';
import { exampleGroups } from '../../core/records/units/examples.ts';
import { topTokenPairs } from '../../core/records/units/headBehaviour.ts';
import { unitLogits } from '../../core/records/units/unitLogits.ts';
import { assertKind, hookOf, layerOf, unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineUnitReads, IndexInfo, UnitRef } from '../../protocol/recordsContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { Models } from '../models.ts';
import type { OpenModel } from '../openModel.ts';
import { noIndex, type FoundUnit } from './foundUnit.ts';
import { createHeadScores } from './headScores.ts';
import { listFamily, matchTexts } from './unitLists.ts';
import { createRelated } from './unitRelated.ts';
import { effectsOf, testText } from './unitRuns.ts';
import { LABELS, type UnitWords } from './unitWords.ts';

/** The index that a model's pages read. */
export interface CurrentIndex {
  readonly info: IndexInfo;
  readonly index: RecordsIndex;
}

export interface UnitReadSources {
  readonly models: Pick<Models, 'get'>;
  /** One that covers the family. Null = there is none yet. */
  current(model: OpenModel, family: string): Promise<CurrentIndex | null> | CurrentIndex | null;
  /** Default: what ships with the SAEs. */
  readonly words?: UnitWords;
  /** Examples that other tools collected; default: there are none. */
  imported?(
    model: OpenModel,
    unit: string,
    part: { readonly from: number; readonly count: number },
  ): Promise<readonly ExampleGroup[]>;
}

/** What unit pages and the feature browser read. */
export function unitReadJobs(sources: UnitReadSources): Handlers<EngineUnitReads> {
  const words = sources.words ?? LABELS;
  const related = createRelated(words);
  const headScores = createHeadScores();
  const indexOf = async (model: OpenModel, family: string): Promise<RecordsIndex | null> => {
    const index = (await sources.current(model, family))?.index ?? null;
    return index?.families.includes(family) ? index : null;
  };
  const find = async ({ modelId, unit: text }: UnitRef): Promise<FoundUnit> => {
    const model = sources.models.get(modelId);
    const unit = findUnit(text, unitSpace(model));
    const { family, index: place } = placeOf(unit);
    return { model, unit, family, place, index: await indexOf(model, familyId(family)) };
  };
  return {
    'unit/summary': async (ref) => summaryOf(await find(ref)),
    'unit/examples': async ({ set, from, count, ...ref }) => {
      const { model, unit, index, family } = await find(ref);
      if (set === 'imported')
        return (await sources.imported?.(model, formatUnit(unit), { from, count })) ?? [];
      if (!index) throw noIndex(familyId(family));
      return exampleGroups(await index.unit(unit), { set, from, count }, textsOf(model, index));
    },
    'unit/logits': async ({ k, ...ref }) => {
      const { model, unit } = await find(ref);
      return unitLogits(model, unit, { k, text: (id) => model.tokenizer.text(id) });
    },
    'unit/related': async ({ k, ...ref }, { signal }) => related(await find(ref), k, signal),
    'unit/head': async ({ k, ...ref }, { signal }) => {
      const { model, unit, index } = await find(ref);
      assertKind(unit, 'head', 'Patterns are read of');
      const scores = await headScores(model, unit, signal);
      const text = (id: number): string => model.tokenizer.text(id);
      return { ...scores, topPairs: index ? topTokenPairs(await index.unit(unit), k, text) : [] };
    },
    'unit/effects': async ({ sequence, text, k, ...ref }, { signal }) =>
      effectsOf(await find(ref), { sequence, text, k, signal }),
    'unit/test': async ({ text, ...ref }, { signal }) => testText(await find(ref), text, signal),
    'unit/list': async ({ modelId, ...query }) => {
      const model = sources.models.get(modelId);
      return listFamily({ model, words, index: await indexOf(model, query.family) }, query);
    },
    'unit/match': async ({ modelId, ...asked }, { signal }) => {
      const model = sources.models.get(modelId);
      return matchTexts({ model, words, indexOf: (family) => indexOf(model, family) }, asked, signal);
    },
  };
}

async function summaryOf({ model, unit, family, place, index }: FoundUnit): Promise<UnitSummary> {
  const size = familySize(family, unitSpace(model));
  const neighbour = (at: number): string | null =>
    at >= 0 && at < size ? formatUnit(unitAt(family, at)) : null;
  const label = unit.kind === 'latent' ? model.saes.get(unit.sae)?.words.get(unit.index) : undefined;
  return {
    id: formatUnit(unit),
    kind: unit.kind,
    layer: layerOf(model, unit),
    hook: hookOf(model, unit),
    family: familyId(family),
    index: place,
    familySize: size,
    previous: neighbour(place - 1),
    next: neighbour(place + 1),
    statistics: index ? (await index.unit(unit)).statistics : null,
    label: label ?? null,
  };
}

/** How records of an index are put into words. */
function textsOf(
  model: OpenModel,
  index: RecordsIndex,
): { text: (id: number) => string; source: (sequence: number) => string } {
  return { text: (id) => model.tokenizer.text(id), source: (sequence) => index.source(sequence) };
}
