import type * as Ort from 'onnxruntime-node';
import { InterpError } from '../../core/errors.ts';
import type { GraphModel } from '../../core/graph/graphBuilder.ts';
import type {
  Feeds,
  GraphSession,
  IntTensor,
  SessionFactory,
  WeightPolicy,
} from '../../core/graph/session.ts';
import type { ProviderChoice } from '../../core/speed.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { discard } from './discard.ts';
import { chooseProvider, type ProviderInUse } from './provider.ts';

export interface OrtOptions {
  readonly threads: number;
  /** Default: the CPU, on which all results are verified. */
  readonly provider?: ProviderChoice;
}

/** ORT's own log level 3 = errors only: its warnings about unused outputs are noise here. */
const LOG_ERRORS = 3;

/** Sessions of ONNX Runtime. */
export interface OrtSessions extends SessionFactory {
  /** Version of the runtime. @throws engine/unavailable */
  version(): Promise<string>;
  /** Decided once for all sessions: results of two providers are never mixed. @throws engine/unavailable */
  provider(): Promise<ProviderInUse>;
}

/** Options are measured ones: see ARCHITECTURE.md, decision 2. The native library is loaded on first use. */
export function ortSessions(options: OrtOptions): OrtSessions {
  let loading: Promise<typeof Ort> | null = null;
  const load = (): Promise<typeof Ort> => (loading ??= loadOrt());
  let choosing: Promise<ProviderInUse> | null = null;
  const provider = (): Promise<ProviderInUse> =>
    (choosing ??= load().then((ort) => chooseProvider(ort, options.provider ?? 'auto')));
  return {
    create: async (model, policy) => {
      const ort = await load();
      const { name } = await provider();
      try {
        const session = await ort.InferenceSession.create(
          model.bytes,
          sessionOptions(model, policy, { threads: options.threads, provider: name }),
        );
        return wrap(ort, session, model.name);
      } catch (error) {
        throw ortError(error, `loading graph ${model.name}`);
      }
    },
    version: async () => {
      const { env } = await load();
      return env.versions.node ?? env.versions.common;
    },
    provider,
  };
}

/** A machine without the library gets an error and not a dead process. @throws engine/unavailable */
async function loadOrt(): Promise<typeof Ort> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const { platform, arch } = process;
    const text = error instanceof Error ? error.message : String(error);
    throw new InterpError(
      'engine/unavailable',
      `ONNX Runtime could not be loaded on ${platform} ${arch}: ${text}`,
      {
        data: { platform, arch },
        cause: error,
      },
    );
  }
}

function sessionOptions(
  model: GraphModel,
  policy: WeightPolicy,
  { threads, provider }: { readonly threads: number; readonly provider: string },
): Ort.InferenceSession.SessionOptions {
  const folder = model.folder === null ? {} : { model_external_initializers_file_folder_path: model.folder };
  return {
    // What another provider lacks runs on the CPU.
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Without folding, a Cast of half-precision weights stays in the graph and runs each time.
    graphOptimizationLevel: policy === 'cast' ? 'disabled' : 'basic',
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: LOG_ERRORS,
    extra: {
      session: {
        ...folder,
        disable_prepacking: policy === 'prepack' ? '0' : '1',
        // Many small sessions: spinning pools would fight for the cores (1.3 to 9 times slower).
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}

function wrap(ort: typeof Ort, session: Ort.InferenceSession, name: string): GraphSession {
  return {
    run: async (feeds, fetches, into = {}) => {
      try {
        const given = toOrt(ort, into);
        const results = await session.run(
          toOrt(ort, feeds),
          Object.fromEntries(fetches.map((fetch) => [fetch, given[fetch] ?? null])),
        );
        return new Map(Object.entries(results).map(([key, value]) => [key, placed(into[key], value)]));
      } catch (error) {
        throw ortError(error, `running graph ${name}`);
      }
    },
    release: () => session.release(),
  };
}

/** The runtime gives a copy of what it wrote into a place: the place is as good. */
function placed(place: Tensor | IntTensor | undefined, value: Ort.Tensor): Tensor | IntTensor {
  const copy = fromOrt(value);
  if (!place) return copy;
  discard('ints' in copy ? copy.ints : copy.data);
  return place;
}

function toOrt(ort: typeof Ort, feeds: Feeds): Record<string, Ort.Tensor> {
  const entries = Object.entries(feeds).map(([name, feed]): [string, Ort.Tensor] => [
    name,
    'ints' in feed
      ? new ort.Tensor('int64', feed.ints, feed.dims)
      : new ort.Tensor('float32', feed.data, feed.dims),
  ]);
  return Object.fromEntries(entries);
}

function fromOrt(value: Ort.Tensor): Tensor | IntTensor {
  const { data, dims } = value;
  if (data instanceof BigInt64Array) return { dims, ints: data };
  if (data instanceof Float32Array) return { dims, data };
  throw new InterpError('internal/bug', `a graph returned ${value.type}, which is not handled`);
}

const MEMORY_SIGNS = [
  'bad_alloc',
  'Failed to allocate memory',
  'out of memory',
  'Array buffer allocation failed',
];

/** ORT throws plain Errors: only its memory failures can be told apart, by their text. */
function ortError(error: unknown, doing: string): InterpError {
  const text = error instanceof Error ? error.message : String(error);
  const memory = MEMORY_SIGNS.some((sign) => text.includes(sign));
  const code = memory ? 'engine/out-of-memory' : 'internal/bug';
  return new InterpError(code, `${doing} failed: ${text.split('\n')[0]}`, { cause: error });
}
