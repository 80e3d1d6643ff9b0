"""Writes test/golden/hf-gpt2: a small random GPT-2 and what Hugging Face transformers computes with it.

Needs Python >= 3.11 and requirements.txt beside this file; no test needs it again.
    python test/golden/recipes/hf_gpt2.py

The weights are scaled so that attention is sharp and logits are large; sizes are odd on purpose
(3 heads of 12, n_inner neither 4 n_embd nor even, 113 tokens). Everything is computed in float64 from
float32 weights, so that a reference forward of another hand must agree to about 1e-6.
"""

import json
import math
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

OUT = Path(__file__).resolve().parent.parent / "hf-gpt2"
SEED = 20
SIZES = dict(vocab_size=113, n_positions=24, n_embd=36, n_layer=3, n_head=3, n_inner=97)
IDS = [5, 88, 17, 17, 3, 110, 42, 64, 5, 88, 71, 0, 29, 112]


def sharpen(model: torch.nn.Module, width: int) -> None:
    """Random weights with scores of standard deviation 4 and logits of 5; biases and gains are random too."""
    generator = torch.Generator().manual_seed(SEED)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if ".ln_" in name and name.endswith("weight"):
            value = 1 + 0.2 * noise
        elif name.endswith("bias"):
            value = 0.2 * noise
        elif name.endswith("wte.weight"):
            value = 5 / math.sqrt(width) * noise
        elif name.endswith("c_attn.weight"):
            value = noise / math.sqrt(width)
            # Scores of standard deviation 4 after both divisions, by sqrt(d_head) and by the layer's number.
            value[:, : 2 * width] *= 2 * math.sqrt(1 + int(name.split(".")[2]))
        else:
            value = noise / math.sqrt(parameter.shape[0])
        with torch.no_grad():
            parameter.copy_(value)


def rounded(tensor: torch.Tensor) -> list:
    """Nine significant digits: far below the tolerance, and a small file."""
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def main() -> None:
    torch.set_num_threads(1)
    config = transformers.GPT2Config(
        **SIZES,
        activation_function="gelu_new",
        attn_implementation="eager",
        scale_attn_by_inverse_layer_idx=True,
        bos_token_id=112,
        eos_token_id=112,
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    sharpen(model, config.n_embd)
    model.save_pretrained(OUT)
    for extra in OUT.glob("generation_config.json"):
        extra.unlink()
    save_file(load_file(OUT / "model.safetensors"), OUT / "model.safetensors", metadata={"format": "pt"})
    with torch.no_grad():
        out = model.double()(torch.tensor([IDS]), output_hidden_states=True, output_attentions=True)
    expected = {
        "made_with": {"transformers": transformers.__version__, "torch": torch.__version__, "dtype": "float64"},
        "ids": IDS,
        # hidden_states[l] = blocks.l.hook_resid_pre; the last one is the output of ln_f.
        "hidden_states": [rounded(state[0]) for state in out.hidden_states],
        # attentions[l] = blocks.l.attn.hook_pattern, [head, query, key].
        "attentions": [rounded(pattern[0]) for pattern in out.attentions],
        "logits": rounded(out.logits[0]),
    }
    (OUT / "expected.json").write_text(json.dumps(expected) + "\n")
    sharp = [float((p[0, :, 8:].max(-1).values > 0.5).double().mean()) for p in out.attentions]
    print("largest |logit|", float(out.logits.abs().max()), "share of sharp rows by layer", sharp)


if __name__ == "__main__":
    main()
