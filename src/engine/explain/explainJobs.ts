import { importedExamples } from '../../core/explain/formats/importedExamples.ts';
import { estimateRun } from '../../core/explain/language/estimate.ts';
import { parseUnit } from '../../core/model/units.ts';
import { findUnit } from '../../core/records/family.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineEvents } from '../../protocol/engineContract.ts';
import type { EngineExplain } from '../../protocol/explainContract.ts';
import type { EngineUnitReads } from '../../protocol/recordsContract.ts';
import type { Handlers, JobContext } from '../../protocol/rpc.ts';
import { openImported } from '../../runtime/explanations/importedRecords.ts';
import { probeLanguage } from '../../runtime/language/openLanguage.ts';
import type { Models } from '../models.ts';
import type { Fingerprints } from '../records/fingerprints.ts';
import type { FolderSettings } from '../records/folders.ts';
import type { Indexes } from '../records/indexes.ts';
import type { UnitReadSources } from '../records/unitReads.ts';
import type { UnitWords } from '../records/unitWords.ts';
import { createEditorAsks, type EditorAsks } from './editorAsks.ts';
import { exportUnits, importExplanations } from './exchange.ts';
import { recordOf } from './givenWords.ts';
import { knownUnits } from './knownUnits.ts';
import { explainMany } from './manyUnits.ts';
import { metered } from './meter.ts';
import { listedPublished, publishedDetail, publishedExamples } from '../published/publishedRecords.ts';
import { publishedWordsOf } from '../published/publishedWords.ts';
import { besidePublished } from '../records/unitWords.ts';
import { createPlaces, idOf, placeIn, type Places } from './places.ts';
import { prepareUnit } from './preparedUnit.ts';
import { createRatings, type CardSource } from './ratings.ts';
import { explainReport } from './report.ts';
import { reviseUnit } from './reviseUnit.ts';
import { planUnits } from './spending.ts';
import { staleReason, storedWords } from './storeWords.ts';
import { expandUnits } from './unitPatterns.ts';
import { createRunner } from './unitRunner.ts';

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
  /** Examples that other tools collected, for unit pages. */
  readonly imported: NonNullable<UnitReadSources['imported']>;
}

const EXAMPLES_ON_CARD = 8;

type HandlersOf<K extends keyof EngineExplain> = Handlers<Pick<EngineExplain, K>>;

/** Explaining, scoring and rating. */
export function explainJobs(k: ExplainSources): ExplainJobs {
  const asks = createEditorAsks({ emit: (ask) => k.emit('language/didAsk', ask) });
  const places = createPlaces(k);
  return {
    handlers: {
      ...languageJobs(k, asks),
      ...runJobs(k, places, asks),
      ...listJobs(k, places),
      ...storeJobs(k, places),
      ...ratingJobs(k, places),
    },
    imported: async (model, unit, part) => {
      if (!k.folders.isSet) return [];
      const { family, index } = placeIn(model, unit);
      const published = await places.published().records(model.info.name, family, index);
      const own = await openImported(k.folders.get().storage).read(model.info.name, unit);
      const others = await publishedExamples(published, { model, unit: parseUnit(unit) }, part);
      return [...others, ...importedExamples(own, part)];
    },
    words: besidePublished(
      storedWords(() => (k.folders.isSet ? places.store() : null), places.sources.provenance),
      publishedWordsOf(() => (k.folders.isSet ? places.published() : null)),
    ),
  };
}

function languageJobs(k: ExplainSources, asks: EditorAsks): HandlersOf<'language/probe' | 'language/answer'> {
  return {
    'language/probe': ({ language: access }, { signal }) =>
      probeLanguage(access, {
        storage: k.folders.get().storage,
        budget: { requests: null, tokens: null },
        askEditor: asks.ask,
        signal,
      }),
    'language/answer': (answer) => asks.answer(answer),
  };
}

function runJobs(
  k: ExplainSources,
  places: Places,
  asks: EditorAsks,
): HandlersOf<'explain/estimate' | 'explain/unit' | 'explain/revise' | 'explain/many'> {
  const { sources, store } = places;
  const run = createRunner({ places, folders: k.folders, askEditor: asks.ask, emit: k.emit });
  return {
    'explain/estimate': async ({ modelId, units, options }) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const found = expanded.map((unit) => findUnit(unit, unitSpace(model)));
      const capabilities = await run.capabilitiesOf(options);
      const index = (await k.indexes.current(model))?.index;
      const windowTokens = index?.key.options.context ?? DEFAULT_SCAN.context;
      const plans = planUnits(found, { options, capabilities, windowTokens });
      return { ...estimateRun(plans), units: expanded.length };
    },
    'explain/unit': async ({ modelId, unit, options }, job) => {
      const model = k.models.get(modelId);
      const done = await run.one(model, unit, { options, language: run.open(options, job.signal), job });
      await run.keep(model, [done]);
      return done.record;
    },
    'explain/revise': async ({ modelId, unit, id, options }, job) => {
      const model = k.models.get(modelId);
      const prepared = await prepareUnit(model, unit, sources);
      const from = { store: store(), published: places.published() };
      const record = await recordOf(model, prepared.id, id, from);
      const language = await run.open(options, job.signal)();
      const revised = await reviseUnit({ model, prepared, options, language, record, job });
      await run.keep(model, revised.keep);
      return revised.revision;
    },
    'explain/many': async ({ modelId, units, options, concurrency, redo }, job) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const { provenance } = sources;
      const capabilities = await run.capabilitiesOf(options);
      const known = redo
        ? new Set<string>()
        : await knownUnits(model, expanded, { options, capabilities, store: store(), provenance });
      const { open, spent } = metered(run.open(options, job.signal));
      return explainMany({
        units: expanded,
        known,
        concurrency,
        job,
        explain: (unit, signal) =>
          run.one(model, unit, { options, language: open, job: { signal, progress: () => {} } }),
        keep: (done) => run.keep(model, done),
        spent,
      });
    },
  };
}

/** What is said of a unit: in the workspace, and by others. */
function listJobs(k: ExplainSources, places: Places): HandlersOf<'explain/list' | 'explain/detail'> {
  const { sources, store, evidence } = places;
  return {
    'explain/list': async ({ modelId, unit }) => {
      const model = k.models.get(modelId);
      const { id, family } = idOf(model, unit);
      const { records } = await store().family(model.info.name, family);
      const now = await sources.provenance(model, family);
      const own = records.filter((record) => record.unit === id);
      const listed = await Promise.all(
        own.map(async (record) => ({
          record,
          stale: staleReason(record, now),
          hasDetail: await evidence().has(model.info.name, record.id),
        })),
      );
      const place = { unit: id, ...placeIn(model, id) };
      return [...listed, ...(await listedPublished(places.published(), model.info.name, place))];
    },
    'explain/detail': async ({ modelId, unit, id }) => {
      const model = k.models.get(modelId);
      const { name } = model.info;
      if (await evidence().has(name, id)) return evidence().read(name, id);
      const place = { unit: idOf(model, unit).id, id, ...placeIn(model, unit) };
      return (await publishedDetail(places.published(), name, place)) ?? evidence().read(name, id);
    },
  };
}

function storeJobs(
  k: ExplainSources,
  places: Places,
): HandlersOf<'explain/remove' | 'explain/report' | 'explain/import' | 'explain/export'> {
  const { sources, store, evidence } = places;
  return {
    'explain/remove': async ({ modelId, unit, id }) => {
      const model = k.models.get(modelId);
      await store().remove(model.info.name, idOf(model, unit).family, id);
      await evidence().remove(model.info.name, id);
      return null;
    },
    'explain/report': ({ modelId, explainer }) =>
      explainReport(k.models.get(modelId), explainer, { store: store(), sources }),
    'explain/import': ({ modelId, file }) =>
      importExplanations(k.models.get(modelId), file, {
        store: store(),
        evidence: evidence(),
        provenance: sources.provenance,
        imported: openImported(k.folders.get().storage),
      }),
    'explain/export': async ({ modelId, units, format }) => {
      const model = k.models.get(modelId);
      const text = await exportUnits(model, expandUnits(units, unitSpace(model)), format, {
        store: store(),
        evidence: evidence(),
        indexOf: (family) => sources.indexOf(model, family),
      });
      return { text };
    },
  };
}

function ratingJobs(
  k: ExplainSources,
  places: Places,
): HandlersOf<'rating/deal' | 'rating/save' | 'rating/report'> {
  const source: CardSource = {
    isAlive: async (model, family, index) => {
      const found = await places.sources.indexOf(model, family);
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
  };
  const ratings = createRatings(() => places.shared(), source);
  return {
    'rating/deal': ({ modelId, families, count, seed }) =>
      ratings.deal(k.models.get(modelId), { families, count, seed }),
    'rating/save': ({ modelId, cardId, rating }) => ratings.save(k.models.get(modelId), cardId, rating),
    'rating/report': ({ modelId }) => ratings.report(k.models.get(modelId)),
  };
}

function quietJob(): JobContext {
  return { signal: new AbortController().signal, progress: () => {} };
}
