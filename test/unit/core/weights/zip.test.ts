import assert from 'node:assert/strict';
import { memorySource } from '../../../../src/core/weights/byteSource.ts';
import { readZip, type ZipEntry } from '../../../../src/core/weights/zip.ts';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { expectError } from '../../../support/expectError.ts';
import { writeZip } from '../../../support/writeTorchFile.ts';

const TEXT = new TextEncoder();
const ENTRIES = [
  ['a/data.pkl', TEXT.encode('pickle')],
  ['a/data/0', Uint8Array.of(1, 2, 3, 4)],
  ['a/empty', new Uint8Array()],
] as const;
const END = 22;

/** The archive with one change. */
function changed(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = writeZip(ENTRIES);
  change(bytes, new DataView(bytes.buffer));
  return bytes;
}

function read(bytes: Uint8Array): Promise<ReadonlyMap<string, ZipEntry>> {
  return readZip(memorySource('some.pt', bytes));
}

/** Start of the directory: where the end record says. */
function directoryOf(view: DataView): number {
  return view.getUint32(view.byteLength - END + 16, true);
}

const BROKEN: readonly [string, Uint8Array, ErrorCode, ...string[]][] = [
  ['nothing', new Uint8Array(), 'weights/malformed', 'no directory'],
  ['text', TEXT.encode('hello, this is no archive at all'), 'weights/malformed', 'no directory'],
  ['a cut file', writeZip(ENTRIES).slice(0, -30), 'weights/malformed', 'no directory'],
  [
    'a compressed entry',
    changed((_, view) => view.setUint16(directoryOf(view) + 10, 8, true)),
    'weights/unsupported',
    '"a/data.pkl" is compressed',
  ],
  [
    'an entry compressed by its own header',
    changed((_, view) => view.setUint16(8, 8, true)),
    'weights/unsupported',
    'compressed',
  ],
  [
    'an encrypted entry',
    changed((_, view) => view.setUint16(directoryOf(view) + 8, 1, true)),
    'weights/unsupported',
    'encrypted',
  ],
  [
    'a directory past the end',
    changed((bytes, view) => view.setUint32(bytes.length - END + 16, 0x7fffffff, true)),
    'weights/malformed',
    'outside the file',
  ],
  [
    'more entries than there are',
    changed((bytes, view) => view.setUint16(bytes.length - END + 10, 60_000, true)),
    'weights/malformed',
    '60000 entries',
  ],
  [
    'an entry past the end',
    changed((_, view) => view.setUint32(directoryOf(view) + 42, 0x7ffffff0, true)),
    'weights/malformed',
    'outside the file',
  ],
  [
    'a size past the end',
    changed((_, view) => {
      view.setUint32(directoryOf(view) + 20, 0x7ffffff0, true);
      view.setUint32(directoryOf(view) + 24, 0x7ffffff0, true);
    }),
    'weights/malformed',
    'outside the file',
  ],
  [
    'sizes that differ',
    changed((_, view) => view.setUint32(directoryOf(view) + 24, 5, true)),
    'weights/malformed',
    'differ',
  ],
  [
    'an entry without a header',
    changed((_, view) => view.setUint32(0, 0, true)),
    'weights/malformed',
    'has no header',
  ],
  [
    '64-bit sizes that are missing',
    changed((bytes, view) => view.setUint32(bytes.length - END + 16, 0xffffffff, true)),
    'weights/malformed',
    '64-bit directory',
  ],
  ['a name twice', writeZip([ENTRIES[0], ENTRIES[0]]), 'weights/malformed', 'twice'],
];

describe('zip archives', () => {
  it('give the place of every stored entry', async () => {
    const bytes = writeZip(ENTRIES);
    const found = await read(bytes);
    assert.deepEqual([...found.keys()], ['a/data.pkl', 'a/data/0', 'a/empty']);
    for (const [name, data] of ENTRIES) {
      const { offset, length } = found.get(name) ?? assert.fail(name);
      assert.deepEqual(bytes.slice(offset, offset + length), data);
    }
  });

  it('may end with a comment', async () => {
    const bytes = writeZip(ENTRIES);
    new DataView(bytes.buffer).setUint16(bytes.length - 2, 5, true);
    assert.equal((await read(Uint8Array.from([...bytes, ...TEXT.encode('hello')]))).size, 3);
  });

  it('may have a 64-bit directory', async () => {
    const bytes = writeZip(ENTRIES);
    const view = new DataView(bytes.buffer);
    const [count, size, offset] = [
      ENTRIES.length,
      view.getUint32(bytes.length - 10, true),
      directoryOf(view),
    ];
    const body = bytes.slice(0, -END);
    const wide = new DataView(new ArrayBuffer(56 + 20 + END));
    wide.setUint32(0, 0x06064b50, true);
    wide.setBigUint64(32, BigInt(count), true);
    wide.setBigUint64(40, BigInt(size), true);
    wide.setBigUint64(48, BigInt(offset), true);
    wide.setUint32(56, 0x07064b50, true);
    wide.setBigUint64(64, BigInt(body.length), true);
    wide.setUint32(76, 0x06054b50, true);
    for (const [at, full] of [
      [84, 0xffff],
      [86, 0xffff],
    ] as const)
      wide.setUint16(at, full, true);
    wide.setUint32(88, 0xffffffff, true);
    wide.setUint32(92, 0xffffffff, true);
    const found = await read(Uint8Array.from([...body, ...new Uint8Array(wide.buffer)]));
    assert.deepEqual([...found.keys()], [...(await read(bytes)).keys()]);
  });

  for (const [name, bytes, code, ...words] of BROKEN) {
    it(`refuse ${name}`, () => expectError(() => read(bytes), code, 'some.pt', ...words));
  }
});
