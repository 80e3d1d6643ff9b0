import type { ExplainerKind, SimulatorKind } from '../../core/explain/explanation.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import type { Unit } from '../../core/model/units.ts';
import type { ExplainOptions, SimulatorChoice } from '../../protocol/explainContract.ts';

type Capabilities = LanguageModel['capabilities'];
type ScoringOptions = Pick<ExplainOptions, 'explainer' | 'simulator' | 'scorers'>;

/** Capabilities that are believed before a server was asked: an estimate names the dearer way. */
export const EXPECTED: Capabilities = { promptLogprobs: false, outputLogprobs: true, json: true };

/** How words came about, as far as it decides who simulates them. */
export interface Origin {
  readonly explainer: ExplainerKind;
  /** Whether there is a trie beside the words. */
  readonly pattern: boolean;
}

/** Who scores, known before anything is opened: for estimates, and so that nothing is opened needlessly. */
export interface Scoring {
  /** Who simulates, or stands behind an offline judge; null for heads, and when nothing is scored. */
  readonly simulator: SimulatorKind | null;
  readonly simulates: boolean;
  readonly judges: boolean;
  readonly asksLanguage: boolean;
  /** What a record says of its scores; null = nothing is scored. */
  readonly scoredBy: SimulatorKind | null;
}

const NO_SCORING: Scoring = {
  simulator: null,
  simulates: false,
  judges: false,
  asksLanguage: false,
  scoredBy: null,
};

/** @param given words that are there already; null = the explainer of the options finds them. */
export function originOf(
  { explainer }: Pick<ExplainOptions, 'explainer'>,
  given: { readonly kind: ExplainerKind; readonly pattern: string | null } | null,
): Origin {
  if (given) return { explainer: given.kind, pattern: given.kind === 'n2g' && given.pattern !== null };
  // A record that was not looked up yet counts as words.
  const kind = explainer.kind === 'record' ? 'human' : explainer.kind;
  return { explainer: kind, pattern: kind === 'n2g' };
}

/** What a choice of simulator comes down to. */
export function simulatorKind(
  choice: SimulatorChoice,
  of: Origin & { readonly capabilities: Capabilities | null },
): SimulatorKind {
  if (choice !== 'auto') return choice;
  if (of.pattern) return 'pattern';
  if (of.explainer === 'concepts') return 'concepts';
  if (!of.capabilities) return 'words';
  return of.capabilities.promptLogprobs ? 'prompt-logprobs' : 'json';
}

/** Heads are judged pair by pair; detection and fuzzing are asked of the simulator, or of its language model. */
export function scoringOf(
  kind: Unit['kind'],
  { simulator: choice, scorers }: ScoringOptions,
  of: Origin & { readonly capabilities: Capabilities | null },
): Scoring {
  if (scorers.length === 0) return NO_SCORING;
  const simulator = simulatorKind(choice, of);
  const asksLanguage = isLanguageKind(simulator);
  if (kind === 'head') {
    const scoredBy = asksLanguage ? 'judge' : 'words';
    return { simulator: null, simulates: false, judges: true, asksLanguage, scoredBy };
  }
  const simulates = scorers.includes('simulation') || scorers.includes('ablation');
  const judges = scorers.includes('detection') || scorers.includes('fuzzing');
  const scoredBy = asksLanguage && !simulates ? 'judge' : simulator;
  return { simulator, simulates, judges, asksLanguage, scoredBy };
}

/** Whether explaining or scoring will ask the language model that was chosen. */
export function needsLanguage(
  kind: Unit['kind'],
  options: ScoringOptions & Pick<ExplainOptions, 'language'>,
  given: Parameters<typeof originOf>[1],
): boolean {
  if (!given && options.explainer.kind === 'language') return true;
  const capabilities = options.language ? EXPECTED : null;
  return scoringOf(kind, options, { ...originOf(options, given), capabilities }).asksLanguage;
}

function isLanguageKind(kind: SimulatorKind): boolean {
  return kind === 'prompt-logprobs' || kind === 'output-logprobs' || kind === 'json';
}
