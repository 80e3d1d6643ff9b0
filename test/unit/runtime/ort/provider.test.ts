import assert from 'node:assert/strict';
import * as ort from 'onnxruntime-node';
import { chooseProvider } from '../../../../src/runtime/ort/provider.ts';

type Runtime = Parameters<typeof chooseProvider>[0];

/** A runtime whose sessions give `product` of the probe. */
function runtime(product: () => Promise<readonly number[]>): Runtime {
  const session = {
    run: async () => {
      const data = Float32Array.from(await product());
      return new Proxy({}, { get: () => ({ data }) });
    },
    release: async () => {},
  };
  const create = async (): Promise<unknown> => session;
  return {
    Tensor: ort.Tensor,
    listSupportedBackends: () => [
      { name: 'cpu', bundled: true },
      { name: 'cuda', bundled: false },
      // It cannot be asked for.
      { name: 'tensorrt', bundled: false },
    ],
    InferenceSession: { create } as Runtime['InferenceSession'],
  };
}

describe('chooseProvider', () => {
  const right = runtime(() => Promise.resolve([7, 10, 15, 22]));
  const available = ['cpu', 'cuda'];

  it('is the CPU unless another is asked for', async () => {
    for (const asked of ['auto', 'cpu'] as const)
      assert.deepEqual(await chooseProvider(right, asked), { name: 'cpu', available, note: null });
  });

  it('takes one that is there and computes rightly', async () => {
    assert.deepEqual(await chooseProvider(right, 'cuda'), { name: 'cuda', available, note: null });
  });

  const fallsBack = (name: string, run: Runtime, asked: 'cuda' | 'dml', why: RegExp): unknown =>
    it(`falls back to the CPU and says why: ${name}`, async () => {
      const { name: used, note } = await chooseProvider(run, asked);
      assert.equal(used, 'cpu');
      assert.match(
        note ?? '',
        new RegExp(`^The execution provider ${asked} cannot be used, so the CPU is: `),
      );
      assert.match(note ?? '', why);
    });
  fallsBack('not of this platform', right, 'dml', /no such provider on .* only cpu, cuda\./);
  fallsBack(
    'wrong numbers',
    runtime(() => Promise.resolve([7, 10, 15, 21])),
    'cuda',
    /wrongly/,
  );
  fallsBack(
    'a library is missing',
    runtime(() => Promise.reject(new Error('no shared library.\nmore'))),
    'cuda',
    /: no shared library\.$/,
  );

  it("asks this platform's own list", async () => {
    const { name, available: here } = await chooseProvider(ort, 'auto');
    assert.ok(here.includes(name));
  });
});
