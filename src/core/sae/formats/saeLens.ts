import type { PublishedSae } from '../../hub/publishedSae.ts';
import type { JsonObject } from '../../json.ts';
import type { TensorTable } from '../../weights/storedTensor.ts';
import { parseSaeConfig } from '../parseSaeConfig.ts';
import { assembleSaeTensors } from '../saeTensors.ts';
import type { SaeForm } from './saeForm.ts';

/** A SAELens folder: cfg.json (v6 or flat) and sae_weights.safetensors. @throws sae/*, weights/* */
export function parseSaeLens(
  stored: TensorTable,
  json: JsonObject,
  known: { readonly file: string; readonly release: PublishedSae | null; readonly scale: number | null },
): SaeForm {
  const shapes = new Map([...stored.tensors.values()].map(({ name, shape }) => [name, shape]));
  const { config, neuronpedia_id, warnings } = parseSaeConfig(json, { ...known, stored: shapes });
  const assembled = assembleSaeTensors(config, stored);
  return {
    format: 'SAELens',
    config,
    neuronpedia_id,
    ...assembled,
    warnings: [...warnings, ...assembled.warnings],
  };
}
