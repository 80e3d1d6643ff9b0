import {
  averageOverPrompts,
  columnOf,
  type Average,
  type PromptValues,
} from '../../core/analysis/measure/manyPrompts.ts';
import type { NodeMetrics, NodeRow } from '../../core/analysis/nodes/nodeRows.ts';
import {
  AVERAGED_ROWS,
  averageTables,
  labelsOf,
  type PromptAverages,
  type PromptTable,
} from '../../core/analysis/measure/promptAverages.ts';
import { InterpError, throwIfCancelled, toInterpError } from '../../core/errors.ts';
import type { DebugArgs } from '../debugArgs.ts';
import { debugPrompt } from '../debugPrompt.ts';
import type { DebugReport } from '../debugReport.ts';
import { manyJson, manyText } from '../print/manyPrompts.ts';
import { painter } from '../print/style.ts';
import type { Session } from '../session.ts';

/** Many prompts together: each column, and the sweep, averaged by component. */
export interface ManyReport extends PromptAverages {
  readonly prompts: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
  readonly failed: readonly { readonly name: string; readonly error: InterpError }[];
  readonly measured: readonly Average[];
  /** By unit. */
  readonly sweep: readonly Average[];
  readonly k: number;
}

/**
 * Debugs prompts one by one and prints their averages with 95 % intervals. A prompt that fails is named and left out;
 * the exit code then says so. @throws the first failure, after everything else has been printed
 */
export async function debugMany(files: readonly string[], args: DebugArgs, session: Session): Promise<void> {
  const { io, job } = session;
  const reports: DebugReport[] = [];
  const failed: { name: string; error: InterpError }[] = [];
  for (const [index, file] of files.entries()) {
    throwIfCancelled(job.signal);
    try {
      reports.push(await debugPrompt({ ...args, file, k: Math.max(args.k, AVERAGED_ROWS) }, session));
    } catch (cause) {
      const error = toInterpError(cause);
      if (error.code === 'cancelled') throw error;
      failed.push({ name: file, error });
      io.err(`${file}: ${error.message} [${error.code}]\n`);
    }
    job.progress({ done: index + 1, total: files.length, message: file });
  }
  const [first] = failed;
  if (reports.length > 0) {
    const many = average(reports, failed, args.k);
    io.out(args.json ? `${JSON.stringify(manyJson(many), null, 2)}\n` : manyText(many, painter(io)));
  }
  if (first) {
    throw new InterpError(first.error.code, `${failed.length} of ${files.length} prompts failed.`, {
      cause: first.error,
    });
  }
}

function average(reports: readonly DebugReport[], failed: ManyReport['failed'], k: number): ManyReport {
  return {
    ...averageTables(reports.map(tableOf)),
    prompts: reports.map(({ name, table }) => ({ name, value: table.left.value, unit: table.unit })),
    failed,
    measured: averageOverPrompts(reports.map(measuredValues), { absent: 'missing' }),
    sweep: averageOverPrompts(reports.map(sweepValues), { absent: 'missing' }),
    k,
  };
}

function tableOf({ name, table, summary }: DebugReport): PromptTable {
  const last = summary.left.tokens.length - 1;
  return { prompt: name, rows: table.rows, value: table.left.value, last, position: summary.position };
}

/** Measured effects of several invocations of one component are summed, as estimated ones are. */
function measuredValues(report: DebugReport): PromptValues {
  const rows = report.table.rows.flatMap((row) => measuredRow(row, report));
  return { prompt: report.name, values: columnOf(rows, 'estimatedTotalEffect', labelsOf(tableOf(report))) };
}

function measuredRow(
  { node, name, left }: NodeRow,
  { measured }: DebugReport,
): { node: NodeRow['node']; metrics: NodeMetrics }[] {
  const effect = measured.get(name)?.left ?? null;
  return left && effect !== null ? [{ node, metrics: { ...left, estimatedTotalEffect: effect } }] : [];
}

function sweepValues({ name, sweep }: DebugReport): PromptValues {
  return { prompt: name, values: new Map((sweep?.rows ?? []).map(({ unit, effect }) => [unit, effect])) };
}
