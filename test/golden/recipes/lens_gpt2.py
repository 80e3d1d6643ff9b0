"""Every hook of a GPT-2 folder, and the gradient of a logit difference at every hook, as TransformerLens has them; and
what Hugging Face transformers computes.

Without arguments it writes test/golden/lens-gpt2 from the model in test/golden/hf-gpt2, in float64; no test needs it again.
    python test/golden/recipes/lens_gpt2.py
`npm run parity` calls it with a file of JSON: {"model", "out", "ids", "target", "distractor", "dtypes"}. Each number type
gives {out}/{dtype}.safetensors, rounded to float32, without the batch dimension:
    NAME, grad/NAME        hooks by TransformerLens' names; unembed.hook_out are the logits, [pos, d_vocab]
    hf/logits
    hf/hidden_states.L, hf/attentions.L
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformer_lens import HookedTransformer

from lens import open_hf, open_lens

GOLDEN = Path(__file__).resolve().parent.parent
EXAMPLE = {
    "model": str(GOLDEN / "hf-gpt2"),
    "out": str(GOLDEN / "lens-gpt2"),
    "ids": [5, 88, 17, 17, 3, 110, 42, 64, 5, 88],
    "target": 7,
    "distractor": 101,
    "dtypes": ["float64"],
}


def hooks_and_gradients(lens: HookedTransformer, asked: dict) -> dict[str, torch.Tensor]:
    """Gradients: of logit(target) - logit(distractor) at the last token, every LayerNorm live."""
    hooks: dict[str, torch.Tensor] = {}
    # The embeddings are then where gradients end: those of parameters would take as much memory again.
    lens.requires_grad_(False)

    def keep(value: torch.Tensor, hook: object) -> None:
        value.requires_grad_()
        value.retain_grad()
        hooks[hook.name] = value

    with lens.hooks([(lambda name: True, keep)]):
        logits = lens(torch.tensor([asked["ids"]]))
    (logits[0, -1, asked["target"]] - logits[0, -1, asked["distractor"]]).backward()
    gradients = {f"grad/{name}": value.grad for name, value in hooks.items() if not name.startswith("unembed")}
    return plain(hooks) | plain(gradients)


def plain(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Without the batch dimension, and copied: resid_post of a layer is resid_pre of the next."""
    return {name: value.detach()[0].float().contiguous().clone() for name, value in tensors.items()}


@torch.no_grad()
def hugging_face(model: transformers.GPT2LMHeadModel, ids: list[int]) -> dict[str, torch.Tensor]:
    out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    named = {
        "hf/logits": out.logits,
        # The last hidden state is that after ln_f.
        **{f"hf/hidden_states.{layer}": state for layer, state in enumerate(out.hidden_states)},
        **{f"hf/attentions.{layer}": pattern for layer, pattern in enumerate(out.attentions)},
    }
    return plain(named)


def write(asked: dict) -> None:
    out = Path(asked["out"])
    out.mkdir(parents=True, exist_ok=True)
    for dtype in asked["dtypes"]:
        hf = open_hf(Path(asked["model"]), getattr(torch, dtype))
        tensors = hugging_face(hf, asked["ids"])
        lens = open_lens(hf)
        del hf
        tensors |= hooks_and_gradients(lens, asked)
        save_file(tensors, out / f"{dtype}.safetensors")
        del lens, tensors


if __name__ == "__main__":
    write(json.loads(Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else EXAMPLE)
