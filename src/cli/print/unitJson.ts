import type { ExampleGroup, ExampleReading, TokenWeight, UnitLogits } from '../../core/records/readings.ts';
import type { Moments, UnitStatistics } from '../../core/records/statistics.ts';
import type { UnitReport } from '../unitReport.ts';
import { jsonNumber } from './numbers.ts';
import { wordsJson } from './wordsJson.ts';

/** The object of `unit --json`. Numbers that are not finite are null; pairs are lower triangles, row by row. */
export function unitJson(report: UnitReport): Readonly<Record<string, unknown>> {
  const { model, index, summary, explanations, logits, related, head } = report;
  const { statistics, ...unit } = summary;
  const relatives = ({ id, value, known }: UnitReport['related']['upstream'][number]): unknown => ({
    id,
    value: jsonNumber(value),
    ...wordsJson(known),
  });
  return {
    version: 1,
    model: model.name,
    scan: index && { id: index.indexId, corpus: index.corpus, windows: index.windows, tokens: index.tokens },
    ...unit,
    statistics: statistics && statisticsJson(statistics),
    explanations: explanations.map(({ record, stale }) => ({ ...record, stale })),
    examples: {
      top: report.top.map(groupJson),
      random: report.random.map(groupJson),
      quantiles: report.quantiles.map(groupJson),
    },
    logits: logitsJson(logits),
    related: {
      upstream: related.upstream.map(relatives),
      downstream: related.downstream.map(relatives),
      coactive: related.coactive.map(relatives),
      cosine: related.cosine.map(relatives),
    },
    head,
  };
}

function statisticsJson(statistics: UnitStatistics): unknown {
  const moments = (of: Moments): unknown => ({
    mean: jsonNumber(of.mean),
    variance: jsonNumber(of.variance),
    skewness: jsonNumber(of.skewness),
    kurtosis: jsonNumber(of.kurtosis),
  });
  return {
    ...statistics,
    central: moments(statistics.central),
    zeroCentered: moments(statistics.zeroCentered),
    min: jsonNumber(statistics.min),
    max: jsonNumber(statistics.max),
  };
}

function groupJson({ title, total, examples }: ExampleGroup): unknown {
  return { title, total, examples: examples.map(exampleJson) };
}

function exampleJson({ activations, pairs, ids, ...example }: ExampleReading): unknown {
  return {
    ...example,
    ids: [...ids],
    activations: Array.from(activations, jsonNumber),
    pairs: pairs && Array.from(pairs, jsonNumber),
  };
}

function logitsJson({ output, outputHistogram, input, notes }: UnitLogits): unknown {
  const list = (tokens: readonly TokenWeight[]): unknown[] =>
    tokens.map((token) => ({ ...token, value: jsonNumber(token.value) }));
  const ends = (lists: UnitLogits['output']): unknown =>
    lists && { top: list(lists.top), bottom: list(lists.bottom) };
  return { output: ends(output), outputHistogram, input: ends(input), notes };
}
