import { InterpError } from '../../core/errors.ts';
import type { ExplainerKind, SimulatorKind } from '../../core/explain/explanation.ts';
import { jsonSimulator } from '../../core/explain/language/jsonSimulator.ts';
import { languageExplainer } from '../../core/explain/language/languageExplainer.ts';
import { languageJudge } from '../../core/explain/language/languageJudge.ts';
import { promptLogprobsSimulator } from '../../core/explain/language/promptSimulator.ts';
import { outputLogprobsSimulator } from '../../core/explain/language/tokenSimulator.ts';
import { offlineJudge } from '../../core/explain/offlineJudge.ts';
import type { ExplainerPart, JudgePart, LanguageModel, SimulatorPart } from '../../core/explain/parts.ts';
import { n2gExplainer } from '../../core/explain/pattern/n2g.ts';
import { patternSimulator } from '../../core/explain/pattern/patternSimulator.ts';
import { conceptsExplainer, conceptsSimulator } from '../../core/explain/concepts.ts';
import { summaryExplainer } from '../../core/explain/words/summary.ts';
import { wordsSimulator } from '../../core/explain/words/wordsSimulator.ts';
import type { Unit } from '../../core/model/units.ts';
import type { Explainer, ExplainOptions, SimulatorChoice } from '../../protocol/explainContract.ts';

/** What a unit is explained and scored with. */
export interface ChosenParts {
  /** Null: the words are given. */
  readonly explainer: ExplainerPart | null;
  /** Null for heads, which are scored by pairs. */
  readonly simulator: SimulatorPart | null;
  readonly judge: JudgePart | null;
}

export interface PartsInput {
  readonly unit: Unit;
  readonly options: Pick<ExplainOptions, 'explainer' | 'simulator' | 'scorers'>;
  readonly language: LanguageModel | null;
  readonly bosId: number | null;
  /** Of given words: how they came about. */
  readonly given: { readonly kind: ExplainerKind; readonly pattern: string | null } | null;
}

/** @throws language/not-configured, language/not-able, explain/not-possible */
export function chooseParts(input: PartsInput): ChosenParts {
  const { unit, options, language } = input;
  const explainer = explainerOf(options.explainer, input);
  if (unit.kind === 'head') {
    const asks = options.scorers.length > 0;
    const judge =
      isLanguage(options.simulator, language) && language
        ? languageJudge(language)
        : offlineJudge(wordsSimulator);
    return { explainer, simulator: null, judge: asks ? judge : null };
  }
  const simulator = simulatorOf(input);
  const asksJudge = options.scorers.includes('detection') || options.scorers.includes('fuzzing');
  const byLanguage = isLanguageKind(simulator.kind) && language !== null;
  const judge = byLanguage ? languageJudge(language) : offlineJudge(simulator);
  const simulates = options.scorers.includes('simulation') || options.scorers.includes('ablation');
  return { explainer, simulator: simulates ? simulator : null, judge: asksJudge ? judge : null };
}

/** Which simulator a choice comes down to, known before anything is opened: for estimates. */
export function simulatorKind(
  choice: SimulatorChoice,
  of: {
    readonly explainer: ExplainerKind;
    readonly pattern: boolean;
    readonly capabilities: LanguageModel['capabilities'] | null;
  },
): SimulatorKind {
  if (choice !== 'auto') return choice;
  if (of.pattern) return 'pattern';
  if (of.explainer === 'concepts') return 'concepts';
  if (!of.capabilities) return 'words';
  return of.capabilities.promptLogprobs ? 'prompt-logprobs' : 'json';
}

function explainerOf(explainer: Explainer, { unit, language }: PartsInput): ExplainerPart | null {
  switch (explainer.kind) {
    case 'summary':
      return summaryExplainer;
    case 'n2g':
      return forTokens(unit, n2gExplainer, 'N2G patterns');
    case 'concepts':
      return forTokens(unit, conceptsExplainer, 'Concept labels');
    case 'language':
      if (language) return languageExplainer(language, { samples: explainer.samples });
      throw new InterpError(
        'language/not-configured',
        'No language model is configured, so nothing was sent.',
      );
    case 'human':
    case 'record':
      return null;
  }
}

function forTokens(unit: Unit, part: ExplainerPart, what: string): ExplainerPart {
  if (unit.kind !== 'head') return part;
  throw new InterpError(
    'explain/not-possible',
    `${what} are of single tokens; heads are explained in plain words or by a language model.`,
  );
}

function simulatorOf({ options, language, bosId, given }: PartsInput): SimulatorPart {
  const explainer = given?.kind ?? (options.explainer.kind as ExplainerKind);
  const pattern = given ? given.pattern !== null && given.kind === 'n2g' : options.explainer.kind === 'n2g';
  const capabilities = language?.capabilities ?? null;
  const kind = simulatorKind(options.simulator, { explainer, pattern, capabilities });
  switch (kind) {
    case 'pattern':
      if (pattern) return patternSimulator(bosId);
      throw new InterpError(
        'explain/not-possible',
        'Only an explanation by N2G has a pattern to simulate with.',
      );
    case 'concepts':
      return conceptsSimulator;
    case 'prompt-logprobs':
      return able(language, 'promptLogprobs', 'log-probabilities of the prompt', promptLogprobsSimulator);
    case 'output-logprobs':
      return able(language, 'outputLogprobs', 'log-probabilities of its reply', outputLogprobsSimulator);
    case 'json':
      return able(language, null, 'JSON', jsonSimulator);
    case 'words':
    case 'imported':
      return wordsSimulator;
  }
}

function able(
  language: LanguageModel | null,
  capability: keyof LanguageModel['capabilities'] | null,
  what: string,
  make: (model: LanguageModel) => SimulatorPart,
): SimulatorPart {
  if (!language)
    throw new InterpError('language/not-configured', 'No language model is configured, so nothing was sent.');
  if (capability === null || language.capabilities[capability]) return make(language);
  throw new InterpError('language/not-able', `${language.name} does not return ${what}.`, {
    data: { model: language.name, missing: capability },
  });
}

function isLanguage(choice: SimulatorChoice, language: LanguageModel | null): boolean {
  return choice === 'auto' ? language !== null : isLanguageKind(choice);
}

function isLanguageKind(kind: SimulatorKind | 'auto'): boolean {
  return kind === 'prompt-logprobs' || kind === 'output-logprobs' || kind === 'json';
}
