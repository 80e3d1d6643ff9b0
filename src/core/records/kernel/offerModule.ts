import { WINDOW } from './reduceModule.ts';
import { loop, op, when, type Code, type WasmFunction } from './wasm.ts';

/** Bins of the windows' maxima, of each unit. A power of two. */
export const MAXIMUM_BINS = 16;
/** Bytes of one entry of the list: the unit, and the window or 0. */
export const OFFER_BYTES = 8;

/** Addresses that stay the same, and the bytes of a row of all units. */
export interface OfferPlaces {
  readonly width: number;
  /** Of each window and unit. */
  readonly maxima: number;
  readonly minima: number;
  /** Of all windows: largest and smallest number of each unit. */
  readonly high: number;
  readonly low: number;
  /** Of each unit: 1 / width of its bins of maxima, and the largest number that has one. */
  readonly inverse: number;
  readonly limit: number;
  /** Below or at this, a window is none of a unit's top records. */
  readonly threshold: number;
  /** Addresses of four bins. */
  readonly bins: number;
  readonly offers: number;
  /** Where the end of the list is left. */
  readonly offersEnd: number;
}

const { get, set, tee } = op;

/** Parameters. */
const WINDOWS = 0;
const WINDOWS_END = 1;
const POWERS = 2;
const COUNTS = 3; // windows in each bin
const TO_WORST = 4; // from a bin's count to the priority that a record of it must be below
/** i32 locals. */
const GROUP = 5; // byte offset of four units within a row of all
const NEXT = 6; // the window
const PLACE = 7;
const LEFT_OUT = 8; // bits of the lanes that are not decided here
const LIVE = 9; // bits of the lanes above zero
const TOPS = 10; // bits of the lanes above the threshold
const BIN = 11;
const END = 12; // of the list
/** v128 locals. */
const VALUES = 13;
const MAX = 14;
const MIN = 15;
const INVERSE = 16;
const BINS = 17; // address of the bin before the first of each unit
const THRESHOLD = 18;
const LOCALS_END = 19;

const LANES = [0, 1, 2, 3] as const;
const WHOLE = 2 ** 23;
const WHOLE_BITS = 0x4b00_0000;

/**
 * `offer(windows, end, powers, counts, toWorst)`, after `reduce`: sets each unit's extremes of all windows, adds one to the bin of each
 * window's maximum, and lists what may be a record by the thresholds at its beginning. Units whose bins must be widened first, or that
 * met NaN, are listed alone and are not counted.
 */
export function offerFunction(k: OfferPlaces): WasmFunction {
  const next = [...get(GROUP), ...op.i32(16), ...op.add, ...tee(GROUP), ...op.i32(k.width), ...op.ltU];
  const body: Code = [
    ...[...op.i32(0), ...set(GROUP), ...op.i32(k.offers), ...set(END)],
    ...loop(
      [
        ...extremesOfAll(k),
        ...leaveOut(k),
        ...[...ofGroup(k.inverse), ...op.vload, ...set(INVERSE)],
        ...[...ofGroup(k.threshold), ...op.vload, ...set(THRESHOLD)],
        ...firstBins(),
        ...eachWindow(offerWindow(k)),
      ],
      next,
    ),
    ...[...op.i32(k.offersEnd), ...get(END), ...op.store],
  ];
  return { name: 'offer', params: 5, locals: { i32: VALUES - 5, v128: LOCALS_END - VALUES }, body };
}

/** Address of an array's four numbers of the group. */
function ofGroup(array: number): Code {
  return [...op.i32(array), ...get(GROUP), ...op.add];
}

/** Where `body` begins, the place of the window's four numbers within the extremes is known. */
function eachWindow(body: Code): Code {
  const place = [...get(NEXT), ...op.loadAt(WINDOW.extremes), ...get(GROUP), ...op.add, ...set(PLACE)];
  const next = [
    ...get(NEXT),
    ...op.i32(WINDOW.bytes),
    ...op.add,
    ...tee(NEXT),
    ...get(WINDOWS_END),
    ...op.ltU,
  ];
  return [...get(WINDOWS), ...set(NEXT), ...loop([...place, ...body], next)];
}

function extremesOfAll(k: OfferPlaces): Code {
  return [
    ...[...op.f32(-Infinity), ...op.f32Splat, ...set(MAX), ...op.f32(Infinity), ...op.f32Splat, ...set(MIN)],
    ...eachWindow([
      ...[...get(MAX), ...get(PLACE), ...op.vloadAt(k.maxima), ...op.f32GreaterOf, ...set(MAX)],
      ...[...get(MIN), ...get(PLACE), ...op.vloadAt(k.minima), ...op.f32LesserOf, ...set(MIN)],
    ]),
    ...[...ofGroup(k.high), ...get(MAX), ...op.vstore, ...ofGroup(k.low), ...get(MIN), ...op.vstore],
  ];
}

/** Sets and lists the lanes without a bin for their largest number, and those whose sum is NaN. */
function leaveOut(k: OfferPlaces): Code {
  const sums = [...get(POWERS), ...get(GROUP), ...op.i32(1), ...op.shl, ...op.add, ...tee(PLACE)];
  const isNaN = (offset: number): Code => [
    ...[...op.vloadAt(offset), ...get(PLACE), ...op.vloadAt(offset), ...op.f64NotEqual, ...op.bitmask2],
  ];
  return [
    ...[...sums, ...isNaN(0), ...get(PLACE), ...isNaN(16), ...op.i32(2), ...op.shl, ...op.orInt],
    ...[...get(MAX), ...ofGroup(k.limit), ...op.vload, ...op.f32Gt, ...op.bitmask, ...op.orInt],
    ...tee(LEFT_OUT),
    ...when(
      [],
      LANES.flatMap((lane) => when(bitOf(LEFT_OUT, lane), list(lane, op.i32(0)))),
    ),
  ];
}

function firstBins(): Code {
  const first = (lane: number): number => lane * 4 * MAXIMUM_BINS - 4 - (WHOLE_BITS << 2);
  return [
    ...[...get(COUNTS), ...get(GROUP), ...op.i32(Math.log2(MAXIMUM_BINS)), ...op.shl, ...op.add],
    ...[...op.i32Splat, ...op.i32x4(LANES.map(first)), ...op.i32Add, ...set(BINS)],
  ];
}

function offerWindow(k: OfferPlaces): Code {
  const above = (least: Code): Code => [...get(VALUES), ...least, ...op.f32Gt, ...op.bitmask];
  return [
    ...[...get(PLACE), ...op.vloadAt(k.maxima), ...set(VALUES)],
    ...[...above(op.zero), ...get(LEFT_OUT), ...op.i32(-1), ...op.xor, ...op.and, ...tee(LIVE)],
    ...when(
      [],
      [
        ...op.i32(k.bins),
        ...[...op.f32(1), ...op.f32Splat, ...get(VALUES), ...get(INVERSE), ...op.f32Mul, ...op.f32GreaterOf],
        ...[...op.f32Ceil, ...op.f32(WHOLE), ...op.f32Splat, ...op.f32Add, ...op.i32(2), ...op.i32Shl],
        ...[...get(BINS), ...op.i32Add, ...op.vstore],
        ...[...above(get(THRESHOLD)), ...set(TOPS)],
        ...LANES.flatMap((lane) => when(bitOf(LIVE, lane), offerLane(k, lane))),
      ],
    ),
  ];
}

/** Counts the window in its bin; lists it when it is above the threshold or early enough for the bin. */
function offerLane(k: OfferPlaces, lane: number): Code {
  const early = [
    ...[...get(NEXT), ...op.loadAt(WINDOW.priority)],
    ...[...get(BIN), ...get(TO_WORST), ...op.add, ...op.load, ...op.ltU],
  ];
  return [
    ...[...op.i32(k.bins + 4 * lane), ...op.load, ...tee(BIN)],
    ...[...get(BIN), ...op.load, ...op.i32(1), ...op.add, ...op.store],
    ...when([...early, ...bitOf(TOPS, lane), ...op.orInt], list(lane, get(NEXT))),
  ];
}

function bitOf(bits: number, lane: number): Code {
  return [...get(bits), ...op.i32(1 << lane), ...op.and];
}

function list(lane: number, window: Code): Code {
  return [
    ...[...get(END), ...get(GROUP), ...op.i32(2), ...op.shrU, ...op.i32(lane), ...op.add, ...op.store],
    ...[...get(END), ...window, ...op.storeAt(4)],
    ...[...get(END), ...op.i32(OFFER_BYTES), ...op.add, ...set(END)],
  ];
}
