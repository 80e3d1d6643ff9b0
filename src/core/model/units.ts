import { InterpError } from '../errors.ts';

/** One attention head, MLP neuron or SAE latent: what a person points at. */
export type Unit =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number }
  | {
      readonly kind: 'latent';
      /** Id of the SAE within its model: `{layer}-{set}`, e.g. `3-res`. */
      readonly sae: string;
      readonly index: number;
    };

/** `L9H9`, `L5N123` or `3-res/412`. */
export function formatUnit(unit: Unit): string {
  switch (unit.kind) {
    case 'head':
      return `L${unit.layer}H${unit.head}`;
    case 'neuron':
      return `L${unit.layer}N${unit.neuron}`;
    case 'latent':
      return `${unit.sae}/${unit.index}`;
  }
}

const HEAD = /^L(\d+)H(\d+)$/;
const NEURON = /^L(\d+)N(\d+)$/;
const LATENT = /^(?:[^/\s]+\/)?(\d+-[^/\s]+)\/(\d+)$/;
const TDB_COMPONENT = /^(attn|mlp)_L(\d+)_(\d+)$/;
const TRANSFORMER_LENS_HEAD = /^(\d+)\.(\d+)$/;

/**
 * Reads a unit id: `L9H9`, `L5N123`, `3-res/412`, `model/3-res/412`, and on input also the Transformer
 * Debugger's `attn_L9_9`, `mlp_L5_123` and TransformerLens' `9.9`.
 * @throws unit/unknown
 */
export function parseUnit(text: string): Unit {
  const head = HEAD.exec(text) ?? TRANSFORMER_LENS_HEAD.exec(text);
  if (head) return { kind: 'head', layer: Number(head[1]), head: Number(head[2]) };
  const neuron = NEURON.exec(text);
  if (neuron) return { kind: 'neuron', layer: Number(neuron[1]), neuron: Number(neuron[2]) };
  const latent = LATENT.exec(text);
  if (latent) return { kind: 'latent', sae: latent[1] ?? '', index: Number(latent[2]) };
  const component = TDB_COMPONENT.exec(text);
  if (component) {
    const layer = Number(component[2]);
    const index = Number(component[3]);
    return component[1] === 'attn'
      ? { kind: 'head', layer, head: index }
      : { kind: 'neuron', layer, neuron: index };
  }
  throw new InterpError('unit/unknown', `"${text}" is not a unit id.`, {
    data: { unit: text },
  });
}
