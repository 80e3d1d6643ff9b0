import { InterpError } from '../../core/errors.ts';
import { conceptsExplainer, conceptsSimulator } from '../../core/explain/concepts.ts';
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
import { summaryExplainer } from '../../core/explain/words/summary.ts';
import { wordsSimulator } from '../../core/explain/words/wordsSimulator.ts';
import type { Unit } from '../../core/model/units.ts';
import type { Explainer, ExplainOptions } from '../../protocol/explainContract.ts';
import { originOf, scoringOf } from './partKinds.ts';

/** What a unit is explained and scored with. */
export interface ChosenParts {
  /** Null: the words are given. */
  readonly explainer: ExplainerPart | null;
  /** Null for heads, which are scored by pairs, and when nothing is simulated. */
  readonly simulator: SimulatorPart | null;
  readonly judge: JudgePart | null;
  /** What the scores come from; null = nothing is scored. */
  readonly scoredBy: SimulatorKind | null;
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
  const { unit, options, language, given } = input;
  const explainer = given ? null : explainerOf(options.explainer, input);
  const origin = originOf(options, given);
  const scoring = scoringOf(unit.kind, options, {
    ...origin,
    capabilities: language?.capabilities ?? null,
  });
  const { asksLanguage, judges, simulates, scoredBy } = scoring;
  const simulator = scoring.simulator && simulatorOf(scoring.simulator, input, origin);
  const judge = asksLanguage
    ? languageJudge(configured(language))
    : offlineJudge(simulator ?? wordsSimulator);
  return { explainer, simulator: simulates ? simulator : null, judge: judges ? judge : null, scoredBy };
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
      return languageExplainer(configured(language), { samples: explainer.samples });
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

function simulatorOf(
  kind: SimulatorKind,
  { language, bosId }: PartsInput,
  { pattern }: { readonly pattern: boolean },
): SimulatorPart {
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
      return jsonSimulator(configured(language));
    case 'words':
    case 'judge':
    case 'imported':
      return wordsSimulator;
  }
}

function able(
  language: LanguageModel | null,
  capability: keyof LanguageModel['capabilities'],
  what: string,
  make: (model: LanguageModel) => SimulatorPart,
): SimulatorPart {
  const model = configured(language);
  if (model.capabilities[capability]) return make(model);
  throw new InterpError('language/not-able', `${model.name} does not return ${what}.`, {
    data: { model: model.name, missing: capability },
  });
}

function configured(language: LanguageModel | null): LanguageModel {
  if (language) return language;
  throw new InterpError('language/not-configured', 'No language model is configured, so nothing was sent.');
}
