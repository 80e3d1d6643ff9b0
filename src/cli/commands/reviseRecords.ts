import { isInterpError, toInterpError } from '../../core/errors.ts';
import type { ExplanationRecord, Revision } from '../../core/explain/explanation.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { Session } from '../session.ts';

/** What a revision made of one explanation: the better record, and both scores. */
export type Revised = Pick<Revision, 'before' | 'after' | 'kept' | 'heldOut'>;

/**
 * Revises explanations one after the other with sentences of the embedded generator. One that cannot be revised, a
 * head's, is named and stays as it is. @throws cancelled
 */
export async function reviseRecords(
  records: readonly ExplanationRecord[],
  { modelId, options }: { readonly modelId: string; readonly options: ExplainOptions },
  { jobs: { handlers }, job, io }: Session,
): Promise<{ readonly records: readonly ExplanationRecord[]; readonly revised: readonly Revised[] }> {
  const better: ExplanationRecord[] = [];
  const revised: Revised[] = [];
  for (const record of records) {
    const { unit, id } = record;
    try {
      const revision = await handlers['explain/revise']({ modelId, unit, id, options }, job);
      revised.push(revision);
      better.push(revision[revision.kept]);
    } catch (error) {
      if (job.signal.aborted || isInterpError(error, 'cancelled')) throw error;
      io.err(`${unit} not revised: ${toInterpError(error).message}\n`);
      better.push(record);
    }
  }
  return { records: better, revised };
}
