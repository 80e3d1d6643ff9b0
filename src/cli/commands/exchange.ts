import path from 'node:path';
import { writeWholeFile } from '../../runtime/files/textFile.ts';
import type { ExportArgs, ImportArgs } from '../explainArgs.ts';
import { counted } from '../print/numbers.ts';
import { openSubject, type Session } from '../session.ts';
import { readUnits } from '../unitList.ts';

/** `underglass import`. */
export async function importCommand(args: ImportArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const { modelId } = await openSubject(args, session);
  for (const name of args.files) {
    const file = path.resolve(io.cwd, name);
    const { format, explanations, records, skipped } = await jobs.handlers['explain/import'](
      { modelId, file },
      job,
    );
    if (args.json)
      io.out(`${JSON.stringify({ version: 1, file, format, explanations, records, skipped })}\n`);
    else {
      const kept = records > 0 ? `, activations of ${counted(records, 'unit')}` : '';
      io.out(`${name}: ${counted(explanations, 'explanation')}${kept} (${format})\n`);
      for (const reason of skipped) io.err(`  left out: ${reason}\n`);
    }
  }
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
