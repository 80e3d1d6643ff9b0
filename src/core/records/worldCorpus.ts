import { generateDocument } from '../world/generate.ts';
import { hashText } from '../world/rng.ts';
import type { Corpus, CorpusDocument, CorpusRef } from './corpus.ts';

/** Documents that stand for all in the fingerprint: a generator that writes other text is noticed. */
const PROBES = 64;

/** Held-out documents of the embedded generator, with their ground truth. Nothing is held of it. */
export function worldCorpus({ seed, documents }: CorpusRef & { readonly kind: 'world' }): Corpus {
  return {
    title: `${documents} held-out documents of the embedded generator`,
    fingerprint: () => Promise.resolve(`world:${seed}:${documents}:${probe(seed, documents)}`),
    bytes: null,
    count: documents,
    documents: async function* (skip = 0) {
      for (let number = skip; number < documents; number++) yield worldDocument(seed, number);
    },
  };
}

/** One document of the world corpus: what a window's part points at. */
export function worldDocument(seed: number, number: number): CorpusDocument {
  const world = generateDocument(seed + number, { split: 'heldout' });
  return { name: `world #${number}`, text: world.text, world };
}

function probe(seed: number, documents: number): string {
  const step = Math.max(1, Math.floor(documents / PROBES));
  const texts: string[] = [];
  for (let number = 0; number < documents; number += step) texts.push(worldDocument(seed, number).text);
  return hashText(texts.join('\0')).toString(16);
}
