import assert from 'node:assert/strict';
import { join } from 'node:path';
import { activate } from '../../../src/core/model/activation.ts';
import { Trace } from '../../../src/core/trace/trace.ts';
import { openModel, type OpenModel } from '../../../src/engine/openModel.ts';
import { deviationText, liveDeviation } from '../../../src/engine/published/liveDeviation.ts';
import { ortSessions } from '../../../src/runtime/ort/ortSessions.ts';
import { TEST_THREADS } from '../../support/openRunner.ts';

const TINY = join(import.meta.dirname, '..', '..', '..', 'models', 'underglass-tiny');
const PLACE = { layer: 2, neuron: 3 };

describe('what published activations of a neuron differ by from the open model', () => {
  let model: OpenModel;
  let tokens: string[];
  let pre: number[];
  before(async () => {
    model = await openModel(TINY, { model: TINY, saes: [] }, ortSessions({ threads: TEST_THREADS }));
    const encoded = model.tokenizer.encode('The king walked to the river and gave the lamp to Anna.');
    tokens = encoded.map(({ text }) => text);
    const trace = await Trace.run(
      model.runner,
      encoded.map(({ id }) => id),
    );
    const { data } = await trace.hook(`blocks.${PLACE.layer}.mlp.hook_pre`);
    const width = model.info.d_mlp;
    pre = tokens.map((_, position) => data[position * width + PLACE.neuron] ?? Number.NaN);
  });
  after(() => model.release());

  const near = (actual: number | undefined, expected: number): void =>
    assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-5, `${actual} is not ${expected}`);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  it('is nothing of its own, and the difference of the two functions of the exact GELU', async () => {
    const activations = pre.map((value) => activate('gelu_new', value));
    const found = await liveDeviation(model, PLACE, { tokens, activations });
    const gaps = pre.map((value) => Math.abs(activate('gelu', value) - activate('gelu_new', value)));
    assert.equal(found?.tokens, tokens.length);
    near(found.own.max, 0);
    near(found.own.mean, 0);
    near(found.exact.max, Math.max(...gaps));
    near(found.exact.mean, mean(gaps));
  });

  it('is the largest and the mean over the tokens', async () => {
    const activations = pre.map((value, at) => activate('gelu', value) + (at === 4 ? 0.25 : 0));
    const found = await liveDeviation(model, PLACE, { tokens, activations });
    near(found?.exact.max, 0.25);
    near(found?.exact.mean, 0.25 / tokens.length);
    assert.ok(found && found.own.max > 0.2);
    const own = { max: 0.5, mean: 0.125 };
    assert.equal(
      deviationText({ tokens: 64, own, exact: { max: 0.25, mean: 0.0625 } }, 'gpt2-small'),
      "Run here: over the 64 tokens of the first window they differ from gpt2-small's own by at most 0.5000 " +
        '(mean 0.1250), and from the exact GELU of the same inputs by at most 0.2500 (mean 0.0625).',
    );
  });

  it('is not told of other tokens than the model’s, of token pairs, or of a neuron that it lacks', async () => {
    const none = async (place: typeof PLACE, texts: readonly string[], activations: readonly number[]) =>
      assert.equal(await liveDeviation(model, place, { tokens: texts, activations }), null);
    await none(PLACE, [' Petertodd', 'x\uFFFD'], [0, 0]);
    await none(PLACE, [], []);
    await none(PLACE, tokens, pre.slice(1));
    await none({ layer: 99, neuron: 0 }, tokens, pre);
    await none({ layer: 0, neuron: 99_999 }, tokens, pre);
  });
});
