import assert from 'node:assert/strict';
import { verifyMarkdown } from '../../../../src/core/verify/markdown.ts';
import {
  concluded,
  type FactResult,
  type PublishedReport,
  type VerifyReport,
} from '../../../../src/core/verify/report.ts';

const FACT: FactResult = {
  group: 'value',
  what: 'loss of "a|b" with BOS',
  published: '5.3319',
  measured: '5.3318',
  value: 5.3319,
  found: 5.3318,
  tolerance: 2e-4,
  ok: true,
  source: 'a *demo*',
};
const PUBLISHED: PublishedReport = {
  title: 'GPT-2 small',
  added: 'gpt2-small',
  recognised: 'embedding',
  facts: [FACT],
  hooks: [],
};
const REFERENCE: VerifyReport['reference'] = {
  tokens: 8,
  layers: [0, 5],
  n_layers: 6,
  tolerance: 1e-4,
  hooks: [
    { hook: 'blocks.0.hook_mlp_out', error: 2e-6, ok: true },
    { hook: 'blocks.5.hook_mlp_out', error: 3e-6, ok: true },
    { hook: 'logits', error: 0, ok: true },
  ],
  loss: null,
};

describe('the verdict', () => {
  const check = (
    published: PublishedReport | null,
    reference: VerifyReport['reference'],
    verdict: VerifyReport['verdict'],
    ...words: readonly RegExp[]
  ): void => {
    const found = concluded({ model: 'mine', published, reference });
    assert.equal(found.verdict, verdict);
    for (const word of words) assert.match([found.headline, ...found.next].join('\n'), word);
  };

  it('is `as published` where every fact holds', () =>
    check(PUBLISHED, REFERENCE, 'as published', /mine is GPT-2 small\. All 1 published facts hold/));

  it('stays `as published` where memory was short for a fact', () =>
    check(
      { ...PUBLISHED, facts: [FACT, { ...FACT, ok: null, measured: 'not measured: too large' }] },
      REFERENCE,
      'as published',
      /1 of 2 published facts hold, the others could not be measured here, and every hook/,
    ));

  it('is `agrees` where nothing was published', () =>
    check(null, REFERENCE, 'agrees', /within 3e-6\. No published facts/));

  it('tells a fact that differs, and to add the model again', () =>
    check(
      { ...PUBLISHED, facts: [{ ...FACT, ok: false }, FACT] },
      REFERENCE,
      'differs',
      /1 of 2 published facts of GPT-2 small do not hold, first: loss of "a\|b" with BOS is 5\.3318, not 5\.3319/,
      /`underglass remove gpt2-small`, then `underglass add gpt2-small`/,
    ));

  it('asks for a report where the published file gives other numbers', () =>
    check(
      { ...PUBLISHED, recognised: 'file', facts: [{ ...FACT, ok: false }] },
      REFERENCE,
      'differs',
      /The file is the published one\. Please report it/,
    ));

  it('blames a setting for a hook that reads no weights', () =>
    check(
      { ...PUBLISHED, hooks: [{ hook: 'blocks.0.mlp.hook_post', value: 1, found: 2, ok: false }] },
      REFERENCE,
      'differs',
      /blocks\.0\.mlp\.hook_post: a setting of config\.json/,
    ));

  it('puts the engine before the facts', () =>
    check(
      { ...PUBLISHED, facts: [{ ...FACT, ok: false }] },
      { ...REFERENCE, hooks: [{ hook: 'logits', error: 0.25, ok: false }] },
      'differs',
      /The engine does not compute what the weights say, first at logits, by 3e-1/,
      /Please report it/,
    ));
});

describe('a report as Markdown', () => {
  const report: VerifyReport = {
    model: 'my_model*',
    directory: '/models/my_model',
    parameters: 1234,
    mode: 'mapped',
    sha256: null,
    verdict: 'differs',
    headline: 'It does.',
    next: ['Do `this`.'],
    published: { ...PUBLISHED, facts: [FACT, { ...FACT, what: 'its logit', ok: false }] },
    reference: REFERENCE,
    seconds: 1.25,
  };

  it('says the verdict first, then what to do, then the tables', () => {
    const lines = verifyMarkdown(report).split('\n');
    assert.deepEqual(lines.slice(0, 5), [
      '# Verify my\\_model\\*',
      '',
      '**Verdict: differs.** It does.',
      '',
      '- Do `this`.',
    ]);
    assert.ok(lines.includes('| ok | loss of "a\\|b" with BOS (1) | 5.3319 ± 0.0002 | 5.3318 |'));
    assert.ok(lines.includes('Sources: (1) a \\*demo\\*.'));
    assert.ok(
      lines.some((line) => line.startsWith('| **differs** | **its logit (1)** | **5.3319 ± 0.0002** |')),
    );
    assert.ok(lines.includes('| ok | blocks.\\{l\\}.hook\\_mlp\\_out | 3e-6 | 5 |'));
    assert.ok(lines.some((line) => line.includes('blocks 0, 5 of 6')));
  });
});
