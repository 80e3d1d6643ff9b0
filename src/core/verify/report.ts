import type { ReferenceComparison } from './reference.ts';

/** One published fact beside what was measured. Texts are ready to be shown; numbers are null where there are none. */
export interface FactResult {
  readonly group: 'configuration' | 'tokens' | 'value';
  readonly what: string;
  readonly published: string;
  readonly measured: string;
  readonly value: number | null;
  readonly found: number | null;
  readonly tolerance: number | null;
  /** Null = this machine could not measure it, for want of memory; `measured` says why. */
  readonly ok: boolean | null;
  readonly source: string;
}

/** Root mean square of one hook, published and measured. */
export interface HookFact {
  readonly hook: string;
  readonly value: number;
  readonly found: number;
  readonly ok: boolean;
}

/** What a model was compared with, when facts were published of it. */
export interface PublishedReport {
  readonly title: string;
  /** What `underglass add` calls it. */
  readonly added: string | null;
  /** `file`: byte for byte as published. `embedding`: the entries of its embedding table are. */
  readonly recognised: 'file' | 'embedding';
  readonly facts: readonly FactResult[];
  /** In order of computation. */
  readonly hooks: readonly HookFact[];
}

/** What `underglass verify` tells of a model. */
export interface VerifyReport {
  readonly model: string;
  readonly directory: string;
  readonly parameters: number;
  readonly mode: string;
  /** Of its one weight file; null = it lies in several. */
  readonly sha256: string | null;
  /** `agrees`: nothing was published of it, and it computes what its weights say. */
  readonly verdict: 'as published' | 'agrees' | 'differs';
  /** Plain sentences: why, and what to do next. */
  readonly headline: string;
  readonly next: readonly string[];
  /** Null = nothing is known of it. */
  readonly published: PublishedReport | null;
  readonly reference: ReferenceComparison;
  readonly seconds: number;
}

type Findings = Pick<VerifyReport, 'model' | 'published' | 'reference'>;

/** What the findings mean. */
export function concluded(found: Findings): Pick<VerifyReport, 'verdict' | 'headline' | 'next'> {
  const { model, published, reference } = found;
  const worst = Math.max(...reference.hooks.map(({ error }) => error));
  const fault = reference.hooks.find(({ ok }) => !ok);
  const wrong = published === null ? [] : published.facts.filter(({ ok }) => ok === false);
  const off = published?.hooks.find(({ ok }) => !ok);
  const next = nextSteps(found);
  if (fault) {
    const where = `first at ${fault.hook}, by ${errorText(fault.error)} of its values`;
    const headline = `The engine does not compute what the weights say, ${where}.`;
    return { verdict: 'differs', headline, next };
  }
  if (reference.loss?.ok === false) {
    return { verdict: 'differs', headline: 'The engine reads another loss from its logits.', next };
  }
  const agreement = `hook agrees with a float64 reference within ${errorText(worst)}`;
  if (published === null) {
    const headline = `Every ${agreement}. No published facts are known of these weights.`;
    return { verdict: 'agrees', headline, next };
  }
  const count = published.facts.length;
  if (wrong.length === 0 && !off) {
    const held = published.facts.filter(({ ok }) => ok).length;
    const all =
      held === count
        ? `All ${count} published facts hold`
        : `${held} of ${count} published facts hold, the others could not be measured here`;
    const headline = `${model} is ${published.title}. ${all}, and every ${agreement}.`;
    return { verdict: 'as published', headline, next };
  }
  const first = wrong[0]
    ? `, first: ${wrong[0].what} is ${wrong[0].measured}, not ${wrong[0].published}`
    : '';
  const facts = `${wrong.length} of ${count} published facts of ${published.title} do not hold${first}`;
  const headline = `${wrong.length > 0 ? facts : `${off?.hook} is not that of ${published.title}`}.`;
  return { verdict: 'differs', headline, next };
}

/** In the order in which they are worth trying. */
function nextSteps({ published, reference }: Findings): string[] {
  const steps: string[] = [];
  if (reference.hooks.some(({ ok }) => !ok) || reference.loss?.ok === false) {
    steps.push(
      'Please report it with `underglass verify --json`: the same files must give the same numbers.',
    );
  }
  if (published === null) return steps;
  const wrong = published.facts.filter(({ ok }) => ok === false);
  const off = published.hooks.find(({ ok }) => !ok);
  const configuration = wrong.filter(({ group }) => group === 'configuration');
  if (configuration.length > 0) {
    const keys = configuration.map(({ what, published: value }) => `${what} ${value}`).join(', ');
    steps.push(`Put back the published config.json: it has ${keys}.`);
  }
  if (wrong.some(({ group }) => group === 'tokens')) {
    steps.push('Put back the published tokenizer (tokenizer.json, or vocab.json and merges.txt).');
  }
  if (off) steps.push(whereFrom(off.hook));
  const again =
    published.added === null ? 'Install Underglass again' : `Add it again: ${addText(published.added)}`;
  if (steps.length === 0 && wrong.length > 0) {
    const what =
      published.recognised === 'file'
        ? 'The file is the published one'
        : 'The embeddings are published ones, other weights are not';
    steps.push(
      `${what}. ${published.recognised === 'file' ? 'Please report it with `underglass verify --json`.' : `${again}.`}`,
    );
  } else if (off && published.recognised === 'embedding') steps.push(`${again}.`);
  return steps;
}

function addText(id: string): string {
  return `\`underglass remove ${id}\`, then \`underglass add ${id}\``;
}

/** Tensors that a hook reads beside the hooks before it. */
const TENSORS: readonly (readonly [hook: RegExp, tensors: string])[] = [
  [/^hook_embed$/, 'wte.weight'],
  [/^hook_pos_embed$/, 'wpe.weight'],
  [/attn\.hook_[qkv]$/, 'h.{l}.ln_1 or h.{l}.attn.c_attn'],
  [/hook_attn_out$/, 'h.{l}.attn.c_proj'],
  [/mlp\.hook_pre$/, 'h.{l}.ln_2 or h.{l}.mlp.c_fc'],
  [/hook_mlp_out$/, 'h.{l}.mlp.c_proj'],
];

function whereFrom(hook: string): string {
  const layer = /^blocks\.(\d+)\./.exec(hook)?.[1] ?? '';
  const tensors = TENSORS.find(([pattern]) => pattern.test(hook))?.[1];
  const first = `The first hook that differs is ${hook}`;
  if (tensors === undefined) return `${first}: a setting of config.json that it depends on differs.`;
  return `${first}: it reads ${tensors.replaceAll('{l}', layer)}, which must be damaged or changed.`;
}

/** `3e-7`. */
export function errorText(error: number): string {
  if (error === 0) return '0';
  return Number.isFinite(error) ? error.toExponential(0) : 'an infinity';
}

/** What a slow run was made of, as a sentence. */
export function sampleText({ tokens, layers, n_layers }: ReferenceComparison): string {
  const all = layers.length === n_layers;
  const which = all ? `all ${n_layers} blocks` : `blocks ${layers.join(', ')} of ${n_layers}`;
  const left = all ? '' : ' The others would take minutes.';
  return `Compared on ${tokens} random tokens, ${which}, float64 from the weight files.${left}`;
}
