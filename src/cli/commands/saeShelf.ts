import { basename, isAbsolute } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { modelNamed } from '../../core/hub/models.ts';
import type { ModelListing } from '../../protocol/engineContract.ts';
import type { SaeListing } from '../../protocol/modelsContract.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import { sendFolders } from '../folders.ts';
import { painter, type Paint } from '../print/style.ts';
import { tableLines, type Cell } from '../print/table.ts';
import { modelRef } from '../promptInput.ts';
import type { Session } from '../session.ts';

const COLUMNS = [
  { title: 'SAE', align: 'left' },
  { title: 'hook', align: 'left' },
  { title: 'latents', align: 'right' },
  { title: 'attached', align: 'left' },
  { title: 'health', align: 'left' },
] as const;

interface Subject {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly json: boolean;
}

/** `underglass sae --list`: what lies with a model, or with every one: attached or not, with what was last measured. */
export async function listSaes({ id, model, json }: Subject, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session);
  const models =
    model === undefined
      ? (await jobs.handlers['model/list']({ folders: [] }, job)).filter(({ saes }) => saes > 0)
      : [await modelOf(model, session)];
  const all = [];
  for (const each of models) {
    const saes = await jobs.handlers['model/saes']({ directory: each.directory }, job);
    all.push({
      model: basename(each.directory),
      saes: saes.filter((sae) => id === undefined || sae.id === id),
    });
  }
  if (json) return io.out(`${JSON.stringify({ version: 1, models: all }, null, 2)}\n`);
  const paint = painter(io);
  const rows = all.flatMap(({ model: name, saes }) => saes.map((sae) => cells(name, sae, paint)));
  if (rows.length === 0) return io.out('No SAEs found.\n');
  io.out(`${tableLines(COLUMNS, rows, (text) => paint('dim', text)).join('\n')}\n`);
}

/** `underglass sae ID --attach` or `--detach`: whether prompts that name no SAE get it. @throws sae/not-found */
export async function attachSae(
  { id, model, json }: Subject,
  { isAttached }: { readonly isAttached: boolean },
  session: Session,
): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session);
  const { directory } = await modelOf(model, session);
  const saes = await jobs.handlers['model/saes']({ directory }, job);
  const found = saes.find((sae) => sae.id === id || basename(sae.directory) === id);
  const name = basename(directory);
  if (!found) {
    const known = saes.map((sae) => sae.id).join(', ') || 'none';
    throw new InterpError('sae/not-found', `No SAE "${id ?? ''}" lies with ${name}; there: ${known}.`, {
      data: { sae: id ?? null, model: name },
    });
  }
  await jobs.handlers['sae/attach']({ directory: found.directory, isAttached }, job);
  const effect = isAttached ? 'prompts that name no SAE get it' : 'prompts get it only when they name it';
  io.out(
    json
      ? `${JSON.stringify({ version: 1, sae: `${name}/${found.id}`, isAttached })}\n`
      : `${isAttached ? 'Attached' : 'Detached'} ${name}/${found.id}: ${effect}, here and in VS Code.\n`,
  );
}

/** @throws model/not-found */
async function modelOf(asked: string | undefined, { jobs, io, job }: Session): Promise<ModelListing> {
  const { model } = await modelRef({ model: asked, saes: [] }, io.cwd);
  const listed = await jobs.handlers['model/list']({ folders: isAbsolute(model) ? [model] : [] }, job);
  const names = [model, modelNamed(model)?.id];
  const found = listed.find(
    ({ directory }) => directory === model || names.some((name) => name === basename(directory)),
  );
  if (found) return found;
  throw new InterpError('model/not-found', `The model ${model} is not installed.`, { data: { model } });
}

function cells(
  model: string,
  { id, info, isAttached, health, stated, problem }: SaeListing,
  paint: Paint,
): Cell[] {
  const strong = (text: string): string => paint('strong', text);
  const known = health === null ? statedText(stated) : healthText(health);
  return [
    { text: `${model}/${id}`, paint: strong },
    { text: info?.hook_name ?? '–' },
    { text: info === null ? '–' : String(info.d_sae) },
    { text: isAttached ? 'yes' : 'no' },
    problem === null ? { text: known } : { text: problem, paint: (text) => paint('warn', text) },
  ];
}

function healthText({ verdict, fit }: SaeHealth): string {
  const explained = fit.explained_variance;
  const variance = explained === null ? '' : `, explained variance ${explained.toFixed(3)}`;
  return `${verdict.grade}: L0 ${fit.l0.toFixed(1)}${variance}`;
}

function statedText({ l0, explained_variance }: SaeListing['stated']): string {
  const parts = [
    ...(l0 === null ? [] : [`L0 ${l0}`]),
    ...(explained_variance === null ? [] : [`explained variance ${explained_variance}`]),
  ];
  return parts.length === 0 ? 'not measured' : `not measured; published ${parts.join(', ')}`;
}
