import type { LogitScalar, Scalar } from './scalar.ts';

/** What a scalar is, in words: `logit " Mary" - logit " John" at 14`, `score of L9H9, 12 -> 4, through the query`. */
export function scalarTitle(scalar: Scalar, tokenText: (id: number) => string): string {
  switch (scalar.kind) {
    case 'logits':
      return logitTitle(scalar, (id) => JSON.stringify(tokenText(id)));
    case 'neuron':
      return `pre-activation of L${scalar.layer}N${scalar.neuron} at ${scalar.position}`;
    case 'latent':
      return `pre-activation of ${scalar.sae}/${scalar.index} at ${scalar.position}`;
    case 'score':
      return `score of ${pairOf(scalar)}, through the ${THROUGH[scalar.through]}`;
    case 'value':
      return `what ${pairOf(scalar)} writes through the value, towards ${scalarTitle(scalar.downstream, tokenText)}`;
  }
}

/** Unit of a scalar's value and of the effects on it. */
export function scalarUnit(scalar: Scalar): 'logits' | 'nats' | 'activation' {
  if (scalar.kind === 'value') return scalarUnit(scalar.downstream);
  if (scalar.kind !== 'logits') return 'activation';
  return scalar.reading === 'log_prob' ? 'nats' : 'logits';
}

const THROUGH = { q: 'query', k: 'key', qk: 'query and the key' } as const;

function pairOf(pair: {
  readonly layer: number;
  readonly head: number;
  readonly position: number;
  readonly source: number;
}): string {
  return `L${pair.layer}H${pair.head}, ${pair.position} -> ${pair.source}`;
}

function logitTitle(scalar: LogitScalar, quoted: (id: number) => string): string {
  const { reading, targets, distractors, position } = scalar;
  const list = (ids: readonly number[]): string => ids.map(quoted).join(', ');
  if (reading === 'log_prob') return `log-probability of ${list(targets)} at ${position}`;
  const logit = (ids: readonly number[]): string => `${ids.length > 1 ? 'mean logit' : 'logit'} ${list(ids)}`;
  const isDifference = reading === 'logit_diff' && distractors.length > 0;
  return `${logit(targets)}${isDifference ? ` - ${logit(distractors)}` : ''} at ${position}`;
}
