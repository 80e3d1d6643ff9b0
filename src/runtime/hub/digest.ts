import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a host states of a file's content. `git`: SHA-1 over git's header and the content. */
export interface Digest {
  readonly kind: 'sha256' | 'git' | 'md5';
  readonly hex: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
const SHA1 = /^[0-9a-f]{40}$/;

/** The digest that an ETag of Hugging Face is: sha256 of large files, git's SHA-1 of small ones; else null. */
export function digestOfEtag(etag: string | null): Digest | null {
  const hex = plainEtag(etag);
  if (hex === null) return null;
  if (SHA256.test(hex)) return { kind: 'sha256', hex };
  return SHA1.test(hex) ? { kind: 'git', hex } : null;
}

/** An ETag without quotes and weakness mark. */
export function plainEtag(etag: string | null | undefined): string | null {
  const plain = (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');
  return plain === '' ? null : plain;
}

/** Content-MD5 is Base64. */
export function digestOfMd5(base64: string | undefined): Digest | null {
  if (base64 === undefined) return null;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === 16 ? { kind: 'md5', hex: bytes.toString('hex') } : null;
}

/** A running digest of the kind; `size` is the whole file's, which git's header holds. */
export function startDigest(kind: Digest['kind'], size: number): Hash {
  if (kind === 'git') return createHash('sha1').update(`blob ${size}\0`);
  return createHash(kind);
}

/** Feeds the first `length` bytes of a file to a digest. */
export async function feedFile(
  hash: { update(chunk: Uint8Array): unknown },
  file: string,
  length: number,
  signal: AbortSignal,
): Promise<void> {
  if (length === 0) return;
  const stream = createReadStream(file, { end: length - 1, highWaterMark: 2 ** 20, signal });
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
}
