import { join } from 'node:path';
import type { StatedQuality } from '../core/sae/health.ts';
import { describePreparation } from '../core/sae/preparation.ts';
import type { SaeInfo } from '../protocol/engineContract.ts';
import type { SaeFolder } from '../runtime/files/openSaes.ts';
import { readLatentWords, type LatentWords } from './latentWords.ts';
import { readReportedL0 } from './saeReport.ts';

/** What lies beside a SAE's weights. */
export interface SaeNotes {
  readonly words: LatentWords;
  readonly l0: number | null;
}

export async function readSaeNotes({ directory }: SaeFolder): Promise<SaeNotes> {
  return {
    words: await readLatentWords(join(directory, 'latents.jsonl')),
    l0: await readReportedL0(join(directory, 'report.json')),
  };
}

export function saeInfo({
  id,
  config,
  directory,
  format,
  release,
  words,
  l0,
}: SaeFolder & SaeNotes): SaeInfo {
  return {
    id,
    hook_name: config.hook_name,
    layer: config.layer,
    architecture: config.architecture,
    d_sae: config.d_sae,
    directory,
    prepend_bos: config.prepend_bos,
    labelled: words.size,
    l0: release?.l0 ?? l0,
    format,
    preparation: describePreparation(config),
    context_size: config.context_size,
  };
}

/** What its release, or the report beside it, says of a SAE. */
export function statedOf({ release, l0 }: Pick<SaeFolder, 'release'> & Pick<SaeNotes, 'l0'>): StatedQuality {
  return { l0: release?.l0 ?? l0, explained_variance: release?.explained_variance ?? null };
}

/** Bytes of a SAE's tensors. */
export function saeBytes({ tensors }: SaeFolder): number {
  return [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
}
