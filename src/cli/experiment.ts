import path from 'node:path';
import { writtenExperiment } from '../core/prompt/experimentText.ts';
import { parsePrompt, plainPrompt } from '../core/prompt/parsePrompt.ts';
import { namesFile } from '../core/prompt/textOrFile.ts';
import type { Experiment } from '../protocol/debugContract.ts';
import type { ModelInfo } from '../protocol/engineContract.ts';
import { readTextFile } from '../runtime/files/textFile.ts';
import type { ExperimentArgs } from './debugArgs.ts';
import type { CliIo } from './io.ts';
import { localPath, type PromptInput } from './promptInput.ts';

/**
 * The experiment that flags and front matter ask for. Files of flags start at the current folder, those of the front
 * matter at the prompt file. @throws file/not-found, file/unreadable
 */
export async function readExperiment(
  args: ExperimentArgs,
  { input, model, io }: { readonly input: PromptInput; readonly model: ModelInfo; readonly io: CliIo },
): Promise<Experiment> {
  const written = writtenExperiment(input.prompt);
  const text = async (flag: string | undefined, value: string | null): Promise<string | null> => {
    if (flag !== undefined) return readText(flag, io.cwd);
    return value === null ? null : readText(value, input.folder);
  };
  const corrupted = await text(args.corrupted, written.corrupted);
  return {
    modelId: model.modelId,
    text: input.prompt.body.text,
    bos: input.bos,
    targets: args.targets ?? written.targets,
    distractors: args.distractors ?? written.distractors,
    scalar: args.scalar ?? written.scalar,
    position: args.position ?? written.position,
    edits: args.edits ?? written.edits,
    corrupted,
    reference: await text(args.reference, written.reference),
    folder: args.edits === undefined ? input.folder : io.cwd,
    compare: 'edits',
    alignment: null,
    seed: args.seed ?? written.seed,
  };
}

/** A text, or the body of the file that it names. */
async function readText(value: string, folder: string): Promise<string> {
  if (!namesFile(value)) return value;
  const file = localPath(value, folder);
  const text = await readTextFile(file);
  return (path.extname(file) === '.prompt' ? parsePrompt(text) : plainPrompt(text)).body.text;
}
