import { existsSync } from 'node:fs';
import path from 'node:path';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { PublishedQuery } from '../../protocol/publishedContract.ts';
import type { ImportArgs } from '../explainArgs.ts';
import { publishedChoices, publishedDone, publishedText } from '../print/publishedText.ts';
import { painter } from '../print/style.ts';
import type { Session } from '../session.ts';
import { readUnits } from '../unitList.ts';
import { assertAgreed, paused } from './add.ts';

/** Explanations that others published: shows what they would cost, asks, fetches. Ctrl-C pauses. */
export async function importPublished(source: string, args: ImportArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const paint = painter(io);
  const query: PublishedQuery = {
    text: localOr(source, io.cwd),
    model: args.model === undefined ? null : localOr(args.model, io.cwd),
    units: args.units.length > 0 ? await readUnits(args.units, io) : [],
    records: args.records,
  };
  const { found, choices } = await jobs.handlers['published/find'](query, job);
  if (!found) {
    io.out(args.json ? json({ found, choices }) : publishedChoices(choices, paint));
    if (args.dryRun) return;
    throw new InterpError('hub/several', `"${source}" holds ${choices.length} sets: name one of them.`);
  }
  if (!args.json) io.out(publishedText(found, paint));
  else if (args.dryRun) io.out(json({ found }));
  if (args.dryRun) return;
  if (!args.yes && !found.isLocal && found.files > 0) await assertAgreed('Download it?', session);
  try {
    const done = await jobs.handlers['published/import'](query, job);
    io.out(args.json ? json({ found, done }) : publishedDone(done, paint));
    if (!args.json) for (const reason of done.skipped) io.err(`  left out: ${reason}\n`);
  } catch (error) {
    throw isInterpError(error, 'cancelled') ? paused(error) : error;
  }
}

/** A file or folder of that name wins over a set. */
function localOr(text: string, cwd: string): string {
  const local = path.resolve(cwd, text);
  return !/^[a-z]{2,}:\/\//i.test(text) && existsSync(local) ? local : text;
}

function json(value: object): string {
  return `${JSON.stringify({ version: 1, ...value }, null, 2)}\n`;
}
