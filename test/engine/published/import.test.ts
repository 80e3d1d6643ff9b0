import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expectError } from '../../support/expectError.ts';
import { withTestPublished, type TestPublished } from '../../support/openTestPublished.ts';
import {
  apiFeature,
  exportedActivations,
  exportedExplanations,
  openaiExplanations,
  openaiRecord,
  viewerAtom,
} from '../../support/publishedSamples.ts';

const SMALL = '/neuron-explainer/gpt2_small_data';
const SOURCE = 'v1/gpt2-small/6-res-jb';

async function wordsOf(
  test: TestPublished,
  model: string,
  family: string,
  index: number,
): Promise<unknown[]> {
  const said = await test.read().words(model, family, index);
  return said.map(({ words, by, score }) => [words, by, score]);
}

/** Some neurons of layer 5, of which number 2 was never explained. */
function serveNeurons({ server }: TestPublished, count = 6): void {
  for (let neuron = 0; neuron < count; neuron++) {
    if (neuron === 2) continue;
    const text = openaiExplanations(5, neuron, `thing ${neuron}`, neuron / 10);
    server.addBlob(`${SMALL}/explanations/5/${neuron}.jsonl`, Buffer.from(text));
    server.addBlob(`${SMALL}/collated-activations/5/${neuron}.json`, Buffer.from(openaiRecord(5, neuron)));
  }
}

const UNITS = Array.from({ length: 6 }, (_, neuron) => `L5N${neuron}`);

describe('published explanations of OpenAI', function () {
  this.timeout(30_000);

  it('that an older version took without token pairs say so, and come again with them, the same units alone', () =>
    withTestPublished(async (test) => {
      const id = 'openai/gpt2-small/resid_delta_attn-v4';
      const [family, other] = ['3-resid_delta_attn-v4', '5-resid_delta_attn-v4'];
      const attention = '/neuron-explainer/gpt2_small/autoencoder_latent/resid_delta_attn_v4';
      const serve = (folder: string, layer: number, latent: number, activations: readonly number[]): void =>
        test.server.addBlob(
          `${attention}/${folder}/${layer}/${latent}.json`,
          Buffer.from(openaiRecord(layer, latent, activations)),
        );
      serve('collated-activations', 3, 7, [0, 3]);
      serve('collated-activations', 5, 1, [1, 2]);
      await test.import(id, { units: [`${family}/7`, `${other}/1`] });
      assert.equal((await test.installed())[0]?.outdated, null);
      // As that version wrote it.
      const card = join(
        test.storage,
        'published',
        'gpt2-small',
        'openai_gpt2-small_resid_delta_attn-v4',
        'set.json',
      );
      const json = JSON.parse(await readFile(card, 'utf8')) as { source: string };
      await writeFile(card, JSON.stringify({ ...json, source: `${json.source}/collated-activations` }));
      const [old] = await test.installed();
      assert.match(old?.outdated ?? '', /without the records by token pair/u);
      assert.deepEqual(old?.families, [family, other]);
      const units = await test.units('gpt2-small', id);
      assert.deepEqual(units, [`${family}/7`, `${other}/1`]);

      serve('collated-activations-by-token-pair', 3, 7, [0, 1, 2]);
      const { found } = await test.find(id, { units, again: true });
      assert.deepEqual(
        [found?.units, found?.files, found?.notes.at(-1)],
        [2, 2, 'What is here of it is dropped first.'],
      );
      const done = await test.import(id, { units, again: true });
      assert.equal(done.records, 2);
      assert.equal((await test.installed())[0]?.outdated, null);
      const [set] = await test.read().records('gpt2-small', family, 7);
      assert.deepEqual(
        set?.groups
          .filter(({ title }) => title.startsWith('top'))
          .map(({ title, records }) => [title, records.length]),
        [
          ['top activations', 1],
          ['top activations, by token pair', 1],
        ],
      );
      await expectError(() => test.units('gpt2-small', 'openai/gpt2-small/heads'), 'hub/not-installed');
    }));

  it('cost what is shown before, come checked, and are found by unit with score and source', () =>
    withTestPublished(async (test) => {
      serveNeurons(test);
      const { found } = await test.find('openai/gpt2-small', { units: UNITS });
      assert.ok(found);
      assert.deepEqual(
        [found.model, found.label, found.units, found.files, found.isLocal, found.parts],
        ['gpt2-small', 'OpenAI 2023', 6, 6, false, ['explanations']],
      );
      assert.ok(found.bytes !== null && found.bytes > 1000);
      assert.match(found.notes.join(), /GELU/u);
      assert.deepEqual(test.server.contents(), [], 'nothing was fetched');
      assert.deepEqual(await test.installed(), []);

      const done = await test.import('openai/gpt2-small', { units: UNITS });
      assert.deepEqual([done.explanations, done.records, done.absent, done.skippedCount], [5, 0, 1, 0]);
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '5-mlp-neurons', 3), [
        ['thing 3', 'OpenAI 2023', 0.3],
      ]);
      assert.deepEqual(await wordsOf(test, 'gpt2', '5-mlp-neurons', 4), [['thing 4', 'OpenAI 2023', 0.4]]);
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '5-mlp-neurons', 2), []);
      assert.deepEqual(await wordsOf(test, 'gpt2-xl', '5-mlp-neurons', 3), []);
      const family = await test.read().family('gpt2-small', '5-mlp-neurons');
      assert.deepEqual([...family.keys()].toSorted(), [0, 1, 3, 4, 5]);
      assert.equal(test.progress.at(-1)?.done, 6);
      const [installed] = await test.installed();
      assert.ok(installed && installed.bytes > 0);
      assert.equal(installed.id, 'openai/gpt2-small');
    }));

  it('of a host that has none of them are an error, and not a download of nothing', () =>
    withTestPublished(async (test) => {
      await expectError(() => test.find('openai/gpt2-xl'), 'published/absent', 'any of 6 files of those');
      await expectError(() => test.find('openai/gpt2-small', { units: ['L5N0'] }), 'published/absent');
      serveNeurons(test);
      const { found } = await test.find('openai/gpt2-small', { units: ['L5N0', 'L5N2'] });
      assert.equal(found?.files, 2);
    }));

  it('are not fetched again, neither those that were never made; records come later with what is behind scores', () =>
    withTestPublished(async (test) => {
      serveNeurons(test);
      await test.import('openai/gpt2-small', { units: UNITS });
      const before = test.server.requests.length;
      await test.import('openai/gpt2-small', { units: UNITS });
      assert.equal(test.server.requests.length, before);
      assert.equal((await test.find('openai/gpt2-small', { units: UNITS })).found?.files, 0);

      const done = await test.import('openai/gpt2-small', { units: ['L5N3'], records: true });
      assert.deepEqual([done.explanations, done.records], [1, 1]);
      const [own] = await test.read().records('gpt2-small', '5-mlp-neurons', 3);
      assert.deepEqual(
        own?.groups.map(({ title, records }) => [title, records.map(({ activations }) => activations)]),
        [
          ['top activations', [[0, 4]]],
          ['0.5 to 1.5', [[0, 1]]],
          ['random windows', [[0, 0]]],
        ],
      );
      const place = { family: '5-mlp-neurons', index: 3 };
      const evidence = await test.read().evidence('gpt2-small', place, 'thing 3');
      assert.deepEqual(evidence?.[0]?.simulated, [0, 2]);
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '5-mlp-neurons', 3), [
        ['thing 3', 'OpenAI 2023', 0.3],
      ]);
    }));

  it('survive a pause, a lost connection, and damage on the way', () =>
    withTestPublished(async (test) => {
      serveNeurons(test, 40);
      const units = Array.from({ length: 40 }, (_, neuron) => `L5N${neuron}`);
      const stop = new AbortController();
      test.server.onHold(() => stop.abort());
      test.server.next(...Array.from({ length: 18 }, () => null), { kind: 'hold', after: 5 });
      await expectError(() => test.import('openai/gpt2-small', { units, signal: stop.signal }), 'cancelled');
      const first = (await test.read().family('gpt2-small', '5-mlp-neurons')).size;
      assert.ok(first > 0 && first < 39, `${first} came before the pause`);

      const asked = test.server.requests.length;
      test.server.next(
        { kind: 'corrupt', at: 30 },
        { kind: 'status', status: 503 },
        { kind: 'short', by: 3 },
      );
      const done = await test.import('openai/gpt2-small', { units });
      assert.equal(done.explanations, 39 - first, 'what was here did not come again');
      assert.equal(done.skippedCount, 0);
      assert.ok(test.server.requests.length - asked >= 39 - first + 3, 'damaged ones were asked for again');
      assert.equal((await test.read().family('gpt2-small', '5-mlp-neurons')).size, 39);
    }));

  it('are not begun when about what they take is not free, by the sizes of a few files', () =>
    withTestPublished(
      async (test) => {
        serveNeurons(test, 300);
        const units = Array.from({ length: 300 }, (_, neuron) => `L5N${neuron}`);
        await expectError(
          () => test.import('openai/gpt2-small', { units, records: true }),
          'hub/disk-full',
          'About 0.2 MB are needed',
          '67.1 MB are free',
        );
        assert.deepEqual(test.server.contents(), [], 'nothing was fetched');
        assert.equal((await test.read().family('gpt2-small', '5-mlp-neurons')).size, 0);
        // Words alone are a small part of the files that hold them.
        assert.equal((await test.import('openai/gpt2-small', { units })).explanations, 299);
      },
      {},
      { freeBytes: () => Promise.resolve(64 * 2 ** 20 + 20_000) },
    ));

  it('that stay damaged or wrong are left out, told, and asked for again the next time', () =>
    withTestPublished(async (test) => {
      serveNeurons(test);
      const wrong = openaiExplanations(5, 9, 'of another neuron', 0.5);
      test.server.addBlob(`${SMALL}/explanations/5/1.jsonl`, Buffer.from(wrong));
      const bad = Buffer.alloc(16).toString('base64');
      const text = Buffer.from(openaiExplanations(5, 3, 'x', 1));
      test.server.addBlob(`${SMALL}/explanations/5/3.jsonl`, text, { md5: bad });
      const done = await test.import('openai/gpt2-small', { units: UNITS });
      assert.deepEqual([done.explanations, done.skippedCount], [3, 2]);
      assert.ok(done.skipped.some((reason) => reason.includes('MD5')));
      assert.ok(done.skipped.some((reason) => reason.includes('L5N9')));
      serveNeurons(test);
      assert.equal((await test.import('openai/gpt2-small', { units: UNITS })).explanations, 2);
    }));

  it('are an error where the host has none at all, or may not be asked', async () => {
    await withTestPublished(async (test) => {
      await expectError(
        () => test.import('openai/gpt2-xl', { units: ['L47N1', 'L47N2'] }),
        'published/unknown',
      );
      await expectError(() => test.import('openai/gpt2-xl', { units: ['L48N0'] }), 'unit/unknown');
      await expectError(
        () => test.find('openai/gpt2-small/viewer-v5_128k-resid_post_mlp'),
        'explain/not-possible',
        'name some',
      );
      await expectError(() => test.import('openai'), 'hub/several', 'openai/gpt2-xl');
    });
    await withTestPublished(
      async (test) => {
        await expectError(() => test.import('openai/gpt2-xl', { units: ['L1N1'] }), 'hub/offline');
      },
      { HF_HUB_OFFLINE: '1' },
    );
  });

  it('of heads and latents are records, called by what they are of', () =>
    withTestPublished(async (test) => {
      const heads = '/neuron-explainer/gpt2_small/attn_write_norm/collated-activations-by-token-pair';
      test.server.addBlob(`${heads}/9/6.json`, Buffer.from(openaiRecord(9, 6, [1, 0, 3])));
      const viewer = '/sparse-autoencoder/viewer/gpt2-small/v5_32k/layer_8/resid_post_mlp/atoms';
      test.server.addBlob(`${viewer}/12.json`, Buffer.from(viewerAtom({ ablated: false })));
      test.server.addBlob(`${viewer}/12-ablated.json`, Buffer.from(viewerAtom({ ablated: true })));
      await test.import('openai/gpt2-small/heads', { units: ['L9H6'] });
      const [head] = await test.read().records('gpt2-small', '9-heads', 6);
      assert.deepEqual(head?.groups[0]?.records[0]?.activations, [1, 0, 3]);

      const attention = '/neuron-explainer/gpt2_small/autoencoder_latent/resid_delta_attn_v4';
      for (const [folder, activations] of [
        ['collated-activations', [0, 3]],
        ['collated-activations-by-token-pair', [0, 1, 2]],
      ] as const)
        test.server.addBlob(`${attention}/${folder}/3/7.json`, Buffer.from(openaiRecord(3, 7, activations)));
      await test.import('openai/gpt2-small/resid_delta_attn-v4', { units: ['3-resid_delta_attn-v4/7'] });
      const [both] = await test.read().records('gpt2-small', '3-resid_delta_attn-v4', 7);
      assert.deepEqual(
        both?.groups
          .filter(({ title }) => title.startsWith('top'))
          .map(({ title, records }) => [title, records.map((record) => record.activations)]),
        [
          ['top activations', [[0, 3]]],
          ['top activations, by token pair', [[0, 1, 2]]],
        ],
      );

      const unit = '8-resid_post_mlp-v5-32k/12';
      await test.import('openai/gpt2-small/viewer-v5_32k-resid_post_mlp', { units: [unit] });
      // The same latents under SAELens' name.
      const [latent] = await test.read().records('gpt2-small', '8-res_post_32k-oai', 12);
      assert.equal(latent?.set.label, 'OpenAI SAE viewer');
      assert.deepEqual(
        latent.groups.map(({ title, records }) => [
          title,
          records.map((record) => record.lossWithout ?? null),
        ]),
        [
          ['top activations', [[0, 0.25]]],
          ['random windows', [[0, 0.25]]],
        ],
      );
    }));
});

describe('published explanations of Neuronpedia', function () {
  this.timeout(30_000);
  const serve = ({ server }: TestPublished): void => {
    for (let batch = 0; batch < 7; batch++) {
      const lines = [0, 1, 2].map((at) => ({ index: 3 * batch + at, words: `topic ${3 * batch + at}` }));
      server.addExport(
        `${SOURCE}/explanations/batch-${batch}.jsonl.gz`,
        exportedExplanations('gpt2-small', '6-res-jb', lines),
      );
    }
    server.addExport(
      `${SOURCE}/activations/batch-0.jsonl.gz`,
      exportedActivations('gpt2-small', '6-res-jb', [0, 0, 1]),
    );
    server.addExport(`${SOURCE}/source.jsonl`, Buffer.from('{}'));
  };

  it('come in batches, whose sizes are known before', () =>
    withTestPublished(async (test) => {
      serve(test);
      const { found } = await test.find('gpt2-small/6-res-jb');
      assert.deepEqual([found?.files, found?.isEstimate, found?.units], [7, false, null]);
      const done = await test.import('gpt2-small/6-res-jb', { records: true });
      assert.deepEqual([done.explanations, done.records], [21, 2]);
      const by = 'Neuronpedia: oai_token-act-pair, gpt-4o-mini';
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '6-res-jb', 20), [['topic 20', by, null]]);
      assert.equal((await test.read().family('gpt2-small', '6-res-jb')).size, 21);
      const [records] = await test.read().records('gpt2-small', '6-res-jb', 0);
      assert.equal(records?.groups[0]?.records.length, 1, 'a window that came twice is one');
      const folder = join(test.storage, 'published', 'gpt2-small', 'neuronpedia_gpt2-small_6-res-jb');
      const parts = await readdir(join(folder, '.parts'), { recursive: true });
      assert.deepEqual(
        parts.filter((name) => /\d/u.test(name)),
        [],
        'what was taken in is removed',
      );
      const before = test.server.requests.length;
      await test.import('gpt2-small/6-res-jb', { records: true });
      assert.ok(test.server.requests.slice(before).every(({ path }) => path.startsWith('/?list-type')));
    }));

  it('go on after a dropped connection and a pause in the middle of a batch', () =>
    withTestPublished(async (test) => {
      serve(test);
      const stop = new AbortController();
      test.server.onHold(() => stop.abort());
      test.server.next({ kind: 'short', by: 20 }, null, { kind: 'hold', after: 10 });
      await expectError(() => test.import('gpt2-small/6-res-jb', { signal: stop.signal }), 'cancelled');
      assert.equal((await test.read().family('gpt2-small', '6-res-jb')).size, 3);
      const before = test.server.contents().length;
      assert.equal((await test.import('gpt2-small/6-res-jb')).explanations, 18);
      const again = test.server
        .contents()
        .slice(before)
        .filter(({ path }) => path.includes('batch-0'));
      assert.deepEqual(again, [], 'the batch that was done did not come again');
      assert.equal((await test.read().family('gpt2-small', '6-res-jb')).size, 21);
    }));

  it('of one latent are asked for alone, with score', () =>
    withTestPublished(async (test) => {
      test.server.addFeature('gpt2-small/6-res-jb/650', apiFeature('gpt2-small', '6-res-jb', 650, 'the sea'));
      const done = await test.import('https://www.neuronpedia.org/gpt2-small/6-res-jb/650', {
        records: true,
      });
      assert.deepEqual([done.explanations, done.records], [1, 1]);
      const by = 'Neuronpedia: oai_token-act-pair, gpt-4o-mini';
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '6-res-jb', 650), [['the sea', by, 0.62]]);
      const [said] = await test.read().words('gpt2-small', '6-res-jb', 650);
      assert.equal(said?.scoreKind, 'recall');
    }));

  it('that are not exported are an error', () =>
    withTestPublished(async (test) => {
      await expectError(() => test.import('gpt2-small/6-res-none'), 'published/unknown');
    }));

  it('fetched by hand say themselves of which model and source they are', () =>
    withTestPublished(async (test) => {
      const folder = join(test.home, 'downloads');
      await mkdir(folder);
      const write = async (name: string, layer: string, index: number): Promise<string> => {
        const file = join(folder, name);
        await writeFile(
          file,
          exportedExplanations('gpt2-small', layer, [{ index, words: `topic ${index}` }]),
        );
        return file;
      };
      const one = await write('batch-0.jsonl.gz', '6-res-jb', 3);
      const { found } = await test.find(one);
      assert.deepEqual(
        [found?.id, found?.model, found?.label, found?.isLocal],
        ['neuronpedia/gpt2-small/6-res-jb', 'gpt2-small', 'Neuronpedia', true],
      );
      await test.import(one);
      await write('batch-1.jsonl.gz', '6-res-jb', 4);
      assert.equal((await test.import(folder)).explanations, 1, 'the first was read before');
      const by = 'Neuronpedia: oai_token-act-pair, gpt-4o-mini';
      for (const index of [3, 4])
        assert.deepEqual(await wordsOf(test, 'gpt2-small', '6-res-jb', index), [
          [`topic ${index}`, by, null],
        ]);
      await write('batch-2.jsonl.gz', '7-res-jb', 5);
      const several = await test.import(folder);
      assert.deepEqual([several.id, several.explanations], ['neuronpedia/gpt2-small', 3]);
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '7-res-jb', 5), [['topic 5', by, null]]);
      const other = exportedExplanations('gpt2-medium', '6-res-jb', [{ index: 1, words: 'other' }]);
      await writeFile(join(folder, 'batch-3.jsonl.gz'), other);
      await expectError(() => test.find(folder), 'hub/no-model');
    }));
});

describe('published explanations of this machine', function () {
  this.timeout(30_000);

  it("of a copy of OpenAI's files are of that set, all or some of them", () =>
    withTestPublished(async (test) => {
      const copy = join(test.home, 'gpt2_small_data');
      for (const layer of [0, 5]) {
        await mkdir(join(copy, 'explanations', `${layer}`), { recursive: true });
        await mkdir(join(copy, 'collated-activations', `${layer}`), { recursive: true });
        const file = join(copy, 'explanations', `${layer}`, '7.jsonl');
        await writeFile(file, openaiExplanations(layer, 7, `layer ${layer}`, 0.5));
        await writeFile(join(copy, 'collated-activations', `${layer}`, '7.json'), openaiRecord(layer, 7));
      }
      const { found } = await test.find(copy);
      assert.deepEqual([found?.id, found?.files, found?.isLocal], ['openai/gpt2-small', 4, true]);
      assert.equal((await test.import(copy, { units: ['L5N*'] })).explanations, 1);
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '0-mlp-neurons', 7), []);
      assert.equal(
        (await test.import(copy, { records: true })).explanations,
        2,
        'asked for more, they are read again',
      );
      assert.deepEqual(await wordsOf(test, 'gpt2-small', '0-mlp-neurons', 7), [
        ['layer 0', 'OpenAI 2023', 0.5],
      ]);
      assert.equal((await test.import(copy, { records: true })).explanations, 0, 'and not a third time');
      assert.equal(test.server.requests.length, 0);
    }));

  it('of another folder are named by it, and need a model', () =>
    withTestPublished(async (test) => {
      const folder = join(test.home, 'mine');
      await mkdir(folder);
      await writeFile(join(folder, 'a.jsonl.gz'), gzipSync(openaiExplanations(1, 2, 'my words', 0.25)));
      await writeFile(join(folder, 'bad.json'), '{');
      await expectError(() => test.find(folder), 'hub/no-model');
      const done = await test.import(folder, { model: 'other' });
      assert.deepEqual([done.explanations, done.skippedCount], [1, 1]);
      assert.deepEqual(await wordsOf(test, 'other', '1-mlp-neurons', 2), [['my words', 'mine', 0.25]]);
      const { bytes } = await test.remove('other', done.id);
      assert.ok(bytes > 0);
      assert.deepEqual(await wordsOf(test, 'other', '1-mlp-neurons', 2), []);
      await expectError(() => test.remove('other', done.id), 'hub/not-installed');
    }));
});
