"""GPT-2 in plain PyTorch: trained here, saved with Hugging Face's names and Conv1D layout."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

#: Called with a TransformerLens hook name and the activation [batch, pos, d]; returns what takes its place.
Hook = Callable[[str, Tensor], Tensor]


@dataclass(frozen=True)
class Config:
    """Sizes of the model, named as in Hugging Face's config.json."""

    vocab_size: int = 4096
    n_positions: int = 256
    n_embd: int = 192
    n_layer: int = 4
    n_head: int = 6


def no_hook(_name: str, value: Tensor) -> Tensor:
    return value


class Block(nn.Module):
    """One transformer block: causal attention, then an MLP with gelu_new, both after a LayerNorm."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        d = config.n_embd
        self.n_head = config.n_head
        self.ln_1 = nn.LayerNorm(d)
        self.c_attn = nn.Linear(d, 3 * d)
        self.attn_proj = nn.Linear(d, d)
        self.ln_2 = nn.LayerNorm(d)
        self.c_fc = nn.Linear(d, 4 * d)
        self.mlp_proj = nn.Linear(4 * d, d)

    def forward(self, x: Tensor, name: str, hook: Hook) -> Tensor:  # [batch, pos, d] -> the same
        batch, pos, d = x.shape
        qkv = self.c_attn(self.ln_1(x)).view(batch, pos, 3, self.n_head, d // self.n_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [batch, head, pos, d_head]
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(z.transpose(1, 2).reshape(batch, pos, d))
        post = hook(f"{name}.mlp.hook_post", F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))
        x = x + hook(f"{name}.hook_mlp_out", self.mlp_proj(post))
        return hook(f"{name}.hook_resid_post", x)


class Model(nn.Module):
    """GPT-2 with a tied head."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd)

    def forward(self, ids: Tensor, hook: Hook = no_hook) -> Tensor:  # [batch, pos] -> [batch, pos, vocab]
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for index, block in enumerate(self.h):
            x = block(x, f"blocks.{index}", hook)
        return F.linear(self.ln_f(x), self.wte.weight)

    def loss(self, ids: Tensor) -> Tensor:
        """Mean next-token cross-entropy in nats; `ids` is [batch, pos + 1]."""
        logits = self(ids[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())


#: Our name -> Hugging Face's, inside a block. Linear weights are transposed on the way.
_BLOCK_NAMES = {
    "ln_1": "ln_1",
    "c_attn": "attn.c_attn",
    "attn_proj": "attn.c_proj",
    "ln_2": "ln_2",
    "c_fc": "mlp.c_fc",
    "mlp_proj": "mlp.c_proj",
}


def _hugging_face_name(name: str) -> str:
    if not name.startswith("h."):
        return f"transformer.{name}"
    _, layer, module, leaf = name.split(".")
    return f"transformer.h.{layer}.{_BLOCK_NAMES[module]}.{leaf}"


def _is_transposed(name: str, value: Tensor) -> bool:
    return name.startswith("h.") and value.dim() == 2


def save(model: Model, folder: Path, dtype: torch.dtype) -> None:
    """Writes config.json and model.safetensors as GPT2LMHeadModel reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, value in model.state_dict().items():
        value = value.T if _is_transposed(name, value) else value
        tensors[_hugging_face_name(name)] = value.to(dtype).contiguous().clone()
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        **asdict(model.config),
        "n_ctx": model.config.n_positions,
        "n_inner": None,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "scale_attn_weights": True,
        "scale_attn_by_inverse_layer_idx": False,
        "reorder_and_upcast_attn": False,
        "attn_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "tie_word_embeddings": True,
        "torch_dtype": str(dtype).removeprefix("torch."),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def load(folder: Path) -> Model:
    """Reads a folder written by `save`; weights are widened to float32."""
    raw = json.loads((folder / "config.json").read_text())
    model = Model(Config(**{key: raw[key] for key in asdict(Config())}))
    tensors = load_file(str(folder / "model.safetensors"))
    state = {}
    for name, value in model.state_dict().items():
        stored = tensors[_hugging_face_name(name)].float()
        state[name] = stored.T if _is_transposed(name, value) else stored
    model.load_state_dict(state)
    return model.eval()
