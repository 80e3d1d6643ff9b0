import type { Fact, PublishedModel } from './published.ts';
import type { FactResult } from './report.ts';

/** What a fact says, in a few words. */
export function factText({ reading }: Fact, { pairs }: Pick<PublishedModel, 'pairs'>): string {
  switch (reading.kind) {
    case 'loss':
      return `loss of ${promptText(reading.prompt)}`;
    case 'next-token':
      return `next token of ${promptText(reading.prompt)}`;
    case 'next-logit':
      return `its logit`;
    case 'logit-diff': {
      const pair = pairs[reading.pair];
      return `logit diff${pair?.target} -${pair?.distractor}`;
    }
    case 'mean-logit-diff':
      return `mean logit diff of ${pairs.length} prompts`;
    case 'head-attribution':
      return `L${reading.layer}H${reading.head} direct attribution`;
    case 'head-score': {
      const name = reading.score === 'induction' ? 'induction' : 'previous-token';
      return `L${reading.layer}H${reading.head} ${name} score`;
    }
  }
}

/** Why a fact has no measurement; `here`: this machine cannot do it, which says nothing of the model. */
export interface NotMeasured {
  readonly why: string;
  readonly here: boolean;
}

/** A fact beside what was measured. */
export function factResult(
  fact: Fact,
  found: number | NotMeasured,
  of: PublishedModel & { readonly tokenText: (id: number) => string },
): FactResult {
  const { value, tolerance, source, reading } = fact;
  const show = (number: number): string => {
    if (reading.kind !== 'next-token') return number.toFixed(digits(tolerance));
    return `${number} ${JSON.stringify(of.tokenText(number))}`;
  };
  return {
    group: 'value',
    what: factText(fact, of),
    published: reading.kind === 'next-token' ? String(value) : show(value),
    measured: typeof found === 'number' ? show(found) : `not measured: ${found.why}`,
    value,
    found: typeof found === 'number' ? found : null,
    tolerance,
    ok: typeof found === 'number' ? Math.abs(found - value) <= tolerance : found.here ? null : false,
    source,
  };
}

/** One digit more than the tolerance has. */
function digits(tolerance: number): number {
  return tolerance === 0 ? 0 : Math.min(7, 1 - Math.floor(Math.log10(tolerance)));
}

function promptText({ text, bos }: { readonly text: string; readonly bos: string }): string {
  return `${shortText(text)} ${bos === 'always' ? 'with BOS' : 'without BOS'}`;
}

const SHOWN = 24;

/** Quoted, and cut where it is long. */
export function shortText(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
