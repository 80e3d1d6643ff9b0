// Labels tokens with concepts by the rule of src/core/world/labelTokens.ts.
//   node label_tokens.mjs <bundle> <documents.jsonl> <ranges.jsonl> <out.json>
// A line of ranges: [start, end, start, end, ...] for the document on the same line. Output: the concepts (id, words,
// whether documents mark it) and two equally long lists, token and concept, one entry for each label; tokens are
// numbered through all documents.
import { createReadStream, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const [bundle, documentsPath, rangesPath, outPath] = process.argv.slice(2);
const { CONCEPTS, labelTokens } = await import(pathToFileURL(resolve(bundle)).href);
const index = new Map(CONCEPTS.map((concept, at) => [concept.id, at]));

const lines = (path) => createInterface({ input: createReadStream(path) })[Symbol.asyncIterator]();
const documents = lines(documentsPath);
const tokens = [];
const concepts = [];
let first = 0;
for await (const line of lines(rangesPath)) {
  const flat = JSON.parse(line);
  const ranges = Array.from({ length: flat.length / 2 }, (_, i) => ({ start: flat[2 * i], end: flat[2 * i + 1] }));
  const document = JSON.parse((await documents.next()).value);
  labelTokens(document, ranges).forEach((set, at) => {
    for (const concept of set) {
      tokens.push(first + at);
      concepts.push(index.get(concept));
    }
  });
  first += ranges.length;
}
writeFileSync(outPath, JSON.stringify({ names: CONCEPTS, count: first, tokens, concepts }));
