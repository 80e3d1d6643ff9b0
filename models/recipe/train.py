"""Trains the model with AdamW; constant learning rate after a warm-up, then a linear decay. Resumes from a checkpoint."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from data import build, random_repeats
from emphasis import Emphasis
from initialise import initialise
from model import Config, Model, save
from tokenizers import Tokenizer

#: Share of sequences that are repeated random tokens, by the first step it holds from.
RANDOM_SHARES = {0: 0.15, 1000: 0.08, 3600: 0.3, 5600: 0.12}
#: From here the random tokens also come from small vocabularies, in which copying pays sooner.
NARROWING_STEP = 3600
#: From here only tokens that an earlier copy announces count in the loss. Measured: until then nothing was copied
#: (second copy 0 % right at step 5000); the noise of tokens that nobody can know hides what can be learnt.
ANNOUNCED_ONLY_STEP = 5000
WARM_UP_STEPS = 200
WEIGHT_DECAY = 0.1
FINAL_RATE = 0.02


def learning_rate(step: int, peak: float, decay_from: int, steps: int) -> float:
    """Linear warm-up, constant, then linear decay to FINAL_RATE of the peak."""
    if step < WARM_UP_STEPS:
        return peak * (step + 1) / WARM_UP_STEPS
    if step < decay_from:
        return peak
    left = (steps - step) / max(steps - decay_from, 1)
    return peak * (FINAL_RATE + (1 - FINAL_RATE) * left)


def optimiser(model: Model, peak: float) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98), eps=1e-8, fused=True)


def load_data(args: argparse.Namespace, config: Config) -> dict[str, np.ndarray]:
    """The packed sequences, built once and kept beside the checkpoints."""
    path = args.work / "sequences.npz"
    if not path.exists():
        tokenizer = Tokenizer.from_file(str(args.tokenizer))
        built = build(tokenizer, args.corpus, args.natural, config.n_positions + 1, args.natural_share, args.seed)
        print(json.dumps({"tokens": built.pop("counts"), "sequences": len(built["train"])}), flush=True)
        np.savez(path, **built)
    return dict(np.load(path))


class Batches:
    """Batches by step number alone, so that a resumed run sees what an unbroken one would."""

    def __init__(self, train: np.ndarray, config: Config, size: int, seed: int) -> None:
        self.train, self.config, self.size, self.seed = train, config, size, seed

    def at(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids of one step, and 1 where a token counts in the loss. Both [size, n_positions + 1]."""
        rng = np.random.default_rng([self.seed, step])
        share = RANDOM_SHARES[max(first for first in RANDOM_SHARES if first <= step)]
        random_rows = int(rng.binomial(self.size, share))
        first = step * self.size
        rows = self.train[np.arange(first, first + self.size - random_rows) % len(self.train)].astype(np.int64)
        length, vocab = self.config.n_positions + 1, self.config.vocab_size
        repeats, announced = random_repeats(rng, random_rows, length, vocab, narrow=step >= NARROWING_STEP)
        if step < ANNOUNCED_ONLY_STEP:
            announced = np.ones_like(announced)
        counted = np.concatenate([np.ones(rows.shape, dtype=np.float32), announced])
        return torch.from_numpy(np.concatenate([rows, repeats])), torch.from_numpy(counted)


@torch.no_grad()
def held_out_loss(model: Model, rows: np.ndarray) -> float:
    """Mean loss on at most 128 natural validation sequences, nats per token."""
    ids = torch.from_numpy(rows[:128].astype(np.int64))
    return float(np.mean([model.loss(part).item() for part in ids.split(16)]))


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    config = Config()
    data = load_data(args, config)
    batches = Batches(data["train"], config, args.batch, args.seed)
    model = Model(config)
    initialise(model)
    optimizer = optimiser(model, args.rate)
    step = 0
    checkpoint = args.work / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    emphasis = Emphasis(Tokenizer.from_file(str(args.tokenizer)), args.words)
    loss_of = torch.compile(emphasis.loss)
    losses: list[float] = []
    started = time.time()
    while step < args.steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args.rate, args.decay_from, args.steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss, plain = loss_of(model, *batches.at(step))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(plain.item())
        step += 1
        if step % args.log_every == 0 or step == args.steps:
            record = {
                "step": step,
                "tokens": step * args.batch * config.n_positions,
                "train": round(float(np.mean(losses)), 4),
                "held_out": round(held_out_loss(model, data["validation"]), 4),
                "seconds": round(time.time() - started),
            }
            losses = []
            with (args.work / "loss.jsonl").open("a") as file:
                file.write(json.dumps(record) + "\n")
        if step % args.save_every == 0 or step == args.steps:
            temporary = checkpoint.with_suffix(".tmp")
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, temporary)
            temporary.replace(checkpoint)
            save(model, args.work / "latest", torch.float32)
    save(model, args.out, torch.float16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--corpus", type=Path, default=Path("work/train.jsonl"))
    parser.add_argument("--natural", type=Path, default=Path("work/natural"))
    parser.add_argument("--tokenizer", type=Path, default=Path("../underglass-tiny/tokenizer.json"))
    parser.add_argument("--words", type=Path, default=Path("work/words.txt"))
    parser.add_argument("--out", type=Path, default=Path("../underglass-tiny"))
    parser.add_argument("--natural-share", type=float, default=0.28)
    parser.add_argument("--steps", type=int, default=18000)
    parser.add_argument("--decay-from", type=int, default=15200)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--log-every", type=int, default=250)
    parser.add_argument("--save-every", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
