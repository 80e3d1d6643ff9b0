import { loop, op, when, type Code, type WasmFunction } from './wasm.ts';

/** Addresses that stay the same, and the bytes of a row of all units. */
export interface KeepPlaces {
  readonly width: number;
  /** A row of numbers, and four more. */
  readonly list: number;
  /** `SHUFFLES`. */
  readonly shuffles: number;
}

/** Lanes of the accumulators: so many numbers of a row are surely at least the smallest of their maxima. */
const ACCUMULATORS = 8;
export const KEEP_LANES = 4 * ACCUMULATORS;
const STRIDE = 16 * ACCUMULATORS;

const { get, set, tee } = op;

/** Parameters. */
const ROW = 0;
const ROWS_END = 1;
const KEPT = 2;
const PART = 3; // bytes of a part of a row; 0 = no bound is looked for
const PARTS = 4; // bytes of all parts
/** i32 locals. */
const AT = 5;
const END = 6;
const LISTED = 7;
const LANES = 8;
const LOW = 9;
const HIGH = 10;
const MIDDLE = 11;
const COUNT = 12;
const LEFT = 13; // equal numbers that may stay
/** v128 locals. */
const VALUES = 14;
const LEAST = 15;
const SUM = 16;
const FIRST = 17; // of the accumulators

/** Above the bits of every number, infinity included. */
const ABOVE_ALL = 0x7f80_0001;

/**
 * `keep(rows, end, kept, part, parts)`: of each row of numbers that are not negative, those that are not among its `kept` largest become
 * 0; of equal ones the first stay. Such numbers are ordered as their bits are. A bound that surely leaves enough is taken from the
 * largest numbers of parts of the row, what reaches it is listed, and the place of the cut is searched in the list by halving.
 */
export function keepFunction(k: KeepPlaces): WasmFunction {
  const body: Code = loop(
    [
      ...findBound(),
      ...listRow(k),
      ...[...get(LEAST), ...op.lane(0), ...set(LOW), ...op.i32(0), ...set(LEFT)],
      ...when(
        [...get(KEPT), ...op.i32(2), ...op.shl, ...op.i32(k.list), ...op.add, ...get(LISTED), ...op.ltU],
        searchCut(k),
      ),
      ...cutRow(k),
      ...when(get(LEFT), cutEqual(k)),
    ],
    [...rowEnd(k), ...tee(ROW), ...get(ROWS_END), ...op.ltU],
  );
  return { name: 'keep', params: 5, locals: { i32: VALUES - 5, v128: FIRST + ACCUMULATORS - VALUES }, body };
}

const EACH = Array.from({ length: ACCUMULATORS }, (_, index) => index);

function splat(value: number): Code {
  return [...op.i32(value), ...op.i32Splat];
}

/** Sets `LEAST` to the bound, at least the smallest number above zero. */
function findBound(): Code {
  const maximum = EACH.flatMap((index) => [
    ...[...get(FIRST + index), ...get(AT), ...op.vloadAt(16 * index), ...op.i32Max, ...set(FIRST + index)],
  ]);
  const part = [
    ...EACH.flatMap((index) => [...op.zero, ...set(FIRST + index)]),
    ...[...get(AT), ...get(PART), ...op.add, ...set(END)],
    ...loop(maximum, moveOn(STRIDE, get(END))),
    ...EACH.flatMap((index) => [...get(LEAST), ...get(FIRST + index), ...op.i32Min, ...set(LEAST)]),
  ];
  const both = (swap: Code): Code => [...get(LEAST), ...get(LEAST), ...get(LEAST), ...swap, ...op.i32Min];
  return [
    ...[...op.zero, ...set(LEAST)],
    ...when(get(PART), [
      ...[...splat(ABOVE_ALL), ...set(LEAST), ...get(ROW), ...set(AT)],
      ...loop(part, [...get(AT), ...get(ROW), ...get(PARTS), ...op.add, ...op.ltU]),
      ...[...both(op.swapHalves), ...set(LEAST), ...both(op.swapNeighbours), ...set(LEAST)],
    ]),
    ...[...get(LEAST), ...splat(1), ...op.i32Max, ...set(LEAST)],
  ];
}

/** Packs the numbers of the row that reach the bound, and zeros behind them. */
function listRow(k: KeepPlaces): Code {
  return [
    ...[
      ...op.i32(k.list),
      ...set(LISTED),
      ...get(ROW),
      ...tee(AT),
      ...op.i32(k.width),
      ...op.add,
      ...set(END),
    ],
    ...loop(
      [
        ...[...get(LISTED), ...get(AT), ...op.vload, ...tee(VALUES)],
        ...[...get(VALUES), ...get(LEAST), ...op.i32AtLeast, ...op.bitmask, ...tee(LANES)],
        ...[...op.i32(4), ...op.shl, ...op.vloadAt(k.shuffles), ...op.swizzle, ...op.vstore],
        ...[
          ...get(LISTED),
          ...get(LANES),
          ...op.popcount,
          ...op.i32(2),
          ...op.shl,
          ...op.add,
          ...set(LISTED),
        ],
      ],
      moveOn(16, get(END)),
    ),
    ...[...get(LISTED), ...op.zero, ...op.vstore],
  ];
}

/** Sets `LOW` to the least number that stays; `LEFT` when only some that equal it may. */
function searchCut(k: KeepPlaces): Code {
  return [
    ...[...op.i32(ABOVE_ALL), ...set(HIGH)],
    ...loop(
      [
        ...[
          ...get(HIGH),
          ...get(LOW),
          ...op.sub,
          ...op.i32(1),
          ...op.shrU,
          ...get(LOW),
          ...op.add,
          ...set(MIDDLE),
        ],
        ...countFrom(k, MIDDLE),
        // Sets one end to the middle.
        ...when([...get(COUNT), ...get(KEPT), ...op.ltU], [...get(MIDDLE), ...set(HIGH)]),
        ...when([...get(KEPT), ...get(COUNT), ...op.ltU], [...get(MIDDLE), ...set(LOW)]),
      ],
      [
        ...[...op.i32(1), ...get(HIGH), ...get(LOW), ...op.sub, ...op.ltU],
        ...[...get(COUNT), ...get(KEPT), ...op.ne, ...op.and],
      ],
    ),
    ...when([...get(COUNT), ...get(KEPT), ...op.eq], [...get(MIDDLE), ...set(LOW)]),
    ...when(
      [...get(COUNT), ...get(KEPT), ...op.ne],
      [...countFrom(k, HIGH), ...get(KEPT), ...get(COUNT), ...op.sub, ...set(LEFT)],
    ),
  ];
}

/** Counts what the list has from a number on. */
function countFrom(k: KeepPlaces, least: number): Code {
  return [
    ...[
      ...op.zero,
      ...set(SUM),
      ...op.i32(k.list),
      ...set(AT),
      ...get(least),
      ...op.i32Splat,
      ...set(VALUES),
    ],
    ...loop(
      [...get(SUM), ...get(AT), ...op.vload, ...get(VALUES), ...op.i32AtLeast, ...op.i32Sub, ...set(SUM)],
      moveOn(16, get(LISTED)),
    ),
    ...[...get(SUM), ...op.lane(0), ...get(SUM), ...op.lane(1), ...op.add],
    ...[...get(SUM), ...op.lane(2), ...op.add, ...get(SUM), ...op.lane(3), ...op.add, ...set(COUNT)],
  ];
}

/** What is below the cut becomes 0. NaN is below nothing. */
function cutRow(k: KeepPlaces): Code {
  return [
    ...[...get(LOW), ...op.i32Splat, ...set(LEAST), ...get(ROW), ...set(AT)],
    ...loop(
      [
        ...[...get(AT), ...get(AT), ...op.vload, ...tee(VALUES)],
        ...[...get(VALUES), ...get(LEAST), ...op.f32Lt, ...op.without, ...op.vstore],
      ],
      moveOn(16, rowEnd(k)),
    ),
  ];
}

/** Of the numbers that equal the cut all but the first `LEFT` become 0. */
function cutEqual(k: KeepPlaces): Code {
  const one = when(
    [...get(AT), ...op.load, ...get(LOW), ...op.eq],
    [
      ...when([...get(LEFT), ...op.i32(0), ...op.eq], [...get(AT), ...op.i32(0), ...op.store]),
      ...when(get(LEFT), [...get(LEFT), ...op.i32(1), ...op.sub, ...set(LEFT)]),
    ],
  );
  return [...[...get(ROW), ...set(AT)], ...loop(one, moveOn(4, rowEnd(k)))];
}

/** Moves `AT` on by so many bytes, and leaves whether it is before the end. */
function moveOn(bytes: number, end: Code): Code {
  return [...get(AT), ...op.i32(bytes), ...op.add, ...tee(AT), ...end, ...op.ltU];
}

/** The address behind the row. */
function rowEnd({ width }: KeepPlaces): Code {
  return [...get(ROW), ...op.i32(width), ...op.add];
}
