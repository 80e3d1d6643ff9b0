import { Arena } from './arena.ts';
import { QuantileTable } from './quantileTable.ts';
import { TopTable } from './topTable.ts';
import { UnitSums, type StateArrays } from './unitSums.ts';

/** What a scan records of one family: its size and how its records are spelled. */
export interface FamilyShape {
  readonly id: string;
  readonly units: number;
  /**
   * `tokens`: a number per token; `pairs`: the lower triangle; `sparse`: token and number in turn, active tokens only.
   */
  readonly records: 'tokens' | 'pairs' | 'sparse';
  readonly context: number;
}

export interface RecordCounts {
  readonly top: number;
  readonly perQuantile: number;
}

/** Numbers of a record that is not sparse. */
export function recordLength(records: 'tokens' | 'pairs', tokens: number): number {
  return records === 'tokens' ? tokens : (tokens * (tokens + 1)) / 2;
}

/** Everything that a scan keeps of one family. Its memory depends on units and records, never on the corpus. */
export class FamilyScan {
  readonly shape: FamilyShape;
  readonly sums: UnitSums;
  readonly top: TopTable;
  readonly quantiles: QuantileTable;
  readonly arena: Arena;
  /** Activations that were seen of each unit. */
  count = 0;

  constructor(shape: FamilyShape, counts: RecordCounts) {
    this.shape = shape;
    this.sums = new UnitSums(shape.units, shape.records === 'pairs' ? 'pairs' : 'tokens');
    this.arena = new Arena(largestRecord(shape));
    this.top = new TopTable(shape.units, counts.top, this.arena);
    this.quantiles = new QuantileTable(shape.units, counts.perQuantile, this.arena);
  }

  /**
   * Counts one window of one unit by its largest activation. `read` is asked for the record's numbers when they are kept.
   * A maximum that is NaN counts as infinite: it must not be lost among the small ones.
   */
  offer(
    unit: number,
    window: { readonly sequence: number; readonly priority: number; readonly max: number },
    read: (unit: number) => Float32Array,
  ): void {
    const max = Number.isNaN(window.max) ? Infinity : window.max;
    if (!(max > 0)) return;
    const random = max < Infinity && this.quantiles.count(unit, max, window.priority);
    const top = max > (this.top.threshold[unit] ?? 0);
    if (!random && !top) return;
    const values = read(unit);
    if (random) this.quantiles.add(unit, { ...window, max }, values);
    if (top) this.top.add(unit, window.sequence, max, values);
  }

  get bytes(): number {
    const arrays = Object.values(this.state()).reduce((sum, { byteLength }) => sum + byteLength, 0);
    return arrays + this.arena.bytes;
  }

  /** Arrays but those of the arena, by name. */
  state(): StateArrays {
    const named = Object.entries({ sums: this.sums, top: this.top, quantiles: this.quantiles });
    return Object.fromEntries(
      named.flatMap(([part, table]) =>
        Object.entries(table.state()).map(([name, values]) => [`${part}.${name}`, values]),
      ),
    );
  }
}

function largestRecord({ records, context }: FamilyShape): number {
  return records === 'sparse' ? 2 * context : recordLength(records, context);
}
