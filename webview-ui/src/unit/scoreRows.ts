import type { BinaryScores, Score, Scores, SimulationScores } from '../../../src/core/explain/explanation.ts';

export interface ScoreRow {
  readonly name: string;
  readonly help: string;
  readonly score: Score | null;
}

/** All scores that were asked for, the preferred one first; those that are not defined say so. */
export function scoreRows(scores: Scores): readonly ScoreRow[] {
  const { pairs, topAndRandom, randomOnly, detection, fuzzing, ablation } = scores;
  return [
    ...(pairs === null ? [] : binary('Marked pairs', 'strong pairs told from others', pairs)),
    ...simulation('top and random', topAndRandom),
    ...simulation('random only', randomOnly),
    ...(detection === null
      ? []
      : binary('Detection', 'windows with activation told from windows without', detection)),
    ...(fuzzing === null
      ? []
      : binary('Fuzzing', 'rightly marked tokens told from wrongly marked ones', fuzzing)),
    ...(ablation === null
      ? []
      : [
          { name: 'Ablation, top and random', help: ABLATION, score: ablation.topAndRandom },
          { name: 'Ablation, random only', help: ABLATION, score: ablation.randomOnly },
        ]),
  ];
}

const ABLATION =
  '1 - JSD with the simulated activation put in place of the real one / JSD with the mean put in its place';

function simulation(set: string, scores: SimulationScores | null): readonly ScoreRow[] {
  if (scores === null) return [];
  const over = `over ${scores.sequences} windows`;
  return [
    {
      name: `Correlation, ${set}`,
      help: `Pearson r of simulated and real, ${over}`,
      score: scores.correlation,
    },
    {
      name: `R², ${set}`,
      help: `1 - mean((real - simulated)^2) / mean(real^2), ${over}`,
      score: scores.rSquared,
    },
    {
      name: `Absolute deviation, ${set}`,
      help: `1 - mean|real - simulated| / mean|real|, ${over}`,
      score: scores.absoluteDeviation,
    },
  ];
}

function binary(
  name: string,
  help: string,
  { accuracy, f1, auc, examples }: BinaryScores,
): readonly ScoreRow[] {
  const of = `${help}, ${examples} examples`;
  return [
    { name: `${name}, AUC`, help: of, score: auc },
    { name: `${name}, accuracy`, help: of, score: accuracy },
    { name: `${name}, F1`, help: of, score: f1 },
  ];
}
