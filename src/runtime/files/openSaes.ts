import type { SaeForm } from '../../core/sae/formats/saeForm.ts';
import type { PublishedSae } from '../../core/hub/publishedSae.ts';
import { findRelease } from '../../core/sae/releases.ts';
import { distinctIds, saeId } from '../../core/sae/saeId.ts';
import { assertAllOnes } from '../../core/sae/saeTensors.ts';
import { findSaes, sourceOf } from './findSaes.ts';
import { readSae } from './readSae.ts';
import { assertFinite, readTensor } from './tensors.ts';

/** SAEs up to this size are scanned for NaN when opened; see openCheckpoint. */
const MAX_SCANNED_BYTES = 2 ** 28;

/** An opened SAE: validated configuration and the place of every tensor. */
export interface SaeFolder extends Omit<SaeForm, 'scaling' | 'neuronpedia_id'> {
  /** `{layer}-{set}`, distinct among the SAEs opened together. */
  readonly id: string;
  /** Its folder, or its .pt file. */
  readonly directory: string;
  /** The published release that it is of, where that is known. */
  readonly release: PublishedSae | null;
}

export interface SaeOptions {
  /** `never`: weights are not looked through for NaN. */
  readonly scan?: 'never';
}

/**
 * Opens SAEs by their folders or .pt files, and those in folders of them, in order of layer, then id.
 * @throws sae/malformed, sae/unsupported, weights/*, file/not-found (a folder that holds no SAE)
 */
export async function openSaes(paths: readonly string[], options: SaeOptions = {}): Promise<SaeFolder[]> {
  const found = (await Promise.all(paths.map(findSaes))).flat();
  const opened: SaeFolder[] = [];
  for (const path of new Set(found)) opened.push(await openSae(path, options));
  const inOrder = opened.toSorted(
    (a, b) => a.config.layer - b.config.layer || a.id.localeCompare(b.id, 'en'),
  );
  const ids = distinctIds(inOrder.map(({ id }) => id));
  return inOrder.map((sae, index) => ({ ...sae, id: ids[index] ?? sae.id }));
}

async function openSae(directory: string, { scan }: SaeOptions): Promise<SaeFolder> {
  const source = await sourceOf(directory);
  const release = findRelease(directory) ?? findRelease(source ?? '');
  const { scaling, neuronpedia_id, ...form } = await readSae(directory, { release, source });
  for (const entry of scaling) assertAllOnes(entry, (await readTensor(entry)).data);
  const entries = [...form.tensors.values()];
  const bytes = entries.reduce((sum, { length }) => sum + length, 0);
  if (scan !== 'never' && bytes <= MAX_SCANNED_BYTES) await assertFinite(entries);
  // Each SAE of a release has an id of its own; of others the hook makes it.
  const published = release === null ? neuronpedia_id : `${release.model}/${release.id}`;
  const id = saeId(form.config.hook_name, published);
  return { ...form, id, directory, release };
}
