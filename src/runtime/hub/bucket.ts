import { InterpError } from '../../core/errors.ts';
import type { Digest } from './digest.ts';
import type { Hosts } from './hosts.ts';

/** A file of a public bucket (Amazon S3). */
export interface BucketFile {
  /** Path below the bucket. */
  readonly key: string;
  readonly bytes: number;
  /** Of files that were put there in one piece, the ETag is the MD5. */
  readonly digest: Digest | null;
  readonly etag: string;
}

/** Pages of a thousand files; a source has some hundreds. */
const MAX_PAGES = 100;
const ENTRY = /<Contents>(.*?)<\/Contents>/gs;

/** All files whose path begins so. Source: S3's ListObjectsV2. @throws hub/bad-reply, hub/unreachable, hub/offline */
export async function listBucket(
  bucket: string,
  prefix: string,
  hosts: Pick<Hosts, 'text'>,
  signal: AbortSignal,
): Promise<BucketFile[]> {
  const files: BucketFile[] = [];
  let token: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const next: string = token === null ? '' : `&continuation-token=${encodeURIComponent(token)}`;
    const url = `${bucket}/?list-type=2&prefix=${encodeURIComponent(prefix)}${next}`;
    const text = await hosts.text(url, signal);
    if (!/<ListBucketResult[\s>]/.test(text)) throw badReply(bucket);
    files.push(...[...text.matchAll(ENTRY)].map(([, entry = '']) => readEntry(entry, bucket)));
    token = field(text, 'NextContinuationToken');
    if (token === null) return files;
  }
  throw badReply(bucket);
}

function readEntry(entry: string, bucket: string): BucketFile {
  const [key, size, tag] = ['Key', 'Size', 'ETag'].map((name) => field(entry, name));
  const bytes = Number(size);
  if (!key || !size || !Number.isSafeInteger(bytes) || bytes < 0) throw badReply(bucket);
  const etag = (tag ?? '').replaceAll('"', '');
  const isWhole = /^[0-9a-f]{32}$/.test(etag);
  return { key, bytes, etag, digest: isWhole ? { kind: 'md5', hex: etag } : null };
}

function field(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (found === undefined || found === '') return null;
  return found
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function badReply(bucket: string): InterpError {
  return new InterpError(
    'hub/bad-reply',
    `The list of files of ${new URL(bucket).host} was not understood.`,
    {
      data: { host: new URL(bucket).host },
    },
  );
}
