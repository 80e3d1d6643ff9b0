import { isFile } from '../runtime/files/fileByteSource.ts';
import { readTextFile } from '../runtime/files/textFile.ts';

/**
 * Mean number of active latents per token that `report.json` beside a SAE states as `l0`; null without one. Other
 * tools write files of that name too: what is not understood is not an error, there is nothing to state then.
 */
export async function readReportedL0(file: string): Promise<number | null> {
  if (!(await isFile(file))) return null;
  try {
    const report: unknown = JSON.parse(await readTextFile(file));
    if (typeof report !== 'object' || report === null || !('l0' in report)) return null;
    return typeof report.l0 === 'number' && report.l0 >= 0 ? report.l0 : null;
  } catch {
    return null;
  }
}
