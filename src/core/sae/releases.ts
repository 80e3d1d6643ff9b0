import { safeName } from '../hub/fileName.ts';
import type { PublishedSae } from '../hub/publishedSae.ts';
import { RELEASES } from '../hub/releases.ts';

/** Published SAEs by the last part of where they lie: the folder or file name, as published and as kept on disk. */
let byName: Map<string, PublishedSae[]> | null = null;

/**
 * The published SAE that a folder or file is, by where it lies or came from: a part of its path (or address) names the
 * repository (`name`, or `models--owner--name` as in Hugging Face's cache; `@revision` may follow), and its own name
 * is the published one. Null when it is none that is known: nothing is guessed from the numbers in a file.
 */
export function findRelease(place: string): PublishedSae | null {
  const parts = place
    .split(/[\\/]+/)
    .filter((part) => part !== '')
    .map((part) => part.replace(/@[^@]*$/, ''));
  const own = parts.at(-1) ?? '';
  byName ??= index();
  return byName.get(own)?.find((sae) => liesIn(sae, parts.slice(0, -1))) ?? null;
}

function liesIn({ files }: PublishedSae, above: readonly string[]): boolean {
  if (files.host === 'openai') {
    const [location = '', autoencoders = ''] = files.url.split('/').slice(-3);
    return above.at(-1) === autoencoders && above.at(-2) === location;
  }
  const name = files.repository.split('/')[1] ?? files.repository;
  const cached = `models--${files.repository.replace('/', '--')}`;
  return above.some((part) => part === name || part === cached);
}

function index(): Map<string, PublishedSae[]> {
  const found = new Map<string, PublishedSae[]>();
  for (const sae of RELEASES.flatMap(({ saes }) => saes)) {
    const name = publishedName(sae);
    for (const key of new Set([name, safeName(name)])) found.set(key, [...(found.get(key) ?? []), sae]);
  }
  return found;
}

function publishedName({ files }: PublishedSae): string {
  if (files.host === 'openai') return files.url.split('/').at(-1) ?? '';
  return 'folder' in files.paths ? files.paths.folder : files.paths.weights;
}
