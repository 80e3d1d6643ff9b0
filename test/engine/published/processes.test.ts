import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { withTestPublished, type TestPublished } from '../../support/openTestPublished.ts';
import { exportedExplanations, openaiExplanations } from '../../support/publishedSamples.ts';

const CHILD = join(import.meta.dirname, '..', '..', 'support', 'importChild.ts');
const SOURCE = 'v1/gpt2-small/6-res-jb/explanations';

/** Imports in a process of its own. */
function start({ server, storage }: TestPublished, args: readonly string[]): ChildProcess {
  return fork(CHILD, [storage, ...args], {
    execArgv: ['--import=tsx'],
    env: { ...process.env, ...server.environment, NO_PROXY: '127.0.0.1' },
    silent: true,
  });
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('processes that import', function () {
  this.timeout(60_000);

  it('one ended by kill -9 in the middle of a batch: the next goes on where it was', () =>
    withTestPublished(async (test) => {
      const batches = [0, 1].map((batch) =>
        exportedExplanations('gpt2-small', '6-res-jb', [{ index: batch, words: `topic ${batch}` }]),
      );
      for (const [batch, bytes] of batches.entries())
        test.server.addExport(`${SOURCE}/batch-${batch}.jsonl.gz`, bytes);
      test.server.next(null, { kind: 'hold', after: 40 });
      const child = start(test, ['gpt2-small/6-res-jb']);
      const set = join(test.storage, 'published', 'gpt2-small', 'neuronpedia_gpt2-small_6-res-jb');
      const part = join(set, '.parts', 'explanations', 'batch-1.jsonl.gz.incomplete');
      await eventually(
        () => stat(part),
        ({ size }) => assert.equal(size, 40),
      );
      await kill(child);
      assert.equal((await test.read().family('gpt2-small', '6-res-jb')).size, 1, 'what came can be read');
      const before = test.server.contents().length;
      assert.equal((await test.import('gpt2-small/6-res-jb')).explanations, 1);
      const again = test.server
        .contents()
        .slice(before)
        .filter(({ path }) => path.includes('batch'));
      assert.deepEqual(
        again.map(({ path, headers }) => [path.split('/').at(-1), headers.range]),
        [['batch-1.jsonl.gz', 'bytes=40-']],
      );
      assert.equal((await test.read().family('gpt2-small', '6-res-jb')).size, 2);
    }));

  it('one ended by kill -9 among many files: nothing is lost or twice', () =>
    withTestPublished(async (test) => {
      const count = 24;
      for (let neuron = 0; neuron < count; neuron++) {
        const path = `/neuron-explainer/gpt2_small_data/explanations/5/${neuron}.jsonl`;
        test.server.addBlob(path, Buffer.from(openaiExplanations(5, neuron, `thing ${neuron}`, 0.5)));
      }
      const units = Array.from({ length: count }, (_, neuron) => `L5N${neuron}`);
      const held = new Promise<void>((resolve) => test.server.onHold(resolve));
      test.server.next(...Array.from({ length: 17 }, () => null), { kind: 'hold', after: 9 });
      const child = start(test, ['openai/gpt2-small', units.join(',')]);
      await held;
      await kill(child);
      await test.import('openai/gpt2-small', { units });
      const family = await test.read().family('gpt2-small', '5-mlp-neurons');
      assert.deepEqual(
        [...family]
          .map(([index, said]) => [index, said.map(({ words }) => words)])
          .toSorted((a, b) => Number(a[0]) - Number(b[0])),
        units.map((_, neuron) => [neuron, [`thing ${neuron}`]]),
      );
    }));
});
