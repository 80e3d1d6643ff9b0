import { InterpError, type ErrorData } from '../errors.ts';
import { placeInFile, type StoredTensor, type TensorTable } from '../weights/storedTensor.ts';
import type { TensorEntry } from '../weights/tensorEntry.ts';
import type { ModelConfig } from './config.ts';

/**
 * An opened model folder: validated configuration and the place of every tensor, nothing read yet.
 * Keys of `tensors` are Hugging Face names without the `transformer.` prefix
 * (`wte.weight`, `h.0.attn.c_attn.weight`, ..., `lm_head.weight` only when untied).
 */
export interface Checkpoint {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Causal mask buffers that old checkpoints store; they hold no weights and may be of any dtype. */
const MASK_BUFFER = /^h\.\d+\.attn\.(?:bias|masked_bias)$/;
const PREFIX = 'transformer.';
/** Names quoted in a warning. */
const MAX_NAMED = 3;

/** Every tensor that the model needs, by its name without prefix, with its shape. Conv1D weights are [in, out]. */
export function requiredTensors(config: ModelConfig): Map<string, readonly number[]> {
  const { d_model, d_mlp, d_vocab, n_ctx } = config;
  const block: [string, number[]][] = [
    ['ln_1.weight', [d_model]],
    ['ln_1.bias', [d_model]],
    ['attn.c_attn.weight', [d_model, 3 * d_model]],
    ['attn.c_attn.bias', [3 * d_model]],
    ['attn.c_proj.weight', [d_model, d_model]],
    ['attn.c_proj.bias', [d_model]],
    ['ln_2.weight', [d_model]],
    ['ln_2.bias', [d_model]],
    ['mlp.c_fc.weight', [d_model, d_mlp]],
    ['mlp.c_fc.bias', [d_mlp]],
    ['mlp.c_proj.weight', [d_mlp, d_model]],
    ['mlp.c_proj.bias', [d_model]],
  ];
  const blocks = Array.from({ length: config.n_layers }, (_, layer) =>
    block.map(([name, shape]): [string, number[]] => [`h.${layer}.${name}`, shape]),
  );
  return new Map([
    ['wte.weight', [d_vocab, d_model]],
    ['wpe.weight', [n_ctx, d_model]],
    ...blocks.flat(),
    ['ln_f.weight', [d_model]],
    ['ln_f.bias', [d_model]],
    ...(config.tied ? [] : [['lm_head.weight', [d_vocab, d_model]] as [string, number[]]]),
  ]);
}

/**
 * Picks the needed tensors out of the tables of a model's files and checks name, dtype, shape and layout of each.
 * Mask buffers are passed over; other tensors that nothing needs become a warning. A stored `lm_head.weight`
 * of a tied model is one of them (transformers overwrites it by `wte.weight` too) unless it is the same place in the file.
 * @throws weights/missing-tensor, weights/wrong-shape, weights/unsupported-dtype, weights/unsupported (not row by row),
 *   weights/malformed (named twice)
 */
export function assembleCheckpoint(
  directory: string,
  config: ModelConfig,
  tables: readonly TensorTable[],
): { checkpoint: Checkpoint; warnings: string[] } {
  const stored = collect(tables);
  const required = requiredTensors(config);
  const tensors = new Map<string, TensorEntry>();
  for (const [name, shape] of required) {
    const found = stored.get(name);
    if (!found) throw missing(name, shape, tables);
    if (!sameShape(found.tensor.shape, shape)) throw wrongShape(found, shape);
    tensors.set(name, entryOf(found));
  }
  const used = new Set([...tensors.values()].map(placeOf));
  // A tied head is saved by PyTorch as a second name of the embedding: nothing of it goes unused.
  const isUnused = ([name, { tensor, file }]: [string, Stored]): boolean =>
    !required.has(name) && !MASK_BUFFER.test(name) && !used.has(placeOf({ ...tensor, file }));
  const unused = [...stored].filter(isUnused).map(([name]) => name);
  return { checkpoint: { directory, config, tensors }, warnings: unusedWarning(unused) };
}

/** Number of weights that the model runs with; a tied head counts once. */
export function countParameters(checkpoint: Checkpoint): number {
  let count = 0;
  for (const { shape } of checkpoint.tensors.values()) count += shape.reduce((size, dim) => size * dim, 1);
  return count;
}

interface Stored {
  readonly tensor: StoredTensor;
  readonly file: string;
}

function collect(tables: readonly TensorTable[]): Map<string, Stored> {
  const stored = new Map<string, Stored>();
  for (const { file, tensors } of tables) {
    for (const tensor of tensors.values()) {
      const name = tensor.name.startsWith(PREFIX) ? tensor.name.slice(PREFIX.length) : tensor.name;
      const earlier = stored.get(name);
      if (earlier) {
        const where = earlier.file === file ? `twice in ${file}` : `in ${earlier.file} and in ${file}`;
        const data: ErrorData = { file, tensor: name };
        throw new InterpError('weights/malformed', `Tensor "${name}" is stored ${where}.`, { data });
      }
      stored.set(name, { tensor, file });
    }
  }
  return stored;
}

/** The graphs read weights where they lie, row by row. */
function entryOf({ tensor, file }: Stored): TensorEntry {
  const { entry, transposed } = placeInFile(tensor, file);
  if (!transposed) return entry;
  const message = `${file}: tensor "${tensor.name}" is stored column by column; it must be contiguous.`;
  throw new InterpError('weights/unsupported', message, { data: { file, tensor: tensor.name } });
}

function placeOf({ file, offset, length }: Pick<TensorEntry, 'file' | 'offset' | 'length'>): string {
  return `${offset}+${length} ${file}`;
}

function missing(name: string, shape: readonly number[], tables: readonly TensorTable[]): InterpError {
  const files = tables.map(({ file }) => file).join(', ');
  return new InterpError(
    'weights/missing-tensor',
    `${files}: tensor "${name}" of shape [${shape.join(', ')}] is needed and not there.`,
    { data: { file: files, tensor: name, expected: `[${shape.join(', ')}]`, found: null } },
  );
}

function wrongShape({ tensor, file }: Stored, expected: readonly number[]): InterpError {
  const found = `[${tensor.shape.join(', ')}]`;
  const wanted = `[${expected.join(', ')}]`;
  return new InterpError(
    'weights/wrong-shape',
    `${file}: tensor "${tensor.name}" must have shape ${wanted} by config.json, found ${found}.`,
    { data: { file, tensor: tensor.name, expected: wanted, found } },
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

function unusedWarning(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const named = names.slice(0, MAX_NAMED).join(', ');
  const more = names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : '';
  return [`Stored tensors that this model does not use: ${named}${more}.`];
}
