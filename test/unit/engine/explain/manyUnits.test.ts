import assert from 'node:assert/strict';
import { cancelled, InterpError, type ErrorCode } from '../../../../src/core/errors.ts';
import { FREE } from '../../../../src/core/explain/recordJson.ts';
import { explainMany, type ManyTask } from '../../../../src/engine/explain/manyUnits.ts';
import type { ExplainedUnit } from '../../../../src/engine/explain/explainUnit.ts';
import { expectError } from '../../../support/expectError.ts';
import { someRecord } from '../../../support/someRecord.ts';

const UNITS = Array.from({ length: 100 }, (_, index) => `L0N${index}`);

interface Bench extends ManyTask {
  readonly kept: string[];
  readonly asked: string[];
  readonly stop: AbortController;
  readonly told: string[];
}

function bench(changes: Partial<ManyTask> = {}): Bench {
  const kept: string[] = [];
  const asked: string[] = [];
  const told: string[] = [];
  const stop = new AbortController();
  return {
    units: UNITS,
    known: new Set(),
    concurrency: 1,
    explain: (unit) => {
      asked.push(unit);
      return Promise.resolve(explained(unit));
    },
    keep: (done) => {
      kept.push(...done.map(({ record }) => record.unit));
      return Promise.resolve();
    },
    spent: () => FREE,
    job: { signal: stop.signal, progress: ({ message }) => told.push(message) },
    ...changes,
    kept,
    asked,
    stop,
    told,
  };
}

function explained(unit: string): ExplainedUnit {
  const record = someRecord({ unit });
  const splits = { train: [], calibration: [], valid: [], test: [], contrast: [], perSplit: 0, note: null };
  return { record, detail: null, splits, simulated: [] };
}

/** Explains until a unit, which fails. */
function failing(at: string, error: unknown): Pick<ManyTask, 'explain'> {
  return {
    explain: (unit) => (unit === at ? Promise.reject(error) : Promise.resolve(explained(unit))),
  };
}

describe('many units', () => {
  it('are explained once each, however many at once; known ones are passed over', async () => {
    for (const concurrency of [1, 4, 200]) {
      const run = bench({ concurrency, known: new Set(['L0N5', 'L0N7']) });
      const result = await explainMany(run);
      assert.deepEqual([result.asked, result.done, result.skipped, result.stopped], [100, 98, 2, null]);
      assert.deepEqual(run.asked.toSorted(), UNITS.filter((unit) => !run.known.has(unit)).toSorted());
      assert.deepEqual(run.kept.toSorted(), run.asked.toSorted());
      assert.match(run.told.at(-1) ?? '', /^100 of 100 units/);
    }
  });

  it('that cannot be explained are listed, and the others go on', async () => {
    const error = new InterpError('explain/nothing-found', 'Nothing.');
    const run = bench(failing('L0N3', error));
    const { done, failed } = await explainMany(run);
    assert.deepEqual(
      [done, failed],
      [99, [{ unit: 'L0N3', code: 'explain/nothing-found', reason: 'Nothing.' }]],
    );
  });

  it('end with a used-up budget', async () => {
    const run = bench(failing('L0N30', new InterpError('language/budget', 'Spent.')));
    const { done, stopped } = await explainMany(run);
    assert.deepEqual([done, stopped, run.kept.length], [30, 'budget', 30]);
  });

  const fatal = (code: ErrorCode): void => {
    it(`end with ${code}, and what was done is kept`, async () => {
      const run = bench({ ...failing('L0N30', new InterpError(code, 'No.')), concurrency: 3 });
      await expectError(() => explainMany(run), code);
      const { length } = run.kept;
      assert.ok(length >= 28 && length <= 32, `${length} are kept`);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(run.kept.length, length, 'nothing goes on behind it');
    });
  };
  fatal('language/refused');
  fatal('language/unreachable');
  fatal('language/not-configured');

  it('that are cancelled keep what was done', async () => {
    const run: Bench = bench({
      explain: (unit, signal) => {
        if (unit === 'L0N20') run.stop.abort();
        return signal.aborted ? Promise.reject(cancelled()) : Promise.resolve(explained(unit));
      },
    });
    const { done, stopped } = await explainMany(run);
    assert.deepEqual([done, stopped, run.kept.length], [20, 'cancelled', 20]);
    const late = bench();
    late.stop.abort();
    assert.equal((await explainMany(late)).stopped, 'cancelled');
    assert.deepEqual(late.asked, []);
  });

  it('that cannot be written end the run, and are tried once more', async () => {
    let tries = 0;
    const written: string[] = [];
    const run = bench({
      keep: (done) => {
        if (tries++ === 0) return Promise.reject(new InterpError('file/unwritable', 'The disk is full.'));
        written.push(...done.map(({ record }) => record.unit));
        return Promise.resolve();
      },
    });
    await expectError(() => explainMany(run), 'file/unwritable');
    assert.equal(tries, 2);
    assert.deepEqual(written, UNITS.slice(0, 64));
  });
});
