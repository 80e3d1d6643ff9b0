import assert from 'node:assert/strict';
import { NOTHING_KEPT, readPersistedBrowser } from '../../../../../webview-ui/src/browser/persisted.ts';

describe('what the feature browser kept', () => {
  const check = (what: string, value: unknown, expected: unknown): void => {
    it(what, () => assert.deepEqual(readPersistedBrowser(value), expected));
  };
  const kept = { ...NOTHING_KEPT, family: '3-res', text: 'names', sort: 'score', falling: true };
  check('reads what it wrote', kept, kept);
  check('forgets another version', { ...kept, version: 2 }, null);
  check('forgets an unknown order', { ...kept, sort: 'size' }, null);
  check('forgets an unknown category', { ...kept, category: 'odd' }, null);
  check('forgets what is no object', 'x', null);
  check('takes nothing for a damaged text', { ...kept, text: 3 }, { ...kept, text: '' });
});
