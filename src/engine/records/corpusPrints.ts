import type { Corpus, CorpusRef } from '../../core/records/corpus.ts';
import { findFiles } from '../../runtime/corpus/findFiles.ts';

/** Fingerprints of corpora, computed again only when a file of theirs came, went or changed. */
export interface CorpusPrints {
  /** @throws corpus/*, file/* */
  fingerprint(ref: CorpusRef): Promise<string>;
}

export function createCorpusPrints(openCorpus: (ref: CorpusRef) => Promise<Corpus>): CorpusPrints {
  const known = new Map<string, { readonly signature: string; readonly print: Promise<string> }>();
  return {
    fingerprint: async (ref) => {
      const key = JSON.stringify(ref);
      const signature = await signatureOf(ref);
      const found = known.get(key);
      if (found?.signature === signature) return found.print;
      const print = openCorpus(ref).then((corpus) => corpus.fingerprint());
      known.set(key, { signature, print });
      print.catch(() => known.delete(key));
      return print;
    },
  };
}

/** Names, sizes and times of a corpus' files. */
async function signatureOf(ref: CorpusRef): Promise<string> {
  if (ref.kind === 'world') return '';
  const files = await findFiles(ref.paths);
  return JSON.stringify(files.map(({ path, bytes, modified }) => [path, bytes, modified]));
}
