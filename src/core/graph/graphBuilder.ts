import { bug } from '../errors.ts';
import type { TensorEntry, WeightDtype } from '../weights/tensorEntry.ts';
import { ProtobufWriter } from './protobuf.ts';

/** ONNX TensorProto.DataType numbers. */
const DATA_TYPE = { float: 1, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const;
/** Number type of a tensor inside a graph. */
export type GraphType = keyof typeof DATA_TYPE;

const WEIGHT_TYPE: Record<WeightDtype, GraphType> = { F32: 'float', F16: 'float16', BF16: 'bfloat16' };

/** ONNX AttributeProto.AttributeType numbers and the fields that hold the values. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;
const FLOAT_BYTES = 4;
const IR_VERSION = 10;
const OPSET = 21;
const MICROSOFT = 'com.microsoft';
/** GraphProto / NodeProto / ... field numbers. Source: onnx/onnx.proto. */
const FIELD = {
  model: { irVersion: 1, producer: 2, graph: 7, opset: 8 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12 },
  node: { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 },
  tensor: { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 },
} as const;
const EXTERNAL = 1;

/** Name of a tensor inside the graph. */
export type Ref = string;
/** A fixed length, or the name of one that is known when the graph runs. */
export type Dim = number | string;
/** Attributes of an ONNX node; whole numbers are INT, `{ float }` is FLOAT. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

/** Builds one ONNX model. Methods that add a node return the names of its outputs. */
export class GraphBuilder {
  private readonly nodes: ProtobufWriter[] = [];
  private readonly initializers = new Map<string, ProtobufWriter>();
  private readonly inputs: ProtobufWriter[] = [];
  private readonly outputs = new Map<string, ProtobufWriter>();
  private counter = 0;
  private folder: string | null = null;
  private readonly copies = { packed: 0, folded: 0 };

  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, type: GraphType, dims: readonly Dim[]): Ref {
    this.inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** Declares a tensor as fetchable. Unfetched outputs cost nothing. */
  output(ref: Ref, type: GraphType = 'float'): void {
    if (!this.outputs.has(ref)) this.outputs.set(ref, valueInfo(ref, type, null));
  }

  op(op: string, inputs: readonly Ref[], attributes: Attributes = {}): Ref {
    return this.addNode(op, inputs, attributes, 1, '')[0] ?? '';
  }

  /** An op of ONNX Runtime's own domain. */
  fused(op: string, inputs: readonly Ref[], attributes: Attributes = {}): Ref {
    return this.addNode(op, inputs, attributes, 1, MICROSOFT)[0] ?? '';
  }

  ops(op: string, inputs: readonly Ref[], attributes: Attributes, count: number): Ref[] {
    return this.addNode(op, inputs, attributes, count, '');
  }

  /**
   * A weight that stays in its file (memory-mapped by ONNX Runtime), as float32.
   * F16 and BF16 get a Cast: folded into private memory at load, or run each time, as the session is set.
   */
  weight(entry: TensorEntry): Ref {
    this.countCopies(entry);
    const raw = this.rawWeight(entry);
    return entry.dtype === 'F32' ? raw : this.op('Cast', [raw], { to: DATA_TYPE.float });
  }

  /** Slices of a weight along an axis as float32: gathered before the cast, so that the table is never copied. */
  gatherWeight(entry: TensorEntry, indices: Ref, axis = 0): Ref {
    const rows = this.op('Gather', [this.rawWeight(entry), indices], { axis });
    return entry.dtype === 'F32' ? rows : this.op('Cast', [rows], { to: DATA_TYPE.float });
  }

  ints(values: readonly number[]): Ref {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant(`i:${values.join(',')}`, 'int64', [values.length], new Uint8Array(data.buffer));
  }

  int(value: number): Ref {
    return this.constant(`is:${value}`, 'int64', [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
  }

  float(value: number): Ref {
    return this.constant(`f:${value}`, 'float', [], new Uint8Array(Float32Array.of(value).buffer));
  }

  castToFloat(ref: Ref): Ref {
    return this.op('Cast', [ref], { to: DATA_TYPE.float });
  }

  castToInt(ref: Ref): Ref {
    return this.op('Cast', [ref], { to: DATA_TYPE.int64 });
  }

  /** The finished model, and the folder that its weights lie in (null when it has none). */
  build(): GraphModel {
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(FIELD.graph.node, node);
    graph.string(FIELD.graph.name, this.name);
    for (const initializer of this.initializers.values()) graph.message(FIELD.graph.initializer, initializer);
    for (const input of this.inputs) graph.message(FIELD.graph.input, input);
    for (const output of this.outputs.values()) graph.message(FIELD.graph.output, output);
    const model = new ProtobufWriter()
      .int(FIELD.model.irVersion, IR_VERSION)
      .string(FIELD.model.producer, 'underglass');
    model.message(FIELD.model.graph, graph);
    for (const [domain, version] of [
      ['', OPSET],
      [MICROSOFT, 1],
    ] as const) {
      model.message(FIELD.model.opset, new ProtobufWriter().string(1, domain).int(2, version));
    }
    return {
      name: this.name,
      bytes: model.finish().slice(),
      folder: this.folder,
      copies: { ...this.copies },
    };
  }

  /** Only matrices are packed; each is counted once. */
  private countCopies(entry: TensorEntry): void {
    if (this.initializers.has(weightName(entry))) return;
    const bytes = FLOAT_BYTES * entry.shape.reduce((size, dim) => size * dim, 1);
    if (entry.dtype !== 'F32') this.copies.folded += bytes;
    else if (entry.shape.length > 1) this.copies.packed += bytes;
  }

  private addNode(
    op: string,
    inputs: readonly Ref[],
    attributes: Attributes,
    count: number,
    domain: string,
  ): Ref[] {
    const id = this.counter++;
    const outputs = Array.from(
      { length: count },
      (_, index) => `${op}_${id}${count === 1 ? '' : `_${index}`}`,
    );
    const node = new ProtobufWriter();
    for (const input of inputs) node.string(FIELD.node.input, input);
    for (const output of outputs) node.string(FIELD.node.output, output);
    node.string(FIELD.node.name, `${op}_${id}`).string(FIELD.node.op, op);
    for (const [name, value] of Object.entries(attributes))
      node.message(FIELD.node.attribute, attribute(name, value));
    if (domain !== '') node.string(FIELD.node.domain, domain);
    this.nodes.push(node);
    return outputs;
  }

  private rawWeight(entry: TensorEntry): Ref {
    const { folder, base } = splitPath(entry.file);
    if (this.folder !== null && this.folder !== folder)
      throw bug(`weights of one graph lie in ${this.folder} and ${folder}`);
    this.folder = folder;
    const name = weightName(entry);
    if (!this.initializers.has(name)) {
      const proto = tensorHead(name, WEIGHT_TYPE[entry.dtype], entry.shape);
      const place = { location: base, offset: String(entry.offset), length: String(entry.length) };
      for (const [key, value] of Object.entries(place)) {
        proto.message(FIELD.tensor.external, new ProtobufWriter().string(1, key).string(2, value));
      }
      this.initializers.set(name, proto.int(FIELD.tensor.location, EXTERNAL));
    }
    return name;
  }

  private constant(key: string, type: GraphType, dims: readonly number[], raw: Uint8Array): Ref {
    const name = `c:${key}`;
    if (!this.initializers.has(name)) {
      this.initializers.set(name, tensorHead(name, type, dims).bytes(FIELD.tensor.raw, raw));
    }
    return name;
  }
}

/** An ONNX model ready for a session. */
export interface GraphModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Real folder of the external weights. */
  readonly folder: string | null;
  /** Bytes of weights that a session copies: float32 matrices when it packs, half-precision ones unless cast per run. */
  readonly copies: { readonly packed: number; readonly folded: number };
}

function weightName({ name }: TensorEntry): string {
  return `w:${name}`;
}

/** A graph that may be loaded. */
export interface BuiltGraph<Output extends string> {
  readonly model: GraphModel;
  /** Name in the graph of each output. */
  readonly outputs: Readonly<Record<Output, Ref>>;
}

function tensorHead(name: string, type: GraphType, dims: readonly number[]): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dim of dims) proto.int(FIELD.tensor.dims, dim);
  return proto.int(FIELD.tensor.type, DATA_TYPE[type]).string(FIELD.tensor.name, name);
}

/** ValueInfoProto; without dims the shape is left to inference. */
function valueInfo(name: string, type: GraphType, dims: readonly Dim[] | null): ProtobufWriter {
  const tensorType = new ProtobufWriter().int(1, DATA_TYPE[type]);
  if (dims) {
    const shape = new ProtobufWriter();
    for (const dim of dims) {
      const proto = new ProtobufWriter();
      shape.message(1, typeof dim === 'number' ? proto.int(1, dim) : proto.string(2, dim));
    }
    tensorType.message(2, shape);
  }
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

function attribute(name: string, value: Attributes[string]): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return proto.int(3, value).int(20, ATTRIBUTE.int);
  if (typeof value === 'string') return proto.string(4, value).int(20, ATTRIBUTE.string);
  if ('float' in value) return proto.float(2, value.float).int(20, ATTRIBUTE.float);
  for (const item of value) proto.int(8, item);
  return proto.int(20, ATTRIBUTE.ints);
}

/** Folder and last part of an absolute path, of either kind of separator. */
function splitPath(file: string): { folder: string; base: string } {
  const cut = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'));
  return { folder: file.slice(0, Math.max(cut, 1)), base: file.slice(cut + 1) };
}
