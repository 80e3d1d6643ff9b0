import { InterpError } from '../errors.ts';
import { quote } from '../json.ts';
import { OP } from './pickleOps.ts';
import { isKind, type PickleDict, type PickleKey, type PickleList, type PickleValue } from './pickleValue.ts';

/** What stands for Python: decides which globals exist and what calling them gives. Never runs code of the file. */
export interface PickleHost {
  /** @throws for a global that is not allowed, naming it. */
  readonly global: (name: string) => PickleValue;
  readonly call: (callee: PickleValue, args: readonly PickleValue[]) => PickleValue;
  /** A reference to something outside of the pickle. */
  readonly persistent: (id: PickleValue) => PickleValue;
  /** Sets the state of an object. */
  readonly build: (target: PickleValue, state: PickleValue) => PickleValue;
}

/** A pickled state dict lists names and shapes: kilobytes. */
export const MAX_PICKLE_BYTES = 16 * 2 ** 20;
/** Values pushed in all, so that no list or stack grows past it. */
const MAX_VALUES = 2_000_000;
/** Bytes of the longest whole number that is read: int64. */
const MAX_INT_BYTES = 8;

/**
 * Reads a pickle of protocols 2 to 5 as data. Only what the host allows is made; nothing is executed, and every
 * other global is an error that names it. Work and memory are bounded by the length of the pickle.
 * @throws weights/malformed, and what the host throws
 */
export function readPickle(
  bytes: Uint8Array,
  options: { readonly file: string; readonly host: PickleHost },
): PickleValue {
  if (bytes.length > MAX_PICKLE_BYTES) {
    throw malformed(options.file, `${bytes.length} bytes of pickle; at most ${MAX_PICKLE_BYTES} are read`);
  }
  return new PickleMachine(bytes, options).run();
}

class PickleMachine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly file: string;
  private readonly host: PickleHost;
  private readonly memo = new Map<number, PickleValue>();
  private stack: PickleValue[] = [];
  private readonly marks: PickleValue[][] = [];
  private at = 0;
  private pushed = 0;

  constructor(bytes: Uint8Array, { file, host }: { readonly file: string; readonly host: PickleHost }) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
    this.host = host;
  }

  run(): PickleValue {
    const first = this.uint(1);
    const protocol = first === OP.proto ? this.uint(1) : 0;
    if (protocol < 2 || protocol > 5) throw this.fail('it is no pickle of protocols 2 to 5');
    for (;;) {
      const op = this.uint(1);
      if (op === OP.stop) return this.pop();
      if (!this.scalar(op) && !this.container(op) && !this.special(op)) {
        throw this.fail(`opcode 0x${op.toString(16)} is not read`);
      }
    }
  }

  /** Numbers, texts, bytes and constants. */
  private scalar(op: number): boolean {
    switch (op) {
      case OP.none:
        return this.push(null);
      case OP.newTrue:
        return this.push(true);
      case OP.newFalse:
        return this.push(false);
      case OP.binInt:
        return this.push(this.view.getInt32(this.skip(4), true));
      case OP.binInt1:
        return this.push(this.uint(1));
      case OP.binInt2:
        return this.push(this.uint(2));
      case OP.long1:
        return this.push(this.long(this.uint(1)));
      case OP.binFloat:
        return this.push(this.view.getFloat64(this.skip(8), false));
      case OP.binUnicode:
      case OP.binString:
        return this.push(this.text(this.uint(4)));
      case OP.shortBinUnicode:
      case OP.shortBinString:
        return this.push(this.text(this.uint(1)));
      case OP.binUnicode8:
        return this.push(this.text(this.uint(8)));
      case OP.binBytes:
        return this.push(this.slice(this.uint(4)));
      case OP.shortBinBytes:
        return this.push(this.slice(this.uint(1)));
      case OP.binBytes8:
        return this.push(this.slice(this.uint(8)));
      default:
        return false;
    }
  }

  /** Lists, tuples, dicts and the marks between their items. */
  private container(op: number): boolean {
    switch (op) {
      case OP.mark:
        this.marks.push(this.stack);
        this.stack = [];
        return true;
      case OP.emptyList:
        return this.push({ kind: 'list', items: [] });
      case OP.emptyTuple:
        return this.push({ kind: 'tuple', items: [] });
      case OP.emptyDict:
        return this.push({ kind: 'dict', entries: new Map() });
      case OP.list:
        return this.push({ kind: 'list', items: this.toMark() });
      case OP.tuple:
        return this.push({ kind: 'tuple', items: this.toMark() });
      case OP.tuple1:
      case OP.tuple2:
      case OP.tuple3: {
        const items = Array.from({ length: op - OP.tuple1 + 1 }, () => this.pop()).reverse();
        return this.push({ kind: 'tuple', items });
      }
      case OP.dict: {
        const made: PickleDict = { kind: 'dict', entries: new Map() };
        this.setItems(made, this.toMark());
        return this.push(made);
      }
      case OP.append: {
        const item = this.pop();
        this.topList().items.push(item);
        return true;
      }
      case OP.appends: {
        const items = this.toMark();
        const list = this.topList();
        for (const item of items) list.items.push(item);
        return true;
      }
      case OP.setItem: {
        const [value, key] = [this.pop(), this.pop()];
        this.setItems(this.topDict(), [key, value]);
        return true;
      }
      case OP.setItems: {
        const items = this.toMark();
        this.setItems(this.topDict(), items);
        return true;
      }
      default:
        return false;
    }
  }

  /** Stack, memo, and what the host decides. */
  private special(op: number): boolean {
    switch (op) {
      case OP.pop:
        if (this.stack.length > 0) this.pop();
        else this.toMark();
        return true;
      case OP.popMark:
        this.toMark();
        return true;
      case OP.dup:
        return this.push(this.top());
      case OP.binPut:
        return this.remember(this.uint(1));
      case OP.longBinPut:
        return this.remember(this.uint(4));
      case OP.memoize:
        return this.remember(this.memo.size);
      case OP.binGet:
        return this.recall(this.uint(1));
      case OP.longBinGet:
        return this.recall(this.uint(4));
      case OP.frame:
        this.uint(8);
        return true;
      case OP.global:
        return this.push(this.host.global(`${this.line()}.${this.line()}`));
      case OP.stackGlobal: {
        const [name, module] = [this.pop(), this.pop()];
        if (typeof name !== 'string' || typeof module !== 'string') throw this.fail('a global has no name');
        return this.push(this.host.global(`${module}.${name}`));
      }
      case OP.binPersId:
        return this.push(this.host.persistent(this.pop()));
      case OP.reduce:
      case OP.newObj: {
        const [args, callee] = [this.pop(), this.pop()];
        if (!isKind(args, 'tuple')) throw this.fail('arguments are no tuple');
        return this.push(this.host.call(callee, args.items));
      }
      case OP.build: {
        const [state, target] = [this.pop(), this.pop()];
        return this.push(this.host.build(target, state));
      }
      default:
        return false;
    }
  }

  private push(value: PickleValue): true {
    this.pushed += 1;
    if (this.pushed > MAX_VALUES) throw this.fail(`more than ${MAX_VALUES} values`);
    this.stack.push(value);
    return true;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.fail('the stack is empty');
    return value;
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.fail('the stack is empty');
    return value;
  }

  private toMark(): PickleValue[] {
    const before = this.marks.pop();
    if (!before) throw this.fail('a mark is missing');
    const items = this.stack;
    this.stack = before;
    return items;
  }

  private topList(): PickleList {
    const value = this.top();
    return isKind(value, 'list') ? value : this.throwing('items are appended to what is no list');
  }

  private topDict(): PickleDict {
    const value = this.top();
    return isKind(value, 'dict') ? value : this.throwing('items are set of what is no dict');
  }

  private setItems({ entries }: PickleDict, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw this.fail('a key has no value');
    for (let index = 0; index < items.length; index += 2) {
      entries.set(this.key(items[index] ?? null), items[index + 1] ?? null);
    }
  }

  private key(value: PickleValue): PickleKey {
    if (typeof value !== 'object' || value === null) return value;
    throw this.fail('a key is neither a text nor a number');
  }

  private remember(index: number): true {
    this.memo.set(index, this.top());
    return true;
  }

  private recall(index: number): true {
    const value = this.memo.get(index);
    return value === undefined ? this.throwing(`memo ${index} is empty`) : this.push(value);
  }

  /** Start of the next `length` bytes, which are passed over. */
  private skip(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw this.fail('it is cut off');
    this.at += length;
    return start;
  }

  private slice(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Little-endian, of 1, 2, 4 or 8 bytes. */
  private uint(length: 1 | 2 | 4 | 8): number {
    const start = this.skip(length);
    if (length === 1) return this.view.getUint8(start);
    if (length === 2) return this.view.getUint16(start, true);
    if (length === 4) return this.view.getUint32(start, true);
    return Number(this.view.getBigUint64(start, true));
  }

  /** Two's complement, little-endian. */
  private long(length: number): number | bigint {
    if (length > MAX_INT_BYTES) throw this.fail(`a whole number of ${length} bytes`);
    const unsigned = this.slice(length).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const value = BigInt.asIntN(8 * length, unsigned);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  private text(length: number): string {
    return new TextDecoder().decode(this.slice(length));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.fail('a name is cut off');
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  private throwing(what: string): never {
    throw this.fail(what);
  }

  private fail(what: string): InterpError {
    return malformed(this.file, `${what}, at byte ${this.at}`);
  }
}

function malformed(file: string, what: string): InterpError {
  return new InterpError('weights/malformed', `${file}: the pickle cannot be read: ${what}.`, {
    data: { file, found: quote(what) },
  });
}
