import { cp } from 'node:fs/promises';
import path from 'node:path';
import { InterpError, isInterpError } from '../../core/errors.ts';
import { DEFAULT_WORLD, type CorpusRef } from '../../core/records/corpus.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import type { IndexInfo, ScanRequest } from '../../protocol/recordsContract.ts';
import { sendFolders } from '../folders.ts';
import { bytes } from '../print/numbers.ts';
import { modelRef } from '../promptInput.ts';
import { usage } from '../readFlags.ts';
import type { ScanArgs } from '../scanArgs.ts';
import { openModel, warnOf, type Session } from '../session.ts';
import { paused } from './add.ts';

/** Field of .jsonl and .parquet rows that holds the text, as most data sets name it. */
const DEFAULT_FIELD = 'text';

/** `underglass scan`. Ctrl-C pauses. */
export async function scanCommand(args: ScanArgs, session: Session): Promise<void> {
  const { io } = session;
  const storage = await sendFolders(session, args.storage);
  const model = await openModel(await modelRef(args, io.cwd), session);
  warnOf(model, io);
  const context = args.context ?? Math.min(DEFAULT_SCAN.context, model.n_ctx);
  if (context > model.n_ctx) throw usage(`--context is at most ${model.n_ctx} for ${model.name}.`);
  const request: ScanRequest = {
    modelId: model.modelId,
    corpus: corpusOf(args, io.cwd),
    families: args.families,
    options: { ...DEFAULT_SCAN, context, maxTokens: args.maxTokens },
  };
  const info = await scan(request, session);
  const folder = path.join(storage, 'indexes', info.indexId);
  if (args.out !== undefined) await copyIndex(folder, path.resolve(io.cwd, args.out));
  const shown = args.out === undefined ? folder : path.resolve(io.cwd, args.out);
  io.out(
    args.json ? `${JSON.stringify({ version: 1, folder: shown, ...info }, null, 2)}\n` : spoken(info, shown),
  );
}

async function scan(request: ScanRequest, { jobs, job }: Session): Promise<IndexInfo> {
  try {
    return await jobs.handlers['index/scan'](request, job);
  } catch (error) {
    throw isInterpError(error, 'cancelled') ? paused(error) : error;
  }
}

function corpusOf({ paths, field }: ScanArgs, cwd: string): CorpusRef {
  if (paths.length === 0) return DEFAULT_WORLD;
  const absolute = paths.map((each) => path.resolve(cwd, each));
  return { kind: 'files', paths: absolute, field: field ?? DEFAULT_FIELD };
}

/** @throws file/unwritable, also when the folder has an index already */
async function copyIndex(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, force: false, errorOnExist: true }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InterpError('file/unwritable', `The index could not be copied to ${to}: ${reason}.`, {
      data: { file: to },
      cause,
    });
  });
}

function spoken(info: IndexInfo, folder: string): string {
  const { windows, tokens, families, skipped } = info;
  const counts = [
    `${windows.toLocaleString('en-US')} ${windows === 1 ? 'window' : 'windows'}`,
    `${tokens.toLocaleString('en-US')} tokens`,
    bytes(info.bytes),
  ];
  const left = skipped.map(({ name, reason }) => `Left out ${name}: ${reason}\n`).join('');
  return `${info.corpus}: ${counts.join(' · ')}\n${left}${families.join(', ')}\n${folder}\n`;
}
