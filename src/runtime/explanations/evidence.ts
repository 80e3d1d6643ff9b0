import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import type { ScoreDetail } from '../../core/explain/explanation.ts';
import { isFile } from '../files/fileByteSource.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { fileName, fileStem } from './fileName.ts';

/** The sequences and prompts behind scores, by id of explanation: `{storage}/evidence/{model}/{id}.json`. */
export interface Evidence {
  has(model: string, id: string): Promise<boolean>;
  /** @throws explain/no-detail */
  read(model: string, id: string): Promise<ScoreDetail>;
  /** @throws file/unwritable */
  write(model: string, detail: ScoreDetail): Promise<void>;
  remove(model: string, id: string): Promise<void>;
}

export function openEvidence(storage: string): Evidence {
  const fileOf = (model: string, id: string): string =>
    join(storage, 'evidence', fileName(model), `${fileStem(id)}.json`);
  return {
    has: (model, id) => isFile(fileOf(model, id)),
    read: async (model, id) => {
      try {
        const detail = JSON.parse(await readFile(fileOf(model, id), 'utf8')) as ScoreDetail;
        if (detail.id === id && Array.isArray(detail.sequences)) return detail;
      } catch {
        // Missing and damaged files have one remedy: scoring again.
      }
      throw new InterpError('explain/no-detail', 'The sequences behind this score are not kept here.', {
        data: { id },
      });
    },
    write: (model, detail) => replaceFile(fileOf(model, detail.id), `${JSON.stringify(detail)}\n`),
    remove: (model, id) => rm(fileOf(model, id), { force: true }),
  };
}
