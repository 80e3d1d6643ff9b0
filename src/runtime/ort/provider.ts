import type * as Ort from 'onnxruntime-node';
import { GraphBuilder } from '../../core/graph/graphBuilder.ts';
import { PROVIDER_CHOICES, type ProviderChoice } from '../../core/speed.ts';

/** Where graphs run. */
export interface ProviderInUse {
  readonly name: string;
  /** What this platform's library names, of those that can be asked for. */
  readonly available: readonly string[];
  /** Why it is not the one that was asked for; null = it is. */
  readonly note: string | null;
}

/** What the choice needs of the runtime. */
type Runtime = Pick<typeof Ort, 'listSupportedBackends' | 'InferenceSession' | 'Tensor'>;

/** Severity 4 = fatal: what fails is told in a note, not on the error stream. */
const LOG_FATAL = 4;
/** [[1, 2], [3, 4]] times itself. */
const MATRIX = [1, 2, 3, 4];
const SQUARE = [7, 10, 15, 22];

/** The provider that was asked for, if it is brought here and computes a small product rightly; else the CPU. */
export async function chooseProvider(ort: Runtime, asked: ProviderChoice): Promise<ProviderInUse> {
  const choices: readonly string[] = PROVIDER_CHOICES;
  const available = ort
    .listSupportedBackends()
    .map(({ name }) => name)
    .filter((name) => choices.includes(name));
  if (asked === 'auto' || asked === 'cpu') return { name: 'cpu', available, note: null };
  const problem = available.includes(asked)
    ? await failure(ort, asked)
    : `ONNX Runtime has no such provider on ${process.platform} ${process.arch}, only ${available.join(', ')}`;
  if (problem === null) return { name: asked, available, note: null };
  return {
    name: 'cpu',
    available,
    note: `The execution provider ${asked} cannot be used, so the CPU is: ${problem}.`,
  };
}

/** Null when the provider works. */
async function failure(ort: Runtime, name: string): Promise<string | null> {
  const g = new GraphBuilder('probe');
  const x = g.input('x', 'float', [2, 2]);
  const product = g.op('MatMul', [x, x]);
  g.output(product);
  try {
    const options = { executionProviders: [name], logSeverityLevel: LOG_FATAL } as const;
    const session = await ort.InferenceSession.create(g.build().bytes, options);
    const feeds = { x: new ort.Tensor('float32', Float32Array.from(MATRIX), [2, 2]) };
    const result = (await session.run(feeds))[product];
    await session.release();
    const data = result === undefined ? [] : [...(result.data as Float32Array)];
    return SQUARE.every((value, index) => data[index] === value)
      ? null
      : 'it computes a small product wrongly';
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return (text.split('\n')[0] ?? text).replace(/\.$/, '');
  }
}
