import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { openSaes } from '../../../../src/runtime/files/openSaes.ts';
import { expectError } from '../../../support/expectError.ts';
import { normals, seededRandom } from '../../../support/random.ts';
import { referenceSae } from '../../../../src/core/sae/reference.ts';
import { writeRandomSae, type RandomSaeOptions } from '../../../support/randomSae.ts';
import { readAllWeights } from '../../../support/referenceWeights.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

const BASE = { architecture: 'standard', hook_name: 'blocks.1.hook_resid_post', d_in: 16 } as const;
const scaling = (value: number): NonNullable<RandomSaeOptions['extra']> => [
  { name: 'scaling_factor', dtype: 'F32', dims: [64], data: new Float32Array(64).fill(value) },
];

const BROKEN: readonly [
  string,
  RandomSaeOptions,
  (folder: string) => Promise<unknown>,
  ErrorCode,
  ...string[],
][] = [
  [
    'no weights',
    BASE,
    (f) => rm(join(f, 'sae_weights.safetensors')),
    'sae/malformed',
    'sae_weights.safetensors',
  ],
  ['cfg.json not JSON', BASE, (f) => writeFile(join(f, 'cfg.json'), 'x'), 'sae/malformed', 'is not JSON'],
  [
    'd_sae of another size',
    { ...BASE, json: { d_sae: 65 } },
    async () => {},
    'sae/malformed',
    '[16, 65]',
    '[16, 64]',
  ],
  [
    'tensors of another kind',
    { ...BASE, json: { architecture: 'gated' } },
    async () => {},
    'sae/malformed',
    '"b_gate"',
  ],
  [
    'scaling factors',
    { ...BASE, extra: scaling(2) },
    async () => {},
    'sae/unsupported',
    '"scaling_factor" is 2',
  ],
];

describe('openSaes', () => {
  it('opens a SAE of every architecture and form', async () => {
    await withTemporaryFolder(async (root) => {
      for (const architecture of ['standard', 'topk', 'jumprelu', 'gated'] as const) {
        for (const form of ['v6', 'flat'] as const) {
          const folder = join(root, `${architecture}-${form}`);
          await writeRandomSae(folder, { ...BASE, architecture, form, k: 3 });
          const [sae] = await openSaes([folder]);
          assert.ok(sae);
          const { config, id, warnings } = sae;
          assert.deepEqual(
            [config.architecture, config.d_sae, config.layer, id],
            [architecture, 64, 1, '1-res'],
          );
          assert.equal(config.k, architecture === 'topk' ? 3 : null);
          assert.deepEqual(warnings, []);
          const input = normals(seededRandom(3), 5 * 16, { mean: 0, std: 1 });
          const { acts, error } = referenceSae(config, await readAllWeights(sae), input);
          const active = acts.filter((value) => value > 0).length;
          assert.ok(active > 0 && active < acts.length, `${active} of ${acts.length} are active`);
          assert.ok(error.every(Number.isFinite));
        }
      }
    });
  });

  it('opens a folder of SAE folders in order of layer, with ids of their own', async () => {
    await withTemporaryFolder(async (root) => {
      await writeRandomSae(join(root, 'b'), { ...BASE, hook_name: 'blocks.2.hook_mlp_out' });
      await writeRandomSae(join(root, 'a'), { ...BASE, seed: 1 });
      await writeRandomSae(join(root, 'c'), { ...BASE, seed: 2 });
      await mkdir(join(root, 'notes'));
      await writeFile(join(root, 'README.md'), 'x');
      const saes = await openSaes([root, join(root, 'a')]);
      assert.deepEqual(
        saes.map(({ id }) => id),
        ['1-res', '1-res_2', '2-mlp'],
      );
      assert.deepEqual(
        saes.map(({ directory }) => directory.at(-1)),
        ['a', 'c', 'b'],
      );
    });
  });

  it('ignores scaling factors that are all ones', async () => {
    await withTemporaryFolder(async (folder) => {
      await writeRandomSae(folder, { ...BASE, extra: scaling(1), form: 'flat' });
      assert.deepEqual((await openSaes([folder]))[0]?.warnings, []);
    });
  });

  for (const [name, options, damage, code, ...words] of BROKEN) {
    it(`refuses ${name}`, async () => {
      await withTemporaryFolder(async (folder) => {
        await writeRandomSae(folder, options);
        await damage(folder);
        await expectError(() => openSaes([folder]), code, ...words);
      });
    });
  }

  it('refuses folders that hold none', async () => {
    await withTemporaryFolder(async (folder) => {
      await expectError(() => openSaes([join(folder, 'none')]), 'file/not-found', 'does not exist');
      await expectError(() => openSaes([folder]), 'sae/malformed', 'holds no SAE', 'cfg.json');
    });
  });
});
