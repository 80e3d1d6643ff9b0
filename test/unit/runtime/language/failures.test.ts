import assert from 'node:assert/strict';
import { retryAfter } from '../../../../src/runtime/language/failures.ts';

describe('how long a server asks to wait', () => {
  const NOW = Date.parse('2026-01-01T00:00:00Z');
  const check = (headers: Readonly<Record<string, string>>, expected: number | null): void => {
    it(JSON.stringify(headers), () => assert.equal(retryAfter(new Headers(headers), NOW), expected));
  };
  check({ 'retry-after': '3' }, 3000);
  check({ 'retry-after': '0.5' }, 500);
  check({ 'retry-after': '3', 'retry-after-ms': '250' }, 250);
  check({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9000);
  check({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0);
  check({ 'retry-after': 'soon' }, null);
  check({ 'retry-after': '-3' }, 0);
  check({}, null);
  it('no headers', () => assert.equal(retryAfter(undefined, NOW), null));
});
