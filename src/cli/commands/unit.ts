import type { UnitArgs } from '../args.ts';
import { painter } from '../print/style.ts';
import { unitJson } from '../print/unitJson.ts';
import { unitText } from '../print/unitText.ts';
import { splitQualified } from '../qualifiedId.ts';
import { openSubject, warnOf, type Session } from '../session.ts';
import { reportUnit } from '../unitReport.ts';

/** `underglass unit`. */
export async function unitCommand(args: UnitArgs, session: Session): Promise<void> {
  const { io } = session;
  const named = splitQualified(args.unit);
  const model = await openSubject({ ...args, model: args.model ?? named.model }, session);
  warnOf(model, io);
  const report = await reportUnit(session, { model, unit: named.id, k: args.top });
  if (report.summary.statistics === null)
    io.err(`No index covers ${report.summary.family} yet: run \`underglass scan\` for examples.\n`);
  io.out(args.json ? `${JSON.stringify(unitJson(report), null, 2)}\n` : unitText(report, painter(io)));
}
