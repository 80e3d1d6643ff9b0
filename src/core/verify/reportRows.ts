import type { HookError, ReferenceComparison } from './reference.ts';
import { errorText, sampleText, type HookFact, type PublishedReport, type VerifyReport } from './report.ts';

/** A table of a report, as text: for a terminal and for Markdown. */
export interface ReportTable {
  readonly title: string;
  /** Sentences under the title. */
  readonly notes: readonly string[];
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly ok: boolean }[];
}

/** What was published, then the float64 reference. */
export function reportTables(report: VerifyReport): ReportTable[] {
  const { published, reference } = report;
  return [...(published === null ? [] : publishedTables(published)), referenceTable(reference)];
}

/** One line of what was verified. */
export function subjectText({ parameters, mode, sha256, seconds }: VerifyReport): string {
  const held = {
    mapped: 'float32',
    folded: 'half precision as float32',
    cast: 'half precision, cast per run',
  };
  const weights = Object.hasOwn(held, mode) ? held[mode as keyof typeof held] : mode;
  const hash = sha256 === null ? 'in several files' : `sha256 ${sha256}`;
  return `${parameters.toLocaleString('en-US')} weights, ${weights}, ${hash}; ${seconds.toFixed(1)} s`;
}

function publishedTables(published: PublishedReport): ReportTable[] {
  const { title, recognised, facts, hooks } = published;
  const how =
    recognised === 'file'
      ? 'Recognised by its weight file, byte for byte as published.'
      : 'Recognised by its embedding table. The weight file is not the published one: saved anew, or changed.';
  const settings = facts.filter(({ group, ok }) => group === 'configuration' && ok).length;
  const shown = facts.filter(({ group, ok }) => group !== 'configuration' || !ok);
  const kept = `${settings} settings of its config.json are the published ones.`;
  const sources = [...new Set(shown.map(({ source }) => source))];
  const rows = shown.map(({ what, published: value, measured, tolerance, ok, source }) => ({
    cells: [
      ok === null ? 'not measured' : ok ? 'ok' : 'differs',
      `${what} (${sources.indexOf(source) + 1})`,
      tolerance === null || tolerance === 0 ? value : `${value} ± ${tolerance}`,
      measured,
    ],
    ok: ok !== false,
  }));
  const cited = `Sources: ${sources.map((source, index) => `(${index + 1}) ${source}`).join(', ')}.`;
  const columns = [
    { title: '', align: 'left' },
    { title: 'fact', align: 'left' },
    { title: 'published', align: 'right' },
    { title: 'measured', align: 'right' },
  ] as const;
  const table = { title: `Published facts of ${title}`, notes: [how, kept, cited], columns, rows };
  return hooks.length === 0 ? [table] : [table, hookFactTable(hooks)];
}

function hookFactTable(hooks: readonly HookFact[]): ReportTable {
  const wrong = hooks.filter(({ ok }) => !ok);
  const held = `${hooks.length - wrong.length} of ${hooks.length} hooks have the published root mean square.`;
  return {
    title: 'Published hooks',
    notes: [held],
    columns: [
      { title: '', align: 'left' },
      { title: 'hook', align: 'left' },
      { title: 'published', align: 'right' },
      { title: 'measured', align: 'right' },
    ],
    rows: wrong.map(({ hook, value, found }) => ({
      cells: ['differs', hook, value.toPrecision(6), found.toPrecision(6)],
      ok: false,
    })),
  };
}

/** Hooks of the same name in one row, by their worst layer. */
function referenceTable(reference: ReferenceComparison): ReportTable {
  const byName = new Map<string, HookError>();
  for (const error of reference.hooks) {
    const name = error.hook.replace(/^blocks\.\d+\./, 'blocks.{l}.');
    const known = byName.get(name);
    if (!known || error.error > known.error) byName.set(name, error);
  }
  const { loss } = reference;
  const lossNote = loss
    ? [`Loss ${loss.found.toFixed(6)}, by the reference ${loss.reference.toFixed(6)} nats.`]
    : [];
  const limit = `Errors are relative to the largest value of the token; up to ${errorText(reference.tolerance)} is rounding.`;
  return {
    title: 'Float64 reference, hook by hook',
    notes: [sampleText(reference), limit, ...lossNote],
    columns: [
      { title: '', align: 'left' },
      { title: 'hook', align: 'left' },
      { title: 'largest error', align: 'right' },
      { title: 'worst layer', align: 'right' },
    ],
    rows: [...byName].map(([name, { hook, error, ok }]) => ({
      cells: [
        ok ? 'ok' : 'differs',
        name,
        errorText(error),
        name === hook ? '' : (/\d+/.exec(hook)?.[0] ?? ''),
      ],
      ok,
    })),
  };
}
