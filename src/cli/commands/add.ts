import { existsSync } from 'node:fs';
import path from 'node:path';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { HubQuery } from '../../protocol/hubContract.ts';
import { sendFolders } from '../folders.ts';
import type { AddArgs } from '../hubArgs.ts';
import { addedText, choicesText, foundText } from '../print/hubText.ts';
import { painter } from '../print/style.ts';
import { usage } from '../readFlags.ts';
import type { Session } from '../session.ts';

/** `underglass add`: shows what it would cost, asks, downloads. Ctrl-C pauses. */
export async function addCommand(args: AddArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session, args.storage);
  const query: HubQuery = { text: localOr(args.text, io.cwd), model: args.model ?? null };
  const { found, choices } = await jobs.handlers['hub/find'](query, job);
  const paint = painter(io);
  if (!found) {
    if (args.json) io.out(json({ found, choices }));
    else io.out(choicesText(choices, paint));
    if (args.dryRun) return;
    throw new InterpError('hub/several', `"${args.text}" holds ${choices.length} SAEs: name one of them.`);
  }
  if (args.dryRun || found.isInstalled) return io.out(args.json ? json({ found }) : foundText(found, paint));
  if (!args.json) io.out(foundText(found, paint));
  if (!args.yes) await assertAgreed('Add it?', session);
  try {
    // What was shown is what is added: the found id names its very commit.
    const installed = await jobs.handlers['hub/add'](query, job);
    io.out(args.json ? json({ found, installed }) : addedText(installed, paint));
  } catch (error) {
    throw isInterpError(error, 'cancelled') ? paused(error) : error;
  }
}

/** What Ctrl-C of something that goes on says. */
export function paused(cause: InterpError): InterpError {
  return new InterpError('cancelled', 'Paused. What is done is kept; the same command goes on.', { cause });
}

/** @throws cancelled after a no, cli/usage where nobody can be asked */
export async function assertAgreed(question: string, { io }: Session): Promise<void> {
  const answer = await io.ask(`${question} [y/N] `);
  if (answer === null) throw usage('Nobody can be asked here: add --yes to go ahead.');
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new InterpError('cancelled', 'Nothing was changed.');
}

/** A folder of that name wins over a name. */
function localOr(text: string, cwd: string): string {
  const local = path.resolve(cwd, text);
  const isPath =
    /^[./\\]/.test(text) || ['config.json', 'cfg.json'].some((name) => existsSync(path.join(local, name)));
  return isPath || (text.endsWith('.pt') && existsSync(local)) ? local : text;
}

function json(value: object): string {
  return `${JSON.stringify({ version: 1, ...value }, null, 2)}\n`;
}
