import { topIndices } from '../../analysis/candidates.ts';
import { logitsOfWrite } from '../../analysis/nodes/nodeWrite.ts';
import { removesMean, type SaeConfig } from '../../sae/config.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Unit } from '../../model/units.ts';
import type { TokenWeight, UnitLogits } from '../readings.ts';
import { saeSite } from '../../trace/gradients/readoutLatent.ts';
import { readDirection, siteOf, writeDirection, type DirectedUnit } from './directions.ts';
import { saeOf, type UnitModel } from './unitModel.ts';

/** Bins over the vocabulary: what dashboards of SAEs have. Source: SAEDashboard. */
const BINS = 50;

/** How many tokens are listed, and how they are spelled. */
export interface LogitsRequest {
  /** Tokens per list. */
  readonly k: number;
  readonly text: (id: number) => string;
}

/**
 * What a unit writes to the output tokens and reads from the input tokens, by weights alone, no token left out.
 * Source: Transformer Debugger's "upvoted tokens"; automated-interpretability's weight-based tokens.
 */
export async function unitLogits(model: UnitModel, unit: Unit, request: LogitsRequest): Promise<UnitLogits> {
  if (unit.kind === 'head') {
    const notes = [
      'A head writes what it finds at the tokens that it looks at, so it has no output tokens of its own: see its token pairs.',
    ];
    return { output: null, outputHistogram: null, input: null, notes };
  }
  if (unit.kind === 'latent' && !siteOf(saeOf(model, unit.sae))) {
    const { hook_name } = saeOf(model, unit.sae).config;
    const notes = [`What a latent at ${hook_name} reads and writes in the residual stream is not computed.`];
    return { output: null, outputHistogram: null, input: null, notes };
  }
  const output = await logitsOfWrite(model.reads, await writeDirection(model, unit));
  const input = readsEmbeddings(model, unit)
    ? await againstEmbeddings(model, await readDirection(model, unit))
    : null;
  return {
    output: ends(output, request),
    outputHistogram: histogram(output),
    input: input && ends(input, request),
    notes: [outputNote(model, unit), inputNote(model, unit)],
  };
}

/** Whether what the unit reads holds the embeddings as they are: the outputs of parts do not. */
function readsEmbeddings(model: UnitModel, unit: DirectedUnit): boolean {
  return unit.kind === 'neuron' || saeSite(saeOf(model, unit.sae).config).hook.startsWith('resid');
}

async function againstEmbeddings(model: UnitModel, direction: Float32Array): Promise<Float32Array> {
  return (await model.reads.vocabulary('W_E', tensor([1, direction.length], direction))).data;
}

function ends(
  values: Float32Array,
  { k, text }: LogitsRequest,
): { top: TokenWeight[]; bottom: TokenWeight[] } {
  const list = (ids: readonly number[]): TokenWeight[] =>
    ids.map((id) => ({ id, text: text(id), value: values[id] ?? Number.NaN }));
  const negated = values.map((value) => -value);
  return { top: list(topIndices(values, k)), bottom: list(topIndices(negated, k)) };
}

/** Equal bins from the smallest value to the largest one, which falls into the last bin. */
export function histogram(values: Float32Array): { min: number; width: number; counts: number[] } {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const width = (max - min) / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) {
    const bin = width > 0 ? Math.min(BINS - 1, Math.floor((value - min) / width)) : 0;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { min, width, counts };
}

function outputNote(model: UnitModel, unit: DirectedUnit): string {
  const behind = 'times the gain of the final LayerNorm and W_U, minus its mean over the vocabulary';
  if (unit.kind === 'neuron') return `Output: row of W_out ${behind}, for an activation of 1.`;
  const { config } = saeOf(model, unit.sae);
  const { hook } = saeSite(config);
  const through = hook === 'z' ? ' through W_O' : hook === 'post' ? ' through W_out' : '';
  const scale =
    config.normalize_activations === 'none' && config.input_scale === 1
      ? ''
      : ", before the scale of the SAE's input is put back";
  return `Output: row of the decoder${through} ${behind}, for an activation of 1${scale}.`;
}

function inputNote(model: UnitModel, unit: DirectedUnit): string {
  if (unit.kind === 'neuron') {
    return 'Input: rows of W_E times the gain of ln_2 and the column of W_in; positions, attention and the scale of ln_2 are left out.';
  }
  const { config } = saeOf(model, unit.sae);
  const { hook } = saeSite(config);
  if (!hook.startsWith('resid')) {
    const part = hook === 'mlp_out' || hook === 'post' ? 'the MLP' : 'the attention';
    return `Input: none, because the SAE reads the output of ${part}, which is no linear function of one token.`;
  }
  return `Input: rows of W_E times the column of the encoder${preparation(config)}; positions and what the blocks before it write are left out.`;
}

function preparation(config: SaeConfig): string {
  const scaled = config.normalize_activations !== 'none' || config.input_scale !== 1;
  if (!removesMean(config)) return scaled ? ", the scale of the SAE's input left out" : '';
  return `, centred as the SAE's input is${scaled ? ', its scale left out' : ''}`;
}
