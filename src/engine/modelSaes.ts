import { basename, isAbsolute, join } from 'node:path';
import { InterpError, toInterpError } from '../core/errors.ts';
import { saeOfModel } from '../core/hub/releases.ts';
import { distinctIds } from '../core/sae/saeId.ts';
import type { SaeListing } from '../protocol/modelsContract.ts';
import type { SaeHealth } from '../protocol/saeContract.ts';
import { ownSaeFolders } from '../runtime/files/listModels.ts';
import { openSaes } from '../runtime/files/openSaes.ts';
import { readSaeNotes, saeBytes, saeInfo, statedOf } from './saeInfo.ts';

/** Every SAE that lies with a model, in order of layer; headers are read, not weights. */
export async function listModelSaes(
  directory: string,
  detached: ReadonlySet<string>,
  health: ReadonlyMap<string, SaeHealth> = new Map(),
): Promise<SaeListing[]> {
  const listed: SaeListing[] = [];
  for (const folder of await ownSaeFolders(directory))
    listed.push({ ...(await describe(folder, detached)), health: health.get(folder) ?? null });
  const inOrder = listed.toSorted(
    (a, b) => (a.info?.layer ?? 0) - (b.info?.layer ?? 0) || a.id.localeCompare(b.id, 'en'),
  );
  const ids = distinctIds(inOrder.map(({ id }) => id));
  return inOrder.map((sae, index) => ({ ...sae, id: ids[index] ?? sae.id }));
}

/**
 * Folders of the SAEs to attach: those that are named, by id, name of their folder, `model/id` or path; without names
 * the model's own but for detached ones.
 * @throws sae/not-found with what there is
 */
export async function chooseSaes(
  named: readonly string[],
  of: {
    readonly directory: string;
    readonly detached: ReadonlySet<string>;
    /** Folder of the models that were added; null = not told. */
    readonly installed: string | null;
  },
): Promise<string[]> {
  const { directory, detached, installed } = of;
  if (named.length === 0) return (await ownSaeFolders(directory)).filter((folder) => !detached.has(folder));
  let own: SaeListing[] | null = null;
  const chosen: string[] = [];
  for (const name of named) {
    if (isAbsolute(name)) {
      chosen.push(name);
      continue;
    }
    const [model, id] = name.includes('/') ? splitName(name) : [null, name];
    const folder = model === null || installed === null ? directory : join(installed, model);
    const there =
      folder === directory
        ? (own ??= await listModelSaes(directory, detached))
        : await listModelSaes(folder, detached);
    const found = there.find((sae) => sae.id === id || basename(sae.directory) === id);
    if (!found) throw notFound(name, { folder, there });
    chosen.push(found.directory);
  }
  return chosen;
}

async function describe(
  directory: string,
  detached: ReadonlySet<string>,
): Promise<Omit<SaeListing, 'health'>> {
  const isAttached = !detached.has(directory);
  try {
    const [sae] = await openSaes([directory], { scan: 'never' });
    if (!sae) throw new InterpError('sae/malformed', `${directory} holds no SAE.`);
    const whole = { ...sae, ...(await readSaeNotes(sae)) };
    const neuronpedia = sae.release?.neuronpedia ?? null;
    const info = saeInfo(whole);
    return {
      ...{ id: sae.id, directory, info, isAttached, neuronpedia },
      bytes: saeBytes(sae),
      stated: statedOf(whole),
      problem: null,
    };
  } catch (error) {
    const problem = toInterpError(error).message;
    const none = { info: null, bytes: 0, stated: { l0: null, explained_variance: null }, neuronpedia: null };
    return { id: basename(directory), directory, isAttached, problem, ...none };
  }
}

function splitName(name: string): [string, string] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function notFound(
  name: string,
  { folder, there }: { readonly folder: string; readonly there: readonly SaeListing[] },
): InterpError {
  const known = there.map(({ id }) => id).join(', ') || 'none';
  const model = basename(folder);
  const [of, id] = name.includes('/') ? splitName(name) : [model, name];
  return new InterpError('sae/not-found', `No SAE "${name}" lies with ${model}; there: ${known}.`, {
    data: { sae: name, model, add: saeOfModel(of, id) ? `${of}/${id}` : null },
  });
}
