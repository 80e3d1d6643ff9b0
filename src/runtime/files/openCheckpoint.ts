import { basename, join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { quote, readFields } from '../../core/json.ts';
import { assembleCheckpoint, type Checkpoint } from '../../core/model/checkpoint.ts';
import { parseModelConfig } from '../../core/model/parseConfig.ts';
import type { ByteSource } from '../../core/weights/byteSource.ts';
import { readSafetensorsHeader } from '../../core/weights/safetensors.ts';
import { tableOf, type TensorTable } from '../../core/weights/storedTensor.ts';
import { readTorchFile } from '../../core/weights/torchFile.ts';
import { isDirectory, isFile, withFile } from './fileByteSource.ts';
import { assertFinite } from './tensors.ts';
import { readJsonFile } from './textFile.ts';

/** Models up to this size are scanned for NaN when opened (half a second); larger ones would wait too long. */
const MAX_SCANNED_BYTES = 2 ** 30;

interface WeightForm {
  /** The one file of a model that is not split; the index of one that is has `.index.json` after it. */
  readonly file: string;
  readonly read: (source: ByteSource) => Promise<TensorTable>;
}

/** In the order in which transformers prefers them. */
const FORMS: readonly WeightForm[] = [
  { file: 'model.safetensors', read: async (source) => tableOf(await readSafetensorsHeader(source)) },
  { file: 'pytorch_model.bin', read: readTorchFile },
];

export interface OpenOptions {
  /** `whenSmall` (default) scans up to 1 GiB of weights for NaN; `never` only reads headers. */
  readonly scan?: 'whenSmall' | 'never';
}

/**
 * Opens a Hugging Face GPT-2 folder: config.json with model.safetensors, else pytorch_model.bin; either may be shards that
 * an index lists. Reads headers and, for small models, scans the weights for NaN.
 * @throws model/not-found, model/bad-config, model/unsupported, file/*, weights/*
 */
export async function openCheckpoint(
  directory: string,
  options: OpenOptions = {},
): Promise<{ checkpoint: Checkpoint; warnings: string[] }> {
  const configFile = join(directory, 'config.json');
  if (!(await isFile(configFile))) throw noModel(directory, await isDirectory(directory));
  const { config, warnings } = parseModelConfig(await readJsonFile(configFile, 'model/bad-config'), {
    file: configFile,
  });
  const assembled = assembleCheckpoint(directory, config, await readTables(directory));
  const { checkpoint } = assembled;
  if (options.scan !== 'never' && weightBytes(checkpoint) <= MAX_SCANNED_BYTES) {
    await assertFinite(checkpoint.tensors.values());
  }
  return { checkpoint, warnings: [...warnings, ...assembled.warnings] };
}

/** Bytes of the weights on disk that the model uses. */
export function weightBytes(checkpoint: Checkpoint): number {
  let bytes = 0;
  for (const { length } of checkpoint.tensors.values()) bytes += length;
  return bytes;
}

/** Where the tensors of the model's weight files lie; one file is preferred to shards, as in transformers. */
async function readTables(directory: string): Promise<TensorTable[]> {
  for (const { file, read } of FORMS) {
    const single = join(directory, file);
    if (await isFile(single)) return [await withFile(single, read)];
    const index = `${single}.index.json`;
    if (!(await isFile(index))) continue;
    const shards = await shardNames(index);
    return Promise.all(shards.map((name) => withFile(join(directory, name), read)));
  }
  const [wanted, other] = FORMS.map(({ file }) => file);
  const message = `${directory} has neither ${wanted} nor ${other}, nor an index of shards of one.`;
  throw new InterpError('file/not-found', message, { data: { file: join(directory, wanted ?? '') } });
}

/** File names of an index. A name that leaves the folder is refused. */
async function shardNames(index: string): Promise<string[]> {
  const fields = readFields(await readJsonFile(index, 'weights/malformed'), {
    file: index,
    code: 'weights/malformed',
  });
  const map = fields.object('weight_map') ?? fields.fail('weight_map', 'an object of tensor -> file');
  const names = new Set<string>();
  for (const [tensor, name] of Object.entries(map)) {
    const plain =
      typeof name === 'string' && name === basename(name) && !/[\\:]/.test(name) && !/^\.*$/.test(name);
    if (!plain) {
      throw new InterpError(
        'weights/malformed',
        `${index}: tensor "${tensor}" must lie in a file of the same folder, found ${quote(name)}.`,
        { data: { file: index, tensor, found: quote(name) } },
      );
    }
    names.add(name);
  }
  if (names.size === 0) fields.fail('weight_map', 'not empty');
  return [...names].toSorted();
}

function noModel(directory: string, exists: boolean): InterpError {
  const what = exists ? `${directory} holds no config.json.` : `${directory} is not a folder.`;
  return new InterpError('model/not-found', what, { data: { file: directory } });
}
