import type * as vscode from 'vscode';
import { AVERAGED_ROWS } from '../../core/analysis/measure/promptAverages.ts';
import type { DebugOptions, DebugSummary, SweepRow } from '../../protocol/debugContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { ManySweepAsked } from '../../protocol/manyViewContract.ts';
import { documentOf } from '../commands/traceCommand.ts';
import { experimentOf } from '../debug/experimentOf.ts';
import type { Engine, Models } from '../session/session.ts';
import { columnsOf, type PromptColumns } from './means.ts';

export interface RunContext {
  readonly engine: Engine;
  readonly models: Models;
}

/** One prompt, debugged. */
export interface PromptRun {
  readonly columns: PromptColumns;
  readonly value: number;
  readonly unit: string;
  readonly model: ModelInfo;
}

/** How many rows per column a prompt brings to the means, as on the command line. */
export const MANY_OPTIONS: DebugOptions = {
  k: AVERAGED_ROWS,
  saes: [],
  foldValueBiases: false,
  frozenScale: true,
};

/** Runs one prompt and reads its table. Its session in the engine is closed again. @throws whatever the run throws */
export function runPrompt(
  uri: vscode.Uri,
  options: DebugOptions,
  context: RunContext,
  signal: AbortSignal,
): Promise<PromptRun> {
  return withSession(uri, context, signal, async ({ debugId, left, position }, model) => {
    const table = await context.engine.request('debug/table', { debugId, step: null, options }, { signal });
    const columns = columnsOf(table.rows, { last: left.tokens.length - 1, position });
    return { columns, value: table.left.value, unit: table.unit, model };
  });
}

/** Takes units of one prompt to 0 one at a time; `onPart` gets the rows of each part as they come. */
export function sweepPrompt(
  uri: vscode.Uri,
  asked: ManySweepAsked & { readonly options: DebugOptions },
  context: RunContext,
  on: {
    readonly signal: AbortSignal;
    onPart(rows: readonly SweepRow[], done: number, parts: number): void;
  },
): Promise<void> {
  const { signal } = on;
  const { engine } = context;
  return withSession(uri, context, signal, async ({ debugId }) => {
    const { kind, positions, layer, options } = asked;
    const what = { debugId, step: null, options, kind, positions };
    const { parts } = await engine.request('debug/sweepPlan', { ...what, layer }, { signal });
    for (const [index, { id }] of parts.entries())
      on.onPart(
        await engine.request('debug/sweepPart', { ...what, part: id }, { signal }),
        index + 1,
        parts.length,
      );
  });
}

async function withSession<T>(
  uri: vscode.Uri,
  { engine, models }: RunContext,
  signal: AbortSignal,
  use: (summary: DebugSummary, model: ModelInfo) => Promise<T>,
): Promise<T> {
  const document = await documentOf(uri);
  const model = await models.openFor(document, { signal });
  const experiment = await experimentOf(document, {}, model.modelId);
  const summary = await engine.request('debug/open', { experiment }, { signal });
  try {
    return await use(summary, model);
  } finally {
    engine.request('debug/close', { debugId: summary.debugId }).catch(() => {});
  }
}
