import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Fetch } from '../../src/runtime/language/exchange.ts';

const FOLDER = fileURLToPath(new URL('../golden/cassettes/', import.meta.url));

/** An exchange as it went over the wire, without headers of the request: no key can be in it. */
export interface Recorded {
  request: { readonly url: string; readonly body: unknown };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

export interface Cassette {
  readonly fetch: Fetch;
  /** Fails unless every exchange was asked for. */
  finish(): void;
}

/**
 * Replays test/golden/cassettes/{name}.json. A request that is not in it fails. After a prompt was changed,
 * UPDATE_GOLDEN=1 writes the new requests over the old ones, in the order in which they come; responses stay.
 */
export function openCassette(name: string): Cassette {
  const path = `${FOLDER}${name}.json`;
  const tape = JSON.parse(readFileSync(path, 'utf8')) as Recorded[];
  const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
  const left = new Set(tape);
  return {
    fetch: async (url, init) => {
      const request = { url: String(url), body: JSON.parse(String(init?.body)) as unknown };
      const found = [...left].find((each) => isUpdate || isDeepStrictEqual(each.request, request));
      assert.ok(found, `${name}.json has no exchange for ${JSON.stringify(request)}`);
      left.delete(found);
      if (isUpdate) found.request = request;
      const { status, headers, body } = found.response;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } });
    },
    finish: () => {
      assert.equal(left.size, 0, `${left.size} exchanges of ${name}.json were not asked for`);
      if (isUpdate) writeFileSync(path, `${JSON.stringify(tape, null, 1)}\n`);
    },
  };
}
