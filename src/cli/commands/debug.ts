import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, InterpError } from '../../core/errors.ts';
import type { DebugArgs } from '../debugArgs.ts';
import { debugPrompt } from '../debugPrompt.ts';
import { debugJson } from '../print/debugJson.ts';
import { debugText } from '../print/debugText.ts';
import { painter } from '../print/style.ts';
import type { Session } from '../session.ts';
import { debugMany } from './debugMany.ts';

const STDIN = '-';

/** `underglass debug` on a prompt, or on every prompt file of a folder. */
export async function debugCommand(args: DebugArgs, session: Session): Promise<void> {
  const { io } = session;
  const folder = path.resolve(io.cwd, args.file);
  if (args.file !== STDIN && (await isFolder(folder))) {
    await debugMany(await promptsOf(folder, args.file), args, session);
    return;
  }
  const report = await debugPrompt(args, session);
  const text = args.json ? `${JSON.stringify(debugJson(report), null, 2)}\n` : debugText(report, painter(io));
  io.out(text);
  const complete = (report.sweep?.complete ?? true) && report.patch.every((patch) => patch.complete);
  if (!complete) throw cancelled();
}

async function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function promptsOf(folder: string, name: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((file) => file.endsWith('.prompt')).toSorted();
  if (names.length > 0) return names.map((file) => path.join(name, file));
  throw new InterpError('file/not-found', `${name} holds no *.prompt files.`, { data: { file: name } });
}
