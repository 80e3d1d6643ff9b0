import { toInterpError } from '../../core/errors.ts';
import type { DebugArgs } from '../debugArgs.ts';
import { debugPrompt } from '../debugPrompt.ts';
import type { DebugReport } from '../debugReport.ts';
import type { Session } from '../session.ts';

/** Placeholder until the averages exist. */
export async function debugMany(
  files: readonly string[],
  args: DebugArgs,
  session: Session,
): Promise<readonly DebugReport[]> {
  const reports: DebugReport[] = [];
  for (const file of files) {
    try {
      reports.push(await debugPrompt({ ...args, file }, session));
    } catch (error) {
      session.io.err(`${file}: ${toInterpError(error).message}\n`);
    }
  }
  return reports;
}
