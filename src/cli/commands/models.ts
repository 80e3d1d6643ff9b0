import path from 'node:path';
import { speedText } from '../../core/speed.ts';
import { sendFolders } from '../folders.ts';
import { modelsText } from '../print/modelsText.ts';
import { painter } from '../print/style.ts';
import type { ModelListing } from '../../protocol/engineContract.ts';
import type { HubInstalled } from '../../protocol/hubContract.ts';
import type { Session } from '../session.ts';

const MEMORY_NOTE =
  'memory: of the engine with one trace of 64 tokens and its latents; mapped: pages of files, given back when memory is short';

/** `underglass models`. */
export async function modelsCommand(
  args: {
    readonly folders: readonly string[];
    readonly storage: string | undefined;
    readonly json: boolean;
  },
  session: Session,
): Promise<void> {
  const { jobs, io, job } = session;
  await sendFolders(session, args.storage);
  const folders = args.folders.map((folder) => path.resolve(io.cwd, folder));
  const models = await jobs.handlers['model/list']({ folders }, job);
  const published = await jobs.handlers['published/installed']({}, job);
  for (const folder of folders) {
    const isIn = models.some(({ directory }) => !path.relative(folder, directory).startsWith('..'));
    if (!isIn) io.err(`${folder}: warning: no model is here (no config.json in it or in its subfolders).\n`);
  }
  const unfinished = await jobs.handlers['hub/unfinished']({}, job);
  const lone = loneSaes(await jobs.handlers['hub/installed']({}, job), models);
  const { speed } = await jobs.handlers['engine/status']({}, job);
  if (args.json) {
    io.out(`${JSON.stringify({ version: 1, models, published, unfinished, speed }, null, 2)}\n`);
    return;
  }
  const paint = painter(io);
  for (const note of speed.notes) io.err(`${paint('warn', note)}\n`);
  io.out(modelsText({ models, lone, unfinished, published }, paint));
  if (models.length > 0) io.out(`\n${paint('dim', `${MEMORY_NOTE}\nruns with ${speedText(speed)}`)}\n`);
}

/** SAEs that were added, of a model that was not. */
function loneSaes(installed: readonly HubInstalled[], models: readonly ModelListing[]): HubInstalled[] {
  const there = new Set(models.map(({ directory }) => path.basename(directory)));
  return installed.filter(({ kind, model }) => kind === 'sae' && !there.has(model));
}
