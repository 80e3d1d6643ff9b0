import { InterpError } from '../../core/errors.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import { repositoryFolder } from '../../core/hub/fileName.ts';
import { modelNamed } from '../../core/hub/models.ts';
import type { HubInstalled, HubUnfinished } from '../../protocol/hubContract.ts';
import { sendFolders } from '../folders.ts';
import type { RemoveArgs } from '../hubArgs.ts';
import type { Session } from '../session.ts';
import { assertAgreed } from './add.ts';

/** `underglass remove`: a model with its SAEs, or a SAE. */
export async function removeCommand(args: RemoveArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session, args.storage);
  if (/^(?:openai|neuronpedia|local)\//.test(args.id)) return removePublished(args, session);
  const all = await jobs.handlers['hub/installed']({}, job);
  const begun = await jobs.handlers['hub/unfinished']({}, job);
  const id = idOf(args.id, { all, begun });
  const going = all.filter((each) => each.id === id || each.folder === id || each.id.startsWith(`${id}/`));
  const unfinished = begun.filter((each) => each.id === id);
  if (!args.json) {
    for (const each of going) io.out(`${line(each)}\n`);
    for (const { title, bytes } of unfinished) io.out(`  ${title}, not whole: ${sizeText(bytes)} are here\n`);
  }
  if (!args.yes && going.length + unfinished.length > 0) await assertAgreed('Remove?', session);
  const { bytes } = await jobs.handlers['hub/remove']({ id }, job);
  const freed = bytes + unfinished.reduce((sum, each) => sum + each.bytes, 0);
  io.out(
    args.json
      ? `${JSON.stringify({ version: 1, id, bytes: freed })}\n`
      : `Removed ${id} (${sizeText(freed)})\n`,
  );
}

/** As the lists have it: people also type the repository, or another name of the model. */
function idOf(
  typed: string,
  { all, begun }: { readonly all: readonly HubInstalled[]; readonly begun: readonly HubUnfinished[] },
): string {
  const [first = '', ...rest] = typed.split('/');
  const names = [
    typed,
    modelNamed(typed)?.id,
    repositoryFolder(typed),
    [modelNamed(first)?.id ?? first, ...rest].join('/'),
  ];
  const there = new Set([...all.flatMap(({ id, folder }) => [id, folder]), ...begun.map(({ id }) => id)]);
  return names.find((name) => name !== undefined && there.has(name)) ?? typed;
}

/** Explanations that others published, of every model they were imported for. */
async function removePublished(args: RemoveArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const all = (await jobs.handlers['published/installed']({}, job)).filter(({ id }) => id === args.id);
  if (all.length === 0) {
    throw new InterpError('hub/not-installed', `${args.id} was not imported.`, { data: { id: args.id } });
  }
  if (!args.json) {
    for (const { title, bytes, folder } of all) io.out(`  ${title}  ${sizeText(bytes)}\n  ${folder}\n`);
  }
  if (!args.yes) await assertAgreed('Remove?', session);
  let sum = 0;
  for (const { model, id } of all) sum += (await jobs.handlers['published/remove']({ model, id }, job)).bytes;
  const { id } = args;
  io.out(
    args.json ? `${JSON.stringify({ version: 1, id, bytes: sum })}\n` : `Removed ${id} (${sizeText(sum)})\n`,
  );
}

function line({ id, bytes, files, folder }: HubInstalled): string {
  const elsewhere = files.some(({ linked }) => linked !== null) ? '; files used elsewhere stay there' : '';
  return `  ${id}  ${sizeText(bytes)}${elsewhere}\n  ${folder}`;
}
