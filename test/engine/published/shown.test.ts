import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printRecord } from '../../../src/core/explain/recordJson.ts';
import { openExplainBench, type ExplainBench } from '../../support/explainBench.ts';
import { expectError } from '../../support/expectError.ts';
import { openaiExplanations, openaiRecord } from '../../support/publishedSamples.ts';
import { someRecord } from '../../support/someRecord.ts';

const SAID = 'references to the sea';
/** A copy of OpenAI's files, taken for the embedded model. */
const NEURON = 'L2N3';

describe('published explanations of an open model', function () {
  this.timeout(60_000);
  let folder = '';
  let bench: ExplainBench;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-shown-'));
    bench = await openExplainBench(folder, []);
    const copy = join(folder, 'gpt2_small_data');
    for (const part of ['explanations', 'collated-activations']) {
      await mkdir(join(copy, part, '2'), { recursive: true });
    }
    await writeFile(join(copy, 'explanations', '2', '3.jsonl'), openaiExplanations(2, 3, SAID, 0.31));
    await writeFile(join(copy, 'collated-activations', '2', '3.json'), openaiRecord(2, 3));
    await writeFile(join(copy, 'collated-activations', '2', '4.json'), await recordOfRealTokens());
    const query = { text: copy, model: 'underglass-tiny', units: [], records: true };
    const done = await bench.call('published/import', query);
    assert.deepEqual([done.explanations, done.records], [1, 2]);
  });
  after(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });
  const recordOfRealTokens = async (): Promise<string> => {
    const encoded = await bench.call('tokens/encode', {
      modelId: bench.modelId,
      text: 'The king gave the lamp to Anna.',
      bos: 'never',
    });
    const tokens = encoded.map(({ text }) => text);
    return openaiRecord(2, 4).replaceAll('"tokens":["a","b"],"activations":[0,4]', () =>
      JSON.stringify({ tokens, activations: tokens.map(() => 0) }).slice(1, -1),
    );
  };
  const unit = () => ({ modelId: bench.modelId, unit: NEURON });
  const rows = async (text: string) => {
    const query = { sort: 'id', falling: false, category: 'all', from: 0, count: 9 } as const;
    const family = '2-mlp-neurons';
    return (await bench.call('unit/list', { modelId: bench.modelId, family, text, ...query })).rows;
  };

  it('are listed with score and source, and the windows behind the score', async () => {
    const [listed, other] = await bench.call('explain/list', unit());
    assert.ok(listed && other === undefined);
    const { record, stale, hasDetail, published } = listed;
    assert.deepEqual(
      [record.explanation, record.explainer, record.score, record.unit],
      [SAID, 'OpenAI 2023', 0.31, NEURON],
    );
    assert.deepEqual([stale, hasDetail, published], [null, true, 'openai/gpt2-small']);
    const { sequences } = await bench.call('explain/detail', { ...unit(), id: record.id });
    assert.deepEqual(
      sequences.map(({ tokens, simulated }) => [tokens.join(''), simulated]),
      [['the sea', [0, 2]]],
    );
    await expectError(() => bench.call('explain/detail', { ...unit(), id: 'no-such' }), 'explain/no-detail');
  });

  it('have windows among the examples, where it is said that their GELU was another', async () => {
    const groups = await bench.call('unit/examples', { ...unit(), set: 'imported', from: 0, count: 5 });
    assert.deepEqual(
      groups.map(({ title, total }) => [title, total]),
      [
        ['Imported from OpenAI 2023: top activations', 1],
        ['Imported from OpenAI 2023: 0.5 to 1.5', 1],
        ['Imported from OpenAI 2023: random windows', 1],
      ],
    );
    assert.match(groups[0]?.note ?? '', /another GELU[^]*0\.009 \(median\)[^]*0\.1736 \(99\.9 %\)/u);
    assert.deepEqual([...(groups[0]?.examples[0]?.activations ?? [])], [0, 4]);
  });

  it('say by how much they differ from the open model where its tokens are theirs', async () => {
    const asked = { modelId: bench.modelId, unit: 'L2N4', set: 'imported', count: 5 } as const;
    const notes = async (from: number) =>
      (await bench.call('unit/examples', { ...asked, from })).map(({ note }) => note);
    const [first, ...others] = await notes(0);
    assert.match(
      first ?? '',
      /another GELU[^]* Run here: over the \d+ tokens of the first window they differ from underglass-tiny's own by at most \d+\.\d{4}/u,
    );
    assert.ok(others.every((note) => note === undefined));
    assert.doesNotMatch((await notes(1))[0] ?? '', /Run here/u);
  });

  it('stand in the hovers of the tokens that their neurons write most at', async () => {
    const { modelId } = bench;
    const { traceId, tokens } = await bench.call('trace/run', { modelId, text: 'Mary gave it', bos: 'auto' });
    const asked = { traceId, position: tokens.length - 1, k: 5, neurons: 3 };
    const { unit, known } = (await bench.call('trace/hover', asked)).neurons[0] ?? assert.fail();
    assert.ok(unit.kind === 'neuron' && known === null);
    const copy = join(folder, 'more', 'gpt2_small_data');
    await mkdir(join(copy, 'explanations', String(unit.layer)), { recursive: true });
    await writeFile(
      join(copy, 'explanations', String(unit.layer), `${unit.neuron}.jsonl`),
      openaiExplanations(unit.layer, unit.neuron, 'things that are given', 0.42),
    );
    await bench.call('published/import', { text: copy, model: 'underglass-tiny', units: [], records: false });
    const said = (await bench.call('trace/hover', asked)).neurons[0]?.known;
    assert.deepEqual(
      [said?.words, said?.by, said?.score, said?.isPublished],
      ['things that are given', 'OpenAI 2023', 0.42, true],
    );
  });

  it('stand in lists, and beside the words of one’s own once there are some', async () => {
    const [only] = await rows('SEA');
    assert.deepEqual(
      [only?.id, only?.words, only?.wordsBy, only?.score],
      [NEURON, SAID, 'OpenAI 2023', 0.31],
    );
    const own = join(folder, 'own.jsonl');
    const mine = someRecord({ unit: NEURON, explanation: 'my own words', explainer: 'human' });
    await writeFile(own, printRecord({ ...mine, explainerKind: 'human' }));
    await bench.call('explain/import', { modelId: bench.modelId, file: own });
    assert.equal((await bench.call('explain/list', unit())).length, 2);
    const [both] = await rows('sea');
    assert.deepEqual([both?.words, both?.wordsBy], ['my own words', 'human']);
    assert.deepEqual(both?.also, [
      { words: SAID, by: 'OpenAI 2023', score: 0.31, stale: false, isPublished: true },
    ]);
    assert.equal((await rows('my own')).length, 1);
  });
});
