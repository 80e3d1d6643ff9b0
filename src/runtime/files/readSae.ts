import { basename, join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { PublishedSae } from '../../core/hub/publishedSae.ts';
import { parseActivationScale } from '../../core/sae/activationScale.ts';
import { parseDictionarySae } from '../../core/sae/formats/dictionaryLearning.ts';
import { openAiPlace, parsePlace } from '../../core/sae/formats/hookPlace.ts';
import { isHookZSae, parseHookZSae } from '../../core/sae/formats/hookZ.ts';
import { isOpenAiSae, parseOpenAiSae } from '../../core/sae/formats/openAi.ts';
import type { SaeForm } from '../../core/sae/formats/saeForm.ts';
import { parseSaeLens } from '../../core/sae/formats/saeLens.ts';
import { parseSparsifySae } from '../../core/sae/formats/sparsify.ts';
import { readSafetensorsHeader } from '../../core/weights/safetensors.ts';
import { tableOf, type TensorTable } from '../../core/weights/storedTensor.ts';
import { readTorchFile } from '../../core/weights/torchFile.ts';
import { isFile, withFile } from './fileByteSource.ts';
import { CONFIG_FILE, DICTIONARY, sidecarOf } from './findSaes.ts';
import { readJsonFile } from './textFile.ts';

const SAELENS_WEIGHTS = 'sae_weights.safetensors';
const SPARSIFY_WEIGHTS = 'sae.safetensors';
const SCALER_FILE = 'activation_scaler.json';

/** What is known of a SAE beside its files. */
export interface Origin {
  readonly release: PublishedSae | null;
  /** Address that it was fetched from. */
  readonly source: string | null;
}

/**
 * Reads one SAE that `findSaes` found, in whichever form it is; of the weights only where they lie.
 * @throws sae/*, weights/*, file/*
 */
export async function readSae(path: string, { release, source }: Origin): Promise<SaeForm> {
  if (await isFile(path)) return readTorchSae(path, source);
  const file = join(path, CONFIG_FILE);
  if (!(await isFile(file))) {
    const config = join(path, DICTIONARY.config);
    const json = await readJsonFile(config, 'sae/malformed');
    return parseDictionarySae(await withFile(join(path, DICTIONARY.weights), readTorchFile), json, config);
  }
  const json = await readJsonFile(file, 'sae/malformed');
  if (await isFile(join(path, SAELENS_WEIGHTS))) {
    const scale = await readScale(join(path, SCALER_FILE));
    return parseSaeLens(await readTable(join(path, SAELENS_WEIGHTS)), json, { file, release, scale });
  }
  if (await isFile(join(path, SPARSIFY_WEIGHTS))) {
    return parseSparsifySae(await readTable(join(path, SPARSIFY_WEIGHTS)), json, {
      file,
      folder: (source ?? path).split(/[\\/]/).at(-1) ?? '',
    });
  }
  throw new InterpError('sae/malformed', `${path} holds no ${SAELENS_WEIGHTS}, nor ${SPARSIFY_WEIGHTS}.`, {
    data: { file: join(path, SAELENS_WEIGHTS) },
  });
}

/** A .pt file alone: OpenAI's, placed by its path or by the JSON file beside it; or Kissane et al.'s with theirs. */
async function readTorchSae(path: string, source: string | null): Promise<SaeForm> {
  const stored = await withFile(path, readTorchFile);
  const sidecar = sidecarOf(path);
  const json = (await isFile(sidecar)) ? await readJsonFile(sidecar, 'sae/malformed') : null;
  if (isOpenAiSae(stored)) {
    const place = json
      ? parsePlace(json, { file: sidecar, prepend_bos: false, context_size: null })
      : (openAiPlace(path) ?? openAiPlace(source ?? ''));
    if (place) return parseOpenAiSae(stored, place);
    throw homeless(path, 'keep the published path ("resid_post_mlp_v5_32k/autoencoders/6.pt")');
  }
  if (!isHookZSae(stored)) {
    const names = [...stored.tensors.keys()].slice(0, 8).join(', ');
    const what = `${path} holds no SAE of a form that is known; its tensors are: ${names === '' ? 'none' : names}.`;
    throw new InterpError('sae/unsupported', what, { data: { file: path } });
  }
  if (json) return parseHookZSae(stored, json, sidecar);
  throw homeless(path, 'fetch the _cfg.json that is published beside it');
}

function homeless(path: string, how: string): InterpError {
  const sidecar = basename(sidecarOf(path));
  const message = `${path} does not say which hook it reads: ${how}, or write ${sidecar} with {"hook_name": "blocks.6.hook_resid_post"}.`;
  return new InterpError('sae/malformed', message, { data: { file: path } });
}

async function readTable(file: string): Promise<TensorTable> {
  return tableOf(await withFile(file, readSafetensorsHeader));
}

/** Null without the file. */
async function readScale(file: string): Promise<number | null> {
  return (await isFile(file)) ? parseActivationScale(await readJsonFile(file, 'sae/malformed'), file) : null;
}
