import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Fetch } from '../../src/runtime/language/exchange.ts';

const FOLDER = fileURLToPath(new URL('../golden/cassettes/', import.meta.url));

/** An exchange in the form in which it goes over the wire, without headers of the request: no key can be in it. */
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

/** Headers of a reply that clients look at. */
const KEPT_HEADERS = new Set(['content-type', 'retry-after', 'x-request-id']);

/**
 * Replays test/golden/cassettes/{name}.json. The tapes were written after the servers' documentation: no server could be
 * reached where they were made. RECORD_CASSETTE={name} asks the real server instead and writes what it said, with
 * RECORD_KEY as key; then look at what the test expects. A request that is not on the tape fails. After a prompt was
 * changed, UPDATE_GOLDEN=1 writes the new requests over the old ones, in the order in which they come; responses stay.
 */
export function openCassette(name: string): Cassette {
  const path = `${FOLDER}${name}.json`;
  return process.env['RECORD_CASSETTE'] === name ? recorder(path) : player(name, path);
}

function player(name: string, path: string): Cassette {
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
      return replyOf(found);
    },
    finish: () => {
      assert.equal(left.size, 0, `${left.size} exchanges of ${name}.json were not asked for`);
      if (isUpdate) write(path, tape);
    },
  };
}

function recorder(path: string): Cassette {
  const tape: Recorded[] = [];
  return {
    fetch: async (url, init) => {
      const request = { url: String(url), body: JSON.parse(String(init?.body)) as unknown };
      const headers = { ...init?.headers, authorization: `Bearer ${process.env['RECORD_KEY'] ?? ''}` };
      const reply = await fetch(url, { ...init, headers });
      const kept = [...reply.headers].filter(([header]) => KEPT_HEADERS.has(header));
      const response = { status: reply.status, headers: Object.fromEntries(kept), body: await reply.json() };
      tape.push({ request, response });
      return replyOf({ request, response });
    },
    finish: () => write(path, tape),
  };
}

function replyOf({ response }: Recorded): Response {
  const { status, headers, body } = response;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } });
}

function write(path: string, tape: readonly Recorded[]): void {
  writeFileSync(path, `${JSON.stringify(tape, null, 1)}\n`);
}
