import { InterpError } from '../../errors.ts';
import { modelNamed } from '../models.ts';
import { OPENAI_BLOBS } from '../openaiReleases.ts';
import { nearest } from '../../prompt/nearest.ts';
import { OPENAI_SETS } from './openaiSets.ts';
import type { BlobSet, ExportSet, PublishedSet } from './publishedSet.ts';

/** Neuronpedia's bulk exports: a public bucket that is read without an account. */
export const NEURONPEDIA_EXPORTS = 'https://neuronpedia-datasets.s3.us-east-1.amazonaws.com';
export const NEURONPEDIA = 'https://www.neuronpedia.org';

/** What a typed text means. */
export type PublishedTarget =
  | { readonly kind: 'blobs'; readonly set: BlobSet; readonly unit: string | null }
  | { readonly kind: 'exports'; readonly set: ExportSet; readonly unit: string | null }
  | { readonly kind: 'local'; readonly path: string }
  /** `openai` and the like: one of them must be named. */
  | { readonly kind: 'choices'; readonly sets: readonly PublishedSet[] };

const FOLDER = /^(?:[/\\~]|\.{1,2}(?:[/\\]|$)|[a-z]:[/\\]|file:)/i;
const AZURE = /^az:\/\/openaipublic\//i;
const HOSTS = new Set(['neuronpedia.org', 'www.neuronpedia.org']);
const EXPORT_HOSTS = new Set([new URL(NEURONPEDIA_EXPORTS).host, 'neuronpedia-datasets.s3.amazonaws.com']);
/** `gpt2-small/6-res-jb/650`, with or without `neuronpedia/` before it. */
const SOURCE = /^(?:neuronpedia\/)?([A-Za-z0-9][\w.-]*)[/@](\d+-[\w.-]+?)(?:[/:](\d{1,9}))?\/?$/;
const NEURONS = /^(\d+)-mlp(?:-neurons)?$/;

/**
 * Explanations that a person means by a text: a set by its id, an address at OpenAI or Neuronpedia, or files here.
 * @throws hub/unknown, naming what was likely meant
 */
export function parsePublished(typed: string): PublishedTarget {
  const text = typed.trim();
  if (FOLDER.test(text)) return { kind: 'local', path: text };
  const plain = text.replace(AZURE, `${OPENAI_BLOBS}/`);
  if (/^https?:/i.test(plain)) return address(plain, text);
  const set = OPENAI_SETS.find(({ id }) => id === text.toLowerCase());
  if (set) return { kind: 'blobs', set, unit: null };
  if (text.toLowerCase() === 'openai') return { kind: 'choices', sets: OPENAI_SETS };
  const source = asSource(text);
  if (source) return source;
  const ids = OPENAI_SETS.map(({ id }) => id);
  throw unknown(
    `"${text}" names no published explanations: they are named like openai/gpt2-small or gpt2-small/6-res-jb.`,
    nearest(text, ids),
  );
}

/** The set of one source of Neuronpedia: `gpt2-small`, `6-res-jb`. */
export function exportSet(model: string, source: string): ExportSet {
  const known = modelNamed(model)?.id ?? model;
  const prefix = `v1/${model}/${source}/`;
  return {
    id: `neuronpedia/${model}/${source}`,
    model: known,
    title: `Neuronpedia's explanations of ${model} ${source}`,
    label: 'Neuronpedia',
    source: `${NEURONPEDIA_EXPORTS}/${prefix}`,
    licence: null,
    parts: ['explanations', 'records'],
    notes: [],
    space: null,
    prefix,
    family: source.replace(NEURONS, '$1-mlp-neurons'),
  };
}

function asSource(text: string): PublishedTarget | null {
  const [, model, source, latent] = SOURCE.exec(text) ?? [];
  if (model === undefined || source === undefined || model === 'openai') return null;
  const set = exportSet(model, source);
  return { kind: 'exports', set, unit: latent === undefined ? null : `${set.family}/${latent}` };
}

function address(plain: string, text: string): PublishedTarget {
  const url = URL.canParse(plain) ? new URL(plain) : null;
  if (!url || url.username !== '' || url.password !== '')
    throw unknown(`The address ${text} cannot be read.`, null);
  const path = url.pathname.replace(/\/+$/, '');
  const sourced = HOSTS.has(url.host) ? asSource(path.slice(1).split('/').slice(0, 3).join('/')) : null;
  if (sourced) return sourced;
  if (EXPORT_HOSTS.has(url.host)) {
    const prefix = url.searchParams.get('prefix') ?? path.slice(1);
    const [version, model, source] = prefix.split('/');
    const found = version === 'v1' && model && source ? asSource(`${model}/${source}`) : null;
    if (found) return found;
  }
  if (url.host === new URL(OPENAI_BLOBS).host) {
    refuseUnreleased(`${path}${url.hash}`, text);
    const unit = unitOfPath(path) ?? unitOfViewerPage(url.hash);
    if (unit) return { kind: 'blobs', ...unit };
    const set = OPENAI_SETS.find(({ source }) => `${OPENAI_BLOBS}${path}`.startsWith(source));
    if (set) return { kind: 'blobs', set, unit: null };
  }
  throw unknown(`The address ${text} is of no published explanations that are understood.`, null);
}

/** `#/model/gpt2-small/family/v5_32k/layer/8/../resid_post_mlp/../feature/12` of the SAE viewer. */
function unitOfViewerPage(hash: string): ReturnType<typeof unitOfPath> {
  const part = (pattern: RegExp): string => pattern.exec(hash)?.[1] ?? '';
  const [family, layer] = [part(/\/family\/(\w+)/), part(/\/layer\/(\d+)/)];
  const [location, latent] = [part(/\b(resid_post_(?:attn|mlp))\b/), part(/\/feature\/(\d+)/)];
  return unitOfPath(`${family}/layer_${layer}/${location}/atoms/${latent}.json`);
}

/** The viewer's other families: sizes and sparsities of layer 8, and GPT-4's. @throws published/unknown */
function refuseUnreleased(path: string, text: string): void {
  const [, family] = /\b(v5_l8_postmlp|v5_latelayer_postmlp)\b/.exec(path) ?? [];
  if (family === undefined) return;
  throw unknown(
    `${text} is of ${family}, SAEs whose weights OpenAI never released: there is no latent here to show it with. Its viewer's v5_32k and v5_128k can be imported.`,
    null,
  );
}

/** The set and the unit of a file, as the end of its path tells; null = it does not. */
export function unitOfPath(path: string): { readonly set: BlobSet; readonly unit: string } | null {
  const plain = path.replaceAll('\\', '/').replace(/\.gz$/, '');
  for (const set of OPENAI_SETS) {
    const unit = set.unitOf(plain);
    if (unit !== null) return { set, unit };
  }
  return null;
}

function unknown(message: string, suggestion: string | null): InterpError {
  const hint = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
  return new InterpError('published/unknown', `${message}${hint}`, { data: { suggestion } });
}
