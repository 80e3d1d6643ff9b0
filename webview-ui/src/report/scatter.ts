import type { ConceptRelation } from '../../../src/core/explain/report.ts';
import { cssColor } from '../draw/color.ts';
import type { Theme } from '../draw/theme.ts';
import { baseOptions, type AnyChart, type ChartModel } from './chart.ts';

const HEIGHT = 190;
const ALPHA = 0.55;

/** Each latent by the F1 of its concept label and the score of its explanation; a click opens it. */
export function scatterModel(
  relation: ConceptRelation,
  theme: Theme,
  onOpen: (unit: string) => void,
): ChartModel {
  const { family, units, correlation } = relation;
  return {
    parts: { relation, theme },
    label: `${family}: explanation score against F1 of the concept label, ${units} latents, Spearman ${correlation?.toFixed(2) ?? 'not known'}`,
    height: HEIGHT,
    configuration: () => configurationOf(relation, theme, onOpen),
  };
}

function configurationOf(
  { points }: ConceptRelation,
  theme: Theme,
  onOpen: (unit: string) => void,
): AnyChart {
  const { axis, font, plain } = baseOptions(theme);
  const title = (text: string) => ({ display: true, text, color: theme.description, font, padding: 2 });
  const low = Math.min(0, ...points.map(({ score }) => Math.floor(score * 10) / 10));
  const color = theme.highContrast ? theme.text : cssColor(theme.positive, ALPHA);
  return {
    type: 'scatter',
    data: {
      datasets: [
        {
          type: 'scatter',
          data: points.map(({ f1, score }) => ({ x: f1, y: score })),
          backgroundColor: theme.highContrast ? 'transparent' : color,
          borderColor: color,
          borderWidth: theme.highContrast ? 1 : 0,
          clip: false,
          pointRadius: 2.5,
          pointHoverRadius: 5,
        },
      ],
    },
    options: {
      ...plain,
      onClick: (_event, [hit]) => {
        const unit = hit === undefined ? undefined : points[hit.index]?.unit;
        if (unit !== undefined) onOpen(unit);
      },
      plugins: {
        tooltip: {
          animation: false,
          callbacks: {
            label: ({ dataIndex }) => {
              const point = points[dataIndex];
              return point === undefined
                ? ''
                : `${point.unit}: score ${point.score.toFixed(2)}, F1 ${point.f1.toFixed(2)}`;
            },
          },
        },
      },
      scales: {
        x: {
          ...axis,
          type: 'linear',
          min: 0,
          max: 1,
          title: title('F1 of the label'),
          ticks: { ...axis.ticks, maxTicksLimit: 5 },
        },
        y: { ...axis, min: low, max: 1, title: title('Score'), ticks: { ...axis.ticks, maxTicksLimit: 5 } },
      },
    },
  };
}
