import type { Distribution, FamilyReport } from '../../../src/core/explain/report.ts';
import { formatCount, formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { baseOptions, seriesLooks, type AnyChart, type ChartModel } from './chart.ts';
import { edge } from './figures.ts';

const HEIGHT = 92;

/**
 * How many units of a family have which score: filled on top and random records, a line on random ones alone. `low`:
 * where the axis begins, the same for all families.
 */
export function histogramModel(family: FamilyReport, low: number, theme: Theme): ChartModel {
  const { topAndRandom } = family;
  return {
    parts: { family, low, theme },
    label: `Histogram of ${family.family}: ${formatCount(topAndRandom.count, 'score')}, median ${formatNumber(topAndRandom.median, { digits: 2 })}`,
    height: HEIGHT,
    configuration: () => configurationOf(family, low, theme),
  };
}

function configurationOf({ topAndRandom, randomOnly }: FamilyReport, low: number, theme: Theme): AnyChart {
  const { axis, plain } = baseOptions(theme);
  const { first, second } = seriesLooks(theme);
  return {
    type: 'bar',
    data: {
      datasets: [
        {
          type: 'line',
          label: 'random only',
          data: steps(randomOnly),
          // White on white would not be seen.
          borderColor: theme.highContrast ? theme.focus : second.line,
          order: 0,
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
          order: 1,
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
          ticks: { ...axis.ticks, stepSize: 0.5 },
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

/** Scores below zero are rare: the axis of all families reaches down to them only where there are some. */
export function lowestScore(families: readonly FamilyReport[]): number {
  const lows = families
    .flatMap(({ topAndRandom, randomOnly }) => [topAndRandom, randomOnly])
    .map(({ counts }) => {
      const bin = counts.findIndex((count) => count > 0);
      return bin < 0 ? 0 : edge(bin, counts.length);
    });
  // Half steps, so that 0 and 1 are among the marks of the axis.
  return Math.floor(Math.min(0, ...lows) * 2) / 2;
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
