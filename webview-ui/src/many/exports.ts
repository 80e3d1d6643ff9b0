import type { ManyState } from '../../../src/protocol/manyViewContract.ts';
import type { DataTable } from '../draw/tableText.ts';

/** The means with the prompts that they are over. */
export function manyJson({ prompts, unit, value, options, sweep }: ManyState, table: DataTable): string {
  const result = {
    version: 1,
    unit,
    value,
    options,
    sweep: sweep?.asked ?? null,
    prompts: prompts.map(({ name, state, value: of, error }) => ({
      name,
      state,
      value: of,
      error: error && { code: error.code, message: error.message },
    })),
    rows: table.rows.map((row) =>
      Object.fromEntries(table.columns.map(({ key }, i) => [key, row[i] ?? null])),
    ),
  };
  return JSON.stringify(result, null, 2);
}
