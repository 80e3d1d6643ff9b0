import { checkPrompt } from '../core/prompt/checkPrompt.ts';
import { createTokenizer } from '../core/tokens/tokenizer.ts';
import type { Jobs } from '../engine/jobs.ts';
import type { ModelInfo, ModelRef } from '../protocol/engineContract.ts';
import type { JobContext } from '../protocol/rpc.ts';
import { readTokenizerFiles } from '../runtime/files/tokenizerFiles.ts';
import { sendFolders } from './folders.ts';
import type { CliIo } from './io.ts';
import type { PromptArgs } from './args.ts';
import { describeProblem, modelRef, type PromptInput } from './promptInput.ts';

/** What every command that runs a prompt needs. */
export interface Session {
  readonly jobs: Jobs;
  readonly io: CliIo;
  readonly job: JobContext;
  /** Says on stderr, once, that the execution provider that was asked for is not the one in use. */
  readonly tellProvider: () => Promise<void>;
}

/** Problems that the engine reports itself, with their own code. */
const OF_ENGINE: ReadonlySet<string> = new Set(['too-many-tokens', 'empty-prompt', 'position']);

/** What a command makes of a prompt file: its text alone, or the experiment that it describes. */
type PromptUse = 'text' | 'experiment';

/** Opens a model that is going to be run. */
export async function openModel(model: ModelRef, { jobs, job, tellProvider }: Session): Promise<ModelInfo> {
  const opened = await jobs.handlers['model/open'](model, job);
  await tellProvider();
  return opened;
}

/** Opens the prompt's model and warns on stderr of what looks odd in either. */
export async function openFor(
  input: PromptInput,
  session: Session,
  use: PromptUse = 'text',
): Promise<ModelInfo> {
  const { io } = session;
  await sendFolders(session);
  const model = await openModel(input.model, session);
  warnOf(model, io);
  const tokenizer = createTokenizer(await readTokenizerFiles(model.directory));
  const options = {
    encode: (text: string) => tokenizer.encode(text),
    n_ctx: model.n_ctx,
    bos: model.bos,
  };
  for (const problem of checkPrompt(input.prompt, options)) {
    if (OF_ENGINE.has(problem.code) || problem.severity === 'info') continue;
    if (use === 'experiment' && problem.code === 'not-one-token') continue;
    io.err(`${describeProblem(input.name, input.prompt, problem)}\n`);
  }
  const edits = input.prompt.frontMatter.ablate?.value.filter((edit) => !edit.startsWith('off ')) ?? [];
  if (edits.length > 0 && use === 'text')
    io.err(`${input.name}: warning: the edits under "ablate" are not applied here.\n`);
  return model;
}

/** Opens the model of a command that has no prompt file, which indexes and explanations are kept for. */
export async function openSubject(
  args: Pick<PromptArgs, 'model' | 'saes'>,
  session: Session,
): Promise<ModelInfo> {
  await sendFolders(session);
  return openModel(await modelRef(args, session.io.cwd), session);
}

/** Says on stderr what looks odd in a model. */
export function warnOf({ name, warnings }: ModelInfo, io: CliIo): void {
  for (const warning of warnings) io.err(`${name}: warning: ${warning}\n`);
}
