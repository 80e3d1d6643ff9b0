import * as ort from 'onnxruntime-node';
import { InterpError } from '../../core/errors.ts';
import type { GraphModel } from '../../core/graph/graphBuilder.ts';
import type {
  Feeds,
  GraphSession,
  IntTensor,
  SessionFactory,
  WeightPolicy,
} from '../../core/graph/session.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';

export interface OrtOptions {
  readonly threads: number;
}

/** ORT's own log level 3 = errors only: its warnings about unused outputs are noise here. */
const LOG_ERRORS = 3;

/** Sessions of ONNX Runtime on the CPU. Options are measured ones: see ARCHITECTURE.md, decision 2. */
export function ortSessions(options: OrtOptions): SessionFactory {
  return {
    create: async (model, policy) => {
      try {
        const session = await ort.InferenceSession.create(
          model.bytes,
          sessionOptions(model, policy, options),
        );
        return wrap(session, model.name);
      } catch (error) {
        throw ortError(error, `loading graph ${model.name}`);
      }
    },
  };
}

/** Version of the runtime in use. */
export function ortVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}

function sessionOptions(
  model: GraphModel,
  policy: WeightPolicy,
  options: OrtOptions,
): ort.InferenceSession.SessionOptions {
  const folder = model.folder === null ? {} : { model_external_initializers_file_folder_path: model.folder };
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
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

function wrap(session: ort.InferenceSession, name: string): GraphSession {
  return {
    run: async (feeds, fetches) => {
      try {
        const results = await session.run(toOrt(feeds), [...fetches]);
        return new Map(Object.entries(results).map(([key, value]) => [key, fromOrt(value)]));
      } catch (error) {
        throw ortError(error, `running graph ${name}`);
      }
    },
    release: () => session.release(),
  };
}

function toOrt(feeds: Feeds): Record<string, ort.Tensor> {
  const entries = Object.entries(feeds).map(([name, feed]): [string, ort.Tensor] => [
    name,
    'ints' in feed
      ? new ort.Tensor('int64', feed.ints, feed.dims)
      : new ort.Tensor('float32', feed.data, feed.dims),
  ]);
  return Object.fromEntries(entries);
}

function fromOrt(value: ort.Tensor): Tensor | IntTensor {
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
