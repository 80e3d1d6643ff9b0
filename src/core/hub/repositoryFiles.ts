import { InterpError } from '../errors.ts';

/** A file of a repository, as its host lists it. */
export interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  /** Of files in large-file storage. */
  readonly sha256: string | null;
  /** Git's name of the content, of all other files. */
  readonly gitSha1: string | null;
}

/** How the files of a SAE are laid out. */
export type SaeLayout = 'saelens' | 'sparsify' | 'dictionary_learning' | 'pt';

/** A folder of a repository that holds a SAE. */
export interface SaeFolderFiles {
  /** '' = the top. */
  readonly folder: string;
  readonly layout: SaeLayout;
  readonly files: readonly ListedFile[];
}

const TOKENIZER = ['tokenizer.json', 'vocab.json', 'merges.txt', 'tokenizer_config.json'];

/** Weights of a model, in the order in which they are preferred. */
const WEIGHTS: readonly { single: string; shard: RegExp }[] = [
  { single: 'model.safetensors', shard: /^model-\d+-of-\d+\.safetensors$/ },
  { single: 'pytorch_model.bin', shard: /^pytorch_model-\d+-of-\d+\.bin$/ },
];

/** Layouts by the file that marks them and its weights. `pt`: weights alone, see `ptFiles`. */
const LAYOUTS: readonly { layout: SaeLayout; config: string; weights: string; also: readonly string[] }[] = [
  {
    layout: 'saelens',
    config: 'cfg.json',
    weights: 'sae_weights.safetensors',
    also: ['sparsity.safetensors'],
  },
  { layout: 'sparsify', config: 'cfg.json', weights: 'sae.safetensors', also: [] },
  { layout: 'dictionary_learning', config: 'config.json', weights: 'ae.pt', also: [] },
];

/**
 * Files of a model in a folder of a listing, weights last and in one form only; null when there is no config.json or it is
 * a SAE's.
 * @throws hub/unsupported when there are weights, but neither in safetensors nor of PyTorch
 */
export function modelFiles<F extends ListedFile>(listing: readonly F[], folder: string): F[] | null {
  const inside = filesIn(listing, folder);
  const config = inside.get('config.json');
  if (!config || saeFiles(listing, folder)) return null;
  const weights = weightFiles(inside);
  if (weights.length === 0) {
    const other = [...inside.keys()].find((name) => /\.(?:bin|h5|msgpack|ot)$/.test(name));
    if (other === undefined) return null;
    const message = `It has ${other}, but neither model.safetensors nor pytorch_model.bin.`;
    throw new InterpError('hub/unsupported', message, { data: { file: other } });
  }
  const tokenizer = TOKENIZER.flatMap((name) => inside.get(name) ?? []);
  return [config, ...tokenizer, ...weights];
}

/** One file, else an index and its shards, of the first form that is there. */
function weightFiles<F extends ListedFile>(inside: ReadonlyMap<string, F>): F[] {
  for (const { single, shard } of WEIGHTS) {
    const whole = inside.get(single);
    if (whole) return [whole];
    const index = inside.get(`${single}.index.json`);
    const shards = [...inside].filter(([name]) => shard.test(name)).map(([, file]) => file);
    if (index && shards.length > 0) return [index, ...shards];
  }
  return [];
}

/** Files of a SAE in exactly this folder, or null. */
export function saeFiles(listing: readonly ListedFile[], folder: string): SaeFolderFiles | null {
  const inside = filesIn(listing, folder);
  for (const { layout, config, weights, also } of LAYOUTS) {
    const first = inside.get(config);
    const second = inside.get(weights);
    if (first && second)
      return { folder, layout, files: [first, ...also.flatMap((name) => inside.get(name) ?? []), second] };
  }
  return null;
}

/** A weights file that was named, with the configuration beside it where there is one. */
export function ptFiles(listing: readonly ListedFile[], path: string): SaeFolderFiles | null {
  const weights = listing.find((file) => file.path === path);
  if (!weights || !path.endsWith('.pt')) return null;
  const config = listing.find((file) => file.path === path.replace(/\.pt$/, '_cfg.json'));
  const folder = path.split('/').slice(0, -1).join('/');
  return { folder, layout: 'pt', files: config ? [config, weights] : [weights] };
}

/** Every SAE at or below a folder, in the order of the listing's folders. */
export function saesBelow(listing: readonly ListedFile[], folder: string): SaeFolderFiles[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const folders = new Set<string>();
  for (const { path } of listing) {
    if (path.startsWith(prefix)) folders.add(path.split('/').slice(0, -1).join('/'));
  }
  return [...folders].flatMap((each) => saeFiles(listing, each) ?? []);
}

function filesIn<F extends ListedFile>(listing: readonly F[], folder: string): Map<string, F> {
  const prefix = folder === '' ? '' : `${folder}/`;
  const inside = listing.filter(
    ({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'),
  );
  return new Map(inside.map((file) => [file.path.slice(prefix.length), file]));
}
