// Writes generated documents as JSON lines.
//   node make_corpus.mjs <bundle> <out> <split> <count> [--first <seed>] [--spans] [--words <file>]
// Without --spans a line is the text of a document (a JSON string); with it, the document with its labelled spans.
// --words also writes the words that the tokenizer keeps whole: the lexicon after a space, names also without one.
import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    first: { type: 'string', default: '0' },
    spans: { type: 'boolean', default: false },
    words: { type: 'string' },
  },
});
const [bundle = 'work/world.mjs', outPath = 'work/train.jsonl', split = 'train', count = '1000'] = positionals;
const world = await import(pathToFileURL(resolve(bundle)).href);

if (values.words !== undefined) {
  const lists = Object.values(world.words).flat(2);
  const places = world.COUNTRIES.flatMap((entry) => [entry.country, entry.capital, entry.language]);
  const all = [...world.NAMES, ...places, ...lists].filter((word) => /^[A-Za-z]+$/.test(word));
  const lines = [...new Set(all.map((word) => ` ${word}`)), ...world.NAMES];
  writeFileSync(values.words, `${lines.join('\n')}\n`);
}

const out = createWriteStream(outPath);
for (let offset = 0; offset < Number(count); offset++) {
  const document = world.generateDocument(Number(values.first) + offset, { split });
  const line = JSON.stringify(values.spans ? document : document.text);
  if (!out.write(`${line}\n`)) await once(out, 'drain');
}
out.end();
await once(out, 'finish');
