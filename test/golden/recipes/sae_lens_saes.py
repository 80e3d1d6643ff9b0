"""Writes test/golden/saes: small random SAEs saved by SAELens itself (and .pt files saved by PyTorch), and what they compute.

Needs Python >= 3.11 and requirements.txt beside this file; no test needs it again.
    python test/golden/recipes/sae_lens_saes.py
`npm run parity` calls it for larger ones: --out FOLDER --d-in N --d-sae N --rows N --k N --seed N

Weights are float32 on disk; acts and reconstructions are computed in float64 from them, so that a reference of another
hand must agree to about 1e-6. `expected.json` of each case: input rows, acts, reconstruction.
Formats other than SAELens' own are read with SAELens' loaders, their downloads replaced by the local folder; those
that it does not read (OpenAI's .pt, sparsify) are computed by the formulas of their repositories, written out here.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from sae_lens.loading import pretrained_sae_loaders as loaders
from sae_lens.saes import batchtopk_sae, gated_sae, jumprelu_sae, matryoshka_batchtopk_sae, sae, standard_sae
from sae_lens.saes import topk_sae, transcoder
from safetensors.torch import save_file

options = argparse.ArgumentParser()
options.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "saes")
for option, default in {"d-in": 12, "d-sae": 28, "rows": 5, "k": 5, "seed": 31}.items():
    options.add_argument(f"--{option}", type=int, default=default)
ASKED = options.parse_args()
OUT, D_IN, D_SAE, ROWS, K, SEED = ASKED.out, ASKED.d_in, ASKED.d_sae, ASKED.rows, ASKED.k, ASKED.seed
HOOK = "blocks.1.hook_resid_post"


def metadata(hook: str = HOOK) -> sae.SAEMetadata:
    return sae.SAEMetadata(model_name="gpt2", hook_name=hook, prepend_bos=True, context_size=64)


def randomise(module: torch.nn.Module) -> None:
    """Spread of each tensor as in the tests' random SAEs: latents are active now and then."""
    spread = {"b_dec": (0, 0.3), "b_enc": (-0.4, 0.3), "b_gate": (-0.4, 0.3), "b_mag": (0.1, 0.3), "r_mag": (0, 0.3)}
    for name, parameter in module.named_parameters():
        mean, std = spread.get(name, (0.4, 0.1) if name in ("threshold", "log_threshold") else (0, D_IN**-0.5))
        parameter.data = mean + std * torch.randn_like(parameter)


def rows() -> torch.Tensor:
    return (0.3 + 1.5 * torch.randn(ROWS, D_IN)).float()


def expect(folder: Path, x: torch.Tensor, acts: torch.Tensor, reconstruction: torch.Tensor) -> None:
    def flat(values: torch.Tensor) -> list[float]:
        return [float(f"{value:.9g}") for value in values.double().flatten().tolist()]

    data = {"input": flat(x), "acts": flat(acts), "reconstruction": flat(reconstruction)}
    (folder / "expected.json").write_text(json.dumps(data, separators=(",", ":")) + "\n")


def run(model: sae.SAE, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """SAELens in float64. hook_z: it is given [rows, heads, d_head] and gives that back."""
    with torch.no_grad():
        model = model.to(torch.float64)
        model.dtype = torch.float64
        model.eval()
        x = x.double()
        x = x.reshape(ROWS, 3, D_IN // 3) if model.cfg.reshape_activations == "hook_z" else x
        acts = model.encode(x)
        return acts, model.decode(acts).reshape(ROWS, D_IN)


def saelens_folders() -> None:
    cases = {
        "standard": (standard_sae.StandardSAE, standard_sae.StandardSAEConfig, {}),
        "standard-rescaled": (standard_sae.StandardSAE, standard_sae.StandardSAEConfig, {"normalize_activations": "constant_norm_rescale"}),
        "standard-hook-z": (standard_sae.StandardSAE, standard_sae.StandardSAEConfig, {"reshape_activations": "hook_z"}),
        "standard-b-dec-kept": (standard_sae.StandardSAE, standard_sae.StandardSAEConfig, {"apply_b_dec_to_input": False}),
        "topk-layer-norm": (topk_sae.TopKSAE, topk_sae.TopKSAEConfig, {"k": K, "normalize_activations": "layer_norm"}),
        "topk-decoder-norm": (topk_sae.TopKSAE, topk_sae.TopKSAEConfig, {"k": K, "rescale_acts_by_decoder_norm": True}),
        "jumprelu": (jumprelu_sae.JumpReLUSAE, jumprelu_sae.JumpReLUSAEConfig, {}),
        "gated": (gated_sae.GatedSAE, gated_sae.GatedSAEConfig, {}),
        "gated-layer-norm": (gated_sae.GatedSAE, gated_sae.GatedSAEConfig, {"normalize_activations": "layer_norm"}),
    }
    for name, (kind, config, changes) in cases.items():
        hook = "blocks.1.attn.hook_z" if "reshape_activations" in changes else HOOK
        model = kind(config(d_in=D_IN, d_sae=D_SAE, metadata=metadata(hook), **changes))
        randomise(model)
        model.save_model(OUT / name)
        x = rows()
        expect(OUT / name, x, *run(model, x))


def trained_as_batchtopk() -> None:
    """Training SAEs whose saved form is jumprelu with the running threshold."""
    cases = {
        "batchtopk": (batchtopk_sae.BatchTopKTrainingSAE, batchtopk_sae.BatchTopKTrainingSAEConfig, {}),
        "matryoshka": (
            matryoshka_batchtopk_sae.MatryoshkaBatchTopKTrainingSAE,
            matryoshka_batchtopk_sae.MatryoshkaBatchTopKTrainingSAEConfig,
            {"matryoshka_widths": [10, D_SAE]},
        ),
    }
    for name, (kind, config, changes) in cases.items():
        model = kind(config(d_in=D_IN, d_sae=D_SAE, k=K, metadata=metadata(), **changes))
        randomise(model)
        model.topk_threshold.fill_(0.35)
        model.save_inference_model(OUT / name)
        loaded = sae.SAE.load_from_disk(OUT / name)
        x = rows()
        expect(OUT / name, x, *run(loaded, x))


def unfolded_checkpoint() -> None:
    """A checkpoint in the middle of training: the factor lies beside the weights, not in them."""
    name, factor = "expected-average", 1.7
    changes = {"normalize_activations": "expected_average_only_in"}
    model = standard_sae.StandardSAE(standard_sae.StandardSAEConfig(d_in=D_IN, d_sae=D_SAE, metadata=metadata(), **changes))
    randomise(model)
    model.save_model(OUT / name)
    (OUT / name / "activation_scaler.json").write_text(json.dumps({"scaling_factor": factor}) + "\n")
    model.fold_activation_norm_scaling_factor(factor)
    model.cfg.normalize_activations = "none"
    x = rows()
    expect(OUT / name, x, *run(model, x))


def refused() -> None:
    model = transcoder.Transcoder(
        transcoder.TranscoderConfig(d_in=D_IN, d_sae=D_SAE, d_out=D_IN, apply_b_dec_to_input=False, metadata=metadata("blocks.1.ln2.hook_normalized"))
    )
    randomise(model)
    model.save_model(OUT / "transcoder")


def linear(sizes: tuple[int, int]) -> torch.Tensor:
    return torch.randn(*sizes) * D_IN**-0.5


def dictionaries() -> None:
    """dictionary_learning folders and a hook_z .pt, read by SAELens' own loaders."""
    def local(repo_id: str, filename: str, **_: object) -> str:
        return str(Path(repo_id) / filename)

    loaders.hf_hub_download = local
    common = {"encoder.weight": linear((D_SAE, D_IN)), "decoder.weight": linear((D_SAE, D_IN)).T.clone()}
    bias = {"encoder.bias": -0.4 + 0.3 * torch.randn(D_SAE)}
    plain = {"W_enc": linear((D_IN, D_SAE)), "b_enc": bias["encoder.bias"], "W_dec": linear((D_SAE, D_IN)), "b_dec": 0.3 * torch.randn(D_IN)}
    cases = {
        "AutoEncoder": {**common, **bias, "bias": 0.3 * torch.randn(D_IN)},
        "AutoEncoderTopK": {**common, **bias, "b_dec": 0.3 * torch.randn(D_IN), "k": torch.tensor(K), "threshold": torch.tensor(0.2)},
        "BatchTopKSAE": {**common, **bias, "b_dec": 0.3 * torch.randn(D_IN), "k": torch.tensor(K), "threshold": torch.tensor(0.35)},
        "GatedAutoEncoder": {
            **common,
            **{name: 0.3 * torch.randn(D_SAE) for name in ("r_mag", "gate_bias", "mag_bias")},
            "decoder_bias": 0.3 * torch.randn(D_IN),
        },
        "JumpReluAutoEncoder": {**plain, "threshold": 0.4 + 0.1 * torch.randn(D_SAE)},
    }
    for name, state in cases.items():
        folder = OUT / f"dictionary-{name}"
        folder.mkdir(parents=True)
        torch.save(state, folder / "ae.pt")
        trainer = {"dict_class": name, "activation_dim": D_IN, "dict_size": D_SAE, "layer": 1, "lm_name": "openai-community/gpt2", "k": K}
        (folder / "config.json").write_text(json.dumps({"trainer": trainer, "buffer": {"ctx_len": 128}}) + "\n")
        loaded(folder, *loaders.dictionary_learning_sae_huggingface_loader_1(str(OUT), folder.name)[:2])
    hook_z = OUT / "hook-z"
    hook_z.mkdir()
    torch.save(plain, hook_z / "gpt2-small_L1.pt")
    about = {"act_name": "blocks.1.attn.hook_z", "act_size": D_IN, "dict_size": D_SAE, "lr": 1e-3}
    (hook_z / "gpt2-small_L1_cfg.json").write_text(json.dumps(about) + "\n")
    loaded(hook_z, *loaders.connor_rob_hook_z_huggingface_loader(str(hook_z), "gpt2-small_L1.pt")[:2])


def loaded(folder: Path, config: dict, state: dict) -> None:
    config = loaders.handle_config_defaulting(config)
    model = sae.SAE.from_dict(config)
    model.process_state_dict_for_loading(state)
    model.load_state_dict(state)
    x = rows()
    expect(folder, x, *run(model, x))


def openai() -> None:
    """openai/sparse_autoencoder, model.py, written out: v1 with ReLU, v5 with TopK and LN."""
    for location, activation in (("resid_delta_mlp", "ReLU"), ("resid_post_mlp_v5_32k", "TopK")):
        folder = OUT / f"openai-{activation}"
        (folder / location / "autoencoders").mkdir(parents=True)
        # The decoder is normalised in place of a transposed copy: it is saved as a view.
        state = {
            "pre_bias": 0.3 * torch.randn(D_IN),
            "encoder.weight": linear((D_SAE, D_IN)),
            "latent_bias": -0.4 + 0.3 * torch.randn(D_SAE),
            "decoder.weight": linear((D_SAE, D_IN)).T,
            "stats_last_nonzero": torch.zeros(D_SAE, dtype=torch.long),
            "latents_activation_frequency": torch.ones(D_SAE),
            "latents_mean_square": torch.ones(D_SAE),
        }
        topk = {"activation": "TopK", "activation_state_dict": {"k": K, "postact_fn": "ReLU"}}
        torch.save(state | (topk if activation == "TopK" else {}), folder / location / "autoencoders" / "1.pt")
        x = rows()
        y = x.double()
        mean, std = torch.zeros(ROWS, 1), torch.ones(ROWS, 1)
        if activation == "TopK":
            mean = y.mean(dim=-1, keepdim=True)
            std = (y - mean).std(dim=-1, keepdim=True)
            y = (y - mean) / (std + 1e-5)
        bias, latent_bias = state["pre_bias"].double(), state["latent_bias"].double()
        pre = (y - bias) @ state["encoder.weight"].double().T + latent_bias
        acts = torch.relu(pre)
        if activation == "TopK":
            top = pre.topk(K, dim=-1)
            acts = torch.zeros_like(pre).scatter_(-1, top.indices, torch.relu(top.values))
        expect(folder, x, acts, (acts @ state["decoder.weight"].double().T + bias) * std + mean)


def sparsify() -> None:
    """EleutherAI/sparsify, sparse_coder.py, written out."""
    folder = OUT / "sparsify" / "h.1"
    folder.mkdir(parents=True)
    state = {
        "encoder.weight": linear((D_SAE, D_IN)),
        "encoder.bias": -0.4 + 0.3 * torch.randn(D_SAE),
        "W_dec": linear((D_SAE, D_IN)),
        "b_dec": 0.3 * torch.randn(D_IN),
    }
    save_file(state, folder / "sae.safetensors")
    about = {"activation": "topk", "expansion_factor": 32, "normalize_decoder": True, "num_latents": D_SAE, "k": K}
    more = {"multi_topk": False, "skip_connection": False, "transcode": False, "d_in": D_IN}
    (folder / "cfg.json").write_text(json.dumps(about | more) + "\n")
    x = rows()
    y = x.double()
    pre = torch.relu((y - state["b_dec"]) @ state["encoder.weight"].double().T + state["encoder.bias"])
    top = pre.topk(K, dim=-1)
    acts = torch.zeros_like(pre).scatter_(-1, top.indices, top.values)
    expect(folder, x, acts, acts @ state["W_dec"].double() + state["b_dec"])


if __name__ == "__main__":
    torch.manual_seed(SEED)
    shutil.rmtree(OUT, ignore_errors=True)
    saelens_folders()
    trained_as_batchtopk()
    unfolded_checkpoint()
    refused()
    dictionaries()
    openai()
    sparsify()
    print(sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file()), "bytes")
