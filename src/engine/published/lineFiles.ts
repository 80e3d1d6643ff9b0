import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InterpError, isInterpError, throwIfCancelled, toInterpError } from '../../core/errors.ts';
import { sizeText, timeText } from '../../core/hub/amounts.ts';
import { safePath } from '../../core/hub/fileName.ts';
import { exchangeReader, readExchange, readLine } from '../../core/explain/formats/readExchange.ts';
import { unitOfPath } from '../../core/hub/published/parsePublished.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { Clock } from '../../runtime/clock.ts';
import { textsOf, type LocalSource } from '../../runtime/explanations/localSources.ts';
import { diskError } from '../../runtime/files/disk.ts';
import type { BucketFile } from '../../runtime/hub/bucket.ts';
import { download, type DownloadPorts } from '../../runtime/hub/download.ts';
import { stateOf } from '../../runtime/hub/part.ts';
import { rateMeter } from '../../runtime/hub/rate.ts';
import type { ExportWork, ImportPlan, LocalWork } from './importPlan.ts';
import { placeOfUnit, type Ingest } from './ingest.ts';
import { ofUnit } from './ofUnit.ts';

/** Lines that are taken together: those of one unit follow each other. */
const LINES_AT_ONCE = 512;
const CHARACTERS_AT_ONCE = 8 * 2 ** 20;

export interface LineFilesOptions {
  /** Of the set. */
  readonly folder: string;
  readonly ingest: Ingest;
  readonly job: JobContext;
  readonly clock: Clock;
  readonly isWanted: ImportPlan['isWanted'];
  /** What is asked for of every file: one that was read for less is read again. */
  readonly selection: string;
}

/** Reads files of this machine; those that were read before and are unchanged are left out. */
export async function readLocalFiles(work: LocalWork, options: LineFilesOptions): Promise<void> {
  const journal = await openJournal(options.folder, options.selection);
  const bytes = work.files.reduce((sum, file) => sum + file.bytes, 0);
  const meter = bytesMeter(bytes, options);
  let [before, failure] = [0, null as InterpError | null];
  let isRead = false;
  for (const source of work.files) {
    throwIfCancelled(options.job.signal);
    const name = basename(source.file);
    meter(before, name);
    const unit = unitOfPath(source.file)?.unit;
    if (unit !== undefined && !options.isWanted(unit, placeText(unit))) {
      isRead = true;
      before += source.bytes;
      continue;
    }
    if (!journal.has(source.file, source.stamp)) {
      try {
        const wrong = await takeFile(source.file, options);
        if (wrong !== null) {
          failure ??= wrong;
          before += source.bytes;
          continue;
        }
        await options.ingest.flush();
        await journal.add(source.file, source.stamp);
      } catch (error) {
        if (!isInterpError(error, 'explain/malformed')) throw error;
        failure ??= error;
        options.ingest.skip(error.message);
        before += source.bytes;
        continue;
      }
    }
    isRead = true;
    before += source.bytes;
    meter(before, name);
  }
  if (!isRead) throw failure ?? nothingToRead(work.files);
}

/** Files of a set of Neuronpedia's that are not here yet. */
export async function exportFilesToFetch(
  work: ExportWork,
  folder: string,
  selection: string,
): Promise<BucketFile[]> {
  const journal = await openJournal(folder, selection);
  return work.files.filter(({ key, etag }) => !journal.has(key, etag));
}

/** Fetches one file after the other, takes it in and removes it: a part that was fetched outlives a pause. */
export async function fetchExports(
  work: ExportWork,
  options: LineFilesOptions & { readonly ports: DownloadPorts },
): Promise<void> {
  const { folder, ingest, job, ports } = options;
  const journal = await openJournal(folder, options.selection);
  const total = work.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = bytesMeter(total, options);
  let before = 0;
  for (const { key, bytes, digest, etag } of work.files) {
    throwIfCancelled(job.signal);
    const name = key.split('/').slice(-2).join('/');
    if (!journal.has(key, etag)) {
      const file = join(folder, '.parts', safePath(name));
      const start = before;
      const onBytes = (have: number): void => meter(start + have, name);
      await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
        throw diskError(file, error);
      });
      const url = `${work.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
      const none = { bytes: null, sha256: null };
      const listed = { bytes, digest };
      await download({ url, name, file, pinned: none, listed, onBytes, signal: job.signal }, ports);
      const wrong = await takeFile(file, options);
      if (wrong !== null) throw wrong;
      await ingest.flush();
      await journal.add(key, etag);
      await rm(file, { force: true });
      await rm(stateOf(file), { force: true });
    }
    before += bytes;
    meter(before, name);
  }
}

/** A wrong line of many is left out and told. @returns what is wrong with a file without any right one */
async function takeFile(file: string, { ingest, job }: LineFilesOptions): Promise<InterpError | null> {
  const unit = unitOfPath(file)?.unit ?? null;
  let reader = exchangeReader(unit);
  let [lines, characters, number, right] = [0, 0, 0, 0];
  let failure: InterpError | null = null;
  const take = async (): Promise<void> => {
    await ingest.add(reader.found);
    reader = exchangeReader(unit);
    [lines, characters] = [0, 0];
  };
  for await (const text of textsOf(file, job.signal)) {
    number++;
    throwIfCancelled(job.signal);
    if (text.trim() === '') continue;
    const place = isWhole(file) ? basename(file) : `${basename(file)}, line ${number}`;
    try {
      readText(text, { place, file, unit, reader });
      right++;
    } catch (error) {
      failure ??= toInterpError(error);
      ingest.skip(toInterpError(error).message);
    }
    characters += text.length;
    if (++lines >= LINES_AT_ONCE || characters > CHARACTERS_AT_ONCE) await take();
  }
  await take();
  return right === 0 ? failure : null;
}

/** Whether it holds one JSON value, on any number of lines. */
function isWhole(file: string): boolean {
  return /\.json(?:\.gz)?$/i.test(file);
}

/** A line, or a whole file, which may be a list. */
function readText(
  text: string,
  to: {
    readonly place: string;
    readonly file: string;
    readonly unit: string | null;
    readonly reader: ReturnType<typeof exchangeReader>;
  },
): void {
  if (!isWhole(to.file)) {
    return to.reader.add(readLine(text, to.place), to.place, () => text);
  }
  const { unit } = to;
  const { explanations, records, own } = readExchange(text, to.place, unit);
  if (unit === null) return to.reader.take({ explanations, records, own });
  to.reader.take({
    explanations: ofUnit(explanations, unit, to.place),
    records: ofUnit(records, unit, to.place),
  });
}

/** Which files were taken in, one a line: `["name","stamp","selection"]`. */
async function openJournal(
  folder: string,
  selection: string,
): Promise<{
  has(name: string, stamp: string): boolean;
  add(name: string, stamp: string): Promise<void>;
}> {
  const path = join(folder, 'files.jsonl');
  const text = await readFile(path, 'utf8').catch(() => '');
  const known = new Set(text.split('\n'));
  return {
    has: (name, stamp) => known.has(JSON.stringify([name, stamp, selection])),
    add: async (name, stamp) => {
      const line = JSON.stringify([name, stamp, selection]);
      known.add(line);
      // A line that was cut off by an end ends here.
      const start = text === '' || text.endsWith('\n') ? '' : '\n';
      await appendFile(path, `${start}${line}\n`).catch((error: unknown) => {
        throw diskError(path, error);
      });
    },
  };
}

function placeText(unit: string): string {
  const { family, index } = placeOfUnit(unit);
  return `${family}/${index}`;
}

function bytesMeter(total: number, { job, clock }: LineFilesOptions): (done: number, name: string) => void {
  let last = '';
  const tell = rateMeter(clock, total, ({ done, bytesPerSecond, secondsLeft }) => {
    const speed = bytesPerSecond === null ? [] : [`${sizeText(bytesPerSecond)}/s`];
    const left = secondsLeft === null ? [] : [`${timeText(secondsLeft)} left`];
    const sum = `${sizeText(done)} of ${sizeText(total)}`;
    job.progress({ done, total, message: [last, sum, ...speed, ...left].join(' · ') });
  });
  return (done, name) => {
    last = name;
    tell(done);
  };
}

function nothingToRead(files: readonly LocalSource[]): InterpError {
  const [first] = files;
  const others = files.length - 1;
  const where = others > 0 ? `${first?.file} and ${others} more hold` : `${first?.file} holds`;
  const what = first ? `${where} no explanation and no record.` : 'There is no .json or .jsonl file in it.';
  return new InterpError('explain/malformed', what, { data: { count: files.length } });
}
