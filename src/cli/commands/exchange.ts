import { stat } from 'node:fs/promises';
import path from 'node:path';
import { writeWholeFile } from '../../runtime/files/textFile.ts';
import type { ExportArgs, ImportArgs } from '../explainArgs.ts';
import { sendFolders } from '../folders.ts';
import { counted } from '../print/numbers.ts';
import { modelRef } from '../promptInput.ts';
import { openModel, openSubject, type Session } from '../session.ts';
import { readUnits } from '../unitList.ts';
import { importPublished } from './importPublished.ts';

/** `underglass import`: a file of a person's own goes to the workspace, what is published in bulk beside the models. */
export async function importCommand(args: ImportArgs, session: Session): Promise<void> {
  await sendFolders(session, args.storage);
  for (const source of args.sources) {
    if (await isOwnFile(source, args, session.io.cwd)) await importFile(source, args, session);
    else await importPublished(source, args, session);
  }
}

/** A larger file is one of a publisher's. */
const MOST_OWN_BYTES = 16 * 2 ** 20;

async function isOwnFile(
  source: string,
  { units, records, dryRun }: ImportArgs,
  cwd: string,
): Promise<boolean> {
  if (units.length > 0 || records || dryRun || source.endsWith('.gz')) return false;
  const info = await stat(path.resolve(cwd, source)).catch(() => null);
  // A file that is not there is told by the reader of files, unless it can be a set or an address.
  if (info === null) return /\.jsonl?$/i.test(source) && !source.includes('://');
  return info.isFile() && info.size <= MOST_OWN_BYTES;
}

async function importFile(name: string, args: ImportArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const { modelId } = await openModel(await modelRef(args, io.cwd), session);
  const file = path.resolve(io.cwd, name);
  const { format, explanations, records, skipped } = await jobs.handlers['explain/import'](
    { modelId, file },
    job,
  );
  if (args.json) {
    io.out(`${JSON.stringify({ version: 1, file, format, explanations, records, skipped })}\n`);
    return;
  }
  const kept = records > 0 ? `, activations of ${counted(records, 'unit')}` : '';
  io.out(`${name}: ${counted(explanations, 'explanation')}${kept} (${format})\n`);
  for (const reason of skipped) io.err(`  left out: ${reason}\n`);
}

/** `underglass export`. */
export async function exportCommand(args: ExportArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const { modelId } = await openSubject(args, session);
  const units = args.units.length > 0 ? await readUnits(args.units, io) : ['*'];
  const { text } = await jobs.handlers['explain/export']({ modelId, units, format: args.format }, job);
  if (args.out === undefined) return io.out(text);
  await writeWholeFile(path.resolve(io.cwd, args.out), text);
  io.err(`${counted(text.split('\n').length - 1, 'line')} written to ${args.out}\n`);
}
