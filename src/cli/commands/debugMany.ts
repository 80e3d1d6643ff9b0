import {
  averageOverPrompts,
  columnOf,
  meanInterval,
  type Average,
  type PromptValues,
} from '../../core/analysis/manyPrompts.ts';
import type { Metric, NodeMetrics, NodeRow } from '../../core/analysis/nodeRows.ts';
import {
  InterpError,
  throwIfCancelled,
  toInterpError,
  type InterpError as Failure,
} from '../../core/errors.ts';
import type { DebugArgs } from '../debugArgs.ts';
import { debugPrompt } from '../debugPrompt.ts';
import type { DebugReport } from '../debugReport.ts';
import { manyJson, manyText } from '../print/manyPrompts.ts';
import { painter } from '../print/style.ts';
import type { Session } from '../session.ts';

export const AVERAGED: readonly Metric[] = [
  'activation',
  'writeMagnitude',
  'directEffect',
  'estimatedTotalEffect',
];

/** Rows per column and end that enter the averages: what is not among them is too small to count. */
const AVERAGED_ROWS = 200;

/** Many prompts together: each column, and the sweep, averaged by component. */
export interface ManyReport {
  readonly prompts: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
  readonly value: ReturnType<typeof meanInterval>;
  readonly failed: readonly { readonly name: string; readonly error: Failure }[];
  readonly columns: Readonly<Record<Metric, readonly Average[]>>;
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
  const failed: { name: string; error: Failure }[] = [];
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
  const columns = Object.fromEntries(
    AVERAGED.map((metric) => {
      const prompts = reports.map((report) => columnValues(report, metric));
      const absent = metric === 'activation' || metric === 'writeMagnitude' ? 'missing' : 'zero';
      return [metric, averageOverPrompts(prompts, { absent })];
    }),
  ) as Record<Metric, Average[]>;
  const prompts = reports.map(({ name, table }) => ({ name, value: table.left.value, unit: table.unit }));
  return {
    prompts,
    value: meanInterval(prompts.map(({ value }) => value)),
    failed,
    columns,
    measured: averageOverPrompts(reports.map(measuredValues), { absent: 'missing' }),
    sweep: averageOverPrompts(reports.map(sweepValues), { absent: 'missing' }),
    k,
  };
}

/** Only the last token and the scalar's own mean the same in every prompt. */
function labeller({ summary }: DebugReport): (position: number) => string | null {
  const last = summary.left.tokens.length - 1;
  return (position) => (position === last ? 'last' : position === summary.position ? 'position' : null);
}

function columnValues(report: DebugReport, metric: Metric): PromptValues {
  const nodes = report.table.rows.flatMap(({ node, left }) => (left ? [{ node, metrics: left }] : []));
  return { prompt: report.name, values: columnOf(nodes, metric, labeller(report)) };
}

/** Measured effects of several invocations of one component are summed, as estimated ones are. */
function measuredValues(report: DebugReport): PromptValues {
  const rows = report.table.rows.flatMap((row) => measuredRow(row, report));
  return { prompt: report.name, values: columnOf(rows, 'estimatedTotalEffect', labeller(report)) };
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
