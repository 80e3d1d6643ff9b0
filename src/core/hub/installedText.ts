import { modelNamed } from './models.ts';
import { saeOfModel } from './releases.ts';

/** What the card of something that was added says of where it is from. */
export interface InstalledOrigin {
  readonly model: string;
  /** Name of a SAE's folder; null = a model. */
  readonly sae: string | null;
  /** Address without revision, or a folder or file of this machine. */
  readonly source: string;
  /** Commit; null = not of a repository. */
  readonly revision: string | null;
}

/** The text that adds the same again, at the same commit. */
export function textOfInstalled(origin: InstalledOrigin): string {
  const { model, sae, source, revision } = origin;
  if (!/^https?:/.test(source)) return source;
  const place = placeAt(source);
  if (sae === null) {
    const known = modelNamed(model);
    if (!known || !`/${place}`.endsWith(`/${known.repository}`)) {
      return atRevision(place.split('/').slice(-2).join('/'), revision);
    }
    return revision === null || revision === known.revision ? known.id : `${known.id}@${revision}`;
  }
  const published = publishedAs(origin);
  if (published !== null) return published;
  if (revision === null) return source;
  const [owner = '', name = '', ...path] = place.split('/');
  return [atRevision(`${owner}/${name}`, revision), ...path].join('/');
}

/** `release/name@commit` of a SAE that a release's table has; null = it is none of them. */
function publishedAs({ model, sae, source, revision }: InstalledOrigin): string | null {
  const name = sae ?? '';
  // Beside a folder of that name from elsewhere, one gets a number.
  const published = saeOfModel(model, name) ?? saeOfModel(model, name.replace(/_\d+$/, ''));
  if (!published) return null;
  const { files, release } = published;
  const isFrom = source.includes(files.host === 'openai' ? files.url : `/${files.repository}/`);
  return isFrom ? atRevision(`${release}/${published.name}`, revision) : null;
}

function atRevision(name: string, revision: string | null): string {
  return revision === null ? name : `${name}@${revision}`;
}

/** Path of an address, without the slash that it begins with. */
function placeAt(address: string): string {
  return decodeURIComponent(new URL(address).pathname).replace(/^\//, '');
}
