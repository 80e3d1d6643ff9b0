import type { UnitPlan } from '../../core/explain/language/estimate.ts';
import type { ExplainerKind } from '../../core/explain/explanation.ts';
import type { Unit } from '../../core/model/units.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import { simulatorKind } from './chooseParts.ts';

/** Capabilities that are believed before a server was asked: the dearer way is what an estimate names. */
const EXPECTED = { promptLogprobs: false, outputLogprobs: true, json: true };

/** The same for many units, those that are asked the same together. */
export function planUnits(
  units: readonly Unit[],
  options: ExplainOptions,
): { readonly plan: UnitPlan; readonly units: number }[] {
  const kinds = [...new Set(units.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const own = units.filter((unit) => unit.kind === kind);
    const [first] = own;
    return first ? [{ plan: planUnit(first, options), units: own.length }] : [];
  });
}

/** What explaining one unit will ask of a language model. Offline parts ask nothing. */
function planUnit(unit: Unit, options: ExplainOptions): UnitPlan {
  const { explainer, perSplit, scorers, language } = options;
  const kind = explainer.kind as ExplainerKind;
  const byLanguage = explainer.kind === 'language';
  const simulator = simulatorKind(options.simulator, {
    explainer: kind,
    pattern: explainer.kind === 'n2g',
    capabilities: language ? EXPECTED : null,
  });
  const asks = language !== null && ['prompt-logprobs', 'output-logprobs', 'json'].includes(simulator);
  const samples = byLanguage ? explainer.samples : 0;
  const windows = 2 * perSplit;
  const isHead = unit.kind === 'head';
  const simulates = asks && !isHead && (scorers.includes('simulation') || scorers.includes('ablation'));
  // Candidates are compared on the calibration windows, and the best one is scored on those and the test windows.
  const compared = samples > 1 ? samples : 0;
  const judges = asks && !isHead && (scorers.includes('detection') || scorers.includes('fuzzing'));
  return {
    kind: unit.kind,
    samples,
    trainRecords: perSplit,
    simulator: simulates ? simulator : null,
    simulated: simulates ? (2 + compared) * windows : 0,
    detected: judges ? windows : 0,
    fuzzed: judges ? 2 * windows : 0,
    pairs: asks && isHead && scorers.length > 0 ? (1 + compared) * windows : 0,
    revised: false,
    windowTokens: DEFAULT_SCAN.context,
  };
}
