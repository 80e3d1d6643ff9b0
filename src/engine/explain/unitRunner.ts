import type { LanguageCall, ScoreDetail } from '../../core/explain/explanation.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { formatUnit } from '../../core/model/units.ts';
import { findUnit } from '../../core/records/family.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineEvents } from '../../protocol/engineContract.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { Evidence } from '../../runtime/explanations/evidence.ts';
import type { AskEditor } from '../../runtime/language/editorModel.ts';
import { knownCapabilities, openLanguage } from '../../runtime/language/openLanguage.ts';
import type { OpenModel } from '../openModel.ts';
import type { FolderSettings } from '../records/folders.ts';
import { explainUnit, type ExplainedUnit } from './explainUnit.ts';
import { givenWords } from './givenWords.ts';
import type { OpenLanguage } from './meter.ts';
import { EXPECTED, needsLanguage } from './partKinds.ts';
import type { Places } from './places.ts';
import { prepareUnit } from './preparedUnit.ts';
import { byFamily } from './unitPatterns.ts';
import type { WindowConcepts } from './windowConcepts.ts';

export interface UnitRun {
  readonly options: ExplainOptions;
  readonly language: OpenLanguage;
  readonly job: JobContext;
}

/** Explains single units, and keeps what comes out. */
export interface UnitRunner {
  /** The server is asked for nothing, its abilities neither, before somebody needs it. */
  open(options: ExplainOptions, signal: AbortSignal): OpenLanguage;
  /** What the chosen language model can do as far as is known without asking; null = none is chosen. */
  capabilitiesOf(options: ExplainOptions): Promise<LanguageModel['capabilities'] | null>;
  /** @throws index/none, explain/*, language/*, cancelled */
  one(model: OpenModel, unit: string, run: UnitRun): Promise<ExplainedUnit>;
  /** Evidence first: a record that is listed has its own. @throws file/unwritable */
  keep(model: OpenModel, done: readonly ExplainedUnit[]): Promise<void>;
}

export interface RunnerSources {
  readonly places: Places;
  readonly folders: FolderSettings;
  readonly askEditor: AskEditor;
  emit<N extends keyof EngineEvents>(name: N, payload: EngineEvents[N]): void;
}

const NO_CONCEPTS: WindowConcepts = () => null;

export function createRunner({ places, folders, askEditor, emit }: RunnerSources): UnitRunner {
  const storage = (): string => folders.get().storage;
  return {
    open: ({ language, budget }, signal) => {
      let opening: Promise<LanguageModel | null> | null = null;
      return () => {
        opening ??= language
          ? openLanguage(language, { storage: storage(), budget, askEditor, signal })
          : Promise.resolve(null);
        return opening;
      };
    },
    capabilitiesOf: async ({ language }) =>
      language && ((await knownCapabilities(language, storage())) ?? EXPECTED),
    one: async (model, text, { options, language, job }) => {
      const unit = findUnit(text, unitSpace(model));
      const given = await givenWords(model, formatUnit(unit), {
        options,
        store: places.store(),
        published: places.published(),
      });
      const kind = given?.kind ?? options.explainer.kind;
      // Labels of tokens take longer than simulating from words: only the oracle reads them.
      const isOracle = kind === 'concepts' || options.simulator === 'concepts';
      const { sources } = places;
      const conceptsOf = isOracle ? sources.conceptsOf : (): WindowConcepts => NO_CONCEPTS;
      const prepared = await prepareUnit(model, text, { ...sources, conceptsOf });
      const asked = needsLanguage(unit.kind, options, given) ? await language() : null;
      let said = 0;
      const say = (message: string): void => job.progress({ done: said++, total: 0, message });
      return explainUnit({ model, prepared, options, language: asked, given, signal: job.signal, say });
    },
    keep: async (model, done) => {
      const evidence = places.evidence();
      const { name, modelId } = model.info;
      const units = [...new Set(done.map(({ record }) => record.unit))];
      for (const [family, members] of byFamily(units, unitSpace(model))) {
        const own = done.filter(({ record }) => members.includes(record.unit));
        for (const { detail } of own) {
          if (detail) await evidence.write(name, await withOldCalls(name, detail, evidence));
        }
        const records = own.map(({ record }) => record);
        await places.store().put(name, family, records);
      }
      for (const { record } of done) emit('explain/didRecord', { modelId, record });
    },
  };
}

const FINDING: ReadonlySet<LanguageCall['purpose']> = new Set(['explain', 'revise', 'counter-examples']);

/** Words that are only scored again keep the prompts that they were found with. */
async function withOldCalls(model: string, detail: ScoreDetail, evidence: Evidence): Promise<ScoreDetail> {
  const isFinding = ({ purpose }: LanguageCall): boolean => FINDING.has(purpose);
  if (detail.calls.some(isFinding) || !(await evidence.has(model, detail.id))) return detail;
  const old = await evidence.read(model, detail.id).catch(() => null);
  return { ...detail, calls: [...(old?.calls.filter(isFinding) ?? []), ...detail.calls] };
}
