import type { Fact, FactPrompt, PairPrompt, PublishedModel } from '../published.ts';

const DEMO = 'TransformerLens, Exploratory_Analysis_Demo';
const LENS_TESTS = 'TransformerLens, tests of HookedTransformer';
const RUST_BERT = 'rust-bert, tests/gpt2.rs';
const HEADS = 'TransformerLens head_detector on repeated random tokens';

/** Prompts of the demo: both names of each, the subject repeated, so that the other one comes next. */
const TEMPLATES: readonly (readonly [before: string, after: string, a: string, b: string])[] = [
  ['When John and Mary went to the shops,', ' gave the bag to', ' Mary', ' John'],
  ['When Tom and James went to the park,', ' gave the ball to', ' Tom', ' James'],
  ['When Dan and Sid went to the shops,', ' gave an apple to', ' Dan', ' Sid'],
  ['After Martin and Amy went to the park,', ' gave a drink to', ' Martin', ' Amy'],
];
const PAIRS: readonly PairPrompt[] = TEMPLATES.flatMap(([before, after, a, b]) => [
  { text: before + b + after, bos: 'always', target: a, distractor: b },
  { text: before + a + after, bos: 'always', target: b, distractor: a },
]);
/** In logits, in the order of PAIRS. */
const DIFFERENCES = [3.3367, 3.2016, 2.7094, 3.7974, 1.7204, 5.2812, 2.6008, 5.7674];
const COUNTING: FactPrompt = { text: 'One two three four', bos: 'never' };

/** Layer, head, logits: name movers and negative name movers. */
const ATTRIBUTIONS = [
  [9, 9, 2.985],
  [9, 6, 1.384],
  [10, 0, 0.561],
  [10, 7, -1.899],
  [11, 10, -0.97],
] as const;
const INDUCTION = [
  [5, 1, 0.931],
  [6, 9, 0.926],
  [5, 5, 0.926],
] as const;

/** Logits of runs in float32, with folded and with plain weights, agree to about 1e-4; four decimals are printed. */
const LOGITS = 1e-3;
/** Three decimals are printed; whether LayerNorm's bias counts as a value bias moves the mean by less than this. */
const ATTRIBUTION = 0.005;
/** Random tokens differ from one tool's draw to the next. */
const SCORES = 0.02;

/** GPT-2 small, 124 million weights, as OpenAI published it. */
export const GPT2_SMALL: PublishedModel = {
  title: 'GPT-2 small',
  added: 'gpt2-small',
  sha256: ['248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707'],
  embedding: {
    entries: rows([
      [0, [-0.1101, -0.0393, 0.0331], [-0.1364, 0.0151, 0.0453]],
      [1, [0.0403, -0.0486, 0.0462], [0.0861, 0.0025, 0.0432]],
      [2, [-0.1275, 0.0479, 0.1841], [0.0899, -0.1297, -0.0879]],
    ]),
    source: 'transformer.wte.weight as PyTorch prints it',
  },
  config: {
    n_layers: 12,
    d_model: 768,
    n_heads: 12,
    d_mlp: 3072,
    n_ctx: 1024,
    d_vocab: 50257,
    act_fn: 'gelu_new',
    eps: 1e-5,
    tied: true,
    scale_attn: true,
    scale_attn_by_layer: false,
  },
  tokens: [
    { text: 'Hello world!', ids: [15496, 995, 0] },
    { text: 'One two three four', ids: [3198, 734, 1115, 1440] },
    { text: ' five', ids: [1936] },
    {
      text: 'When John and Mary went to the shops, John gave the bag to',
      ids: [2215, 1757, 290, 5335, 1816, 284, 262, 12437, 11, 1757, 2921, 262, 6131, 284],
    },
  ],
  pairs: PAIRS,
  hooks: null,
  facts: [
    {
      reading: { kind: 'loss', prompt: { text: 'Hello world!', bos: 'always' } },
      value: 5.331855773925781,
      tolerance: 4e-5,
      source: LENS_TESTS,
    },
    { reading: { kind: 'next-token', prompt: COUNTING }, value: 1936, tolerance: 0, source: RUST_BERT },
    {
      reading: { kind: 'next-logit', prompt: COUNTING },
      value: -69.4948,
      tolerance: LOGITS,
      source: RUST_BERT,
    },
    {
      reading: { kind: 'mean-logit-diff' },
      value: 3.5518856,
      tolerance: LOGITS,
      source: DEMO,
    },
    ...DIFFERENCES.map((value, pair): Fact => {
      return { reading: { kind: 'logit-diff', pair }, value, tolerance: LOGITS, source: DEMO };
    }),
    ...ATTRIBUTIONS.map(([layer, head, value]): Fact => {
      const reading = { kind: 'head-attribution', layer, head } as const;
      return { reading, value, tolerance: ATTRIBUTION, source: DEMO };
    }),
    ...INDUCTION.map(([layer, head, value]) => score('induction', layer, head, value)),
    score('previousToken', 4, 11, 0.992),
  ],
};

function score(name: 'induction' | 'previousToken', layer: number, head: number, value: number): Fact {
  const reading = { kind: 'head-score', layer, head, score: name } as const;
  return { reading, value, tolerance: SCORES, source: HEADS };
}

/** First and last three entries of rows of [d_vocab, 768]. */
function rows(
  printed: readonly (readonly [row: number, first: readonly number[], last: readonly number[]])[],
): PublishedModel['embedding']['entries'] {
  return printed.flatMap(([row, first, last]) => [
    ...first.map((value, column) => [row, column, value]),
    ...last.map((value, index) => [row, 765 + index, value]),
  ]);
}
