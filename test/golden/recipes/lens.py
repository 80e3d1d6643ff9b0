"""Opens a GPT-2 folder in Hugging Face transformers and in TransformerLens, weights as they are in the file."""

import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions.gpt2 import convert_gpt2_weights


def open_hf(folder: Path, dtype: torch.dtype) -> transformers.GPT2LMHeadModel:
    """Attention is computed eagerly, so that patterns can be had."""
    model = transformers.GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager", dtype=dtype)
    return model.eval()


def open_lens(hf: transformers.GPT2LMHeadModel) -> HookedTransformer:
    """The same parameters; nothing is folded, centred or rescaled."""
    config = hf.config
    lens = HookedTransformer(
        HookedTransformerConfig(
            n_layers=config.n_layer,
            d_model=config.n_embd,
            n_heads=config.n_head,
            d_head=config.n_embd // config.n_head,
            d_mlp=config.n_inner or 4 * config.n_embd,
            d_vocab=config.vocab_size,
            n_ctx=config.n_positions,
            act_fn=config.activation_function,
            eps=config.layer_norm_epsilon,
            normalization_type="LN",
            use_attn_scale=config.scale_attn_weights,
            scale_attn_by_inverse_layer_idx=config.scale_attn_by_inverse_layer_idx,
            dtype=hf.dtype,
            device="cpu",
            init_weights=False,
        )
    )
    lens.load_and_process_state_dict(
        convert_gpt2_weights(hf, lens.cfg),
        fold_ln=False,
        center_writing_weights=False,
        center_unembed=False,
        fold_value_biases=False,
    )
    return lens.eval()
