"""TopK sparse autoencoders in SAELens' format."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

SAE_LENS_VERSION = "6.46.0"


class Sae(nn.Module):
    """acts = top-k of relu((x - b_dec) W_enc + b_enc); reconstruction = acts W_dec + b_dec."""

    def __init__(self, d_in: int, d_sae: int, k: int) -> None:
        super().__init__()
        self.k = k
        rows = nn.functional.normalize(torch.randn(d_sae, d_in), dim=1)
        self.W_dec = nn.Parameter(rows)
        self.W_enc = nn.Parameter(rows.T.clone())
        self.b_enc = nn.Parameter(torch.zeros(d_sae))
        self.b_dec = nn.Parameter(torch.zeros(d_in))

    def pre_activations(self, x: Tensor) -> Tensor:  # [n, d_in] -> [n, d_sae]
        return (x - self.b_dec) @ self.W_enc + self.b_enc

    def encode(self, x: Tensor) -> Tensor:  # [n, d_in] -> [n, d_sae], at most k above zero
        return keep_top(self.pre_activations(x), self.k)

    def decode(self, acts: Tensor) -> Tensor:
        return acts @ self.W_dec + self.b_dec

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))

    @torch.no_grad()
    def normalise_decoder(self) -> None:
        self.W_dec.copy_(nn.functional.normalize(self.W_dec, dim=1))

    @torch.no_grad()
    def rescale_input(self, scale: float) -> None:
        """Turns an autoencoder of `scale * x` into one of `x` with the same, rescaled, reconstruction."""
        self.b_enc.div_(scale)
        self.b_dec.div_(scale)


def keep_top(pre: Tensor, k: int) -> Tensor:
    """The k largest values of each row, negative ones as 0; 0 elsewhere."""
    values, indices = pre.topk(k, dim=1, sorted=False)
    return torch.zeros_like(pre).scatter(1, indices, values.relu())


def save(sae: Sae, folder: Path, metadata: dict) -> None:
    """Writes cfg.json and sae_weights.safetensors (float16) in the layout of SAELens 6."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous() for name, value in sae.state_dict().items()}
    save_file(tensors, str(folder / "sae_weights.safetensors"))
    config = {
        "architecture": "topk",
        "d_in": sae.W_enc.shape[0],
        "d_sae": sae.W_enc.shape[1],
        "k": sae.k,
        "dtype": "float16",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "rescale_acts_by_decoder_norm": False,
        "metadata": {"sae_lens_version": SAE_LENS_VERSION, "prepend_bos": True, **metadata},
    }
    (folder / "cfg.json").write_text(json.dumps(config, indent=2) + "\n")


def load(folder: Path) -> Sae:
    """Reads a folder written by `save`; weights are widened to float32."""
    config = json.loads((folder / "cfg.json").read_text())
    sae = Sae(config["d_in"], config["d_sae"], config["k"])
    sae.load_state_dict({name: value.float() for name, value in load_file(str(folder / "sae_weights.safetensors")).items()})
    return sae.eval()
