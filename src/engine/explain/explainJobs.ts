import { findUnit } from '../../core/records/family.ts';
import { estimateRun } from '../../core/explain/language/estimate.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineEvents } from '../../protocol/engineContract.ts';
import type { EngineExplain, ExplainOptions } from '../../protocol/explainContract.ts';
import type { EngineUnitReads } from '../../protocol/recordsContract.ts';
import type { Handlers, JobContext } from '../../protocol/rpc.ts';
import { openLanguage, probeLanguage } from '../../runtime/language/openLanguage.ts';
import type { Models } from '../models.ts';
import type { OpenModel } from '../openModel.ts';
import type { Fingerprints } from '../records/fingerprints.ts';
import type { FolderSettings } from '../records/folders.ts';
import type { Indexes } from '../records/indexes.ts';
import type { UnitWords } from '../records/unitWords.ts';
import { createEditorAsks } from './editorAsks.ts';
import { exportUnits, importExplanations } from './exchange.ts';
import { givenWords, recordOf } from './givenWords.ts';
import { createPlaces, idOf } from './places.ts';
import { explainUnit, type ExplainedUnit } from './explainUnit.ts';
import { explainMany } from './manyUnits.ts';
import { prepareUnit } from './preparedUnit.ts';
import { createRatings } from './ratings.ts';
import { explainReport } from './report.ts';
import { reviseUnit } from './reviseUnit.ts';
import { planUnits } from './spending.ts';
import { staleReason, storedWords } from './storeWords.ts';
import { byFamily, expandUnits } from './unitPatterns.ts';

export interface ExplainSources {
  readonly models: Pick<Models, 'get'>;
  readonly folders: FolderSettings;
  readonly indexes: Indexes;
  readonly fingerprints: Fingerprints;
  /** What unit pages read, for cards of blind rating. */
  readonly reads: () => Handlers<Pick<EngineUnitReads, 'unit/examples' | 'unit/logits'>>;
  emit<N extends keyof EngineEvents>(name: N, payload: EngineEvents[N]): void;
}

export interface ExplainJobs {
  readonly handlers: Handlers<EngineExplain>;
  /** Stored explanations as words, for lists and hovers. */
  readonly words: UnitWords;
}

const EXAMPLES_ON_CARD = 8;

/** Explaining, scoring and rating. */
export function explainJobs(k: ExplainSources): ExplainJobs {
  const asks = createEditorAsks({ emit: (ask) => k.emit('language/didAsk', ask) });
  const places = createPlaces(k);
  const { sources } = places;
  const language = (options: ExplainOptions, job: JobContext): Promise<LanguageModel | null> =>
    options.language === null
      ? Promise.resolve(null)
      : openLanguage(options.language, {
          storage: k.folders.get().storage,
          budget: options.budget,
          askEditor: asks.ask,
          signal: job.signal,
        });
  const keep = async (model: OpenModel, done: readonly ExplainedUnit[]): Promise<void> => {
    const units = [...new Set(done.map(({ record }) => record.unit))];
    for (const [family, members] of byFamily(units, unitSpace(model))) {
      const own = done.filter(({ record }) => members.includes(record.unit));
      const records = own.map(({ record }) => record);
      await places.store().put(model.info.name, family, records);
      for (const { detail } of own) if (detail) await places.evidence().write(model.info.name, detail);
    }
    for (const { record } of done) k.emit('explain/didRecord', { modelId: model.info.modelId, record });
  };
  const one = async (
    model: OpenModel,
    unit: string,
    run: {
      readonly options: ExplainOptions;
      readonly language: LanguageModel | null;
      readonly job: JobContext;
    },
  ): Promise<ExplainedUnit> => {
    const { options, job } = run;
    const prepared = await prepareUnit(model, unit, sources);
    const given = await givenWords(model, prepared.id, { options, store: places.store() });
    let said = 0;
    const say = (message: string): void => job.progress({ done: said++, total: 0, message });
    return explainUnit({ model, prepared, options, language: run.language, given, signal: job.signal, say });
  };
  const ratings = createRatings(() => places.shared(), {
    isAlive: async (model, family, index) => {
      const found = await sources.indexOf(model, family);
      return found !== null && ((await found.columns(family)).density[index] ?? 0) > 0;
    },
    examples: async (model, unit) => {
      const ref = { modelId: model.info.modelId, unit, from: 0, count: EXAMPLES_ON_CARD };
      const job = quietJob();
      const top = await k.reads()['unit/examples']({ ...ref, set: 'top' }, job);
      return [...top, ...(await k.reads()['unit/examples']({ ...ref, set: 'quantile' }, job))];
    },
    logits: async (model, unit) =>
      k.reads()['unit/logits']({ modelId: model.info.modelId, unit, k: EXAMPLES_ON_CARD }, quietJob()),
  });

  const handlers: Handlers<EngineExplain> = {
    'language/probe': ({ language: access }, { signal }) =>
      probeLanguage(access, {
        storage: k.folders.get().storage,
        budget: { requests: null, tokens: null },
        askEditor: asks.ask,
        signal,
      }),
    'language/answer': (answer) => asks.answer(answer),
    'explain/list': async ({ modelId, unit }) => {
      const model = k.models.get(modelId);
      const { id, family } = idOf(model, unit);
      const { records } = await places.store().family(model.info.name, family);
      const now = await sources.provenance(model, family);
      const own = records.filter((record) => record.unit === id);
      return Promise.all(
        own.map(async (record) => ({
          record,
          stale: staleReason(record, now),
          hasDetail: await places.evidence().has(model.info.name, record.id),
        })),
      );
    },
    'explain/estimate': ({ modelId, units, options }) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const found = expanded.map((unit) => findUnit(unit, unitSpace(model)));
      return { ...estimateRun(planUnits(found, options)), units: expanded.length };
    },
    'explain/unit': async ({ modelId, unit, options }, job) => {
      const model = k.models.get(modelId);
      const done = await one(model, unit, { options, language: await language(options, job), job });
      await keep(model, [done]);
      return done.record;
    },
    'explain/revise': async ({ modelId, unit, id, options }, job) => {
      const model = k.models.get(modelId);
      const prepared = await prepareUnit(model, unit, sources);
      const record = await recordOf(model, prepared.id, id, places.store());
      const revised = await reviseUnit({
        model,
        prepared,
        options,
        language: await language(options, job),
        record,
        job,
      });
      await keep(model, revised.done);
      return revised.revision;
    },
    'explain/detail': ({ modelId, id }) => places.evidence().read(k.models.get(modelId).info.name, id),
    'explain/remove': async ({ modelId, unit, id }) => {
      const model = k.models.get(modelId);
      await places.store().remove(model.info.name, idOf(model, unit).family, id);
      await places.evidence().remove(model.info.name, id);
      return null;
    },
    'explain/many': async ({ modelId, units, options, concurrency, redo }, job) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const opened = await language(options, job);
      return explainMany({
        units: expanded,
        concurrency,
        job,
        known: (unit) =>
          redo ? Promise.resolve(null) : places.known(model, unit, { options, language: opened }),
        explain: (unit, signal) => {
          const quiet = { signal, progress: () => {} };
          return one(model, unit, { options, language: opened, job: quiet });
        },
        keep: (done) => keep(model, done),
      });
    },
    'explain/report': ({ modelId, explainer }) =>
      explainReport(k.models.get(modelId), explainer, { store: places.store(), sources }),
    'explain/import': ({ modelId, file }) =>
      importExplanations(k.models.get(modelId), file, {
        store: places.store(),
        evidence: places.evidence(),
        provenance: sources.provenance,
      }),
    'explain/export': async ({ modelId, units, format }) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const text = await exportUnits(model, expanded, format, {
        store: places.store(),
        evidence: places.evidence(),
        indexOf: (family) => sources.indexOf(model, family),
      });
      return { text };
    },
    'rating/deal': ({ modelId, families, count, seed }) =>
      ratings.deal(k.models.get(modelId), { families, count, seed }),
    'rating/save': ({ modelId, cardId, rating }) => ratings.save(k.models.get(modelId), cardId, rating),
    'rating/report': ({ modelId }) => ratings.report(k.models.get(modelId)),
  };
  return {
    handlers,
    words: storedWords(() => (k.folders.isSet ? places.store() : null), sources.provenance),
  };
}

function quietJob(): JobContext {
  return { signal: new AbortController().signal, progress: () => {} };
}
