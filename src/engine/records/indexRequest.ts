import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { Corpus } from '../../core/records/corpus.ts';
import { allFamilies, familyId, parseFamily } from '../../core/records/family.ts';
import type { IndexKey, ScanOptions } from '../../core/records/records.ts';
import { SCAN_VERSION } from '../../core/records/version.ts';
import type { ScanRequest } from '../../protocol/recordsContract.ts';
import type { OpenModel } from '../openModel.ts';
import type { Fingerprints } from './fingerprints.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { IndexRequest } from './writeIndex.ts';

export type ScanWhat = Omit<ScanRequest, 'modelId'>;

const NAME_LENGTH = 12;

/** What is asked for, with the fingerprints of everything that it depends on. @throws unit/unknown, request/invalid */
export async function requestOf(
  model: OpenModel,
  { corpus: ref, families, options }: ScanWhat,
  { corpus, fingerprints }: { readonly corpus: Corpus; readonly fingerprints: Fingerprints },
): Promise<IndexRequest> {
  const space = unitSpace(model);
  const asked = families.length > 0 ? families.map((id) => parseFamily(id, space)) : allFamilies(space);
  const wanted = new Set(asked.map(familyId));
  const inOrder = allFamilies(space).filter((family) => wanted.has(familyId(family)));
  const saes: Record<string, string> = {};
  for (const family of inOrder) {
    const sae = family.kind === 'latents' ? model.saes.get(family.sae) : undefined;
    if (sae) saes[sae.id] = await fingerprints.sae(sae);
  }
  const key: IndexKey = {
    version: SCAN_VERSION,
    model: await fingerprints.model(model),
    saes,
    corpus: await corpus.fingerprint(),
    options: checkOptions(options, model),
  };
  const about = { model: model.info.name, directory: resolve(model.info.directory) };
  const { title, skipped = [] } = corpus;
  return { key, corpus: ref, title, skipped, families: inOrder.map(familyId), about };
}

/** @throws request/invalid */
function checkOptions(options: ScanOptions, model: OpenModel): ScanOptions {
  const { context, top, random, quantiles, perQuantile, seed, maxTokens } = options;
  const whole = (value: number, low: number, high: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;
  const good =
    whole(context, 2, model.info.n_ctx) &&
    [top, random, quantiles, perQuantile].every((value) => whole(value, 0, 1000)) &&
    Number.isInteger(seed) &&
    (maxTokens === null || whole(maxTokens, 2, Number.MAX_SAFE_INTEGER));
  if (good) return { context, top, random, quantiles, perQuantile, seed, maxTokens };
  throw new InterpError(
    'request/invalid',
    `Windows have 2 to ${model.info.n_ctx} tokens here, and records are counted by whole numbers up to 1000.`,
    { data: { context, n_ctx: model.info.n_ctx } },
  );
}

/** Name of the folder: the same request has the same one. */
export function nameOf(model: OpenModel, request: IndexRequest): string {
  const identity = JSON.stringify([request.key, request.families]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, NAME_LENGTH);
  return `${model.info.name.replaceAll(/[^\w-]+/g, '-')}-${hash}`;
}
