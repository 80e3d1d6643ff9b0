import assert from 'node:assert/strict';
import { parseUnitLink, printUnitLink, type UnitLink } from '../../../../src/host/units/unitLink.ts';

describe('links to unit pages', () => {
  const comesBack = (link: UnitLink, path: string, query: string): void => {
    it(`${path}?${query}`, () => {
      assert.deepEqual(printUnitLink(link), { path, query });
      assert.deepEqual(parseUnitLink({ path, query }), link);
    });
  };
  comesBack({ unit: '2-res/412', model: null, tab: null }, '/unit/2-res/412', '');
  comesBack(
    { unit: '2-res/412', model: 'underglass-tiny', tab: 'weights' },
    '/unit/2-res/412',
    'model=underglass-tiny&tab=weights',
  );
  comesBack({ unit: 'L5N123', model: 'org/gpt2.1', tab: null }, '/unit/L5N123', 'model=org%2Fgpt2.1');
  comesBack({ unit: 'L9H9', model: null, tab: 'test' }, '/unit/L9H9', 'tab=test');

  it('keep what VS Code adds out', () => {
    const link = { unit: 'L9H9', model: 'gpt2', tab: null };
    assert.deepEqual(parseUnitLink({ path: '/unit/L9H9', query: 'windowId=_blank&model=gpt2' }), link);
  });

  const refused = (path: string, query = ''): void => {
    it(`refuse ${path}?${query}`.slice(0, 120), () => assert.equal(parseUnitLink({ path, query }), null));
  };
  refused('/unit/');
  refused('/unit/../../etc/passwd');
  refused('/unit/L9H9/');
  refused('/unit/attn_L9_9');
  refused('/unit/other/2-res/412');
  refused('/explain/2-res/412');
  refused('/UNIT/L9H9');
  refused('/unit/L9H9', 'tab=evil');
  refused('/unit/L9H9', 'tab=test&tab=weights');
  refused('/unit/L9H9', 'run=1');
  refused('/unit/L9H9', 'test=some+text');
  refused('/unit/L9H9', 'model=');
  refused('/unit/L9H9', 'model=/home/me/model');
  refused('/unit/L9H9', 'model=C:/model');
  refused('/unit/L9H9', 'model=%5C%5Chost%5Cshare');
  refused('/unit/L9H9', 'model=//host/share');
  refused('/unit/L9H9', 'model=..');
  refused('/unit/L9H9', 'model=a/..');
  refused('/unit/L9H9', 'model=https://example.org/m');
  refused('/unit/L9H9', `model=${'m'.repeat(400)}`);
});
