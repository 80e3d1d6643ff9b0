import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfEtag } from '../../../../src/runtime/hub/digest.ts';
import { download, type DownloadRequest } from '../../../../src/runtime/hub/download.ts';
import type { Downloaded } from '../../../../src/runtime/hub/part.ts';
import { expectError } from '../../../support/expectError.ts';
import { sha256, type HubMishap } from '../../../support/hubServer.ts';
import { withTestHub, type TestHub } from '../../../support/openTestHub.ts';
import { seededRandom } from '../../../support/random.ts';

const SIZE = 300_000;
const HALF = 150_000;

function randomBytes(seed: number, size = SIZE): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length: size }, () => random.below(256)));
}

const CONTENT = randomBytes(1);

interface Case {
  readonly hub: TestHub;
  readonly file: string;
  get(changes?: Partial<DownloadRequest>): Promise<Downloaded>;
}

/** One large file of a repository, on a host that keeps it at another. */
function large(use: (the: Case) => Promise<void>): () => Promise<void> {
  return () =>
    withTestHub(async (hub) => {
      hub.server.add('a/b', { files: { 'model.safetensors': CONTENT, 'config.json': '{}' } });
      await use(caseOf(hub, hub.hosts.fileUrl('a/b', 'main', 'model.safetensors')));
    });
}

function caseOf(hub: TestHub, url: string): Case {
  const file = join(hub.folder, 'model.safetensors');
  const request: DownloadRequest = {
    url,
    name: 'model.safetensors',
    file,
    pinned: { bytes: null, sha256: null },
    listed: { bytes: null, digest: null },
    onBytes: () => undefined,
    signal: new AbortController().signal,
  };
  return {
    hub,
    file,
    get: (changes) => {
      const onBytes = (bytes: number): void => {
        changes?.onBytes?.(bytes);
        hub.server.received(bytes);
      };
      return download({ ...request, ...changes, onBytes }, hub);
    },
  };
}

async function assertWhole({ hub, file }: Case, content: Uint8Array = CONTENT): Promise<void> {
  assert.ok((await readFile(file)).equals(content), 'the file is not what was published');
  assert.deepEqual((await readdir(hub.folder)).toSorted(), [
    'model.safetensors',
    'model.safetensors.state.json',
  ]);
}

/** Ranges that were asked of the host that keeps the files. */
function ranges({ server }: TestHub): (string | undefined)[] {
  return server.requests.filter(({ host }) => host === 'cdn').map(({ headers }) => headers.range);
}

describe('download of one file', () => {
  it(
    'comes from the host behind the redirect, checked by the sha256 of the first',
    large(async (the) => {
      const done = await the.get();
      await assertWhole(the);
      assert.deepEqual(done.digest, { kind: 'sha256', hex: sha256(CONTENT) });
      assert.equal(done.sha256, sha256(CONTENT));
      assert.deepEqual(ranges(the.hub), [undefined]);
    }),
  );

  it('checks small files by git, and blobs by MD5', () =>
    withTestHub(async (hub) => {
      hub.server.add('a/b', { files: { 'config.json': '{"a":1}' } });
      const small = await caseOf(hub, hub.hosts.fileUrl('a/b', 'main', 'config.json')).get();
      assert.equal(small.digest?.kind, 'git');
      hub.server.addBlob('/x/0.pt', CONTENT);
      const blob = await caseOf(hub, `${hub.server.blobs}/x/0.pt`).get({ file: join(hub.folder, '0.pt') });
      assert.deepEqual(blob.digest, { kind: 'md5', hex: createHash('md5').update(CONTENT).digest('hex') });
    }));

  /** After each of the mishaps the file comes whole; `asked` are the ranges of the connections. */
  const heals = (
    title: string,
    mishaps: readonly HubMishap[],
    asked: readonly (number | undefined)[],
  ): void => {
    it(
      title,
      large(async (the) => {
        the.hub.server.next(...mishaps);
        await the.get();
        await assertWhole(the);
        const expected = asked.map((start) => (start === undefined ? undefined : `bytes=${start}-`));
        assert.deepEqual(ranges(the.hub), expected);
      }),
    );
  };
  heals('goes on after a lost connection', [{ kind: 'drop', after: HALF }], [undefined, HALF]);
  heals(
    'goes on after several',
    [
      { kind: 'drop', after: 100_000 },
      { kind: 'drop', after: 100_000 },
    ],
    [undefined, 100_000, 200_000],
  );
  heals(
    'begins anew where the host knows no ranges',
    [{ kind: 'drop', after: HALF }, { kind: 'ignore-range' }],
    [undefined, HALF],
  );
  heals('asks for what a short answer left out', [{ kind: 'short', by: 1000 }], [undefined, SIZE - 1000]);
  heals('begins anew after too long an answer', [{ kind: 'short', by: -10 }], [undefined, undefined]);
  heals('begins anew after a damaged byte', [{ kind: 'corrupt', at: 77 }], [undefined, undefined]);
  heals(
    'waits out 429 and failures of the host',
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 500 },
    ],
    [undefined, undefined, undefined, undefined],
  );

  it(
    'waits as long as it is asked to, else longer each time',
    large(async (the) => {
      the.hub.server.next(
        { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
        { kind: 'status', status: 503 },
        { kind: 'status', status: 503 },
      );
      await the.get();
      assert.deepEqual(the.hub.clock.slept, [7000, 1000, 2000]);
    }),
  );

  it(
    'reads a date of retry-after, and gives up where it is too far',
    large(async (the) => {
      const at = (seconds: number): string => new Date(the.hub.clock.now() + 1000 * seconds).toUTCString();
      the.hub.server.next({ kind: 'status', status: 429, headers: { 'retry-after': at(20) } });
      await the.get();
      const [slept = 0] = the.hub.clock.slept;
      assert.ok(slept > 18_000 && slept <= 20_000, String(slept));
      the.hub.server.next({ kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
      const again = the.get({ file: `${the.file}2` });
      await expectError(() => again, 'hub/unreachable', '429', '3600 s');
    }),
  );

  it(
    'gives up after several tries that brought nothing, and keeps the part',
    large(async (the) => {
      const drops = Array.from({ length: 5 }, (): HubMishap => ({ kind: 'drop', after: 0 }));
      the.hub.server.next({ kind: 'drop', after: HALF }, ...drops, ...drops);
      await expectError(() => the.get(), 'hub/unreachable', 'tried 6 times');
      assert.equal((await readFile(`${the.file}.incomplete`)).length, HALF);
    }),
  );

  it(
    'a host that always breaks off at one place and knows no ranges is given up',
    large(async (the) => {
      const never = Array.from({ length: 20 }, (): HubMishap => ({ kind: 'short', by: HALF }));
      the.hub.server.next(...never);
      await expectError(() => the.get(), 'hub/checksum', `${HALF} of ${SIZE} bytes`);
    }),
  );

  it(
    'a stalled connection is given up and the next one goes on',
    large(async (the) => {
      the.hub.server.next({ kind: 'hold', after: HALF });
      let received = 0;
      let elapsed = false;
      const done = the.get({
        onBytes: (bytes) => {
          received = bytes;
          // The time after which a silent connection is given up.
          if (bytes === HALF && !elapsed) setImmediate(() => the.hub.clock.elapse());
          elapsed ||= bytes === HALF;
        },
      });
      await done;
      assert.equal(received, SIZE);
      await assertWhole(the);
      assert.deepEqual(ranges(the.hub), [undefined, `bytes=${HALF}-`]);
    }),
  );
});

describe('download that was interrupted', () => {
  it(
    'a pause keeps the part, and the next run asks for the rest only',
    large(async (the) => {
      const pause = new AbortController();
      the.hub.server.next({ kind: 'hold', after: HALF });
      const onBytes = (bytes: number): void => void (bytes === HALF && pause.abort());
      await expectError(() => the.get({ signal: pause.signal, onBytes }), 'cancelled');
      await the.get();
      await assertWhole(the);
      assert.deepEqual(ranges(the.hub), [undefined, `bytes=${HALF}-`]);
    }),
  );

  it(
    'a whole part whose check was not reached costs no download',
    large(async (the) => {
      const pause = new AbortController();
      const onBytes = (bytes: number): void => void (bytes === SIZE - 1 && pause.abort());
      the.hub.server.next({ kind: 'hold', after: SIZE - 1 });
      await expectError(() => the.get({ signal: pause.signal, onBytes }), 'cancelled');
      await writeFile(`${the.file}.incomplete`, CONTENT);
      await the.get();
      await assertWhole(the);
      assert.equal(the.hub.server.requests.at(-1)?.status, 416);
    }),
  );

  it(
    'a part that was damaged on the disk is found by the digest of the whole',
    large(async (the) => {
      the.hub.server.next(
        { kind: 'drop', after: HALF },
        ...Array.from({ length: 6 }, (): HubMishap => ({ kind: 'drop', after: 0 })),
      );
      await expectError(() => the.get(), 'hub/unreachable');
      const part = await readFile(`${the.file}.incomplete`);
      part[5] = (part[5] ?? 0) ^ 1;
      await writeFile(`${the.file}.incomplete`, part);
      await the.get();
      await assertWhole(the);
      assert.deepEqual(ranges(the.hub).slice(-2), [`bytes=${HALF}-`, undefined]);
    }),
  );

  it(
    'a version that changed meanwhile begins anew',
    large(async (the) => {
      const other = randomBytes(2, SIZE + 50);
      the.hub.server.next({ kind: 'drop', after: HALF });
      const onBytes = (bytes: number): void => {
        if (bytes === HALF) the.hub.server.replace('a/b', 'model.safetensors', other);
      };
      await the.get({ onBytes });
      await assertWhole(the, other);
    }),
  );

  it(
    'a version that changes each time is an error, and nothing is left',
    large(async (the) => {
      let version = 10;
      the.hub.server.next(...Array.from({ length: 9 }, (): HubMishap => ({ kind: 'drop', after: HALF })));
      const onBytes = (bytes: number): void => {
        if (bytes === HALF) the.hub.server.replace('a/b', 'model.safetensors', randomBytes(version++));
      };
      await expectError(() => the.get({ onBytes }), 'hub/changed', 'again and again');
      assert.deepEqual(await readdir(the.hub.folder), []);
    }),
  );

  it(
    'a part of something unknown is thrown away',
    large(async (the) => {
      await writeFile(`${the.file}.incomplete`, 'what is this');
      await the.get();
      await assertWhole(the);
      assert.deepEqual(ranges(the.hub), [undefined]);
    }),
  );

  it(
    'a whole file is fetched again only when another is wanted',
    large(async (the) => {
      const listed = { bytes: null, digest: digestOfEtag(sha256(CONTENT)) };
      await the.get({ listed });
      await the.get({ listed });
      assert.equal(ranges(the.hub).length, 1);
      const other = randomBytes(3);
      the.hub.server.replace('a/b', 'model.safetensors', other);
      await the.get({ listed: { bytes: null, digest: digestOfEtag(sha256(other)) } });
      await assertWhole(the, other);
    }),
  );
});

describe('download that must not succeed', () => {
  it(
    'damaged twice',
    large(async (the) => {
      the.hub.server.next({ kind: 'corrupt', at: 9 }, { kind: 'corrupt', at: 9 });
      await expectError(() => the.get(), 'hub/checksum', 'sha256', sha256(CONTENT));
      assert.deepEqual(await readdir(the.hub.folder), []);
    }),
  );

  it(
    'other content than is published',
    large(async (the) => {
      const pinned = { bytes: null, sha256: sha256(randomBytes(4)) };
      await expectError(() => the.get({ pinned }), 'hub/changed', sha256(CONTENT));
      await expectError(() => the.get({ pinned: { bytes: 17, sha256: null } }), 'hub/changed', '17');
    }),
  );

  it(
    'a page of a login in the place of a small file',
    large(async (the) => {
      const listed = { bytes: 2, digest: { kind: 'git', hex: 'a'.repeat(40) } as const };
      const url = the.hub.hosts.fileUrl('a/b', 'main', 'config.json');
      the.hub.server.next({ kind: 'page' }, { kind: 'page' });
      await expectError(() => the.get({ url, listed }), 'hub/checksum');
    }),
  );

  it(
    'what is not there, and what is gated',
    large(async (the) => {
      const { hosts, server } = the.hub;
      const missing = hosts.fileUrl('a/b', 'main', 'none.json');
      await expectError(() => the.get({ url: missing }), 'hub/not-found', 'Entry not found', '404');
      await expectError(() => the.get({ url: hosts.fileUrl('no/repo', 'main', 'x') }), 'hub/not-found');
      await expectError(() => the.get({ url: hosts.fileUrl('a/b', 'v9', 'config.json') }), 'hub/not-found');
      server.add('a/gated', { gated: 'key', files: { 'config.json': '{}' } });
      await expectError(() => the.get({ url: hosts.fileUrl('a/gated', 'main', 'config.json') }), 'hub/gated');
      assert.deepEqual(the.hub.clock.slept, []);
    }),
  );

  it(
    'a full disk is told, and what was fetched is kept',
    large(async (the) => {
      let room = HALF;
      const openFile: typeof open = async (path, flags) => {
        const file = await open(path, flags);
        const write = file.write.bind(file) as (...given: unknown[]) => Promise<{ bytesWritten: number }>;
        Object.assign(file, {
          write: async (chunk: Uint8Array, offset: number, length: number, position: number) => {
            const fits = Math.min(length, room);
            if (fits === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
            room -= fits;
            return write(chunk, offset, fits, position);
          },
        });
        return file;
      };
      const request = {
        url: the.hub.hosts.fileUrl('a/b', 'main', 'model.safetensors'),
        name: 'model.safetensors',
        file: the.file,
        pinned: { bytes: null, sha256: null },
        listed: { bytes: null, digest: null },
        onBytes: () => undefined,
        signal: new AbortController().signal,
      };
      await expectError(() => download(request, { ...the.hub, openFile }), 'hub/disk-full', the.file);
      room = Infinity;
      await download(request, { ...the.hub, openFile });
      await assertWhole(the);
    }),
  );
});
