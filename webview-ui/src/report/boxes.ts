import type { Plugin } from 'chart.js';
import { apartText } from '../../../src/core/explain/distribution.ts';
import type { Distribution, ExplainReport, FamilyReport } from '../../../src/core/explain/report.ts';
import { cssColor } from '../draw/color.ts';
import { formatNumber } from '../draw/format.ts';
import type { Theme } from '../draw/theme.ts';
import { baseOptions, seriesLooks, type AnyChart, type ChartModel } from './chart.ts';

/** Height of one family, CSS pixels. */
const ROW = 34;
const AXIS = 26;
const MEDIAN_WIDTH = 2;

type SetName = 'topAndRandom' | 'randomOnly';
const SETS: readonly (readonly [SetName, string])[] = [
  ['topAndRandom', 'top and random'],
  ['randomOnly', 'random only'],
];

/** Quartiles and median of the scores of some families of a report, on both sets of records. */
export function boxesModel(
  report: ExplainReport,
  families: readonly FamilyReport[],
  theme: Theme,
): ChartModel {
  return {
    parts: { report, theme },
    label: families.map(sentence).join('. '),
    height: families.length * ROW + AXIS,
    configuration: () => configurationOf(families, theme),
  };
}

function sentence({ family, topAndRandom, randomOnly }: FamilyReport): string {
  const median = ({ median: value }: Distribution): string => formatNumber(value, { digits: 2 });
  return `${family}: median ${median(topAndRandom)} on top and random, ${median(randomOnly)} on random only`;
}

function configurationOf(families: readonly FamilyReport[], theme: Theme): AnyChart {
  const { axis, plain } = baseOptions(theme);
  const looks = seriesLooks(theme);
  const ends = families.flatMap(({ topAndRandom, randomOnly }) => [
    topAndRandom.quartiles?.[0] ?? 0,
    randomOnly.quartiles?.[0] ?? 0,
  ]);
  return {
    type: 'bar',
    data: {
      labels: families.map(({ family }) => family),
      datasets: SETS.map(([key, label]) => {
        const look = key === 'topAndRandom' ? looks.first : looks.second;
        return {
          type: 'bar',
          label,
          data: families.map((family) => family[key].quartiles),
          backgroundColor: look.fill,
          borderColor: look.line,
          borderWidth: 1,
          borderSkipped: false,
          barThickness: 8,
          minBarLength: 2,
        };
      }),
    },
    options: {
      ...plain,
      indexAxis: 'y',
      interaction: { mode: 'nearest', axis: 'y', intersect: false },
      plugins: {
        tooltip: {
          animation: false,
          callbacks: {
            label: ({ dataIndex, datasetIndex }) => boxText(families[dataIndex], datasetIndex),
          },
        },
      },
      scales: {
        x: {
          ...axis,
          min: Math.min(0, Math.floor(Math.min(...ends) * 10) / 10),
          max: 1,
          grid: { color: theme.line, display: !theme.highContrast },
          ticks: { ...axis.ticks, maxTicksLimit: 8 },
        },
        y: { ...axis, ticks: { ...axis.ticks, autoSkip: false, color: theme.text } },
      },
    },
    plugins: [medians(families, theme)],
  };
}

function boxText(family: FamilyReport | undefined, set: number): string {
  const [key, name] = SETS[set] ?? SETS[0] ?? ['topAndRandom', ''];
  const of = family?.[key];
  if (!of || of.median === null || of.quartiles === null) return `${name}: none scored`;
  const [low, high] = of.quartiles;
  return `${name}: median ${of.median.toFixed(2)}, quartiles ${low.toFixed(2)} to ${high.toFixed(2)}, ${[`${of.count} scored`, apartText(of)].filter((part) => part !== null).join(', ')}`;
}

/** A line across each box, set off from what it lies on. */
function medians(families: readonly FamilyReport[], theme: Theme): Plugin<'bar' | 'line' | 'scatter'> {
  return {
    id: 'medians',
    afterDatasetsDraw: (chart) => {
      const { ctx } = chart;
      ctx.save();
      for (const [set, [key]] of SETS.entries()) {
        for (const [row, element] of chart.getDatasetMeta(set).data.entries()) {
          const median = families[row]?.[key].median ?? null;
          const x = median === null ? undefined : chart.scales['x']?.getPixelForValue(median);
          const { height } = element.getProps(['height'], true) as { readonly height?: number };
          if (x === undefined || height === undefined) continue;
          const top = element.y - height / 2 - 2;
          ctx.fillStyle = cssColor(theme.background);
          ctx.fillRect(x - MEDIAN_WIDTH, top, 2 * MEDIAN_WIDTH, height + 4);
          ctx.fillStyle = theme.text;
          ctx.fillRect(x - MEDIAN_WIDTH / 2, top, MEDIAN_WIDTH, height + 4);
        }
      }
      ctx.restore();
    },
  };
}
