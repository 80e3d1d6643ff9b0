import assert from 'node:assert/strict';
import {
  cellAfterKey,
  cellAt,
  labelStep,
  layOutGrid,
  scrollTo,
  visibleCells,
  type Cell,
} from '../../../../../webview-ui/src/draw/gridGeometry.ts';

const SMALL = { rows: 4, columns: 15, gutter: 20, footer: 50, limits: { min: 9, max: 22 }, maxRowHeight: 18 };
const LARGE = {
  rows: 48,
  columns: 256,
  gutter: 20,
  footer: 50,
  limits: { min: 9, max: 22 },
  maxRowHeight: 8,
};

describe('layOutGrid', () => {
  it('fills what there is room for, up to the largest cell', () => {
    const wide = layOutGrid({ ...SMALL, available: 1000 });
    assert.deepEqual([wide.cellWidth, wide.cellHeight, wide.width, wide.height], [22, 18, 350, 122]);
    assert.equal(layOutGrid({ ...SMALL, available: 215 }).cellWidth, 13);
  });

  it('overflows rather than shrink below the smallest cell', () => {
    const grid = layOutGrid({ ...LARGE, available: 800 });
    assert.deepEqual([grid.cellWidth, grid.cellHeight, grid.width], [9, 8, 20 + 256 * 9]);
  });

  it('stands without columns', () => {
    assert.equal(layOutGrid({ ...SMALL, columns: 0, available: 300 }).width, 20);
  });
});

describe('the visible part', () => {
  const grid = layOutGrid({ ...LARGE, available: 800 });
  const viewport = { width: 800, height: 300 };

  it('is a small share of a large grid', () => {
    const { rows, columns } = visibleCells(grid, viewport, { left: 900, top: 80 });
    assert.deepEqual(columns, [100, 187]);
    assert.deepEqual(rows, [10, 42]);
  });

  it('ends with the grid', () => {
    const { rows, columns } = visibleCells(grid, viewport, { left: 1e6, top: 1e6 });
    assert.equal(columns[1], 256);
    assert.equal(rows[1], 48);
  });

  it('is hit where it is drawn', () => {
    const scroll = { left: 900, top: 80 };
    assert.deepEqual(cellAt(grid, viewport, scroll, { x: 20, y: 0 }), { row: 10, column: 100 });
    assert.deepEqual(cellAt(grid, viewport, scroll, { x: 29, y: 8 }), { row: 11, column: 101 });
    assert.equal(cellAt(grid, viewport, scroll, { x: 19, y: 8 }), null);
    assert.equal(cellAt(grid, viewport, scroll, { x: 30, y: 260 }), null);
    assert.equal(cellAt(grid, viewport, { left: 1e6, top: 0 }, { x: 30, y: 8 }), null);
  });
});

describe('scrollTo', () => {
  const grid = layOutGrid({ ...LARGE, available: 800 });
  const viewport = { width: 800, height: 300 };
  const check = (
    from: { left: number; top: number },
    cell: Cell,
    to: { left: number; top: number },
  ): void => {
    it(`shows ${cell.row},${cell.column} from ${from.left},${from.top} at ${to.left},${to.top}`, () => {
      assert.deepEqual(scrollTo(grid, viewport, from, cell), to);
    });
  };
  check({ left: 0, top: 0 }, { row: 0, column: 0 }, { left: 0, top: 0 });
  check({ left: 0, top: 0 }, { row: 0, column: 255 }, { left: 256 * 9 - 780, top: 0 });
  check({ left: 900, top: 100 }, { row: 2, column: 10 }, { left: 90, top: 16 });
  check({ left: 0, top: 0 }, { row: 47, column: 3 }, { left: 0, top: 48 * 8 - 250 });
});

describe('keys and labels', () => {
  const check = (key: string, from: Cell, to: Cell | null): void => {
    it(`${key} leads from ${from.row},${from.column} to ${to === null ? 'nowhere' : `${to.row},${to.column}`}`, () => {
      assert.deepEqual(cellAfterKey(key, from, { rows: 4, columns: 15 }), to);
    });
  };
  check('ArrowUp', { row: 1, column: 5 }, { row: 0, column: 5 });
  check('ArrowUp', { row: 0, column: 5 }, { row: 0, column: 5 });
  check('ArrowDown', { row: 3, column: 5 }, { row: 3, column: 5 });
  check('ArrowRight', { row: 3, column: 14 }, { row: 3, column: 14 });
  check('ArrowLeft', { row: 3, column: 14 }, { row: 3, column: 13 });
  check('Home', { row: 2, column: 9 }, { row: 2, column: 0 });
  check('End', { row: 2, column: 9 }, { row: 2, column: 14 });
  check('PageDown', { row: 0, column: 9 }, { row: 3, column: 9 });
  check('a', { row: 0, column: 9 }, null);

  it('leaves out labels that would touch', () => {
    assert.equal(labelStep(18, 12), 1);
    assert.equal(labelStep(9, 12), 2);
    assert.equal(labelStep(4, 12), 3);
  });
});
