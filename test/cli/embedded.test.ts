import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkGolden } from '../support/golden.ts';
import { invoke, type Invocation } from './invoke.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODELS = path.join(ROOT, 'models');
const examples = readdirSync(path.join(ROOT, 'examples')).filter((name) => name.endsWith('.prompt'));

/** Printed losses and logits keep two or three digits; other processors round differently. */
const TOLERANCE = 0.03;

interface TraceObject {
  readonly targets: readonly { readonly text: string; readonly probability: number }[];
  readonly distractors: readonly { readonly text: string; readonly probability: number }[];
  readonly logitDiff: number | null;
}

const run = (...argv: string[]): Promise<Invocation> => invoke(argv, { cwd: ROOT, models: MODELS });

describe('the embedded model', () => {
  for (const name of examples) {
    it(`examples/${name}: no warnings, and the target is preferred`, async () => {
      const { code, out, err } = await run('trace', `examples/${name}`, '--json');
      assert.deepEqual([code, err], [0, '']);
      const { targets, distractors, logitDiff } = JSON.parse(out) as TraceObject;
      if (targets.length === 0) return;
      assert.ok((logitDiff ?? 0) > 0, `logit diff ${logitDiff}`);
      const best = (list: TraceObject['targets']): number =>
        Math.max(...list.map(({ probability }) => probability));
      assert.ok(best(targets) > best(distractors));
    });
  }

  it('prints the pages of the goldens', async () => {
    const trace = await run('trace', 'examples/ioi.prompt');
    checkGolden('cli/trace-ioi.txt', trace.out.replace(/\d+ ms/, '8 ms'), { tolerance: TOLERANCE });
    const tokens = await run('tokens', 'examples/http.prompt');
    checkGolden('cli/tokens-http.txt', tokens.out);
  });

  it('is listed as embedded', async () => {
    const { out } = await run('models');
    assert.match(out, /^ {2}underglass-tiny +embedded( +\d+\.\d MB){3} +8 /m);
  });
});
