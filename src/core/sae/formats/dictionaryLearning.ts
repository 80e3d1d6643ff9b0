import { quote, readFields, type FieldReader, type JsonObject } from '../../json.ts';
import type { TorchFile } from '../../weights/torchFile.ts';
import type { SaeArchitecture, SaeConfig } from '../config.ts';
import { assembleSaeTensors, type SourceName } from '../saeTensors.ts';
import { malformedSae, PLAIN_INPUT, unsupportedSae, type SaeForm } from './saeForm.ts';

interface DictClass {
  readonly architecture: SaeArchitecture;
  readonly apply_b_dec_to_input: boolean;
  readonly names: Readonly<Record<string, SourceName>>;
}

const LINEAR: Readonly<Record<string, SourceName>> = {
  W_enc: { name: 'encoder.weight', reversed: true },
  W_dec: { name: 'decoder.weight', reversed: true },
  b_enc: { name: 'encoder.bias' },
};
const SHARED_THRESHOLD: SourceName = { name: 'threshold', shared: true };

/** Source: saprmarks/dictionary_learning, dictionary.py and trainers/{top_k,batch_top_k,matryoshka_batch_top_k}.py. */
const CLASSES: Readonly<Record<string, DictClass>> = {
  AutoEncoder: plain({ ...LINEAR, b_dec: { name: 'bias' } }),
  AutoEncoderNew: { ...plain({ ...LINEAR, b_dec: { name: 'decoder.bias' } }), apply_b_dec_to_input: false },
  GatedAutoEncoder: {
    architecture: 'gated',
    apply_b_dec_to_input: true,
    names: {
      ...LINEAR,
      b_dec: { name: 'decoder_bias' },
      b_gate: { name: 'gate_bias' },
      b_mag: { name: 'mag_bias' },
    },
  },
  AutoEncoderTopK: { ...plain(LINEAR), architecture: 'topk' },
  BatchTopKSAE: { ...plain({ ...LINEAR, threshold: SHARED_THRESHOLD }), architecture: 'jumprelu' },
  MatryoshkaBatchTopKSAE: { ...plain({ threshold: SHARED_THRESHOLD }), architecture: 'jumprelu' },
  JumpReluAutoEncoder: { architecture: 'jumprelu', apply_b_dec_to_input: false, names: {} },
};

/** Buffers of training: k stands in config.json, and the threshold of a TopK SAE is another way to run it. */
const HARMLESS: ReadonlySet<string> = new Set(['k', 'threshold', 'group_sizes']);

/** What the name of the module says; SAELens takes resid_post for all. */
const SUBMODULES: readonly (readonly [RegExp, string])[] = [
  [/attn|attention/i, 'hook_attn_out'],
  [/mlp/i, 'hook_mlp_out'],
  [/resid/i, 'hook_resid_post'],
];

function plain(names: DictClass['names']): DictClass {
  return { architecture: 'standard', apply_b_dec_to_input: true, names };
}

/**
 * A SAE of dictionary_learning: config.json (`trainer`, `buffer`) and ae.pt.
 * @throws sae/malformed, sae/unsupported, weights/*
 */
export function parseDictionarySae(stored: TorchFile, json: JsonObject, file: string): SaeForm {
  const root = readFields(json, { file, code: 'sae/malformed' });
  const trainer = readFields(root.object('trainer') ?? root.fail('trainer', 'an object'), {
    file,
    code: 'sae/malformed',
  });
  const buffer = readFields(root.object('buffer') ?? {}, { file, code: 'sae/malformed' });
  const name = trainer.text('dict_class') ?? trainer.fail('dict_class', 'the name of a class');
  const kind = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (!kind) {
    const what = `"dict_class" is ${quote(name)}; computed are ${Object.keys(CLASSES).join(', ')}`;
    throw unsupportedSae(file, what, { key: 'dict_class', found: name });
  }
  const io = buffer.text('io') ?? 'out';
  if (io !== 'out')
    throw unsupportedSae(file, `"io" is ${quote(io)}; computed is "out"`, { key: 'io', found: io });
  const layer = trainer.optionalInteger('layer') ?? trainer.fail('layer', 'a layer');
  if (layer < 0) throw malformedSae(file, `"layer" must be a layer, found ${layer}`);
  const d_sae = trainer.positiveInteger('dict_size');
  const config: SaeConfig = {
    ...PLAIN_INPUT,
    architecture: kind.architecture,
    apply_b_dec_to_input: kind.apply_b_dec_to_input,
    d_in: trainer.positiveInteger('activation_dim'),
    d_sae,
    k: kind.architecture === 'topk' ? readK(trainer, d_sae) : null,
    hook_name: `blocks.${layer}.${hookOf(trainer, file)}`,
    layer,
    prepend_bos: true,
    context_size: buffer.has('ctx_len') ? buffer.positiveInteger('ctx_len') : null,
    model_name: trainer.text('lm_name'),
  };
  const assembled = assembleSaeTensors(config, stored, { names: kind.names, harmless: HARMLESS });
  return { format: 'dictionary_learning', config, neuronpedia_id: null, ...assembled };
}

function readK(trainer: FieldReader, d_sae: number): number {
  const k = trainer.positiveInteger('k');
  return k <= d_sae ? k : trainer.fail('k', `at most dict_size (${d_sae})`);
}

function hookOf(trainer: FieldReader, file: string): string {
  const submodule = trainer.text('submodule_name');
  if (submodule === null) return 'hook_resid_post';
  const hook = SUBMODULES.find(([pattern]) => pattern.test(submodule))?.[1];
  if (hook !== undefined) return hook;
  const what = `"submodule_name" is ${quote(submodule)}; known are names with resid, mlp or attn`;
  throw unsupportedSae(file, what, { key: 'submodule_name', found: submodule });
}
