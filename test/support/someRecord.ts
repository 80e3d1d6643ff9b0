import type { ExplanationRecord } from '../../src/core/explain/explanation.ts';
import { explanationId, FREE } from '../../src/core/explain/recordJson.ts';

/** An explanation with something changed; its id follows. */
export function someRecord(changes: Partial<ExplanationRecord>): ExplanationRecord {
  const record: ExplanationRecord = {
    version: 1,
    id: '',
    unit: 'L1N2',
    explanation: 'fires on " she"',
    explainer: 'summary',
    explainerKind: 'summary',
    pattern: null,
    simulator: null,
    simulatorKind: null,
    score: null,
    scores: null,
    sequences: 0,
    failures: [],
    cost: FREE,
    revises: null,
    from: { model: 'model-print', sae: null, index: null },
    ...changes,
  };
  return { ...record, id: explanationId(record) };
}
