import type { Distribution, FamilyReport } from '../../../src/core/explain/report.ts';
import { formatCount, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { baseOptions, seriesLooks, type AnyChart, type ChartModel } from './chart.ts';
import { edge } from './figures.ts';

const HEIGHT = 92;

/** How many units of a family have which score: filled on top and random records, a line on random ones alone. */
export function histogramModel(family: FamilyReport, theme: Theme): ChartModel {
  const { topAndRandom } = family;
  return {
    parts: { family, theme },
    label: `Histogram of ${family.family}: ${formatCount(topAndRandom.count, 'score')}, median ${formatNumber(topAndRandom.median, { digits: 2 })}`,
    height: HEIGHT,
    configuration: () => configurationOf(family, theme),
  };
}

function configurationOf({ topAndRandom, randomOnly }: FamilyReport, theme: Theme): AnyChart {
  const { axis, plain } = baseOptions(theme);
  const { first, second } = seriesLooks(theme);
  const low = firstBin(topAndRandom, randomOnly);
  return {
    type: 'bar',
    data: {
      datasets: [
        {
          type: 'line',
          label: 'random only',
          data: steps(randomOnly),
          borderColor: second.line,
          borderWidth: 1.5,
          pointRadius: 0,
          stepped: true,
          fill: false,
        },
        {
          type: 'bar',
          label: 'top and random',
          data: bars(topAndRandom),
          backgroundColor: first.fill,
          barPercentage: 0.94,
          categoryPercentage: 1,
        },
      ],
    },
    options: {
      ...plain,
      events: [],
      plugins: { tooltip: { enabled: false } },
      scales: {
        x: {
          ...axis,
          type: 'linear',
          min: low,
          max: 1,
          offset: false,
          ticks: { ...axis.ticks, maxTicksLimit: 5 },
        },
        y: {
          ...axis,
          beginAtZero: true,
          border: { display: false },
          ticks: { ...axis.ticks, maxTicksLimit: 3, precision: 0 },
        },
      },
    },
  };
}

/** Scores below zero are rare: the axis reaches down to them only where there are some. */
function firstBin(...distributions: readonly Distribution[]): number {
  const lows = distributions.map(({ counts }) => {
    const bin = counts.findIndex((count) => count > 0);
    return bin < 0 ? 0 : edge(bin, counts.length);
  });
  return Math.min(0, ...lows);
}

function bars({ counts }: Distribution): { x: number; y: number }[] {
  return counts.map((count, bin) => ({ x: middle(bin, counts.length), y: count }));
}

/** A step from the lower to the upper edge of each bin. */
function steps({ counts }: Distribution): { x: number; y: number }[] {
  const at = counts.map((count, bin) => ({ x: edge(bin, counts.length), y: count }));
  return [...at, { x: 1, y: counts.at(-1) ?? 0 }];
}

function middle(bin: number, bins: number): number {
  return (edge(bin, bins) + edge(bin + 1, bins)) / 2;
}
