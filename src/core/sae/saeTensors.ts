import { InterpError } from '../errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { hookShape, resolveHook } from '../model/hooks.ts';
import { placeInFile, type StoredTensor, type TensorTable } from '../weights/storedTensor.ts';
import type { TensorEntry } from '../weights/tensorEntry.ts';
import type { SaeConfig } from './config.ts';

/** Stored by old SAELens; folded in when all ones, else they would change the mathematics. Shape [d_sae]. */
const SCALING_TENSORS: ReadonlySet<string> = new Set(['scaling_factor', 'finetuning_scaling_factor']);

/** Tensors of a SAE by SAELens' names, with their shapes. */
export function saeTensorShapes(
  config: Pick<SaeConfig, 'architecture' | 'd_in' | 'd_sae'>,
): Map<string, readonly number[]> {
  const { d_in, d_sae } = config;
  const latents = [d_sae];
  const shapes = new Map<string, readonly number[]>([
    ['W_enc', [d_in, d_sae]],
    ['W_dec', [d_sae, d_in]],
    ['b_dec', [d_in]],
  ]);
  if (config.architecture === 'gated') {
    return shapes.set('b_gate', latents).set('b_mag', latents).set('r_mag', latents);
  }
  shapes.set('b_enc', latents);
  return config.architecture === 'jumprelu' ? shapes.set('threshold', latents) : shapes;
}

/** Under which name another format keeps a tensor. */
export interface SourceName {
  readonly name: string;
  /** Its axes are the other way round: PyTorch's Linear keeps [out, in]. */
  readonly reversed?: true;
  /** One number for all latents. */
  readonly shared?: true;
}

/** The tensors of a SAE's files under one set of names. */
export interface AssembledSae {
  /** By SAELens' names. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Of these, the matrices that lie in the file as their transpose. */
  readonly transposed: ReadonlySet<string>;
  /** Scaling factors: whoever reads them must see ones. */
  readonly scaling: readonly TensorEntry[];
  readonly warnings: readonly string[];
}

/**
 * Picks a SAE's tensors out of its file, where they stay.
 * @param options.names where another format keeps them; SAELens' own names otherwise.
 * @param options.harmless tensors that are known and change nothing.
 * @throws sae/malformed naming file, tensor, expected and found; weights/unsupported(-dtype)
 */
export function assembleSaeTensors(
  config: SaeConfig,
  table: TensorTable,
  options: {
    readonly names?: Readonly<Record<string, SourceName>>;
    readonly harmless?: ReadonlySet<string>;
  } = {},
): AssembledSae {
  const { file } = table;
  const tensors = new Map<string, TensorEntry>();
  const transposed = new Set<string>();
  const used = new Set<string>();
  for (const [name, shape] of saeTensorShapes(config)) {
    const source = options.names?.[name] ?? { name };
    const stored = requireShape(config, table, source, shape);
    const placed = placeInFile(stored, file);
    used.add(source.name);
    tensors.set(name, source.shared ? { ...placed.entry, shape: [1] } : placed.entry);
    if (placed.transposed !== (source.reversed ?? false)) transposed.add(name);
  }
  const rest = [...table.tensors.values()].filter(({ name }) => !used.has(name));
  const scaling = rest
    .filter(({ name }) => SCALING_TENSORS.has(name))
    .map((each) => placeInFile(each, file).entry);
  const unused = rest
    .map(({ name }) => name)
    .filter((name) => !SCALING_TENSORS.has(name) && !(options.harmless?.has(name) ?? false));
  const warnings = unused.length === 0 ? [] : [`${file}: tensors that are not used: ${unused.join(', ')}.`];
  return { tensors, transposed, scaling, warnings };
}

function requireShape(
  config: SaeConfig,
  { file, tensors }: TensorTable,
  source: SourceName,
  shape: readonly number[],
): StoredTensor {
  const { name, reversed = false, shared = false } = source;
  const spell = (dims: readonly number[]): string => `[${dims.join(', ')}]`;
  const wanted = spell(reversed ? shape.toReversed() : shape);
  const stored = tensors.get(name);
  const size = stored?.shape.reduce((product, dim) => product * dim, 1);
  if (stored && (shared ? size === 1 : spell(stored.shape) === wanted)) return stored;
  const found = stored ? spell(stored.shape) : 'nothing';
  const turned = stored && shape.length === 2 && spell(stored.shape.toReversed()) === wanted;
  const expected = shared ? 'one number' : `shape ${wanted}`;
  const what = `${file}: tensor "${name}" of a ${config.architecture} SAE must have ${expected}, found ${found}${turned ? ': it is transposed' : ''}.`;
  throw new InterpError('sae/malformed', what, { data: { file, tensor: name, expected: wanted, found } });
}

/** @throws sae/unsupported when a stored scaling factor is not all ones. */
export function assertAllOnes(entry: TensorEntry, values: Float32Array): void {
  const at = values.findIndex((value) => value !== 1);
  if (at < 0) return;
  throw new InterpError(
    'sae/unsupported',
    `${entry.file}: "${entry.name}" is ${values[at]} at latent ${at}; only ones are run. Fold it into W_dec.`,
    { data: { file: entry.file, tensor: entry.name, expected: 1, found: values[at] ?? null } },
  );
}

/** @throws sae/config-mismatch when the SAE's hook, layer or d_in is not the model's; hook/unknown */
export function assertSaeFits(sae: SaeConfig, model: ModelConfig): void {
  const mismatch = (key: string, expected: number | string, found: number | string): InterpError =>
    new InterpError(
      'sae/config-mismatch',
      `The SAE of ${sae.hook_name} does not fit the model: ${key} must be ${expected}, found ${found}.`,
      { data: { hook: sae.hook_name, key, expected, found } },
    );
  if (sae.layer >= model.n_layers) throw mismatch('its layer', `below ${model.n_layers}`, sae.layer);
  const { spec } = resolveHook(model, sae.hook_name);
  if (spec.dims[0] !== 'pos') throw mismatch('its hook', 'one with a row per token', sae.hook_name);
  const [, ...width] = hookShape(model, spec, 1);
  if (width.length > 1 && sae.reshape_activations !== 'hook_z') {
    throw mismatch('reshape_activations', 'hook_z', sae.reshape_activations);
  }
  const d_in = width.reduce((size, dim) => size * dim, 1);
  if (d_in !== sae.d_in) throw mismatch('d_in', d_in, sae.d_in);
}
