import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ExplanationRecord } from '../../../../src/core/explain/explanation.ts';
import { explanationId, parseRecord, printRecord } from '../../../../src/core/explain/recordJson.ts';
import { expectError } from '../../../support/expectError.ts';
import { someRecord } from '../../../support/someRecord.ts';

describe('explanation records as lines', () => {
  const check = (name: string, record: ExplanationRecord): void => {
    it(`come back as they were: ${name}`, () => {
      const line = printRecord(record);
      assert.ok(!line.includes('\n'));
      assert.deepEqual(parseRecord(line, 'x'), record);
      assert.equal(printRecord(parseRecord(line, 'x')), line);
    });
  };
  check('words alone', someRecord({}));
  check('words with line ends and signs', someRecord({ explanation: 'a "b"\n\t</script> 🎉' }));
  check('a trie', someRecord({ explainerKind: 'n2g', explainer: 'n2g', pattern: '{"a":1}' }));
  check(
    'scores',
    someRecord({
      simulator: 'words',
      simulatorKind: 'words',
      score: 0.5,
      scores: {
        topAndRandom: {
          correlation: { value: 0.5, low: 0.25, high: 0.75 },
          rSquared: null,
          absoluteDeviation: { value: -1, low: -2, high: 0 },
          sequences: 10,
        },
        randomOnly: null,
        detection: { accuracy: { value: 1, low: 1, high: 1 }, f1: null, auc: null, examples: 4 },
        fuzzing: null,
        ablation: { topAndRandom: { value: 0.1, low: 0, high: 0.2 }, randomOnly: null },
        pairs: null,
      },
      sequences: 10,
      failures: [
        { sequence: 7, reason: 'no reply' },
        { sequence: null, reason: 'stopped' },
      ],
      cost: { requests: 3, promptTokens: 20, completionTokens: 4 },
      revises: '0123456789abcdef',
      from: { model: 'm', sae: 's', index: 'i' },
    }),
  );

  it('are the same explanation when unit, explainer, words and pattern are', () => {
    const record = someRecord({});
    assert.match(record.id, /^[0-9a-f]{16}$/u);
    assert.equal(explanationId({ ...record, explanation: record.explanation }), record.id);
    for (const other of [
      { unit: 'L1N3' },
      { explainer: 'human' },
      { explanation: 'other' },
      { pattern: '{}' },
    ]) {
      assert.notEqual(explanationId({ ...record, ...other }), record.id);
    }
  });

  it('take their id from what they say, not from the line', () => {
    const line = printRecord({ ...someRecord({}), id: 'ffffffffffffffff' });
    assert.equal(parseRecord(line, 'x').id, someRecord({}).id);
  });

  it('never crash a reader: any JSON is a record or an error of the closed set', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseRecord(text, 'file, line 1');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'explain/malformed');
        }
      }),
      { numRuns: 500 },
    );
  });

  const refuse = (name: string, line: string, says: string): void => {
    it(`refuse ${name}`, () =>
      expectError(() => parseRecord(line, 'a.jsonl, line 3'), 'explain/malformed', says));
  };
  refuse('another version', '{"version":2}', 'a.jsonl, line 3: "version" must be 1, found 2');
  refuse(
    'a line without words',
    '{"version":1,"unit":"L0N0"}',
    '"explanation" must be a string, found nothing',
  );
  refuse(
    'an explainer that is not known',
    printRecord(someRecord({})).replace('"explainerKind":"summary"', '"explainerKind":"magic"'),
    '"explainerKind" is "magic"; known are summary',
  );
  refuse('what is no JSON', '{"version":', 'is not JSON');
});
