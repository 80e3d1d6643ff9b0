import type { SaeConfig } from './config.ts';

/**
 * What is done to the values of the hook before a SAE encodes them, and undone on its output, in plain sentences;
 * empty when they are read as they are.
 */
export function describePreparation(config: SaeConfig): string[] {
  const { center_input, input_scale, normalize_activations, reshape_activations } = config;
  return [
    ...(reshape_activations === 'hook_z' ? ['The heads of hook_z are put side by side.'] : []),
    ...(center_input
      ? [
          'The mean over d_model is taken off, and put back on the output: the SAE was trained on a model with center_writing_weights.',
        ]
      : []),
    ...(input_scale === 1
      ? []
      : [`Multiplied by ${Number(input_scale.toPrecision(6))}, and the output divided by it.`]),
    ...NORMALIZATIONS[normalize_activations],
  ];
}

const NORMALIZATIONS: Readonly<Record<SaeConfig['normalize_activations'], readonly string[]>> = {
  none: [],
  constant_norm_rescale: ['Each row is rescaled to a norm of sqrt(d_in), and the output scaled back.'],
  layer_norm: [
    'Each row is brought to mean 0 and standard deviation 1 (unbiased, n - 1; 1e-5 is added to it), and the output brought back.',
  ],
};
