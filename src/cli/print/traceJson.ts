import type { TokenReading, UnitReading } from '../../core/trace/readings.ts';
import type { HookReport, TraceReport } from '../report.ts';
import { jsonNumber } from './numbers.ts';
import { wordsJson } from './wordsJson.ts';

/**
 * The object of `trace --json`. Offsets are UTF-16 in the file; numbers that are not finite are null;
 * `next` is the prediction at `position`.
 */
export function traceJson(report: TraceReport): Readonly<Record<string, unknown>> {
  const { model, summary, answers } = report;
  const pick = ({ id, text, logit, probability, rank }: TraceReport['next'][number]): unknown => ({
    id,
    text,
    logit: jsonNumber(logit),
    probability: jsonNumber(probability),
    rank,
  });
  return {
    version: 1,
    model: model.name,
    saes: model.saes.map(({ id }) => id),
    meanLoss: jsonNumber(summary.meanLoss),
    tokens: summary.tokens.map((token) => tokenJson(token, report.offset)),
    position: report.position,
    next: report.next.map(pick),
    targets: answers.targets.map(pick),
    distractors: answers.distractors.map(pick),
    logitDiff: jsonNumber(answers.logitDiff),
    latents: report.latents.map(latentJson),
    hooks: Object.fromEntries(report.hooks.map((hook) => [hook.ref.name, hookJson(hook)])),
  };
}

function tokenJson(token: TokenReading, offset: number): unknown {
  const { id, text, start, end, bytes } = token;
  return {
    id,
    text,
    start: start + offset,
    end: end + offset,
    ...(bytes ? { bytes } : {}),
    loss: jsonNumber(token.loss),
    probability: jsonNumber(token.probability),
    rank: token.rank,
    entropy: jsonNumber(token.entropy),
  };
}

function latentJson({ id, value, known }: UnitReading): unknown {
  return { id, value: jsonNumber(value), ...wordsJson(known) };
}

function hookJson({ ref, shape, top, nonFinite }: HookReport): unknown {
  const entries = top.map(({ index, value }) => ({ index, value: jsonNumber(value) }));
  return { dims: ref.dims, shape, top: entries, ...(nonFinite > 0 ? { nonFinite } : {}) };
}
