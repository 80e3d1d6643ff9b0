import { createHash } from 'node:crypto';
import path from 'node:path';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { Corpus, CorpusDocument, CorpusRef, SkippedFile } from '../../core/records/corpus.ts';
import { worldCorpus } from '../../core/records/worldCorpus.ts';
import { fileDocuments, type LeftOutRow } from './fileDocuments.ts';
import { findFiles, type CorpusFile } from './findFiles.ts';

type FilesRef = Extract<CorpusRef, { readonly kind: 'files' }>;

/** What reading all texts of a corpus once told. */
export interface CorpusDigest {
  readonly hash: string;
  /** UTF-8 bytes. */
  readonly bytes: number;
  /** Rows without text, by file. */
  readonly leftOut: readonly SkippedFile[];
}

/** Remembers digests by a stamp of the files, their sizes and times of change, so that they are not read again. */
export interface DigestMemory {
  get(stamp: string): Promise<CorpusDigest | null>;
  set(stamp: string, digest: CorpusDigest): Promise<void>;
}

/** @throws corpus/empty, file/not-found, file/unreadable */
export async function openCorpus(ref: CorpusRef, memory: DigestMemory | null = null): Promise<Corpus> {
  return ref.kind === 'world' ? worldCorpus(ref) : filesCorpus(ref, memory);
}

/**
 * Files as a corpus. Its size is that of the files where they are plain text, else known once its fingerprint is:
 * a parquet file does not say how much text it holds.
 */
async function filesCorpus(ref: FilesRef, memory: DigestMemory | null): Promise<Corpus> {
  const relative = ref.paths.find((each) => !path.isAbsolute(each));
  if (relative !== undefined) {
    throw new InterpError('request/invalid', `Files of a corpus have absolute paths, not ${relative}.`, {
      data: { file: relative },
    });
  }
  const { files, skipped } = await readable(await findFiles(ref.paths), ref);
  const plain = files.every(({ format }) => format === 'text');
  let leftOut: readonly SkippedFile[] = [];
  let bytes = plain ? files.reduce((sum, file) => sum + file.bytes, 0) : null;
  let known: Promise<string> | null = null;
  if (files.length === 0) throw empty(ref, skipped);
  return {
    title: titleOf(ref, files),
    get skipped() {
      return [...skipped, ...leftOut];
    },
    fingerprint: () => {
      known ??= remembered(ref, files, memory).then((found) => {
        ({ bytes, leftOut } = found);
        return found.hash;
      });
      known.catch(() => (known = null));
      return known;
    },
    get bytes() {
      return bytes;
    },
    documents: (skip = 0) => documentsOf(ref, files, skip),
  };
}

/** Folders hold files of other uses: those of rows whose first one has no text are left out, and told. */
async function readable(
  found: readonly CorpusFile[],
  ref: FilesRef,
): Promise<{ readonly files: CorpusFile[]; readonly skipped: SkippedFile[] }> {
  const files: CorpusFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of found) {
    const reason = HAS_ROWS.has(file.format) && file.chosen === 'folder' ? await unreadable(file, ref) : null;
    if (reason === null) files.push(file);
    else skipped.push({ name: file.name, reason });
  }
  return { files, skipped };
}

const HAS_ROWS: ReadonlySet<CorpusFile['format']> = new Set(['jsonl', 'parquet']);

/** Why a file's first text cannot be read; null = it can. */
async function unreadable(file: CorpusFile, ref: FilesRef): Promise<string | null> {
  const documents = fileDocuments(file, ref);
  try {
    await documents.next();
    return null;
  } catch (error) {
    // Whatever else is wrong is told when the file is read.
    return isInterpError(error, 'corpus/malformed') ? error.message : null;
  } finally {
    await documents.return(undefined);
  }
}

async function* documentsOf(
  ref: FilesRef,
  files: readonly CorpusFile[],
  skip: number,
  onLeftOut: (file: CorpusFile, row: LeftOutRow) => void = () => {},
): AsyncGenerator<CorpusDocument> {
  let number = 0;
  for (const file of files) {
    const options = { field: ref.field, onLeftOut: (row: LeftOutRow) => onLeftOut(file, row) };
    for await (const { name, text } of fileDocuments(file, options)) {
      if (number++ >= skip) yield { name, text, world: null };
    }
  }
  if (number === 0) throw empty(ref);
}

async function remembered(
  ref: FilesRef,
  files: readonly CorpusFile[],
  memory: DigestMemory | null,
): Promise<CorpusDigest> {
  const facts = files.map(({ path: place, format, bytes, modified }) => [place, format, bytes, modified]);
  const stamp = createHash('sha256')
    .update(JSON.stringify([ref.field, facts]))
    .digest('hex');
  const known = await memory?.get(stamp);
  if (known) return known;
  const found = await digest(ref, files);
  await memory?.set(stamp, found);
  return found;
}

/** Of all texts in their order: what a scan reads, and nothing else, decides whether an index is still its. */
async function digest(ref: FilesRef, files: readonly CorpusFile[]): Promise<CorpusDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  const rows = new Map<string, LeftOutRow & { count: number }>();
  const leaveOut = ({ name }: CorpusFile, row: LeftOutRow): void => {
    const known = rows.get(name);
    if (known) known.count++;
    else rows.set(name, { ...row, count: 1 });
  };
  for await (const { text } of documentsOf(ref, files, 0, leaveOut)) {
    const encoded = Buffer.from(text, 'utf8');
    hash.update(`${encoded.length}:`).update(encoded);
    bytes += encoded.length;
  }
  const leftOut = [...rows].map(([name, { count, place, reason }]) => ({
    name: `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'} of ${name} from ${place} on`,
    reason,
  }));
  return { hash: `files:${hash.digest('hex')}`, bytes, leftOut };
}

function titleOf({ paths }: FilesRef, files: readonly CorpusFile[]): string {
  const names = paths.map((each) => path.basename(each)).join(', ');
  const single = files.length === 1 && files[0]?.name === names;
  return single ? names : `${names} (${files.length} ${files.length === 1 ? 'file' : 'files'})`;
}

function empty({ paths }: FilesRef, skipped: readonly SkippedFile[] = []): InterpError {
  const [first] = skipped;
  const why = first ? ` Left out: ${first.reason}` : '';
  return new InterpError(
    'corpus/empty',
    `There is no text to scan in ${paths.join(', ') || 'no files'}.${why}`,
    { data: { file: paths[0] ?? null } },
  );
}
