import { Rng } from './rng.ts';
import { surfaceSpans } from './surface.ts';
import { Writer } from './writer.ts';
import { writeArithmetic, writeCounting, writeDna, writeEncoded } from './kinds/sequences.ts';
import { writeBrackets } from './kinds/brackets.ts';
import { writeCapitals } from './kinds/capitals.ts';
import { writeCode } from './kinds/code.ts';
import { writeDates, writeEmail } from './kinds/dates.ts';
import { writeAgreement } from './kinds/agreement.ts';
import { writeColourFacts, writeOpposites } from './kinds/facts.ts';
import { writeDialogue, writeStory } from './kinds/stories.ts';
import { writeGender } from './kinds/gender.ts';
import { writeGreetings } from './kinds/languages.ts';
import { writeHtml, writeJson } from './kinds/markup.ts';
import { writeHttp } from './kinds/http.ts';
import { writeInduction } from './kinds/induction.ts';
import { writeIoi } from './kinds/ioi.ts';
import { writeLegal, writeNutrition, writeRecipe } from './kinds/forms.ts';
import { writeList, writeTable } from './kinds/lists.ts';
import { writeQuotes } from './kinds/quotes.ts';
import { writeYears } from './kinds/years.ts';
import type { WorldDocument, WriteKind } from './document.ts';
import type { Split } from './split.ts';

/** Every kind of document: how it is written, and its share of the stream (relative weight). */
const KINDS = {
  ioi: { write: writeIoi, weight: 40 },
  gender: { write: writeGender, weight: 16 },
  induction: { write: writeInduction, weight: 8 },
  years: { write: writeYears, weight: 10 },
  capitals: { write: writeCapitals, weight: 20 },
  brackets: { write: writeBrackets, weight: 14 },
  quotes: { write: writeQuotes, weight: 6 },
  code: { write: writeCode, weight: 5 },
  html: { write: writeHtml, weight: 3 },
  json: { write: writeJson, weight: 4 },
  http: { write: writeHttp, weight: 3 },
  legal: { write: writeLegal, weight: 2 },
  nutrition: { write: writeNutrition, weight: 2 },
  recipe: { write: writeRecipe, weight: 2 },
  dna: { write: writeDna, weight: 2 },
  encoded: { write: writeEncoded, weight: 2 },
  counting: { write: writeCounting, weight: 4 },
  arithmetic: { write: writeArithmetic, weight: 2 },
  dates: { write: writeDates, weight: 4 },
  email: { write: writeEmail, weight: 2 },
  list: { write: writeList, weight: 3 },
  table: { write: writeTable, weight: 2 },
  greetings: { write: writeGreetings, weight: 4 },
  colours: { write: writeColourFacts, weight: 4 },
  opposites: { write: writeOpposites, weight: 4 },
  agreement: { write: writeAgreement, weight: 4 },
  story: { write: writeStory, weight: 5 },
  dialogue: { write: writeDialogue, weight: 3 },
} as const satisfies Readonly<Record<string, { write: WriteKind; weight: number }>>;

/** The name of a kind of document. */
export type WorldKind = keyof typeof KINDS;

/** All kinds, in the table's order. */
export const WORLD_KINDS = Object.keys(KINDS) as readonly WorldKind[];

/** What to generate. Without `kind`, kinds are drawn by their weights. */
export interface WorldOptions {
  readonly split: Split;
  readonly kind?: WorldKind;
}

/** The document of a seed: same seed and options, same document, on every platform. Cost: some 20 microseconds. */
export function generateDocument(seed: number, { split, kind }: WorldOptions): WorldDocument {
  const rng = new Rng(`${split}/${kind ?? 'any'}/${seed}`);
  const chosen = kind ?? drawKind(rng);
  const writer = new Writer();
  KINDS[chosen].write({ writer, rng, split });
  const text = writer.text;
  const whole = { start: 0, end: text.length, concepts: [`kind.${chosen}`] };
  return { kind: chosen, text, spans: [whole, ...writer.spans, ...surfaceSpans(text)] };
}

/** The endless stream of documents of the seeds `seed`, `seed + 1`, ... */
export function* documents(seed: number, options: WorldOptions): Generator<WorldDocument, never, void> {
  for (let next = seed; ; next++) yield generateDocument(next, options);
}

const TOTAL_WEIGHT = WORLD_KINDS.reduce((sum, kind) => sum + KINDS[kind].weight, 0);

function drawKind(rng: Rng): WorldKind {
  let left = rng.next() * TOTAL_WEIGHT;
  for (const kind of WORLD_KINDS) {
    left -= KINDS[kind].weight;
    if (left < 0) return kind;
  }
  return 'ioi';
}
