import { isInterpError } from '../core/errors.ts';
import { isOfPattern, type ListedExplanation } from '../core/explain/explanation.ts';
import type {
  ExampleGroup,
  HeadBehaviour,
  RelatedUnits,
  UnitLogits,
  UnitSummary,
} from '../core/records/readings.ts';
import type { RecordSet } from '../core/records/records.ts';
import type { ModelInfo } from '../protocol/engineContract.ts';
import type { IndexInfo } from '../protocol/recordsContract.ts';
import type { Session } from './session.ts';

/** Everything that a unit page shows without a run, and the scores of a head. */
export interface UnitReport {
  readonly model: ModelInfo;
  /** Null = nothing was scanned yet. */
  readonly index: IndexInfo | null;
  readonly summary: UnitSummary;
  /** Best first, patterns behind words. */
  readonly explanations: readonly ListedExplanation[];
  readonly top: readonly ExampleGroup[];
  readonly random: readonly ExampleGroup[];
  readonly quantiles: readonly ExampleGroup[];
  readonly logits: UnitLogits;
  readonly related: RelatedUnits;
  readonly head: HeadBehaviour | null;
}

/** `k`: entries of each list. */
export async function reportUnit(
  { jobs: { handlers }, job }: Session,
  { model, unit, k }: { readonly model: ModelInfo; readonly unit: string; readonly k: number },
): Promise<UnitReport> {
  const { modelId } = model;
  const asked = { modelId, unit };
  // First, so that a typing slip does not cost a scan.
  const { id } = await handlers['unit/summary'](asked, job);
  const index = await handlers['index/ready']({ modelId }, job);
  const summary = await handlers['unit/summary'](asked, job);
  const examples = async (set: RecordSet): Promise<readonly ExampleGroup[]> => {
    try {
      return await handlers['unit/examples']({ ...asked, set, from: 0, count: k }, job);
    } catch (error) {
      if (isInterpError(error, 'index/none')) return [];
      throw error;
    }
  };
  const listed = await handlers['explain/list']({ modelId, unit: id }, job);
  return {
    model,
    index,
    summary,
    explanations: listed.toSorted((a, b) => worth(b) - worth(a)),
    top: await examples('top'),
    random: await examples('random'),
    quantiles: await examples('quantile'),
    logits: await handlers['unit/logits']({ ...asked, k }, job),
    related: await handlers['unit/related']({ ...asked, k }, job),
    head: summary.kind === 'head' ? await handlers['unit/head']({ ...asked, k }, job) : null,
  };
}

/** Scores are correlations, -1 to 1; a pattern's is not the words'. */
function worth({ record }: ListedExplanation): number {
  return record.score === null ? -4 : record.score - (isOfPattern(record) ? 2 : 0);
}
