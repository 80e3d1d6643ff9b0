import { NAMES } from '../../src/core/world/lexicon/names.ts';
import { drawIoiCase, writeIoiSentence } from '../../src/core/world/kinds/ioi.ts';
import { Rng } from '../../src/core/world/rng.ts';
import { Writer } from '../../src/core/world/writer.ts';
import { encodePrompt } from '../../src/engine/liveTrace.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';

/** A sentence up to the word before its indirect object, with the tokens that matter. */
export interface IoiPrompt {
  readonly text: string;
  /** Opening and action, without the names and things that fill them. */
  readonly form: string;
  /** `ABB`: the indirect object is named first; `BAB`: the subject is. */
  readonly order: 'ABB' | 'BAB';
  readonly ids: readonly number[];
  readonly indirectObject: { readonly id: number; readonly position: number };
  readonly subject: { readonly id: number; readonly first: number; readonly second: number };
  /** Ids of all other names. */
  readonly others: readonly number[];
  /** The same prompt with another name in the subject's second place: then nobody is named twice. */
  readonly unrepeated: readonly number[];
}

/**
 * Prompts whose openings, actions and pairs of names the embedded model's training left out. The same for the same
 * seed. @throws RangeError for a name that is not one token
 */
export function drawPrompts(model: OpenModel, count: number, seed: string): IoiPrompt[] {
  const names = new Map(NAMES.map((name) => [name, model.tokenizer.asSingleToken(` ${name}`)]));
  return Array.from({ length: count }, (_, index) => drawPrompt(model, names, new Rng(`${seed}/${index}`)));
}

function drawPrompt(model: OpenModel, names: ReadonlyMap<string, number | null>, rng: Rng): IoiPrompt {
  const context = { writer: new Writer(), rng, split: 'heldout' } as const;
  const ioi = drawIoiCase(context);
  writeIoiSentence(context, ioi);
  const { spans, text: sentence } = context.writer;
  const startOf = (concept: string): number =>
    spans.find(({ concepts }) => concepts.includes(concept))?.start ?? Number.NaN;
  const text = sentence.slice(0, startOf('ioi.object.second')).trimEnd();
  const tokens = encodePrompt(model, text, 'auto');
  // A token's range begins with the space before the word.
  const positionOf = (concept: string, name: string): number => {
    const end = startOf(concept) + name.length;
    const found = tokens.findIndex((token) => token.end === end && token.text === ` ${name}`);
    if (found < 0) throw new RangeError(`"${name}" is not one token of "${text}"`);
    return found;
  };
  const idOf = (name: string): number => {
    const id = names.get(name);
    if (id === undefined || id === null) throw new RangeError(`" ${name}" is not one token`);
    return id;
  };
  const { subject, indirectObject } = ioi;
  const ids = tokens.map(({ id }) => id);
  const others = [...names].flatMap(([name, id]) =>
    id === null || name === subject || name === indirectObject ? [] : [id],
  );
  const second = positionOf('ioi.subject.second', subject);
  return {
    text,
    form: `${ioi.opening}${ioi.action}`,
    order: ioi.order,
    ids,
    indirectObject: { id: idOf(indirectObject), position: positionOf('ioi.object.first', indirectObject) },
    subject: { id: idOf(subject), first: positionOf('ioi.subject.first', subject), second },
    others,
    unrepeated: ids.with(second, rng.pick(others)),
  };
}
