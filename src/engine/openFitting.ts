import { basename } from 'node:path';
import { toInterpError } from '../core/errors.ts';
import type { ModelConfig } from '../core/model/config.ts';
import { assertSaeFits } from '../core/sae/saeTensors.ts';
import { openSaes, type SaeFolder } from '../runtime/files/openSaes.ts';

/** SAEs that were opened for a model, and sentences about those that were left out. */
export interface Fitting {
  readonly opened: readonly SaeFolder[];
  readonly leftOut: readonly string[];
}

/** SAEs that somebody named: all of them, or an error. @throws sae/*, weights/*, file/not-found */
export async function openNamed(folders: readonly string[], model: ModelConfig): Promise<Fitting> {
  const opened = folders.length > 0 ? await openSaes(folders) : [];
  for (const { config } of opened) assertSaeFits(config, model);
  return { opened, leftOut: [] };
}

/** SAEs that lie with a model: one that is broken or fits another model does not keep it from running. */
export async function openOwn(folders: readonly string[], model: ModelConfig): Promise<Fitting> {
  const whole = await openNamed(folders, model).catch(() => null);
  if (whole) return whole;
  const fit: string[] = [];
  const leftOut: string[] = [];
  for (const folder of folders) {
    try {
      await openNamed([folder], model);
      fit.push(folder);
    } catch (error) {
      leftOut.push(`SAE ${basename(folder)} is left out. ${toInterpError(error).message}`);
    }
  }
  return { opened: (await openNamed(fit, model)).opened, leftOut };
}
