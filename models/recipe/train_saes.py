"""Trains one TopK SAE for every layer's hook_mlp_out and hook_resid_post, all on the same stream of activations."""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from activations import collect, mixture, sae_hooks
from model import load
from sae import Sae, keep_top, save
from torch import Tensor

#: Nested dictionaries (Matryoshka): the first latents must reconstruct alone, so that broad concepts keep one latent.
PREFIXES = (1 / 16, 1 / 4, 1)
#: A latent is dead if it has not fired for this many tokens.
DEAD_AFTER = 150_000
AUX_COEFFICIENT = 1 / 32
AUX_K = 64
BUFFER_TOKENS = 60_000


class Trainer:
    """One SAE, its optimiser and the time since each latent fired. Works on inputs scaled to unit mean square."""

    def __init__(self, sample: Tensor, d_sae: int, k: int, rate: float, steps: int) -> None:
        self.mean = sample.mean(0)
        self.scale = 1 / (sample - self.mean).pow(2).mean().sqrt().item()
        self.sae = Sae(sample.shape[1], d_sae, k)
        self.sae.b_dec.data.copy_(self.mean * self.scale)
        self.optimizer = torch.optim.Adam(self.sae.parameters(), lr=rate, betas=(0.9, 0.999), fused=True)
        self.since_fired = torch.zeros(d_sae)
        self.rate, self.steps, self.step_number = rate, steps, 0

    def step(self, raw: Tensor) -> float:
        """One update on activations [batch, d_in]; returns the unexplained share of the variance."""
        self.set_rate()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss, acts, unexplained = self.loss(raw * self.scale)
        loss.backward()
        self.project_gradient()
        torch.nn.utils.clip_grad_norm_(self.sae.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.sae.normalise_decoder()
        self.since_fired += len(raw)
        self.since_fired[(acts > 0).any(0)] = 0
        self.step_number += 1
        return unexplained

    def loss(self, x: Tensor) -> tuple[Tensor, Tensor, float]:
        """The loss, the activations of the latents, and the unexplained share of the variance."""
        sae = self.sae
        pre = sae.pre_activations(x)
        acts = keep_top(pre, sae.k)
        total = (x - x.mean(0)).pow(2).sum()
        reconstruction, nested = sae.b_dec, torch.zeros(())
        start = 0
        for share in PREFIXES:
            end = int(share * acts.shape[1])
            reconstruction = reconstruction + acts[:, start:end] @ sae.W_dec[start:end]
            error = x - reconstruction
            nested = nested + error.pow(2).sum() / total
            start = end
        loss = nested / len(PREFIXES) + AUX_COEFFICIENT * self.revive(pre, error.detach())
        return loss, acts.detach(), (error.detach().pow(2).sum() / total).item()

    def set_rate(self) -> None:
        """Short warm-up, then constant, then linear to zero over the last third."""
        left = (self.steps - self.step_number) / (self.steps / 3)
        rate = self.rate * min(1.0, (self.step_number + 1) / 100, max(left, 0.0))
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def revive(self, pre: Tensor, error: Tensor) -> Tensor:
        """AuxK: dead latents reconstruct what the living ones missed. Share of the error left over."""
        dead = self.since_fired > DEAD_AFTER
        count = int(dead.sum())
        if count == 0:
            return torch.zeros(())
        acts = keep_top(pre[:, dead], min(AUX_K, count))
        return (error - acts @ self.sae.W_dec[dead]).pow(2).sum() / error.pow(2).sum().clamp_min(1e-9)

    @torch.no_grad()
    def project_gradient(self) -> None:
        """Removes the part of the decoder's gradient that would only change its norm."""
        gradient, rows = self.sae.W_dec.grad, self.sae.W_dec
        if gradient is not None:
            gradient -= (gradient * rows).sum(1, keepdim=True) * rows

    def finished(self) -> Sae:
        self.sae.rescale_input(self.scale)
        return self.sae


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    model = load(args.model)
    rows = np.load(args.work / "sequences.npz")["train"]
    rows = rows[np.random.default_rng(args.seed).permutation(len(rows))]
    batches = mixture(rows, model.config.vocab_size, args.seed)
    hooks = args.hooks or sae_hooks(model.config.n_layer)
    trainers: dict[str, Trainer] = {}
    steps = math.ceil(args.tokens / args.batch)
    started, seen = time.time(), 0
    while seen < steps * args.batch:
        buffer = collect(model, batches, hooks, BUFFER_TOKENS)
        size = len(next(iter(buffer.values())))
        order = torch.randperm(size)
        losses = {}
        for name, values in buffer.items():
            k = args.k_resid if name.endswith("resid_post") else args.k_mlp[int(name.split(".")[1])]
            trainer = trainers.get(name) or trainers.setdefault(name, Trainer(values, args.d_sae, k, args.rate, steps))
            values = values[order]
            losses[name] = np.mean([trainer.step(part) for part in values.split(args.batch)])
        seen += math.ceil(size / args.batch) * args.batch
        dead = {name: int((trainer.since_fired > DEAD_AFTER).sum()) for name, trainer in trainers.items()}
        record = {"tokens": seen, "seconds": round(time.time() - started), "dead": dead}
        print(json.dumps({**record, "fvu": {n: round(float(v), 4) for n, v in losses.items()}}), flush=True)
    for name, trainer in trainers.items():
        metadata = {
            "model_name": "underglass-tiny",
            "hook_name": name,
            "context_size": model.config.n_positions,
            "training_tokens": seen,
            "seed": args.seed,
        }
        save(trainer.finished(), args.out / name, metadata)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--model", type=Path, default=Path("../underglass-tiny"))
    parser.add_argument("--out", type=Path, default=Path("../underglass-tiny/saes"))
    parser.add_argument("--hooks", nargs="*", default=[])
    parser.add_argument("--d-sae", type=int, default=2048)
    parser.add_argument("--k-resid", type=int, default=32)
    # By layer: with 32, the later MLPs' outputs kept less than .95 of the loss that they are good for.
    parser.add_argument("--k-mlp", type=int, nargs="+", default=[32, 32, 48, 48])
    parser.add_argument("--tokens", type=int, default=4_000_000)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
