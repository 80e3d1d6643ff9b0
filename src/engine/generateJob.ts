import { generate } from '../core/trace/generate.ts';
import type { EngineContract, GenerateResult } from '../protocol/engineContract.ts';
import type { JobContext } from '../protocol/rpc.ts';
import { assertRunnable, encodePrompt } from './liveTrace.ts';
import type { OpenModel } from './openModel.ts';

/** Continues a prompt; progress counts tokens. */
export async function runGenerate(
  model: OpenModel,
  params: EngineContract['generate/run']['params'],
  job: JobContext,
): Promise<GenerateResult> {
  const { tokenizer } = model;
  const { max, temperature, seed } = params;
  const prompt = encodePrompt(model, params.text, params.bos);
  assertRunnable(model, prompt);
  const { tokens, stopped } = await generate(
    model.runner,
    prompt.map(({ id }) => id),
    {
      max,
      temperature,
      seed,
      endId: tokenizer.bosId,
      signal: job.signal,
      onToken: (count) => job.progress({ done: count, total: max, message: `${count} tokens` }),
    },
  );
  return {
    prompt,
    tokens: tokens.map(({ id, probability }) => ({ id, text: tokenizer.text(id), probability })),
    text: tokenizer.decode(tokens.map(({ id }) => id)),
    stopped,
  };
}
