import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { lstat, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceForward } from '../../../src/core/model/gpt2.ts';
import { TORCH_START_BYTES } from '../../../src/core/weights/torchFile.ts';
import { openCheckpoint } from '../../../src/runtime/files/openCheckpoint.ts';
import { expectError } from '../../support/expectError.ts';
import { writeHubCache } from '../../support/hubCacheFolder.ts';
import { sha256 } from '../../support/hubServer.ts';
import { withTestHubJobs, type TestHubJobs } from '../../support/openTestHubJobs.ts';
import { modelRepository } from '../../support/publishedFiles.ts';
import { writeRandomModel } from '../../support/randomModel.ts';
import { readAllWeights } from '../../support/referenceWeights.ts';
import { writeZip } from '../../support/writeTorchFile.ts';

const COMMIT = 'a'.repeat(40);
const BIN = 'pytorch_model.bin';
const IDS = [72, 105, 33, 256, 0];

/** How torch.save began before PyTorch 1.6, and much after it. */
const LEGACY = Buffer.concat([
  Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'),
  Buffer.alloc(100_000),
]);
/** A pickle that would run a command when Python loads it. */
const HOSTILE = writeZip([
  ['archive/data.pkl', Buffer.from('\x80\x02cposix\nsystem\nX\x0e\0\0\0touch executed\x85R.', 'latin1')],
]);

let safe: Record<string, Buffer>;
let torch: Record<string, Buffer>;
before(async () => {
  safe = await modelRepository();
  torch = await modelRepository({ form: 'torch', prefix: 'transformer.', maskBuffers: true });
});

/** Contents that the host of large files sent: how many bytes of each were asked for, null = all. */
function sent({ server }: TestHubJobs): (string | null)[] {
  return server.contents().flatMap(({ host, headers }) => (host === 'cdn' ? [headers.range ?? null] : []));
}

async function logits(folder: string): Promise<Float64Array> {
  const { checkpoint, warnings } = await openCheckpoint(folder);
  assert.deepEqual(warnings, []);
  return referenceForward(checkpoint.config, await readAllWeights(checkpoint), IDS).logits.data;
}

describe("repositories with PyTorch's weights alone", () => {
  it('are shown with their size, installed, verified, and give the numbers of safetensors', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/older', {
        files: { ...torch, 'training_args.bin': 'x', 'optimizer.pt': 'x' },
      });
      jobs.server.add('someone/newer', { files: safe });
      const { found } = await jobs.find('someone/older');
      const all = Object.values(torch).reduce((sum, { length }) => sum + length, 0);
      assert.deepEqual([found?.bytes, found?.downloadBytes], [all, all]);
      assert.deepEqual(sent(jobs), [`bytes=0-${TORCH_START_BYTES - 1}`]);
      const installed = await jobs.add('someone/older');
      const card = installed.files.find(({ path }) => path === BIN);
      assert.deepEqual([card?.checked, card?.sha256], ['sha256', sha256(torch[BIN] ?? LEGACY)]);
      const newer = await jobs.add('someone/newer');
      assert.deepEqual(await logits(installed.folder), await logits(newer.folder));
    }));

  it('may be in shards', () =>
    withTestHubJobs(async (jobs) => {
      const files = await modelRepository({ form: 'torch', shards: 2 });
      jobs.server.add('someone/shards', { files });
      const installed = await jobs.add('someone/shards');
      const names = installed.files.map(({ path }) => path).toSorted();
      assert.deepEqual(names, Object.keys(files).toSorted());
      assert.equal((await logits(installed.folder)).length, IDS.length * 300);
    }));

  it('and with safetensors beside them: only those are fetched', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/both', { files: { ...torch, ...safe } });
      const installed = await jobs.add('someone/both');
      assert.ok(!existsSync(join(installed.folder, BIN)));
      assert.deepEqual(sent(jobs), [null]);
    }));

  it('of before PyTorch 1.6 are refused by their first bytes', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/old', { files: { ...torch, [BIN]: LEGACY } });
      const name = 'pytorch_model.bin of someone/old';
      await expectError(() => jobs.find('someone/old'), 'weights/unsupported', name, 'torch.save');
      // A host that knows no ranges sends all of it, and is not listened to for long.
      jobs.server.next(null, { kind: 'ignore-range' });
      await expectError(() => jobs.add('someone/old'), 'weights/unsupported', name, 'before 1.6');
      assert.ok(sent(jobs).every((range) => range !== null));
      assert.equal(existsSync(jobs.storage), false);
    }));

  it('that would execute something are not installed', () =>
    withTestHubJobs(async (jobs) => {
      jobs.server.add('someone/bad', { files: { ...torch, [BIN]: HOSTILE } });
      await expectError(() => jobs.add('someone/bad'), 'weights/unsupported', 'posix.system', 'executed');
      assert.deepEqual(await jobs.installed(), []);
      assert.deepEqual(await readdir(join(jobs.storage, 'models', '.downloads')), []);
    }));

  it('are used where the cache of Hugging Face has them', () =>
    withTestHubJobs(async (jobs) => {
      const cache = join(jobs.home, '.cache', 'huggingface', 'hub');
      await writeHubCache(cache, 'someone/older', { commit: COMMIT, files: torch, ref: 'main' });
      const installed = await jobs.add('someone/older');
      assert.deepEqual(jobs.server.requests, []);
      assert.ok((await lstat(join(installed.folder, BIN))).isSymbolicLink());
      assert.equal(installed.files.find(({ path }) => path === BIN)?.checked, 'sha256');
      assert.equal((await logits(installed.folder)).length, IDS.length * 300);
    }));

  for (const [what, weights] of [
    ['of before PyTorch 1.6', { [BIN]: LEGACY }],
    ['of TensorFlow', { 'tf_model.h5': Buffer.from('x') }],
  ] as const) {
    it(`in a cache, ${what}: the host is asked for better ones`, () =>
      withTestHubJobs(async (jobs) => {
        const cache = join(jobs.home, '.cache', 'huggingface', 'hub');
        const { [BIN]: _, ...rest } = torch;
        const files = { ...rest, ...weights };
        await writeHubCache(cache, 'someone/tiny', { commit: COMMIT, files, ref: 'main' });
        jobs.server.add('someone/tiny', { files: safe });
        const installed = await jobs.add('someone/tiny');
        assert.ok(existsSync(join(installed.folder, 'model.safetensors')));
        jobs.environment = { HF_HUB_OFFLINE: '1' };
        await jobs.remove('someone--tiny');
        const code = what === 'of TensorFlow' ? 'hub/unsupported' : 'weights/unsupported';
        await expectError(() => jobs.find('someone/tiny'), code);
      }));
  }

  it('and folders of this machine: used where they lie, refused before they are added', () =>
    withTestHubJobs(async (jobs) => {
      const folder = join(jobs.home, 'mine');
      await writeRandomModel(folder, { form: 'torch' });
      const installed = await jobs.add(folder);
      assert.equal(installed.bytes, 0);
      assert.equal((await logits(installed.folder)).length, IDS.length * 300);
      await jobs.remove('mine');
      await writeFile(join(folder, BIN), LEGACY);
      await expectError(() => jobs.find(folder), 'weights/unsupported', BIN, 'before 1.6');
      assert.deepEqual(jobs.server.requests, []);
    }));
});
