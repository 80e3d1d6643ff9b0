import { generate } from '../../core/trace/generate.ts';
import type { Continuation, EngineDebug } from '../../protocol/debugContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { DebugRun, DebugSession } from './debugSession.ts';

/** The text continued on both sides, by the same seed; edits at `@*` go on with the text. */
export async function continueText(
  { model, left, right }: DebugSession,
  { max, temperature, seed }: EngineDebug['debug/continue']['params'],
  job: JobContext,
): Promise<Continuation> {
  const sides = right ? 2 : 1;
  const write = async (run: DebugRun, before: number): Promise<string> => {
    const { tokens } = await generate(
      model.runner,
      run.tokens.map(({ id }) => id),
      {
        max,
        temperature,
        seed,
        endId: model.tokenizer.bosId,
        edits: { edits: run.edits, saes: model.variants.source.saes, ongoing: run.ongoing },
        signal: job.signal,
        onToken: (count) =>
          job.progress({ done: before + count, total: sides * max, message: `${count} tokens` }),
      },
    );
    return model.tokenizer.decode(tokens.map(({ id }) => id));
  };
  return { left: await write(left, 0), right: right && (await write(right, max)) };
}
