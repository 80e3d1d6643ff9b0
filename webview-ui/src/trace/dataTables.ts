import type { HeatMap, LayerMap, PatternReading } from '../../../src/core/trace/readings.ts';
import type { TraceView } from '../../../src/protocol/viewContract.ts';
import type { DataColumn, DataTable } from '../draw/tableText.ts';
import { patternWeight } from './pattern.ts';

const POSITION: DataColumn = { key: 'position', title: 'Position', unit: '', numeric: true };
const TOKEN: DataColumn = { key: 'token', title: 'Token', unit: '', numeric: false };

/** Every token with all that the strip can show, and the chosen quantity when it is not among it. */
export function tokenTable(
  view: TraceView,
  heat: { readonly name: string; readonly map: HeatMap } | null,
): DataTable {
  const columns: DataColumn[] = [
    POSITION,
    TOKEN,
    { key: 'id', title: 'Id', unit: '', numeric: true },
    { key: 'surprise', title: 'Surprise', unit: 'nats', numeric: true },
    { key: 'probability', title: 'Probability', unit: '', numeric: true },
    { key: 'rank', title: 'Rank', unit: '', numeric: true },
    { key: 'entropy', title: 'Entropy', unit: 'nats', numeric: true },
  ];
  const extra = heat !== null && !['Surprise', 'Probability', 'Entropy'].includes(heat.name) ? heat : null;
  if (extra !== null) columns.push({ key: 'value', title: extra.name, unit: extra.map.unit, numeric: true });
  const rows = view.summary.tokens.map((token, position) => [
    position,
    token.text,
    token.id,
    token.loss,
    token.probability,
    token.rank,
    token.entropy,
    ...(extra === null ? [] : [extra.map.values[position] ?? null]),
  ]);
  return { caption: 'Tokens', columns, rows };
}

/** The layers x tokens map, one row per token and one column per layer. */
export function layerTable(view: TraceView, map: LayerMap): DataTable {
  const layers = map.layers.map((layer) => ({
    key: `layer_${layer}`,
    title: `Layer ${layer}`,
    unit: map.unit,
    numeric: true,
  }));
  const rows = view.summary.tokens.map((token, position) => [
    position,
    token.text,
    ...map.values.map((row) => row[position] ?? null),
  ]);
  return { caption: `Layers × tokens: ${map.title}`, columns: [POSITION, TOKEN, ...layers], rows };
}

/** What one query attends to: a row of the pattern, one line per key. */
export function patternTable(view: TraceView, reading: PatternReading, query: number): DataTable {
  const rows = view.summary.tokens
    .slice(0, query + 1)
    .map((token, key) => [key, token.text, patternWeight(reading, query, key)]);
  return {
    caption: `Attention of L${reading.layer}H${reading.head} from position ${query}`,
    columns: [
      { key: 'key', title: 'Key', unit: '', numeric: true },
      TOKEN,
      { key: 'weight', title: 'Weight', unit: '', numeric: true },
    ],
    rows,
  };
}
