import { InterpError } from '../errors.ts';
import { OPENAI_BLOBS } from './openaiReleases.ts';
import { RELEASES } from './releases.ts';
import type { HubTarget } from './target.ts';

const HUGGING_FACE = ['huggingface.co', 'www.huggingface.co', 'hf.co'];
const NEURONPEDIA = ['neuronpedia.org', 'www.neuronpedia.org'];
const BLOB_HOST = new URL(OPENAI_BLOBS).host;
/** `az://openaipublic/...` is how OpenAI's code writes its storage. */
const AZURE = /^az:\/\/openaipublic\//i;
/** Repositories of other kinds. */
const NO_MODELS = new Set(['datasets', 'spaces', 'api', 'docs', 'papers', 'collections']);

/** What an address means; an id of Neuronpedia is left to be looked up. @throws hub/unknown */
export function parseHubUrl(
  text: string,
  endpoint?: string,
): HubTarget | { readonly kind: 'id'; readonly id: string } {
  const plain = text.replace(AZURE, `${OPENAI_BLOBS}/`).replace(/^hf:\/*/i, 'https://huggingface.co/');
  if (!URL.canParse(plain)) throw unknown(text, 'it is no address');
  const url = new URL(plain);
  if (url.protocol === 'file:') return { kind: 'folder', path: decodeURIComponent(url.pathname) };
  if (url.username !== '' || url.password !== '') {
    throw new InterpError('hub/unknown', 'An address must not carry a user name or a password.');
  }
  const parts = pathParts(url, text);
  if (NEURONPEDIA.includes(url.host)) return { kind: 'id', id: parts.slice(0, 3).join('/') };
  if (url.host === BLOB_HOST) return blob(`${OPENAI_BLOBS}/${parts.join('/')}`, text);
  const isOwnEndpoint =
    endpoint !== undefined && URL.canParse(endpoint) && new URL(endpoint).host === url.host;
  if (HUGGING_FACE.includes(url.host) || isOwnEndpoint) return repository(parts, text);
  throw unknown(text, `addresses of ${HUGGING_FACE[0]}, ${NEURONPEDIA[1]} and ${BLOB_HOST} are`);
}

function pathParts(url: URL, text: string): string[] {
  try {
    const parts = url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    if (!parts.some((part) => part === '..' || part.includes('/'))) return parts;
  } catch {
    // A stray % sign: told below.
  }
  throw unknown(text, 'its path cannot be read');
}

/** `/org/name`, `/org/name/tree/revision/path` (or `blob`, `resolve`); `/gpt2` of the days without owners. */
function repository(parts: readonly string[], text: string): HubTarget {
  const [owner = '', name] = parts;
  if (owner === '' || NO_MODELS.has(owner)) throw unknown(text, 'only repositories of models are');
  if (name === undefined)
    return { kind: 'repository', place: { repository: owner, revision: 'main', path: '' } };
  const [verb, revision = 'main', ...path] = parts.slice(2);
  if (verb !== undefined && !['tree', 'blob', 'resolve'].includes(verb)) {
    throw unknown(text, `its part "${verb}" is not: /tree/, /blob/ and /resolve/ are`);
  }
  return { kind: 'repository', place: { repository: `${owner}/${name}`, revision, path: path.join('/') } };
}

function blob(url: string, text: string): HubTarget {
  const sae = RELEASES.flatMap(({ saes }) => saes).find(
    ({ files }) => files.host === 'openai' && files.url === url,
  );
  if (sae) return { kind: 'sae', sae, latent: null };
  if (url.endsWith('.pt') && url.includes('/sparse-autoencoder/')) return { kind: 'blob', url };
  throw unknown(text, "of OpenAI's storage, only .pt files below sparse-autoencoder/ are");
}

function unknown(text: string, why: string): InterpError {
  return new InterpError('hub/unknown', `The address ${text} is not understood: ${why}.`, {
    data: { suggestion: null },
  });
}
