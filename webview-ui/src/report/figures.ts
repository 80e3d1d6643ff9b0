import type { ExplainReport, ScoreDistribution } from '../../../src/core/explain/report.ts';
import type { DataCell, DataColumn, DataTable } from '../draw/tableText.ts';

/** The figures as tables: what is shown in place of pictures, and what is exported. */

const text = (key: string, title: string): DataColumn => ({ key, title, unit: '', numeric: false });
const number = (key: string, title: string): DataColumn => ({ key, title, unit: '', numeric: true });

function distributionColumns(key: string, title: string): readonly DataColumn[] {
  return [
    number(`${key}Count`, `${title}: scored`),
    number(`${key}Median`, 'median'),
    number(`${key}Low`, 'lower quartile'),
    number(`${key}High`, 'upper quartile'),
    number(`${key}Mean`, 'mean'),
    number(`${key}Silent`, 'silent in the windows'),
    number(`${key}SaysNothing`, 'words say nothing'),
  ];
}

function distributionCells(of: ScoreDistribution): readonly DataCell[] {
  const { count, median, quartiles, mean, silent, saysNothing } = of;
  return [count, median, quartiles?.[0] ?? null, quartiles?.[1] ?? null, mean, silent, saysNothing];
}

export function familiesTable({ families }: ExplainReport): DataTable {
  return {
    caption: 'Scores by layer and family',
    columns: [
      number('layer', 'Layer'),
      text('family', 'Family'),
      text('kind', 'Kind'),
      number('units', 'Units'),
      number('explained', 'Explained'),
      ...distributionColumns('topAndRandom', 'Top and random'),
      ...distributionColumns('randomOnly', 'Random only'),
      ...distributionColumns('detection', 'Detection AUC'),
    ],
    rows: families.map((family) => [
      family.layer,
      family.family,
      family.kind,
      family.units,
      family.explained,
      ...distributionCells(family.topAndRandom),
      ...distributionCells(family.randomOnly),
      ...distributionCells(family.detection),
    ]),
  };
}

/** Counts by bin of 0.1, both sets of records. */
export function binsTable({ families }: ExplainReport): DataTable {
  const scored = families.filter((family) => family.topAndRandom.count + family.randomOnly.count > 0);
  const bins = Math.max(0, ...scored.map(({ topAndRandom }) => topAndRandom.counts.length));
  return {
    caption: 'Units by score',
    columns: [
      number('from', 'From'),
      number('to', 'To'),
      ...scored.flatMap(({ family }) => [
        number(`${family}TopAndRandom`, `${family}: top and random`),
        number(`${family}RandomOnly`, 'random only'),
      ]),
    ],
    rows: Array.from({ length: bins }, (_, bin) => [
      edge(bin, bins),
      edge(bin + 1, bins),
      ...scored.flatMap(({ topAndRandom, randomOnly }) => [
        topAndRandom.counts[bin] ?? null,
        randomOnly.counts[bin] ?? null,
      ]),
    ]),
  };
}

/** Lower edge of a bin of scores, -1..1. */
export function edge(bin: number, bins: number): number {
  return Math.round((-1 + (2 * bin) / Math.max(1, bins)) * 1000) / 1000;
}

export function matchesTable({ matches }: ExplainReport): DataTable {
  return {
    caption: 'Neurons and latents at equal density',
    columns: [
      number('layer', 'Layer'),
      text('neurons', 'Neurons'),
      text('latents', 'Latents'),
      number('pairs', 'Pairs'),
      number('topAndRandomNeurons', 'Top and random: neurons'),
      number('topAndRandomLatents', 'latents'),
      number('randomOnlyNeurons', 'Random only: neurons'),
      number('randomOnlyLatents', 'latents'),
    ],
    rows: matches.map((match) => [
      match.layer,
      match.neurons,
      match.latents,
      match.pairs,
      match.topAndRandom.neurons,
      match.topAndRandom.latents,
      match.randomOnly.neurons,
      match.randomOnly.latents,
    ]),
  };
}

export function conceptsTable({ concepts }: ExplainReport): DataTable {
  return {
    caption: 'Scores and concept labels',
    columns: [text('unit', 'Latent'), number('score', 'Score'), number('f1', 'F1 of the label')],
    rows: concepts.flatMap(({ points }) => points.map(({ unit, score, f1 }) => [unit, score, f1])),
  };
}

/** Everything, for programs. */
export function reportJson(report: ExplainReport): string {
  return JSON.stringify({ version: 1, ...report }, null, 2);
}
