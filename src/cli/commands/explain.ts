import { InterpError, type ErrorCode } from '../../core/errors.ts';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { ExplainEstimate, ExplainOptions, ManyExplained } from '../../protocol/explainContract.ts';
import type { ExplainArgs } from '../explainArgs.ts';
import { readLanguageAccess } from '../languageAccess.ts';
import { usage } from '../readFlags.ts';
import { counted } from '../print/numbers.ts';
import { explainedJson } from '../print/explainJson.ts';
import { explainedText } from '../print/explainText.ts';
import { reportText } from '../print/reportText.ts';
import { revisedText } from '../print/revisedText.ts';
import { painter } from '../print/style.ts';
import { openSubject, type Session } from '../session.ts';
import { readUnits } from '../unitList.ts';
import { reviseRecords } from './reviseRecords.ts';

/** `underglass explain`. */
export async function explainCommand(args: ExplainArgs, session: Session): Promise<void> {
  const model = await openSubject(args, session);
  const failure = args.units.length > 0 ? await explainUnits(args, model, session) : null;
  if (args.report) await printReport(args, model.modelId, session);
  if (failure) throw failure;
}

async function printReport(args: ExplainArgs, modelId: string, { jobs, io, job }: Session): Promise<void> {
  const language = args.named === 'language' ? readLanguageAccess(args.language, process.env) : null;
  const explainer = language?.model ?? args.named;
  const report = await jobs.handlers['explain/report']({ modelId, explainer }, job);
  io.out(args.json ? `${JSON.stringify({ version: 1, ...report })}\n` : reportText(report, painter(io)));
}

/** @returns what the command ends with when not all went well. */
async function explainUnits(
  args: ExplainArgs,
  model: ModelInfo,
  session: Session,
): Promise<InterpError | null> {
  const { jobs, io, job } = session;
  const { modelId } = model;
  const language = isLanguageAsked(args) ? readLanguageAccess(args.language, process.env) : null;
  // What a language model is asked for is capped by run, and every revision is a run of its own.
  if (args.revise && language)
    throw usage('--revise works offline; with a language model, revise in VS Code.');
  const options: ExplainOptions = { ...args.options, language };
  if (options.explainer.kind === 'language' && !language) {
    throw new InterpError(
      'language/not-configured',
      'No language model is named, so nothing was sent: add --language MODEL and --base-url URL.',
    );
  }
  const units = await readUnits(args.units, io);
  await jobs.handlers['index/ready']({ modelId }, job);
  const estimate = await jobs.handlers['explain/estimate']({ modelId, units, options }, job);
  assertSpending(estimate, args);
  const concurrency = language?.kind === 'openai' ? language.concurrency : 1;
  const request = { modelId, units, options, concurrency, redo: args.redo };
  const started = performance.now();
  const result = await jobs.handlers['explain/many'](request, job);
  const explained = await recordsOf(units, { modelId, options }, session);
  const { records, revised } = args.revise
    ? await reviseRecords(explained, { modelId, options }, session)
    : { records: explained, revised: [] };
  if (args.json) io.out(explainedJson(records, result.failed, options));
  // A report says what a table of thousands of rows cannot.
  else if (!args.report || records.length <= MOST_ROWS) io.out(explainedText(records, painter(io)));
  if (!args.json) io.out(revisedText(revised, painter(io)));
  tellResult(result, { seconds: (performance.now() - started) / 1000, err: io.err });
  return endOf(result);
}

/** Rows that are printed above a report. */
const MOST_ROWS = 40;

/** A model that only the environment names is asked by nothing that works without one. */
function isLanguageAsked({ language, options: { explainer, simulator } }: ExplainArgs): boolean {
  const asking = ['prompt-logprobs', 'output-logprobs', 'json'];
  const flags = [language.language, language['base-url'], language['requests-at-once']];
  return (
    explainer.kind === 'language' || asking.includes(simulator) || flags.some((flag) => flag !== undefined)
  );
}

/** A run that was stopped, or that explained nothing of what was asked, fails as its first unit did. */
function endOf({ stopped, failed, done, skipped }: ManyExplained): InterpError | null {
  if (stopped === 'cancelled') return new InterpError('cancelled', 'Cancelled: what was done is kept.');
  if (stopped === 'budget') {
    return new InterpError(
      'language/budget',
      'The budget is used up: what was done is kept, and the same command goes on when it is raised.',
    );
  }
  const [first] = failed;
  if (!first || done + skipped > 0) return null;
  return new InterpError(first.code as ErrorCode, `${first.unit}: ${first.reason}`);
}

/** Much is sent only when the person said so. @throws language/budget */
function assertSpending(estimate: ExplainEstimate, { yes, options }: ExplainArgs): void {
  if (!estimate.large || yes || options.budget.requests !== null || options.budget.tokens !== null) return;
  const { requests, promptTokens, units } = estimate;
  throw new InterpError(
    'language/budget',
    `${units} units would ask the language model about ${requests} times (${promptTokens} tokens sent): nothing was sent. Add --yes, or a cap with --max-requests.`,
    { data: { requests, promptTokens } },
  );
}

/** What is kept of the units now, of the asked explainer, in their order: of several, revised ones, the best. */
async function recordsOf(
  units: readonly string[],
  { modelId, options }: { readonly modelId: string; readonly options: ExplainOptions },
  { jobs: { handlers }, job }: Session,
): Promise<ExplanationRecord[]> {
  const { text } = await handlers['explain/export']({ modelId, units, format: 'underglass' }, job);
  const { explainer } = options;
  const own = text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ExplanationRecord]))
    .filter(({ explainerKind, explanation }) =>
      explainer.kind === 'human'
        ? explainerKind === 'human' && explanation === explainer.words.trim()
        : explainerKind === explainer.kind,
    );
  const best = new Map<string, ExplanationRecord>();
  for (const record of own) {
    const known = best.get(record.unit);
    if (!known || (record.score ?? -2) > (known.score ?? -2)) best.set(record.unit, record);
  }
  return [...best.values()];
}

function tellResult(
  { asked, done, skipped, failed, cost }: ManyExplained,
  { seconds, err }: { readonly seconds: number; err(text: string): void },
): void {
  const kept = skipped > 0 ? `, ${skipped} were explained already (--redo explains them again)` : '';
  const time = seconds < 100 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
  err(`explained ${done} of ${counted(asked, 'unit')} in ${time}${kept}\n`);
  const reasons = new Map<string, number>();
  for (const { code } of failed) reasons.set(code, (reasons.get(code) ?? 0) + 1);
  for (const [code, count] of reasons) {
    const example = failed.find((each) => each.code === code);
    err(`  ${count} not explained: ${code}, e.g. ${example?.unit}: ${example?.reason}\n`);
  }
  if (cost.requests > 0) {
    err(`${cost.requests} requests, ${cost.promptTokens} tokens sent, ${cost.completionTokens} received\n`);
  }
}
