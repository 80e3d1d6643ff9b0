import type { UnitArgs } from '../args.ts';
import { sendFolders } from '../folders.ts';
import { painter } from '../print/style.ts';
import { unitJson } from '../print/unitJson.ts';
import { unitText } from '../print/unitText.ts';
import { modelRef } from '../promptInput.ts';
import type { Session } from '../session.ts';
import { reportUnit } from '../unitReport.ts';

/** `underglass unit`. */
export async function unitCommand(args: UnitArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session);
  const model = await jobs.handlers['model/open'](await modelRef(args, io.cwd), job);
  for (const warning of model.warnings) io.err(`${model.name}: warning: ${warning}\n`);
  const report = await reportUnit(session, { model, unit: args.unit, k: args.top });
  if (report.summary.statistics === null)
    io.err(`No index covers ${report.summary.family} yet: run \`underglass scan\` for examples.\n`);
  io.out(args.json ? `${JSON.stringify(unitJson(report), null, 2)}\n` : unitText(report, painter(io)));
}
