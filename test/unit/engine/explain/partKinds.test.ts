import assert from 'node:assert/strict';
import type { SimulatorKind } from '../../../../src/core/explain/explanation.ts';
import type { LanguageModel } from '../../../../src/core/explain/parts.ts';
import { chooseParts } from '../../../../src/engine/explain/chooseParts.ts';
import { needsLanguage } from '../../../../src/engine/explain/partKinds.ts';
import { planUnits } from '../../../../src/engine/explain/spending.ts';
import type { ExplainOptions } from '../../../../src/protocol/explainContract.ts';
import { expectError } from '../../../support/expectError.ts';
import { OFFLINE } from '../../../support/explainBench.ts';

const ACCESS = { kind: 'editor', model: 'copilot' } as const;
const MODEL: LanguageModel = {
  name: 'copilot',
  capabilities: { promptLogprobs: false, outputLogprobs: false, json: true },
  ask: () => assert.fail('nothing is asked'),
};
const NEURON = { kind: 'neuron', layer: 0, neuron: 1 } as const;
const HEAD = { kind: 'head', layer: 0, head: 1 } as const;
const LANGUAGE = { kind: 'language', samples: 2 } as const;

interface Case {
  readonly options: Partial<ExplainOptions>;
  readonly head?: true;
  readonly pattern?: string;
  readonly asks: boolean;
  readonly scoredBy: SimulatorKind | null;
  readonly simulates: boolean;
}

/** With a language model at hand. */
function check(name: string, { options: changes, head, pattern, asks, scoredBy, simulates }: Case): void {
  it(name, () => {
    const options = { ...OFFLINE, language: ACCESS, ...changes };
    const unit = head ? HEAD : NEURON;
    const given = pattern === undefined ? null : ({ kind: 'n2g', pattern } as const);
    assert.equal(needsLanguage(unit.kind, options, given), asks);
    const parts = chooseParts({ unit, options, language: asks ? MODEL : null, bosId: null, given });
    assert.deepEqual([parts.scoredBy, parts.simulator !== null], [scoredBy, simulates]);
    assert.equal(
      parts.judge !== null,
      options.scorers.some((scorer) => scorer === 'detection' || scorer === 'fuzzing') ||
        (head === true && options.scorers.length > 0),
    );
  });
}

describe('parts of explaining', () => {
  const simulation = { scorers: ['simulation'] } as const;
  check('a summary scored by a language model', {
    options: {},
    asks: true,
    scoredBy: 'json',
    simulates: true,
  });
  check('a summary scored by its words', {
    options: { simulator: 'words' },
    asks: false,
    scoredBy: 'words',
    simulates: true,
  });
  check('a pattern', {
    options: { explainer: { kind: 'n2g' } },
    asks: false,
    scoredBy: 'pattern',
    simulates: true,
  });
  check('a pattern that was kept', {
    options: { explainer: { kind: 'record', id: 'x' } },
    pattern: '{}',
    asks: false,
    scoredBy: 'pattern',
    simulates: true,
  });
  check('concepts', {
    options: { explainer: { kind: 'concepts' } },
    asks: false,
    scoredBy: 'concepts',
    simulates: true,
  });
  check('a summary that nothing scores', {
    options: { scorers: [] },
    asks: false,
    scoredBy: null,
    simulates: false,
  });
  check('a language model that nothing scores', {
    options: { explainer: LANGUAGE, scorers: [] },
    asks: true,
    scoredBy: null,
    simulates: false,
  });
  check('a language model scored by words', {
    options: { explainer: LANGUAGE, simulator: 'words', ...simulation },
    asks: true,
    scoredBy: 'words',
    simulates: true,
  });
  check('questions alone', {
    options: { scorers: ['detection'] },
    asks: true,
    scoredBy: 'judge',
    simulates: false,
  });
  check('questions to words', {
    options: { scorers: ['fuzzing'], simulator: 'words' },
    asks: false,
    scoredBy: 'words',
    simulates: false,
  });
  check('a head, judged by a language model', {
    options: simulation,
    head: true,
    asks: true,
    scoredBy: 'judge',
    simulates: false,
  });
  check('a head, judged by its words', {
    options: { simulator: 'words' },
    head: true,
    asks: false,
    scoredBy: 'words',
    simulates: false,
  });

  it('are refused where a server cannot, or none is there', async () => {
    const parts = (options: Partial<ExplainOptions>, language: LanguageModel | null) => () =>
      Promise.resolve().then(() =>
        chooseParts({
          unit: NEURON,
          options: { ...OFFLINE, ...options },
          language,
          bosId: null,
          given: null,
        }),
      );
    await expectError(parts({ simulator: 'prompt-logprobs' }, MODEL), 'language/not-able');
    await expectError(parts({ simulator: 'json' }, null), 'language/not-configured');
    await expectError(parts({ explainer: LANGUAGE }, null), 'language/not-configured');
    await expectError(parts({ simulator: 'pattern' }, null), 'explain/not-possible');
  });

  const planned = (
    name: string,
    options: Partial<ExplainOptions>,
    expected: Readonly<Record<string, unknown>>,
  ) => {
    it(`plans ${name}`, () => {
      const input = {
        options: { ...OFFLINE, language: ACCESS, ...options },
        capabilities: MODEL.capabilities,
        windowTokens: 64,
      };
      const [first] = planUnits([NEURON, NEURON], input);
      assert.equal(first?.units, 2);
      const plan: Readonly<Record<string, unknown>> = { ...first?.plan };
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, plan[key]])), expected);
    });
  };
  planned('nothing for words', { simulator: 'words' }, { samples: 0, simulated: 0, detected: 0, fuzzed: 0 });
  planned(
    'two samples, compared',
    { explainer: LANGUAGE, ...simulation },
    { samples: 2, simulator: 'json', simulated: 24, detected: 0 },
  );
  planned(
    'one sample',
    { explainer: { kind: 'language', samples: 1 } },
    { simulated: 12, detected: 12, fuzzed: 12 },
  );
  planned('a pattern', { explainer: { kind: 'n2g' } }, { simulator: null, simulated: 0, detected: 0 });
});
