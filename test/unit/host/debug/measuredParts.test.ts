import assert from 'node:assert/strict';
import { MeasuredParts } from '../../../../src/host/debug/measuredParts.ts';

describe('what was measured of a run', () => {
  it('is answered again without asking, until another run is asked about; failures are not held', async () => {
    const parts = new MeasuredParts();
    const asked: string[] = [];
    const get = (debugId: string, part: string): Promise<string> => {
      const params = { debugId, part };
      return parts.get('debug/sweepPart', params, () => {
        asked.push(`${debugId} ${part}`);
        return part === 'bad' ? Promise.reject(new Error('bad')) : Promise.resolve(`${debugId} ${part}`);
      });
    };
    assert.deepEqual([await get('a', '1'), await get('a', '2'), await get('a', '1')], ['a 1', 'a 2', 'a 1']);
    await assert.rejects(get('a', 'bad'));
    await assert.rejects(get('a', 'bad'));
    assert.equal(await get('b', '1'), 'b 1');
    assert.equal(await get('a', '1'), 'a 1');
    assert.deepEqual(asked, ['a 1', 'a 2', 'a bad', 'a bad', 'b 1', 'a 1']);
  });

  it('of a run that was left behind meanwhile is not held', async () => {
    const parts = new MeasuredParts();
    let release = (): void => undefined;
    const slow = parts.get(
      'm',
      { debugId: 'a' },
      () => new Promise((resolve) => (release = () => resolve(1))),
    );
    await parts.get('m', { debugId: 'b' }, () => Promise.resolve(2));
    release();
    assert.equal(await slow, 1);
    assert.equal(await parts.get('m', { debugId: 'a' }, () => Promise.resolve(3)), 3);
  });
});
