import { InterpError } from '../errors.ts';
import { nearest } from '../prompt/nearest.ts';
import { MODELS, modelNamed } from './models.ts';
import { parseHubUrl } from './parseHubUrl.ts';
import { RELEASES, releaseNamed, saeOfNeuronpedia } from './releases.ts';
import type { SaeRelease } from './publishedSae.ts';
import type { HubTarget } from './target.ts';

const FOLDER = /^(?:[/\\~]|\.{1,2}(?:[/\\]|$)|[a-z]:[/\\])/i;
const ADDRESS = /^(?:https?|az|hf|file):/i;
const AT_COMMIT = /@([0-9a-f]{40})$/;
/** `gpt2-small/6-res-jb/650`, `gpt2-small@6-res-jb:650`. */
const NEURONPEDIA = /^(?<model>[\w.-]+)(?:\/|@)(?<source>\d+-[\w.-]+?)(?:(?:\/|:)(?<latent>\d{1,9}))?\/?$/;
/** `org/name`, `org/name@revision`, `org/name/folder`, `org/name@revision/folder`. */
const REPOSITORY =
  /^(?<repository>[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*)(?:@(?<revision>[\w.-]+))?(?:\/(?<path>.+?))?\/?$/;

/**
 * What a person means by a text: a model or release by name, a Hugging Face id or address, an address of OpenAI's
 * storage, a Neuronpedia id or address, a local folder. Nothing is looked up.
 * @param endpoint the Hugging Face host in use, whose addresses are understood too
 * @throws hub/unknown, naming what was likely meant
 */
export function parseTarget(typed: string, options: { readonly endpoint?: string } = {}): HubTarget {
  const text = typed.trim();
  if (text === '') throw unknown('Nothing was named.', null);
  if (ADDRESS.test(text)) return parseAddress(text, options.endpoint);
  if (FOLDER.test(text)) return { kind: 'folder', path: text };
  return (
    asModel(text) ?? asRelease(text) ?? asNeuronpedia(text) ?? asRepository(text) ?? fail(text, suggest(text))
  );
}

function parseAddress(text: string, endpoint: string | undefined): HubTarget {
  const parts = parseHubUrl(text, endpoint);
  if (parts.kind === 'id') return asNeuronpedia(parts.id) ?? fail(text, null);
  if (parts.kind !== 'repository') return parts;
  return parts.place.path === '' && parts.place.revision === 'main'
    ? parseTarget(parts.place.repository)
    : parts;
}

function asModel(text: string): HubTarget | undefined {
  const [name = '', revision, extra] = text.split('@');
  const model = modelNamed(name);
  if (!model || extra !== undefined || revision === '') return undefined;
  // `gpt2-small@6-res-jb:650` is a latent.
  if (revision !== undefined && !/^[\w.-]+$/.test(revision)) return undefined;
  return revision !== undefined && saeOfNeuronpedia(`${model.id}/${revision}`)
    ? undefined
    : { kind: 'model', model, revision: revision ?? null };
}

/** `gpt2-small-res-jb`, `gpt2-small-res-jb/blocks.6.hook_resid_pre`, or that at a commit: `…@{40 hex digits}`. */
function asRelease(text: string): HubTarget | undefined {
  const slash = text.indexOf('/');
  const release = releaseNamed(slash < 0 ? text : text.slice(0, slash));
  if (!release) return undefined;
  const name = slash < 0 ? '' : text.slice(slash + 1).replace(/\/$/, '');
  return name === '' ? { kind: 'release', release } : oneOf(release, name);
}

function oneOf(release: SaeRelease, typed: string): HubTarget {
  const revision = AT_COMMIT.exec(typed)?.[1];
  const name = typed.replace(AT_COMMIT, '');
  const sae = release.saes.find((each) => each.name === name || each.id === name);
  if (sae) return { kind: 'sae', sae, latent: null, ...(revision === undefined ? {} : { revision }) };
  const close = nearest(
    name,
    release.saes.map((each) => each.name),
  );
  const all = release.saes.map((each) => each.name).join(', ');
  throw unknown(
    `${release.id} has no SAE "${name}"; it has ${all}.`,
    close === null ? null : `${release.id}/${close}`,
  );
}

function asNeuronpedia(text: string): HubTarget | undefined {
  const parts = NEURONPEDIA.exec(text)?.groups;
  const model = modelNamed(parts?.['model'] ?? '');
  const source = parts?.['source'];
  if (!model || source === undefined) return undefined;
  const sae = saeOfNeuronpedia(`${model.id}/${source}`);
  const latent = parts?.['latent'] === undefined ? null : Number(parts['latent']);
  if (!sae) {
    const close = nearest(source, neuronpediaSources(model.id));
    throw unknown(
      `No SAE ${model.id}/${source} is known.`,
      close === null ? null : `${model.id}/${close}${latent === null ? '' : `/${latent}`}`,
    );
  }
  if (latent !== null && sae.d_sae !== null && latent >= sae.d_sae) {
    throw unknown(`${model.id}/${source} has ${sae.d_sae} latents; ${latent} is none of them.`, null);
  }
  return { kind: 'sae', sae, latent };
}

function asRepository(text: string): HubTarget | undefined {
  const parts = REPOSITORY.exec(text)?.groups;
  const repository = parts?.['repository'];
  if (repository === undefined || repository.includes('..')) return undefined;
  const path = parts?.['path'] ?? '';
  if (path.split('/').some((part) => part === '..' || part === '.')) return undefined;
  return { kind: 'repository', place: { repository, revision: parts?.['revision'] ?? 'main', path } };
}

/** A name close to what was typed, or null. */
function suggest(text: string): string | null {
  const [first = '', ...rest] = text.split('/');
  const models = MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
  const whole = nearest(text, models);
  if (whole !== null) return whole;
  const release = nearest(
    first,
    RELEASES.map(({ id }) => id),
  );
  return release === null ? null : [release, ...rest].join('/');
}

function neuronpediaSources(model: string): string[] {
  return RELEASES.flatMap(({ saes }) => saes).flatMap(({ neuronpedia }) =>
    neuronpedia?.startsWith(`${model}/`) === true ? [neuronpedia.slice(model.length + 1)] : [],
  );
}

function fail(text: string, close: string | null): never {
  throw unknown(`"${text}" names no model, SAE, folder or address that is understood.`, close);
}

function unknown(message: string, suggestion: string | null): InterpError {
  const hint = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
  return new InterpError('hub/unknown', `${message}${hint}`, { data: { suggestion } });
}
