import { bug, throwIfCancelled } from '../../errors.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { editedResidual } from '../edits/editedBlock.ts';
import type { Rows } from '../edits/layerEdits.ts';
import type { Past } from '../runner.ts';
import type { Trace } from '../trace.ts';
import { runBlock } from './runBlock.ts';
import { LEAST_ROWS, type VariantModel } from './variantModel.ts';

/** Residual streams of base runs are kept up to this many bytes for each trace. */
const KEPT_BASE_BYTES = 64 * 2 ** 20;
const FLOAT_BYTES = 4;

/**
 * The base run over some of its rows, by the same graphs and in the same shapes as the edited runs, so that an edit
 * that changes nothing gives the same bits. Rows before them are the trace's keys and values.
 */
export class BaseRows {
  readonly rows: Rows;
  private readonly model: VariantModel;
  private readonly base: Trace;
  /** The residual stream that block l reads at [l]; [rows, d_model] each. Filled as far as was asked. */
  private readonly resid: Tensor[] = [];

  private constructor(model: VariantModel, base: Trace, rows: Rows) {
    this.model = model;
    this.base = base;
    this.rows = rows;
  }

  /** Kept per trace: parts of one sweep share it. */
  static of(model: VariantModel, base: Trace, rows: Rows): BaseRows {
    const known = kept.get(base) ?? new Map<string, BaseRows>();
    kept.set(base, known);
    const key = `${rows.first}+${rows.count}`;
    const found = known.get(key);
    if (found && found.model === model) {
      known.delete(key);
      known.set(key, found);
      return found;
    }
    const made = new BaseRows(model, base, rows);
    known.set(key, made);
    dropOldest(known, model);
    return made;
  }

  /** The residual stream that a block reads, [rows, d_model]; n_layers = the last one. */
  async residPre(layer: number, signal?: AbortSignal): Promise<Tensor> {
    if (this.isWhole()) return this.base.residPre(layer);
    while (this.resid.length <= layer) {
      throwIfCancelled(signal);
      this.resid.push(await this.next(this.resid.length));
    }
    return this.resid[layer] ?? this.base.residPre(layer);
  }

  /** Keys and values of the rows before; null when there are none. */
  async past(layer: number): Promise<Past | null> {
    const { first } = this.rows;
    if (first === 0) return null;
    const acts = await this.base.layer(layer);
    const [k, v] = [acts.get('k'), acts.get('v')];
    if (!k || !v) throw bug('a trace lost its keys or values');
    return { k: firstPositions(k, first), v: firstPositions(v, first) };
  }

  /** All rows of the trace: its own residual streams came by the same graphs already. */
  private isWhole(): boolean {
    const { first, count } = this.rows;
    return first === 0 && count === this.base.ids.length && count >= LEAST_ROWS;
  }

  private async next(layer: number): Promise<Tensor> {
    const { first, count } = this.rows;
    const width = this.model.config.d_model;
    const before = this.resid[layer - 1];
    if (!before) {
      const data = this.base.residPre(0).data.slice(first * width, (first + count) * width);
      return tensor([count, width], data);
    }
    const plan = { lists: [this.base.edits], rows: this.rows, saes: this.model.source.saes };
    const past = await this.past(layer - 1);
    const run = { layer: layer - 1, x: before, want: ['resid_post'] as const, ...(past ? { past } : {}) };
    const x = (await runBlock(this.model, run, plan)).get('resid_post');
    if (!x) throw bug('a block lost its output');
    return editedResidual(x, layer, plan);
  }
}

const kept = new WeakMap<Trace, Map<string, BaseRows>>();

function dropOldest(known: Map<string, BaseRows>, { config }: VariantModel): void {
  const bytes = ({ rows }: BaseRows): number =>
    rows.count * config.d_model * (config.n_layers + 1) * FLOAT_BYTES;
  let total = [...known.values()].reduce((sum, each) => sum + bytes(each), 0);
  for (const [key, oldest] of known) {
    if (total <= KEPT_BASE_BYTES || known.size === 1) return;
    known.delete(key);
    total -= bytes(oldest);
  }
}

/** [1, head, T, d_head] -> [1, head, count, d_head]. */
function firstPositions(values: Tensor, count: number): Tensor {
  const [, heads = 1, length = 0, width = 1] = values.dims;
  if (length === count) return values;
  const data = new Float32Array(heads * count * width);
  for (let head = 0; head < heads; head++) {
    const from = head * length * width;
    data.set(values.data.subarray(from, from + count * width), head * count * width);
  }
  return tensor([1, heads, count, width], data);
}
