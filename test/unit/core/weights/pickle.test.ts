import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { readPickle } from '../../../../src/core/weights/pickle.ts';
import type { PickleValue } from '../../../../src/core/weights/pickleValue.ts';
import { torchHost } from '../../../../src/core/weights/torchHost.ts';
import { expectError } from '../../../support/expectError.ts';

const FILE = 'some.pt';

/** Bytes of latin-1 text, so that pickles can be written as Python prints them. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function read(text: string): PickleValue {
  return readPickle(bytes(text), { file: FILE, host: torchHost(FILE) });
}

const list = (...items: PickleValue[]): PickleValue => ({ kind: 'list', items });
const tuple = (...items: PickleValue[]): PickleValue => ({ kind: 'tuple', items });

/** Python: pickle.dumps(value, protocol). */
const VALUES: readonly [string, PickleValue][] = [
  ['\x80\x02N.', null],
  ['\x80\x02\x88.', true],
  ['\x80\x02K\x05.', 5],
  ['\x80\x02M\x2c\x01.', 300],
  ['\x80\x02J\xff\xff\xff\xff.', -1],
  ['\x80\x02\x8a\x06\x00\x00\x00\x00\x00\x01.', 2 ** 40],
  ['\x80\x02\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.', 2n ** 63n - 1n],
  ['\x80\x02\x8a\x01\xfe.', -2],
  ['\x80\x02G?\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
  ['\x80\x02X\x02\x00\x00\x00h\xc3.', 'h\ufffd'],
  ['\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94.', 'hi'],
  ['\x80\x02]q\x00(K\x01K\x02e.', list(1, 2)],
  ['\x80\x02K\x01K\x02\x86q\x00.', tuple(1, 2)],
  ['\x80\x02(K\x01K\x02K\x03K\x04tq\x00.', tuple(1, 2, 3, 4)],
  ['\x80\x02]q\x00(h\x00e.', null],
];

const REFUSED: readonly [string, string, ErrorCode, ...string[]][] = [
  ['nothing', '', 'weights/malformed', 'cut off'],
  ['protocol 0', 'I1\n.', 'weights/malformed', 'protocols 2 to 5'],
  ['protocol 9', '\x80\x09N.', 'weights/malformed', 'protocols 2 to 5'],
  ['no end', '\x80\x02N', 'weights/malformed', 'cut off'],
  ['an empty stack', '\x80\x02.', 'weights/malformed', 'the stack is empty'],
  ['a missing mark', '\x80\x02t.', 'weights/malformed', 'a mark is missing'],
  ['an empty memo', '\x80\x02h\x07.', 'weights/malformed', 'memo 7 is empty'],
  ['a text past the end', '\x80\x02X\xff\xff\xff\xffhi.', 'weights/malformed', 'cut off'],
  ['a text of 2^63 bytes', '\x80\x04\x8d\x00\x00\x00\x00\x00\x00\x00\x80hi.', 'weights/malformed', 'cut off'],
  ['a huge number', '\x80\x02\x8a\xffxx.', 'weights/malformed', 'a whole number of 255 bytes'],
  ['an unknown opcode', '\x80\x02\xf0.', 'weights/malformed', 'opcode 0xf0'],
  ['a list as key', '\x80\x02}(]K\x01u.', 'weights/malformed', 'a key is neither'],
  ['a key alone', '\x80\x02}(K\x01u.', 'weights/malformed', 'a key has no value'],
  ['items of a number', '\x80\x02K\x01(K\x01e.', 'weights/malformed', 'no list'],
  ['os.system', '\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.', 'weights/unsupported', '"os.system"'],
  [
    'eval, by its other name',
    '\x80\x04\x8c\x08builtins\x8c\x04eval\x93.',
    'weights/unsupported',
    '"builtins.eval"',
  ],
  [
    'a deeper name in an allowed module',
    '\x80\x04\x8c\x05torch\x8c\x15FloatStorage.__init__\x93.',
    'weights/unsupported',
    'FloatStorage.__init__',
  ],
  [
    'a call of a storage',
    '\x80\x02ctorch\nFloatStorage\n)R.',
    'weights/malformed',
    'arguments that are not read',
  ],
  ['a call of a number', '\x80\x02K\x01)R.', 'weights/malformed', 'no function'],
  ['arguments that are no tuple', '\x80\x02ccollections\nOrderedDict\nNR.', 'weights/malformed', 'no tuple'],
  ['state of a tuple', '\x80\x02)}b.', 'weights/malformed', 'state is set'],
  ['an extension', '\x80\x02\x82\x01.', 'weights/malformed', 'opcode 0x82'],
  ['an instance', '\x80\x02(ios\nsystem\n.', 'weights/malformed', 'opcode 0x69'],
  ['a persistent text', '\x80\x02X\x01\x00\x00\x00xQ.', 'weights/malformed', 'no storage'],
];

describe('pickles', () => {
  for (const [text, expected] of VALUES) {
    it(`read ${JSON.stringify(text)}`, () => {
      const found = read(text);
      if (expected !== null || text.includes('N')) return assert.deepEqual(found, expected);
      // A list that holds itself: read without end neither here nor by who reads the result.
      assert.ok(typeof found === 'object' && found !== null && 'items' in found && found.items[0] === found);
    });
  }

  for (const [name, text, code, ...words] of REFUSED) {
    it(`refuse ${name}`, () => expectError(() => read(text), code, FILE, ...words));
  }

  it('refuse what would grow without end', async () => {
    // Each step doubles a list by appending it to itself as items of a mark: references, not copies.
    const bomb = `\x80\x02]q\x00${'(h\x00h\x00e'.repeat(1000)}.`;
    assert.ok(read(bomb));
    const many = `\x80\x02${'N'.repeat(2_000_001)}.`;
    await expectError(() => read(many), 'weights/malformed', 'more than 2000000 values');
    const long = new Uint8Array(16 * 2 ** 20 + 1);
    const options = { file: FILE, host: torchHost(FILE) };
    await expectError(() => readPickle(long, options), 'weights/malformed', 'at most');
  });
});
