import assert from 'node:assert/strict';
import {
  AUTOMATIC,
  parseSpeed,
  speedOf,
  speedText,
  speedVariables,
  type SpeedChoice,
  type SpeedText,
} from '../../../src/core/speed.ts';
import { expectError } from '../../support/expectError.ts';

describe('parseSpeed', () => {
  const check = (text: SpeedText, expected: Partial<SpeedChoice>): unknown =>
    it(JSON.stringify(text), () => assert.deepEqual(parseSpeed(text), { ...AUTOMATIC, ...expected }));
  check({}, {});
  check({ threads: '', prepack: '', provider: '' }, {});
  check({ threads: '0', prepack: 'auto', provider: 'auto' }, {});
  check({ threads: 'auto' }, {});
  check(
    { threads: '64', prepack: 'off', provider: 'cuda' },
    { threads: 64, prepack: 'off', provider: 'cuda' },
  );

  const refuse = (text: SpeedText, ...parts: string[]): unknown =>
    it(`refuses ${JSON.stringify(text)}`, () =>
      expectError(() => parseSpeed(text), 'engine/bad-setting', ...parts));
  refuse({ threads: '65' }, 'UNDERGLASS_THREADS is "65"', 'from 1 to 64');
  refuse({ threads: '-1' }, 'UNDERGLASS_THREADS');
  refuse({ threads: '1.5' }, '"1.5"');
  refuse({ threads: 'many' }, '"many"');
  refuse({ prepack: 'yes' }, 'UNDERGLASS_PREPACK is "yes"', 'auto, on, off');
  refuse({ provider: 'tensorrt' }, 'UNDERGLASS_EXECUTION_PROVIDER', 'webgpu');

  it('names fields as a person knows them', () =>
    expectError(
      () => parseSpeed({ threads: 'x' }, { threads: '--threads', prepack: '', provider: '' }),
      'engine/bad-setting',
      '--threads is "x"',
    ));
});

describe('speedVariables', () => {
  it('says to the engine what was chosen, and nothing of what was not', () => {
    const choice: SpeedChoice = { threads: 3, prepack: 'on', provider: 'webgpu' };
    assert.deepEqual(parseSpeed(speedOf(speedVariables(choice))), choice);
    assert.deepEqual(speedVariables(AUTOMATIC), {});
  });
});

describe('speedText', () => {
  it('is one line', () => {
    const inUse = {
      threads: 1,
      provider: 'cpu',
      providers: ['cpu', 'webgpu'],
      prepack: 'auto',
      notes: [],
    } as const;
    assert.equal(speedText(inUse), '1 thread, cpu (ONNX Runtime here: cpu, webgpu), prepack auto');
    assert.equal(speedText({ ...inUse, threads: 2, providers: ['cpu'] }), '2 threads, cpu, prepack auto');
  });
});
