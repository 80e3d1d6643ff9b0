import assert from 'node:assert/strict';
import { formatUnit, parseUnit } from '../../src/core/model/units.ts';
import type { TokenWeight } from '../../src/core/records/readings.ts';
import type { DirectedUnit } from '../../src/core/records/units/directions.ts';
import {
  cosineUnits,
  downstreamUnits,
  upstreamUnits,
  type WeighedUnit,
} from '../../src/core/records/units/relatedUnits.ts';
import { unitLogits } from '../../src/core/records/units/unitLogits.ts';
import { openRandomUnits, type OpenUnits } from '../support/openUnits.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const K = 6;
const TOLERANCE = 1e-4;

/** One SAE of each place and of each way to scale what is read or written. */
const SAES = [
  {
    architecture: 'standard',
    hook_name: 'blocks.0.hook_attn_out',
    d_sae: 24,
    form: 'dictionary_learning',
    seed: 11,
  },
  {
    architecture: 'gated',
    hook_name: 'blocks.0.hook_resid_post',
    d_sae: 40,
    normalize_activations: 'layer_norm',
  },
  { architecture: 'topk', hook_name: 'blocks.1.hook_mlp_out', d_sae: 32, rescale_acts_by_decoder_norm: true },
  { architecture: 'jumprelu', hook_name: 'blocks.1.hook_resid_pre', d_sae: 16, center_input: true },
  {
    architecture: 'standard',
    hook_name: 'blocks.1.attn.hook_z',
    d_sae: 16,
    json: { reshape_activations: 'hook_z' },
  },
  {
    architecture: 'standard',
    hook_name: 'blocks.2.hook_resid_post',
    d_sae: 20,
    normalize_activations: 'constant_norm_rescale',
  },
  {
    architecture: 'topk',
    hook_name: 'blocks.2.hook_resid_mid',
    d_sae: 16,
    rescale_acts_by_decoder_norm: true,
  },
  {
    architecture: 'topk',
    hook_name: 'blocks.0.mlp.hook_post',
    d_sae: 24,
    normalize_activations: 'layer_norm',
  },
] as const;
const MODEL = { seed: 5, config: { n_layer: 3, n_embd: 16, n_head: 2, vocab_size: 300 } };

describe('what units read and write by their weights', function () {
  this.timeout(60_000);

  it('A13: output tokens, their histogram and input tokens are what their definitions say', () =>
    withUnits(async (units) => {
      const reads = new Directions(units);
      for (const id of ['L1N7', '0-att/3', '0-res/11', '1-z/4', '0-post/7', '1-mlp/30', '2-res/5']) {
        const unit = parseUnit(id) as DirectedUnit;
        const found = await unitLogits(units.model, unit, { k: K, text: (token) => `t${token}` });
        const votes = reads.votes(reads.write(unit));
        assertTokens(found.output, votes, id);
        assertHistogram(found.outputHistogram, votes);
        if (/att|z|mlp|post/.test(id)) {
          assert.equal(found.input, null, id);
          assert.match(found.notes[1] ?? '', /reads the output of the (MLP|attention)/);
        } else {
          assertTokens(found.input, reads.embeddings(reads.read(unit)), id);
        }
      }
      const head = await unitLogits(units.model, parseUnit('L1H1'), { k: K, text: String });
      assert.deepEqual(
        [head.output, head.outputHistogram, head.input, head.notes.length],
        [null, null, null, 1],
      );
    }));

  it('upstream and downstream are every pair of a write and a read direction that meet', () =>
    withUnits(async (units) => {
      const reads = new Directions(units);
      const all = reads.units();
      for (const id of [
        'L0N3',
        '0-post/7',
        'L1N7',
        'L2N1',
        '0-att/3',
        '0-res/11',
        '1-mlp/30',
        '1-res_pre/2',
        '2-res/5',
      ]) {
        const unit = parseUnit(id) as DirectedUnit;
        const into = all.filter((other) => meets(other, unit));
        const from = all.filter((other) => meets(unit, other));
        // Neurons are what mlp.hook_post holds.
        const pair = (writer: DirectedUnit, reader: DirectedUnit): number =>
          writer.kind === 'neuron' && placeName(reader) === '0-post'
            ? (reads.read(reader)[writer.neuron] ?? Number.NaN)
            : dot(reads.write(writer), reads.read(reader));
        const upstream = await upstreamUnits(units.model, unit, K);
        const downstream = await downstreamUnits(units.model, unit, K);
        assertUnits(
          upstream,
          into.map((other) => [other, pair(other, unit)]),
          `into ${id}`,
        );
        assertUnits(
          downstream,
          from.map((other) => [other, pair(unit, other)]),
          `from ${id}`,
        );
      }
    }));

  it('a SAE at another hook has no tokens and no units by weight, and stands in the way of nobody', () =>
    withTemporaryFolder(async (folder) => {
      const hook_name = 'blocks.1.ln2.hook_normalized';
      const sae = { architecture: 'standard', hook_name, d_sae: 16 } as const;
      const units = await openRandomUnits(folder, { ...MODEL, saes: [sae] });
      const [id = ''] = units.model.saes.keys();
      const unit = { kind: 'latent', sae: id, index: 3 } as const;
      const logits = await unitLogits(units.model, unit, { k: K, text: String });
      assert.deepEqual([logits.output, logits.input], [null, null]);
      assert.ok(logits.notes[0]?.includes(hook_name));
      assert.deepEqual(await upstreamUnits(units.model, unit, K), []);
      assert.deepEqual(await downstreamUnits(units.model, unit, K), []);
      assert.equal((await cosineUnits(units.model, unit, K)).length, K);
      assert.equal((await upstreamUnits(units.model, { kind: 'neuron', layer: 2, neuron: 0 }, K)).length, K);
      await units.release();
    }));

  it('cosines are those of the write directions, its own left out', () =>
    withUnits(async (units) => {
      const reads = new Directions(units);
      for (const id of ['L1N7', '0-res/11', '1-mlp/30']) {
        const unit = parseUnit(id) as DirectedUnit;
        const own = reads.write(unit);
        const family = reads.units().filter((other) => placeName(other) === placeName(unit));
        const expected = family
          .filter((other) => formatUnit(other) !== id)
          .map((other): [DirectedUnit, number] => {
            const write = reads.write(other);
            return [other, dot(own, write) / Math.hypot(...own) / Math.hypot(...write)];
          });
        assertUnits(await cosineUnits(units.model, unit, K), expected, id);
      }
    }));
});

/** Whether what `writer` writes reaches what `reader` reads, told from the hooks' order in the model alone. */
function meets(writer: DirectedUnit, reader: DirectedUnit): boolean {
  const [from, to] = [placeName(writer), placeName(reader)];
  return (REACHES[from] ?? []).includes(to);
}

/** Written by hand: places in order are attention 0, MLP 0, (0-res = 1-res), attention 1, MLP 1, 2-mid, MLP 2, 2-res. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  L0: ['0-post', 'L1', 'L2', '0-res', '1-res_pre', '2-res_mid', '2-res'],
  '0-post': ['L1', 'L2', '0-res', '1-res_pre', '2-res_mid', '2-res'],
  L1: ['L2', '1-mlp', '2-res_mid', '2-res'],
  L2: ['2-res'],
  '0-att': ['L0', 'L1', 'L2', '0-res', '1-res_pre', '2-res_mid', '2-res'],
  '0-res': ['L1', 'L2', '2-res_mid', '2-res'],
  '1-res_pre': ['L1', 'L2', '2-res_mid', '2-res'],
  '1-z': ['L1', 'L2', '2-res_mid', '2-res'],
  '1-mlp': ['L2', '2-res_mid', '2-res'],
  '2-res_mid': ['L2', '2-res'],
  '2-res': [],
};

function placeName(unit: DirectedUnit): string {
  return unit.kind === 'neuron' ? `L${unit.layer}` : unit.sae;
}

/** Directions from the weights as stored, float64. */
class Directions {
  private readonly opened: OpenUnits;

  constructor(units: OpenUnits) {
    this.opened = units;
  }

  units(): DirectedUnit[] {
    const { config, model } = this.opened;
    const neurons = Array.from({ length: config.n_layers * config.d_mlp }, (_, at): DirectedUnit => {
      return { kind: 'neuron', layer: Math.floor(at / config.d_mlp), neuron: at % config.d_mlp };
    });
    const latents = [...model.saes.values()].flatMap(({ id, config: { d_sae } }) =>
      Array.from({ length: d_sae }, (_, index): DirectedUnit => ({ kind: 'latent', sae: id, index })),
    );
    return [...neurons, ...latents];
  }

  write(unit: DirectedUnit): Float64Array {
    const { d_model } = this.opened.config;
    if (unit.kind === 'neuron') {
      const rows = this.opened.weights(`h.${unit.layer}.mlp.c_proj.weight`);
      return Float64Array.from(rows.subarray(unit.neuron * d_model, (unit.neuron + 1) * d_model));
    }
    const row = this.decoder(unit);
    const rescaled = this.opened.model.saes.get(unit.sae)?.config.rescale_acts_by_decoder_norm === true;
    if (unit.sae === '1-z' || unit.sae === '0-post') {
      const through = unit.sae === '1-z' ? 'h.1.attn.c_proj.weight' : 'h.0.mlp.c_proj.weight';
      const W = this.opened.weights(through);
      return Float64Array.from({ length: d_model }, (_, i) =>
        row.reduce((sum, value, j) => sum + value * at(W, j * d_model + i), 0),
      );
    }
    return rescaled ? row.map((value) => value / Math.hypot(...row)) : row;
  }

  read(unit: DirectedUnit): Float64Array {
    const { config, weights, model, saeWeights } = this.opened;
    const { d_model, d_mlp } = config;
    if (unit.kind === 'neuron') {
      const gain = weights(`h.${unit.layer}.ln_2.weight`);
      const W_in = weights(`h.${unit.layer}.mlp.c_fc.weight`);
      return Float64Array.from(
        { length: d_model },
        (_, i) => at(gain, i) * at(W_in, i * d_mlp + unit.neuron),
      );
    }
    const sae = model.saes.get(unit.sae)?.config ?? assert.fail();
    const stored = saeWeights.get(unit.sae) ?? assert.fail();
    let gain = sae.architecture === 'gated' ? Math.exp(at(stored('r_mag'), unit.index)) : 1;
    if (sae.rescale_acts_by_decoder_norm) gain = Math.hypot(...this.decoder(unit));
    const column = Float64Array.from(
      { length: sae.d_in },
      (_, i) => gain * at(stored('W_enc'), i * sae.d_sae + unit.index),
    );
    if (sae.normalize_activations !== 'layer_norm' && !sae.center_input) return column;
    const mean = column.reduce((sum, value) => sum + value, 0) / sae.d_in;
    return column.map((value) => value - mean);
  }

  votes(write: Float64Array): Float64Array {
    const gain = this.opened.weights('ln_f.weight');
    const scores = this.embeddings(write.map((value, i) => value * at(gain, i)));
    const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
    return scores.map((value) => value - mean);
  }

  /** Against every row of the (tied) token table. */
  embeddings(direction: Float64Array): Float64Array {
    const { d_vocab, d_model } = this.opened.config;
    const table = this.opened.weights('wte.weight');
    return Float64Array.from({ length: d_vocab }, (_, id) =>
      direction.reduce((sum, value, i) => sum + value * at(table, id * d_model + i), 0),
    );
  }

  private decoder(unit: Extract<DirectedUnit, { readonly kind: 'latent' }>): Float64Array {
    const { d_in } = this.opened.model.saes.get(unit.sae)?.config ?? assert.fail();
    const W_dec = this.opened.saeWeights.get(unit.sae)?.('W_dec') ?? assert.fail();
    return Float64Array.from(W_dec.subarray(unit.index * d_in, (unit.index + 1) * d_in));
  }
}

function assertTokens(
  found: { readonly top: readonly TokenWeight[]; readonly bottom: readonly TokenWeight[] } | null,
  expected: Float64Array,
  what: string,
): void {
  const order = [...expected.keys()].toSorted((a, b) => at(expected, b) - at(expected, a));
  assert.deepEqual(
    found?.top.map(({ id }) => id),
    order.slice(0, K),
    what,
  );
  assert.deepEqual(
    found?.bottom.map(({ id }) => id),
    order.toReversed().slice(0, K),
    what,
  );
  for (const { id, text, value } of [...(found?.top ?? []), ...(found?.bottom ?? [])]) {
    assert.equal(text, `t${id}`);
    near(value, at(expected, id), `${what} ${text}`);
  }
}

function assertHistogram(
  found: { readonly min: number; readonly width: number; readonly counts: readonly number[] } | null,
  values: Float64Array,
): void {
  assert.ok(found);
  near(found.min, Math.min(...values), 'least');
  near(found.min + found.width * found.counts.length, Math.max(...values), 'most');
  assert.equal(
    found.counts.reduce((sum, count) => sum + count, 0),
    values.length,
  );
  const median = values.toSorted()[values.length >> 1] ?? 0;
  const below = found.counts.slice(0, Math.ceil((median - found.min) / found.width));
  const share = below.reduce((sum, count) => sum + count, 0) / values.length;
  assert.ok(share >= 0.5 && share < 0.7, `${share} of the tokens up to the median's bin`);
}

function assertUnits(
  found: readonly WeighedUnit[],
  expected: readonly (readonly [DirectedUnit, number])[],
  what: string,
): void {
  const best = expected.toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, K);
  assert.deepEqual(
    found.map(({ unit }) => formatUnit(unit)),
    best.map(([unit]) => formatUnit(unit)),
    what,
  );
  found.forEach(({ value }, index) => near(value, best[index]?.[1] ?? Number.NaN, what));
}

function near(found: number, expected: number, what: string): void {
  const error = Math.abs(found - expected);
  assert.ok(error < TOLERANCE * Math.max(1, Math.abs(expected)), `${what}: ${found}, expected ${expected}`);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * at(b, i), 0);
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}

async function withUnits(use: (units: OpenUnits) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const units = await openRandomUnits(folder, { ...MODEL, saes: SAES });
    await use(units);
    await units.release();
  });
}
