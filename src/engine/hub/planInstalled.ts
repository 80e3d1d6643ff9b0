import { join } from 'node:path';
import type { KnownModel } from '../../core/hub/models.ts';
import { releaseNamed } from '../../core/hub/releases.ts';
import { safeName } from '../../core/hub/fileName.ts';
import type { InstalledFolder } from '../../runtime/hub/installed.ts';
import type { Plan, PlanFile, WantedSae } from './plan.ts';

/** A model of the table as it was added before, or null. */
export function planInstalledModel(
  { id, title, repository }: KnownModel,
  installed: readonly InstalledFolder[],
): Plan | null {
  const there = installed.find(({ kind, model }) => kind === 'model' && model === id);
  if (!there || !isFrom(there, `/${repository}`)) return null;
  return { ...common(there), kind: 'model', id, title, model: id, sae: null, latent: null };
}

/** A SAE of the table as it was added before, or null. */
export function planInstalledSae(
  { sae: published, latent, revision }: WantedSae,
  installed: readonly InstalledFolder[],
): Plan | null {
  const { model, release, files, hook_name, d_sae } = published;
  const name = safeName(published.id);
  const there = installed.find((each) => each.model === model && each.sae === name);
  const from = files.host === 'openai' ? files.url : `/${files.repository}/`;
  if (!there || !isFrom(there, from)) return null;
  if (revision !== undefined && there.revision !== revision) return null;
  const [weights = ''] = there.files.slice(-1).map(({ path }) => path);
  const layout = files.host === 'huggingface' && 'folder' in files.paths ? 'saelens' : 'pt';
  const config = there.files.length > 1 ? (there.files[0]?.path ?? null) : null;
  return {
    ...common(there),
    kind: 'sae',
    id: `${release}/${published.name}`,
    title: `${releaseNamed(release)?.title ?? release}: ${published.name}`,
    model,
    sae: { name, published, layout, weights, config, hook_name, d_sae },
    latent,
  };
}

/** From any mirror, but not a folder of this machine that has the same name. */
function isFrom({ source, problem }: InstalledFolder, place: string): boolean {
  return problem === null && /^https?:/.test(source) && source.includes(place);
}

function common({
  folder,
  source,
  revision,
  licence,
  files,
}: InstalledFolder): Pick<Plan, 'source' | 'revision' | 'licence' | 'files' | 'notes'> {
  const planned = files.map(({ path, bytes, sha256 }): PlanFile => ({
    path,
    bytes,
    from: { kind: 'local', file: join(folder, path) },
    pinned: { bytes: null, sha256: null },
    listed: { bytes, digest: { kind: 'sha256', hex: sha256 } },
  }));
  return { source, revision, licence, files: planned, notes: [] };
}
