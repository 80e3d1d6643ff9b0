import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InterpError } from '../core/errors.ts';
import { isRepositoryName } from '../core/hub/fileName.ts';
import { modelNamed } from '../core/hub/models.ts';
import { parsePrompt, plainPrompt, type PromptFile } from '../core/prompt/parsePrompt.ts';
import type { Problem } from '../core/prompt/problem.ts';
import type { BosMode } from '../core/tokens/bos.ts';
import type { ModelRef } from '../protocol/engineContract.ts';
import { isFile } from '../runtime/files/fileByteSource.ts';
import { decodeText, readTextFile } from '../runtime/files/textFile.ts';
import type { PromptArgs } from './args.ts';
import type { CliIo } from './io.ts';

/** A prompt with what the flags and its front matter ask for. */
export interface PromptInput {
  /** As it is named in messages. */
  readonly name: string;
  readonly prompt: PromptFile;
  /** Where relative paths of the front matter start. */
  readonly folder: string;
  readonly model: ModelRef;
  readonly bos: BosMode;
}

const STDIN = '-';
const DEFAULT_MODEL = 'underglass-tiny';
const PLAIN_NAME = /^[\w.-]+$/;
/** `6-res-jb`, `gpt2-small/6-res-jb`. */
const SAE_NAME = /^(?!\.+(?:\/|$))[\w.-]+(?:\/(?!\.+$)[\w.-]+)?$/;

/**
 * Reads a prompt file or stdin, warns of its problems on stderr, and settles model, SAEs and BOS. Relative paths
 * of flags start at the current folder, those of the front matter at the prompt file.
 * @throws file/not-found (also for a folder), file/unreadable, file/binary, prompt/front-matter
 */
export async function readPromptInput(args: PromptArgs, io: CliIo): Promise<PromptInput> {
  const fromStdin = args.file === STDIN;
  const file = fromStdin ? '<stdin>' : path.resolve(io.cwd, args.file);
  if (!fromStdin) await refuseFolder(args.file, file);
  const text = fromStdin ? decodeText(file, await io.readStdin()) : await readTextFile(file);
  const prompt = fromStdin || file.endsWith('.prompt') ? parsePrompt(text) : plainPrompt(text);
  const name = fromStdin ? file : args.file;
  reportProblems(name, prompt, io);

  const { frontMatter } = prompt;
  const folder = fromStdin ? io.cwd : path.dirname(file);
  const model =
    args.model === undefined
      ? await resolveModel(frontMatter.model?.value ?? DEFAULT_MODEL, folder)
      : await resolveModel(args.model, io.cwd);
  const saes =
    args.saes.length > 0
      ? args.saes.map((sae) => resolveSae(sae, io.cwd))
      : (frontMatter.sae?.value ?? []).map((sae) => resolveSae(sae, folder));
  return { name, prompt, folder, model: { model, saes }, bos: args.bos ?? frontMatter.bos?.value ?? 'auto' };
}

async function refuseFolder(name: string, file: string): Promise<void> {
  const isFolder = await stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return;
  throw new InterpError(
    'file/not-found',
    `${name} is a folder, and one file is asked for; \`underglass debug ${name}\` takes all its prompt files.`,
    { data: { file } },
  );
}

/** The model of a command that has no prompt file. */
export async function modelRef(
  { model, saes }: Pick<PromptArgs, 'model' | 'saes'>,
  cwd: string,
): Promise<ModelRef> {
  return {
    model: await resolveModel(model ?? DEFAULT_MODEL, cwd),
    saes: saes.map((sae) => resolveSae(sae, cwd)),
  };
}

/** The name of a model that comes along or was added, or an absolute folder; a folder beside the prompt wins over a name. */
async function resolveModel(model: string, base: string): Promise<string> {
  const folder = localPath(model, base);
  const isName = PLAIN_NAME.test(model) && model !== '.' && model !== '..';
  if (isName || modelNamed(model)) return (await isFile(path.join(folder, 'config.json'))) ? folder : model;
  return isRepositoryName(model) && !existsSync(folder) ? model : folder;
}

/** A folder or file that is there, else the id of a SAE that lies with its model, else the path that is missing. */
function resolveSae(sae: string, base: string): string {
  const local = localPath(sae, base);
  return SAE_NAME.test(sae) && !existsSync(local) ? sae : local;
}

/** @throws file/not-found for what would leave this machine. */
export function localPath(folder: string, base: string): string {
  if (/^[a-z][\w+.-]*:\/\//i.test(folder) || /^(?:\\\\|\/\/)/.test(folder)) {
    throw new InterpError(
      'file/not-found',
      `"${folder}" is a network address; only local files and folders are opened.`,
      {
        data: { file: folder },
      },
    );
  }
  return path.resolve(base, folder);
}

function reportProblems(name: string, prompt: PromptFile, io: CliIo): void {
  const error = prompt.problems.find(({ severity }) => severity === 'error');
  // The first error is printed as what ended the command.
  const others = prompt.problems.filter((problem) => problem !== error);
  for (const problem of others) io.err(`${describeProblem(name, prompt, problem)}\n`);
  if (error) {
    throw new InterpError('prompt/front-matter', describeProblem(name, prompt, error), {
      data: { file: name },
    });
  }
}

/** `file:line:column: severity: message`, as compilers write it. */
export function describeProblem(
  name: string,
  { text }: PromptFile,
  { start, severity, message }: Problem,
): string {
  const before = text.slice(0, start).split('\n');
  return `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${severity}: ${message}`;
}
