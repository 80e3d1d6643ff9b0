/** Bytes of instructions. Source of all numbers here: WebAssembly core specification 2.0, binary format, with SIMD. */
export type Code = readonly number[];

/** One function of a module that is assembled. */
export interface WasmFunction {
  readonly name: string;
  /** All i32. */
  readonly params: number;
  /** Numbered after the parameters: first i32, then v128. */
  readonly locals: { readonly i32: number; readonly v128: number };
  readonly body: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;
const VOID = 0x40;
const SIMD = 0xfd;

/** A function that JavaScript gives, `env.{name}`; it is called by its number in the list. */
export interface WasmImport {
  readonly name: string;
  /** All i32. */
  readonly params: number;
}

/** A module that imports `env.memory`, and exports functions without results. */
export function wasmModule(k: {
  readonly imports: readonly WasmImport[];
  readonly functions: readonly WasmFunction[];
}): Uint8Array<ArrayBuffer> {
  const { imports, functions } = k;
  const types = [...imports, ...functions].map(({ params }) => [
    0x60,
    ...vector(Array.from({ length: params }, () => [I32])),
    0,
  ]);
  const memory = [...text('env'), ...text('memory'), 0x02, 0x00, 0x01];
  const given = imports.map(({ name }, index) => [...text('env'), ...text(name), 0x00, ...unsigned(index)]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [
      ...vector([
        [...unsigned(locals.i32), I32],
        [...unsigned(locals.v128), V128],
      ]),
      ...body,
      0x0b,
    ];
    return [...unsigned(code.length), ...code];
  });
  const numbered = functions.map(({ name }, index) => ({ name, index: imports.length + index }));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory, ...given])),
    ...section(3, vector(numbered.map(({ index }) => unsigned(index)))),
    ...section(7, vector(numbered.map(({ name, index }) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(bodies)),
  ]);
}

/** Instructions, by the names of the text format. Operands come before their operator, as on the stack. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  sub: [0x6b],
  shl: [0x74],
  shrU: [0x76],
  and: [0x71],
  orInt: [0x72],
  xor: [0x73],
  eq: [0x46],
  ne: [0x47],
  popcount: [0x69],
  call: (index: number): Code => [0x10, ...unsigned(index)],
  ltU: [0x49],
  load: [0x28, 2, 0],
  /** With a constant offset of bytes. */
  loadAt: (offset: number): Code => [0x28, 2, ...unsigned(offset)],
  store: [0x36, 2, 0],
  storeAt: (offset: number): Code => [0x36, 2, ...unsigned(offset)],
  vload: [SIMD, 0x00, 2, 0],
  vstore: [SIMD, 0x0b, 2, 0],
  vloadAt: (offset: number): Code => [SIMD, 0x00, 2, ...unsigned(offset)],
  vstoreAt: (offset: number): Code => [SIMD, 0x0b, 2, ...unsigned(offset)],
  zero: [SIMD, 0x0c, ...Array.from({ length: 16 }, () => 0)],
  i32x4: (lanes: readonly number[]): Code => [SIMD, 0x0c, ...new Uint8Array(Int32Array.from(lanes).buffer)],
  f32: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  f32Splat: [SIMD, 0x13],
  i32Splat: [SIMD, 0x11],
  /** The two upper f32 in place of the lower ones. */
  upper: [SIMD, 0x0d, ...[8, 9, 10, 11, 12, 13, 14, 15], ...[8, 9, 10, 11, 12, 13, 14, 15]],
  promoteLow: [SIMD, 0x5f],
  f32Gt: [SIMD, 0x44],
  f32Ceil: [SIMD, 0x67],
  f32Mul: [SIMD, 0xe6, 0x01],
  f32Add: [SIMD, 0xe4, 0x01],
  /** Of a, b: b where b < a, else a. So NaN in b gives a. One instruction, unlike f32x4.min. */
  f32LesserOf: [SIMD, 0xea, 0x01],
  f32GreaterOf: [SIMD, 0xeb, 0x01],
  f64Add: [SIMD, 0xf0, 0x01],
  f64Mul: [SIMD, 0xf2, 0x01],
  i32Add: [SIMD, 0xae, 0x01],
  i32Sub: [SIMD, 0xb1, 0x01],
  /** All ones where the first is at least the second, as signed numbers. */
  i32AtLeast: [SIMD, 0x3f],
  i32Min: [SIMD, 0xb6, 0x01],
  i32Max: [SIMD, 0xb8, 0x01],
  lane: (lane: number): Code => [SIMD, 0x1b, lane],
  /** The two lower lanes in place of the upper ones, and the other way round; then each with its neighbour. */
  swapHalves: [SIMD, 0x0d, ...[8, 9, 10, 11, 12, 13, 14, 15], ...[0, 1, 2, 3, 4, 5, 6, 7]],
  swapNeighbours: [SIMD, 0x0d, ...[4, 5, 6, 7, 0, 1, 2, 3], ...[12, 13, 14, 15, 8, 9, 10, 11]],
  f32Lt: [SIMD, 0x43],
  /** The bits of the first that the second lacks. */
  without: [SIMD, 0x4f],
  i32Shl: [SIMD, 0xab, 0x01],
  /** Highest bits of the four lanes. */
  bitmask: [SIMD, 0xa4, 0x01],
  /** Bytes of the first by the numbers of the second; 0 where one is none of its places. */
  swizzle: [SIMD, 0x0e],
  or: [SIMD, 0x50],
  f64NotEqual: [SIMD, 0x48],
  /** Highest bits of the two lanes. */
  bitmask2: [SIMD, 0xc4, 0x01],
  anyTrue: [SIMD, 0x53],
} as const satisfies Record<string, Code | ((value: number) => Code) | ((lanes: readonly number[]) => Code)>;

/** Runs at least once, and again while `again` leaves a number but 0. */
export function loop(body: Code, again: Code): Code {
  return [0x03, VOID, ...body, ...again, 0x0d, 0x00, 0x0b];
}

/** Runs the body when `condition` leaves a number but 0. */
export function when(condition: Code, body: Code): Code {
  return [...condition, 0x04, VOID, ...body, 0x0b];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): Code {
  return vector(Array.from(new TextEncoder().encode(value), (byte) => [byte]));
}

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}
