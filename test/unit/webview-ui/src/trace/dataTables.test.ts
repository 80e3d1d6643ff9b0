import assert from 'node:assert/strict';
import { layerTable, patternTable, tokenTable } from '../../../../../webview-ui/src/trace/dataTables.ts';
import { patternWeight, strongestKey } from '../../../../../webview-ui/src/trace/pattern.ts';
import { heatMap, patternOf, VIEWS } from '../../../../webview/support/fixtures.ts';

const view = VIEWS.ioi;

describe('tables of a trace', () => {
  it('hold every token with its readings', () => {
    const table = tokenTable(view, null);
    assert.equal(table.rows.length, 15);
    assert.deepEqual(table.rows[0]?.slice(0, 2), [0, '<|endoftext|>']);
    assert.deepEqual(table.rows[0]?.slice(3), [null, null, null, null]);
    assert.equal(table.rows[1]?.[3], 7.1);
  });

  it('add the chosen quantity when it is not among them', () => {
    const map = heatMap(view, { kind: 'norm', site: 'attn_out', layer: 2 });
    const table = tokenTable(view, { name: 'attn_out, norm', map });
    assert.equal(table.columns.at(-1)?.title, 'attn_out, norm');
    assert.deepEqual(
      table.rows.map((row) => row.at(-1)),
      map.values,
    );
    const surprise = { name: 'Surprise', map: heatMap(view, { kind: 'loss' }) };
    assert.equal(tokenTable(view, surprise).columns.length, 7);
  });

  it('turn the map on its side: one row per token, one column per layer', () => {
    const { layers } = heatMap(view, { kind: 'norm', site: 'resid_post', layer: 0 });
    assert.ok(layers);
    const table = layerTable(view, layers);
    assert.deepEqual(
      table.columns.map(({ title }) => title),
      ['Position', 'Token', 'Layer 0', 'Layer 1', 'Layer 2', 'Layer 3'],
    );
    assert.equal(table.rows[5]?.[2 + 3], layers.values[3]?.[5]);
  });

  it('list what a query may attend to and nothing after it', () => {
    const pattern = patternOf(view, 3, 1);
    const table = patternTable(view, pattern, 4);
    assert.equal(table.rows.length, 5);
    const sum = table.rows.reduce((total, row) => total + Number(row[2]), 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
    assert.equal(patternWeight(pattern, 4, 5), null);
    assert.equal(strongestKey(pattern, 14), 2);
  });
});
