import type { TextToken } from '../../core/tokens/token.ts';
import { Trace } from '../../core/trace/trace.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { actsReader } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';
import type { DebugRun } from './debugSession.ts';

/** One prompt without edits; progress counts layers. */
export async function runPrompt(
  model: OpenModel,
  tokens: readonly TextToken[],
  { job, name }: { readonly job: JobContext; readonly name: string },
): Promise<DebugRun> {
  const total = model.info.n_layers;
  const ids = tokens.map(({ id }) => id);
  const trace = await Trace.run(model.runner, ids, {
    signal: job.signal,
    onLayer: (layer) =>
      job.progress({ done: layer + 1, total, message: `${name}: layer ${layer + 1} of ${total}` }),
  });
  return { tokens, trace, edits: [], ongoing: () => [], acts: actsReader(model, trace) };
}
