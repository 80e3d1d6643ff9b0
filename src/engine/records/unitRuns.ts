import { InterpError } from '../../core/errors.ts';
import type { ExampleGroup, RemovalEffects } from '../../core/records/readings.ts';
import { unitActivations, withoutToken } from '../../core/records/units/activations.ts';
import { readExample } from '../../core/records/units/examples.ts';
import { removalEffects } from '../../core/records/units/removalEffects.ts';
import { assertKind } from '../../core/records/units/unitModel.ts';
import { familyId } from '../../core/records/family.ts';
import type { TextToken } from '../../core/tokens/token.ts';
import { Trace } from '../../core/trace/trace.ts';
import { assertRunnable, encodePrompt } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';
import { noIndex, type FoundUnit } from './foundUnit.ts';

/** Number of a window that no corpus has: a person's own text. */
const OWN_TEXT = -1;

/** Runs a text under the model's own BOS rule. @throws prompt/empty, prompt/too-long */
export async function runText(
  model: OpenModel,
  text: string,
  signal: AbortSignal,
): Promise<{ readonly tokens: readonly TextToken[]; readonly trace: Trace }> {
  const tokens = tokensOf(model, text);
  const trace = await Trace.run(
    model.runner,
    tokens.map(({ id }) => id),
    { signal },
  );
  return { tokens, trace };
}

/** Any text as an example of a unit; BOS counts as 0, as in every record. */
export async function testText(
  { model, unit }: FoundUnit,
  text: string,
  signal: AbortSignal,
): Promise<ExampleGroup> {
  const { trace } = await runText(model, text, signal);
  const record = {
    sequence: OWN_TEXT,
    ids: trace.ids,
    ...withoutToken(await unitActivations(model, trace, unit), trace.ids, model.tokenizer.bosId),
  };
  const texts = { text: (id: number) => model.tokenizer.text(id), source: () => 'your text' };
  return { set: 'top', title: 'Your text', total: 1, examples: [readExample(record, texts)] };
}

/** What removing a latent does to a window of the index or to a text. */
export async function effectsOf(
  { model, unit, index, family }: FoundUnit,
  asked: {
    readonly sequence: number | null;
    readonly text: string | null;
    readonly k: number;
    readonly signal: AbortSignal;
  },
): Promise<RemovalEffects> {
  assertKind(unit, 'latent', 'Effects of removal are shown of');
  const { sequence, text, k, signal } = asked;
  if (sequence !== null && !index) throw noIndex(familyId(family));
  const ids = sequence === null ? idsOf(model, text) : (index?.ids(sequence) ?? []);
  return removalEffects(model, unit, { ids, k, signal, text: (id) => model.tokenizer.text(id) });
}

/** @throws request/invalid when neither a window nor a text is given */
function idsOf(model: OpenModel, text: string | null): readonly number[] {
  if (text === null) {
    throw new InterpError('request/invalid', 'Effects are asked of a window of the index or of a text.');
  }
  return tokensOf(model, text).map(({ id }) => id);
}

function tokensOf(model: OpenModel, text: string): readonly TextToken[] {
  const tokens = encodePrompt(model, text, 'auto');
  assertRunnable(model, tokens);
  return tokens;
}
