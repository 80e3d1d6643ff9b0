import type { LanguageCall, ScoreDetail } from '../../core/explain/explanation.ts';
import { importedExamples } from '../../core/explain/formats/importedExamples.ts';
import { estimateRun } from '../../core/explain/language/estimate.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { formatUnit } from '../../core/model/units.ts';
import { findUnit } from '../../core/records/family.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineEvents } from '../../protocol/engineContract.ts';
import type { EngineExplain, ExplainOptions } from '../../protocol/explainContract.ts';
import type { EngineUnitReads } from '../../protocol/recordsContract.ts';
import type { Handlers, JobContext } from '../../protocol/rpc.ts';
import type { Evidence } from '../../runtime/explanations/evidence.ts';
import { openImported } from '../../runtime/explanations/importedRecords.ts';
import { knownCapabilities, openLanguage, probeLanguage } from '../../runtime/language/openLanguage.ts';
import type { Models } from '../models.ts';
import type { OpenModel } from '../openModel.ts';
import type { Fingerprints } from '../records/fingerprints.ts';
import type { FolderSettings } from '../records/folders.ts';
import type { Indexes } from '../records/indexes.ts';
import type { UnitReadSources } from '../records/unitReads.ts';
import type { UnitWords } from '../records/unitWords.ts';
import { createEditorAsks } from './editorAsks.ts';
import { exportUnits, importExplanations } from './exchange.ts';
import { givenWords, recordOf } from './givenWords.ts';
import { knownUnits } from './knownUnits.ts';
import { metered, type OpenLanguage } from './meter.ts';
import { EXPECTED, needsLanguage } from './partKinds.ts';
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
import type { WindowConcepts } from './windowConcepts.ts';

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

/** Explaining, scoring and rating. */
export function explainJobs(k: ExplainSources): ExplainJobs {
  const asks = createEditorAsks({ emit: (ask) => k.emit('language/didAsk', ask) });
  const places = createPlaces(k);
  const { sources } = places;
  const open = (options: ExplainOptions, signal: AbortSignal): OpenLanguage => {
    let opening: Promise<LanguageModel | null> | null = null;
    return () => {
      opening ??=
        options.language === null
          ? Promise.resolve(null)
          : openLanguage(options.language, {
              storage: k.folders.get().storage,
              budget: options.budget,
              askEditor: asks.ask,
              signal,
            });
      return opening;
    };
  };
  const capabilitiesOf = async ({
    language,
  }: ExplainOptions): Promise<LanguageModel['capabilities'] | null> =>
    language && ((await knownCapabilities(language, k.folders.get().storage)) ?? EXPECTED);
  const keep = async (model: OpenModel, done: readonly ExplainedUnit[]): Promise<void> => {
    const evidence = places.evidence();
    const { name } = model.info;
    const byUnit = new Map(done.map((each) => [each.record.unit, each.record]));
    for (const [family, members] of byFamily([...byUnit.keys()], unitSpace(model))) {
      const own = done.filter(({ record }) => members.includes(record.unit));
      for (const { detail } of own)
        if (detail) await evidence.write(name, await withOldCalls(name, detail, evidence));
      await places.store().put(
        name,
        family,
        own.map(({ record }) => record),
      );
    }
    for (const { record } of done) k.emit('explain/didRecord', { modelId: model.info.modelId, record });
  };
  const one = async (
    model: OpenModel,
    unit: string,
    { options, language, job }: UnitRun,
  ): Promise<ExplainedUnit> => {
    const found = findUnit(unit, unitSpace(model));
    const given = await givenWords(model, formatUnit(found), { options, store: places.store() });
    const isOracle =
      options.simulator === 'concepts' || (given?.kind ?? options.explainer.kind) === 'concepts';
    const prepared = await prepareUnit(model, unit, {
      ...sources,
      ...(isOracle ? {} : { conceptsOf: () => noConcepts }),
    });
    const asked = needsLanguage(found.kind, options, given) ? await language() : null;
    let said = 0;
    const say = (message: string): void => job.progress({ done: said++, total: 0, message });
    return explainUnit({ model, prepared, options, language: asked, given, signal: job.signal, say });
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
    'explain/estimate': async ({ modelId, units, options }) => {
      const model = k.models.get(modelId);
      const expanded = expandUnits(units, unitSpace(model));
      const found = expanded.map((unit) => findUnit(unit, unitSpace(model)));
      const capabilities = await capabilitiesOf(options);
      const windowTokens =
        (await k.indexes.current(model))?.index.key.options.context ?? DEFAULT_SCAN.context;
      const plans = planUnits(found, { options, capabilities, windowTokens });
      return { ...estimateRun(plans), units: expanded.length };
    },
    'explain/unit': async ({ modelId, unit, options }, job) => {
      const model = k.models.get(modelId);
      const done = await one(model, unit, { options, language: open(options, job.signal), job });
      await keep(model, [done]);
      return done.record;
    },
    'explain/revise': async ({ modelId, unit, id, options }, job) => {
      const model = k.models.get(modelId);
      const prepared = await prepareUnit(model, unit, sources);
      const record = await recordOf(model, prepared.id, id, places.store());
      const language = await open(options, job.signal)();
      const revised = await reviseUnit({ model, prepared, options, language, record, job });
      await keep(model, revised.keep);
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
      const language = metered(open(options, job.signal));
      const known = redo
        ? new Set<string>()
        : await knownUnits(model, expanded, {
            options,
            capabilities: await capabilitiesOf(options),
            store: places.store(),
            provenance: sources.provenance,
          });
      return explainMany({
        units: expanded,
        known,
        concurrency,
        job,
        explain: (unit, signal) =>
          one(model, unit, { options, language: language.open, job: { signal, progress: () => {} } }),
        keep: (done) => keep(model, done),
        spent: language.spent,
      });
    },
    'explain/report': ({ modelId, explainer }) =>
      explainReport(k.models.get(modelId), explainer, { store: places.store(), sources }),
    'explain/import': ({ modelId, file }) =>
      importExplanations(k.models.get(modelId), file, {
        store: places.store(),
        evidence: places.evidence(),
        provenance: sources.provenance,
        imported: openImported(k.folders.get().storage),
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
    imported: async (model, unit, part) => {
      if (!k.folders.isSet) return [];
      return importedExamples(await openImported(k.folders.get().storage).read(model.info.name, unit), part);
    },
    words: storedWords(() => (k.folders.isSet ? places.store() : null), sources.provenance),
  };
}

interface UnitRun {
  readonly options: ExplainOptions;
  readonly language: OpenLanguage;
  readonly job: JobContext;
}

const noConcepts: WindowConcepts = () => null;

/** Words that are only scored again keep the prompts that they were found with. */
async function withOldCalls(model: string, detail: ScoreDetail, evidence: Evidence): Promise<ScoreDetail> {
  const isFinding = ({ purpose }: LanguageCall): boolean => FINDING.has(purpose);
  if (detail.calls.some(isFinding) || !(await evidence.has(model, detail.id))) return detail;
  const old = await evidence.read(model, detail.id).catch(() => null);
  return { ...detail, calls: [...(old?.calls.filter(isFinding) ?? []), ...detail.calls] };
}

const FINDING: ReadonlySet<LanguageCall['purpose']> = new Set(['explain', 'revise', 'counter-examples']);

function quietJob(): JobContext {
  return { signal: new AbortController().signal, progress: () => {} };
}
