import { createHash } from 'node:crypto';
import { InterpError, isInterpError } from '../../core/errors.ts';
import { HubFailure } from './failure.ts';
import { remoteState } from './hosts.ts';
import type { HubHttp } from './hubHttp.ts';
import { retrying, type RetryPolicy } from './retrying.ts';

export interface SmallFilePorts {
  readonly http: HubHttp;
  readonly policy: RetryPolicy;
}

/** A file of one unit; a longer one was named by mistake. */
const MAX_BYTES = 64 * 2 ** 20;
/** How often one may arrive damaged. */
const MAX_DAMAGED = 3;

/**
 * A small file as a whole, compared with the length and MD5 that its host states; null = the host has none.
 * @throws hub/unreachable, hub/refused, hub/checksum, hub/offline, cancelled
 */
export async function fetchSmallFile(
  url: string,
  { http, policy }: SmallFilePorts,
  signal: AbortSignal,
): Promise<Buffer | null> {
  let damaged = 0;
  const once = async (gotAhead: () => void): Promise<Buffer> => {
    const reply = await http.ask(url, { method: 'GET', redirects: 'follow', signal });
    const state = remoteState(reply);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of reply.body()) {
      size += chunk.length;
      if (size > MAX_BYTES) throw tooLong(url);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const wrong = damageOf(bytes, state);
    if (wrong === null) return bytes;
    // A damaged file is not a host that fails: it has its own count.
    if (++damaged < MAX_DAMAGED) gotAhead();
    const error = new InterpError(
      'hub/checksum',
      `${new URL(url).pathname} was damaged on its way: ${wrong}.`,
      {
        data: { file: url },
      },
    );
    throw new HubFailure(error, { isPassing: damaged < MAX_DAMAGED });
  };
  try {
    return await retrying(policy, signal, once);
  } catch (error) {
    if (isInterpError(error, 'hub/not-found')) return null;
    throw error;
  }
}

function damageOf(bytes: Buffer, { bytes: stated, digest }: ReturnType<typeof remoteState>): string | null {
  if (stated !== null && stated !== bytes.length) return `it has ${bytes.length} of ${stated} bytes`;
  if (digest?.kind !== 'md5') return null;
  const found = createHash('md5').update(bytes).digest('hex');
  return found === digest.hex ? null : `its MD5 is ${found}, and it should be ${digest.hex}`;
}

function tooLong(url: string): InterpError {
  return new InterpError(
    'hub/bad-reply',
    `${url} is longer than ${MAX_BYTES} bytes: it is no file of one unit.`,
    {
      data: { file: url },
    },
  );
}
