import { HISTOGRAM_BINS } from '../bins.ts';
import { loop, op, when, type Code, type WasmFunction } from './wasm.ts';

/** Units that are taken together: a line of the processor's cache. */
export const BLOCK_UNITS = 16;
/** Bytes of a row of a block. */
export const ROW_BYTES = 4 * BLOCK_UNITS;
/** Four places of a list are written at once, however many of them count. */
export const LIST_SLACK = 16;

/** Addresses that stay the same, and the bytes of a row of all units. */
export interface Places {
  readonly width: number;
  /** Largest and smallest number of each window and unit. */
  readonly maxima: number;
  readonly minima: number;
  /** Of each unit: 1 / width of its bins, and the largest number that has one. */
  readonly inverse: number;
  readonly limit: number;
  /** Rows of one block, one after the other. */
  readonly scratch: number;
  /** Addresses of bins that get one more. */
  readonly list: number;
  /** `SHUFFLES`. */
  readonly shuffles: number;
}

/** A window as the kernel reads it: numbers of 32 bits at these bytes. */
export const WINDOW = {
  /** Addresses of its rows: where they stand, and where they end. */
  rows: 0,
  end: 4,
  /** Where it lies within the extremes. */
  extremes: 8,
  priority: 12,
  bytes: 16,
} as const;

const { get, set, tee } = op;

/** Of each set of lanes: the bytes that move them to the front. */
export const SHUFFLES: Uint8Array = Uint8Array.from(
  Array.from({ length: 16 }, (_, lanes) => {
    const front = [0, 1, 2, 3].filter((lane) => (lanes >> lane) & 1);
    return Array.from({ length: 16 }, (__, byte) => {
      const lane = front[byte >> 2];
      return lane === undefined ? 0xff : 4 * lane + (byte & 3);
    });
  }).flat(),
);

/** Parameters. */
const WINDOWS = 0;
const WINDOWS_END = 1;
const POWERS = 2;
const COUNTS = 3;
/** i32 locals. */
const BLOCK = 4; // byte offset of the block within a row of all units
const GROUP = 5; // the same of four units
const LAST = 6; // end of the block
const NEXT = 7; // the window
const ROWS_END = 8;
const EXTREMES = 9; // byte offset of the window within the extremes
const ROW = 10;
const END = 11; // of the rows of the block
const AT = 12;
const PLACE = 13;
const LISTED = 14; // end of the list
/** v128 locals. */
const VALUES = 15;
const HALF = 16; // two activations in f64
const SQUARE = 17;
const MAX = 18;
const MIN = 19;
const INVERSE = 20;
const BINS = 21; // address of the bin before the first of each unit
const OVER = 22; // units that have a number without a bin
const SUMS = 23; // four powers of each half

/** A number below 2^23 added to it leaves its digits in the lowest bits: far cheaper than a conversion. */
const WHOLE = 2 ** 23;
const WHOLE_BITS = 0x4b00_0000;
const BIN_BYTES = 4 * HISTOGRAM_BINS;

/**
 * `reduce(windows, end, powers, counts)`: takes windows of at least one row. Block by block it sets the extremes of each window, adds
 * the powers, calls `extend(unit, extremes)` with the first unit of a block when a number of it has no bin, and adds one to the bin of
 * each number above zero: addresses of bins are packed into a list first, because a branch on each number would be guessed wrong too
 * often. All windows of a block come in turn, so that its sums stay in the processor's nearest cache.
 */
export function reduceFunction(k: Places): WasmFunction {
  const body: Code = [
    ...op.i32(0),
    ...set(BLOCK),
    ...loop(
      [
        ...[...get(BLOCK), ...op.i32(ROW_BYTES), ...op.add, ...set(LAST)],
        ...when([...op.i32(k.width), ...get(LAST), ...op.ltU], [...op.i32(k.width), ...set(LAST)]),
        ...[...get(WINDOWS), ...set(NEXT)],
        ...loop(blockOfWindow(k), [
          ...[...get(NEXT), ...op.i32(WINDOW.bytes), ...op.add, ...tee(NEXT), ...get(WINDOWS_END), ...op.ltU],
        ]),
      ],
      [...get(BLOCK), ...op.i32(ROW_BYTES), ...op.add, ...tee(BLOCK), ...op.i32(k.width), ...op.ltU],
    ),
  ];
  return { name: 'reduce', params: 4, locals: { i32: VALUES - 4, v128: SUMS + 8 - VALUES }, body };
}

function blockOfWindow(k: Places): Code {
  return [
    ...[...get(NEXT), ...op.loadAt(WINDOW.end), ...set(ROWS_END)],
    ...[...get(NEXT), ...op.loadAt(WINDOW.extremes), ...set(EXTREMES)],
    ...copyBlock(k),
    ...[...op.zero, ...set(OVER)],
    ...eachGroup(sumGroup(k)),
    ...when(
      [...get(OVER), ...op.anyTrue],
      [...get(BLOCK), ...op.i32(2), ...op.shrU, ...get(EXTREMES), ...op.call(0)],
    ),
    ...[...op.i32(k.list), ...set(LISTED)],
    ...eachGroup(listGroup(k)),
    ...countList(k),
  ];
}

/** Rows lie far apart, often on the same lines of the cache: what is read several times is copied. */
function copyBlock(k: Places): Code {
  const quarters = Array.from({ length: ROW_BYTES / 16 }, (_, part) => 16 * part).flatMap((offset) => [
    ...[...get(END), ...get(PLACE), ...op.vloadAt(offset), ...op.vstoreAt(offset)],
  ]);
  return [
    ...[...get(NEXT), ...op.loadAt(WINDOW.rows), ...set(AT), ...op.i32(k.scratch), ...set(END)],
    ...loop(
      [
        ...[...get(AT), ...op.load, ...get(BLOCK), ...op.add, ...set(PLACE)],
        ...quarters,
        ...[...get(END), ...op.i32(ROW_BYTES), ...op.add, ...set(END)],
      ],
      [...get(AT), ...op.i32(4), ...op.add, ...tee(AT), ...get(ROWS_END), ...op.ltU],
    ),
  ];
}

function eachGroup(body: Code): Code {
  const next = [...get(GROUP), ...op.i32(16), ...op.add, ...tee(GROUP), ...get(LAST), ...op.ltU];
  return [...get(BLOCK), ...set(GROUP), ...loop(body, next)];
}

/** The four activations of each row of the group are on the stack where `body` begins. */
function eachRow(k: Places, body: Code): Code {
  const start = [...op.i32(k.scratch), ...get(GROUP), ...op.add, ...get(BLOCK), ...op.sub, ...set(ROW)];
  const next = [...get(ROW), ...op.i32(ROW_BYTES), ...op.add, ...tee(ROW), ...get(END), ...op.ltU];
  return [...start, ...loop([...get(ROW), ...op.vload, ...body], next)];
}

/** Address of an array's four numbers of the group. */
function ofGroup(array: number): Code {
  return [...op.i32(array), ...get(GROUP), ...op.add];
}

function extreme(array: number): Code {
  return [...ofGroup(array), ...get(EXTREMES), ...op.add];
}

function addTo(sum: number, value: Code): Code {
  return [...get(sum), ...value, ...op.f64Add, ...set(sum)];
}

function addHalf(half: 0 | 1): Code {
  const sum = (power: number): number => SUMS + 2 * power + half;
  const part = half === 0 ? op.promoteLow : [...get(VALUES), ...op.upper, ...op.promoteLow];
  return [
    ...[...get(VALUES), ...part, ...set(HALF)],
    ...addTo(sum(0), get(HALF)),
    ...addTo(sum(1), [...get(HALF), ...get(HALF), ...op.f64Mul, ...tee(SQUARE)]),
    ...addTo(sum(2), [...get(SQUARE), ...get(HALF), ...op.f64Mul]),
    ...addTo(sum(3), [...get(SQUARE), ...get(SQUARE), ...op.f64Mul]),
  ];
}

const FOUR = [0, 1, 2, 3] as const;

function sumGroup(k: Places): Code {
  return [
    ...FOUR.flatMap((power) => [0, 1].flatMap((half) => [...op.zero, ...set(SUMS + 2 * power + half)])),
    ...[...splat(-Infinity), ...set(MAX), ...splat(Infinity), ...set(MIN)],
    ...eachRow(k, [
      ...set(VALUES),
      ...[...get(MAX), ...get(VALUES), ...op.f32GreaterOf, ...set(MAX)],
      ...[...get(MIN), ...get(VALUES), ...op.f32LesserOf, ...set(MIN)],
      ...addHalf(0),
      ...addHalf(1),
    ]),
    ...[...extreme(k.maxima), ...get(MAX), ...op.vstore, ...extreme(k.minima), ...get(MIN), ...op.vstore],
    ...[...get(OVER), ...get(MAX), ...ofGroup(k.limit), ...op.vload, ...op.f32Gt, ...op.or, ...set(OVER)],
    ...[...get(POWERS), ...get(GROUP), ...op.i32(1), ...op.shl, ...op.add, ...set(PLACE)],
    ...FOUR.flatMap((power) => [
      ...storeSum(power, 0),
      ...storeSum(power, 1),
      ...[...get(PLACE), ...op.i32(2 * k.width), ...op.add, ...set(PLACE)],
    ]),
  ];
}

function storeSum(power: number, half: 0 | 1): Code {
  const offset = 16 * half;
  const sum = [...get(PLACE), ...op.vloadAt(offset), ...get(SUMS + 2 * power + half), ...op.f64Add];
  return [...get(PLACE), ...sum, ...op.vstoreAt(offset)];
}

function splat(value: number): Code {
  return [...op.f32(value), ...op.f32Splat];
}

/** Addresses of the bins of all numbers above zero. */
function listGroup(k: Places): Code {
  const first = (lane: number): number => lane * BIN_BYTES - 4 - (WHOLE_BITS << 2);
  return when(
    [...extreme(k.maxima), ...op.vload, ...op.zero, ...op.f32Gt, ...op.anyTrue],
    [
      ...[...ofGroup(k.inverse), ...op.vload, ...set(INVERSE)],
      ...[...get(COUNTS), ...get(GROUP), ...op.i32(Math.log2(HISTOGRAM_BINS)), ...op.shl, ...op.add],
      ...[...op.i32Splat, ...op.i32x4(FOUR.map(first)), ...op.i32Add, ...set(BINS)],
      ...eachRow(k, [
        ...set(VALUES),
        ...get(LISTED),
        // No bin before the first, whatever rounding does to the smallest numbers, and none behind the last.
        ...[...splat(1), ...get(VALUES), ...get(INVERSE), ...op.f32Mul, ...op.f32GreaterOf, ...set(HALF)],
        ...[...splat(HISTOGRAM_BINS), ...get(HALF), ...op.f32LesserOf, ...op.f32Ceil],
        ...[...splat(WHOLE), ...op.f32Add, ...op.i32(2), ...op.i32Shl, ...get(BINS), ...op.i32Add],
        ...[...get(VALUES), ...op.zero, ...op.f32Gt, ...op.bitmask, ...tee(AT)],
        ...[...op.i32(4), ...op.shl, ...op.vloadAt(k.shuffles), ...op.swizzle, ...op.vstore],
        ...[...get(LISTED), ...get(AT), ...op.popcount, ...op.i32(2), ...op.shl, ...op.add, ...set(LISTED)],
      ]),
    ],
  );
}

function countList(k: Places): Code {
  return when(
    [...op.i32(k.list), ...get(LISTED), ...op.ltU],
    [
      ...[...op.i32(k.list), ...set(AT)],
      ...loop(
        [
          ...[...get(AT), ...op.load, ...tee(PLACE)],
          ...[...get(PLACE), ...op.load, ...op.i32(1), ...op.add, ...op.store],
        ],
        [...get(AT), ...op.i32(4), ...op.add, ...tee(AT), ...get(LISTED), ...op.ltU],
      ),
    ],
  );
}
