import { existsSync } from 'node:fs';
import path from 'node:path';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { HubInstalled, HubQuery } from '../../protocol/hubContract.ts';
import { sendFolders } from '../folders.ts';
import type { AddArgs } from '../hubArgs.ts';
import { lookUp, missingModel, modelName, several, type Wanted } from '../hubLookUp.ts';
import { addedText, choicesText, nextText, planText } from '../print/hubText.ts';
import { painter } from '../print/style.ts';
import { usage } from '../readFlags.ts';
import type { Session } from '../session.ts';

/** `underglass add`: shows what it would cost, asks, downloads. Ctrl-C pauses. */
export async function addCommand(args: AddArgs, session: Session): Promise<void> {
  const { io } = session;
  await sendFolders(session, args.storage);
  const asked = await lookUp({ text: localOr(args.text, io.cwd), model: modelName(args.model) }, session);
  const paint = painter(io);
  if (asked.kind === 'choices') {
    if (args.json) io.out(json({ found: null, choices: asked.choices }));
    else io.out(choicesText(asked.choices, paint));
    if (args.dryRun) return;
    throw several(args.text, asked.choices.length);
  }
  const { wanted } = asked;
  const model = await missingModel(wanted, args.model, session);
  const all = [...wanted, ...(model ? [model] : [])].map(({ found }) => found);
  const found = wanted.length === 1 ? (all[0] ?? null) : null;
  if (!args.json) io.out(planText(all, paint));
  const isDone = all.every(({ isInstalled }) => isInstalled);
  if (args.dryRun || isDone) {
    if (args.json) io.out(json({ found, plan: all }));
    else if (isDone) await tellNext(wanted, session);
    return;
  }
  const agreed = args.yes || (await agree(model !== null, wanted.length, session)) === 'all';
  const items = [...(model && agreed ? [model] : []), ...wanted.filter((each) => !each.found.isInstalled)];
  const added: HubInstalled[] = [];
  for (const { query } of items) {
    const installed = await addOne(query, session);
    added.push(installed);
    if (!args.json) io.out(addedText(installed, paint));
  }
  if (args.json) {
    const installed = found === null ? null : (added.at(-1) ?? null);
    return io.out(json({ found, installed, plan: all, added }));
  }
  await tellNext(wanted, session);
}

async function tellNext(wanted: readonly Wanted[], { jobs, io, job }: Session): Promise<void> {
  const all = wanted.map(({ found }) => found);
  const installed = await jobs.handlers['hub/installed']({}, job);
  const isModelHere = installed.some(({ kind, model }) => kind === 'model' && model === all[0]?.model);
  io.out(nextText(all, { isModelHere }, painter(io)));
}

/** What was shown is what is added: both look up the same text. */
async function addOne(query: HubQuery, { jobs, job }: Session): Promise<HubInstalled> {
  try {
    return await jobs.handlers['hub/add'](query, job);
  } catch (error) {
    throw isInterpError(error, 'cancelled') ? paused(error) : error;
  }
}

/** @throws cancelled after a no, cli/usage where nobody can be asked */
async function agree(bringsModel: boolean, count: number, session: Session): Promise<'all' | 'alone'> {
  if (!bringsModel) {
    await assertAgreed(count === 1 ? 'Add it?' : `Add all ${count}?`, session);
    return 'all';
  }
  const alone = count === 1 ? 'the SAE alone' : 'the SAEs alone';
  const answer = await session.io.ask(
    `Add ${count === 1 ? 'it' : `all ${count}`} with the model? [y/N, s = ${alone}] `,
  );
  if (/^s(?:ae)?$/i.test(answer?.trim() ?? '')) return 'alone';
  assertYes(answer);
  return 'all';
}

/** What Ctrl-C of something that goes on says. */
export function paused(cause: InterpError): InterpError {
  return new InterpError('cancelled', 'Paused. What is done is kept; the same command goes on.', { cause });
}

/** @throws cancelled after a no, cli/usage where nobody can be asked */
export async function assertAgreed(question: string, { io }: Session): Promise<void> {
  assertYes(await io.ask(`${question} [y/N] `));
}

function assertYes(answer: string | null): void {
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
