import type { DensityMatch, ExplainReport } from '../../../src/core/explain/report.ts';

/** Medians that differ by less are told as equal. */
const SAME = 0.005;

/**
 * The answer in one sentence: whether latents are easier to explain than neurons, whichever way it falls, or what is
 * missing to say so. Of several comparisons the one over the most pairs gives the numbers.
 */
export function headlineOf(report: ExplainReport): string {
  const compared = report.matches.filter((match) => match.pairs > 0 && differenceOf(match) !== null);
  const largest = compared.toSorted((a, b) => b.pairs - a.pairs)[0];
  if (largest === undefined) return missing(report);
  const difference = differenceOf(largest) ?? 0;
  const same = compared.filter((match) => signOf(differenceOf(match) ?? 0) === signOf(difference)).length;
  const { neurons, latents } = largest.topAndRandom;
  const numbers = `median ${score(latents)} against ${score(neurons)} at equal density`;
  const pairs = `${largest.pairs} ${largest.pairs === 1 ? 'pair' : 'pairs'}`;
  const where =
    compared.length === 1
      ? `${largest.latents} and ${largest.neurons}, ${pairs}`
      : `${largest.latents}, ${pairs}; ${same} of ${compared.length} comparisons fall this way`;
  return `${claim(difference)}: ${numbers} (${where}).`;
}

/** Latents' median less neurons', on top and random records; null when one is not known. */
function differenceOf({ topAndRandom: { neurons, latents } }: DensityMatch): number | null {
  return neurons === null || latents === null ? null : latents - neurons;
}

function signOf(difference: number): number {
  return Math.abs(difference) < SAME ? 0 : Math.sign(difference);
}

function claim(difference: number): string {
  const sign = signOf(difference);
  if (sign === 0) return 'Latents and neurons are equally easy to explain';
  return sign > 0
    ? 'Latents are easier to explain than neurons'
    : 'Neurons are easier to explain than latents';
}

function missing({ families, explainer, matches }: ExplainReport): string {
  const by = explainer === null ? '' : ` by ${explainer}`;
  const scored = (kind: 'neurons' | 'latents'): boolean =>
    families.some((family) => family.kind === kind && family.topAndRandom.count > 0);
  const [neurons, latents] = [scored('neurons'), scored('latents')];
  if (!neurons && !latents) return `No explanation${by} is scored on top and random records yet.`;
  if (!neurons || !latents) {
    const [there, absent] = neurons ? ['neurons', 'latents'] : ['latents', 'neurons'];
    return `Scored${by}: ${there} only. Explain ${absent} of the same layer to compare them.`;
  }
  if (matches.length === 0)
    return `Neurons and latents are scored${by}, but of different layers: explain both of one layer to compare them.`;
  return `No scored neuron${by} is as often active as a scored latent of its layer: nothing to compare at equal density.`;
}

function score(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}
