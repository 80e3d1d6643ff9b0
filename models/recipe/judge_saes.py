"""Measures the saved SAEs: reconstruction, loss, and labelled concepts beside neurons. Writes report.json, latents.jsonl."""

import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from activations import Collected, sae_hooks
from held_out import Document, pad, read_documents
from judge import TOKEN_ALONE, Search, halves, token_lookup
from model import Hook, Model, load
from sae import Sae
from sae import load as load_sae
from tokenizers import Tokenizer
from torch import Tensor
import torch.nn.functional as F

#: A latent line is kept from this F1 on.
LEAST_F1 = 0.1
#: A unit stands for a concept from this F1 on.
GOOD_F1 = 0.8
BATCH = 64


def batches(documents: list[Document]) -> Iterator[list[Document]]:
    for start in range(0, len(documents), BATCH):
        yield documents[start : start + BATCH]


def tokens_of(documents: list[Document], values: Tensor) -> Tensor:
    """Rows of the tokens that are judged: all but position 0 and padding. [batch, pos, d] -> [tokens, d]"""
    return torch.cat([values[row, 1 : len(document.ids)] for row, document in enumerate(documents)])


@torch.no_grad()
def activations(model: Model, documents: list[Document], hooks: list[str]) -> dict[str, np.ndarray]:
    """Activations at the judged tokens, in order. Each [tokens, d]."""
    collected = Collected(hooks)
    out: dict[str, list[Tensor]] = defaultdict(list)
    for batch in batches(documents):
        model(pad(batch), collected)
        for name in hooks:
            out[name].append(tokens_of(batch, collected[name].pop()))
    return {name: torch.cat(parts).numpy() for name, parts in out.items()}


def replace_at(wanted: str, change) -> Hook:
    """A hook that replaces the activation at `wanted`, except at position 0."""

    def hook(name: str, value: Tensor) -> Tensor:
        if name != wanted:
            return value
        changed = change(value.flatten(0, 1)).view_as(value)
        return torch.cat([value[:, :1], changed[:, 1:]], dim=1)

    return hook


@torch.no_grad()
def loss_with(model: Model, rows: Tensor, hook: Hook) -> float:
    """Mean next-token loss over rows [n, length], nats."""
    losses = []
    for part in rows.split(16):
        logits = model(part[:, :-1], hook)
        losses.append(F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()).item() * len(part))
    return sum(losses) / len(rows)


def loss_figures(model: Model, rows: Tensor, name: str, sae: Sae, mean: Tensor) -> dict[str, float]:
    """Loss with the SAE in place, and the share of an ablation's harm that it avoids."""
    plain = loss_with(model, rows, lambda _name, value: value)
    with_sae = loss_with(model, rows, replace_at(name, sae))
    zero = loss_with(model, rows, replace_at(name, torch.zeros_like))
    averaged = loss_with(model, rows, replace_at(name, lambda value: mean.expand_as(value)))
    return {
        "loss": plain,
        "loss_with_sae": with_sae,
        "loss_increase": with_sae - plain,
        "loss_zero_ablation": zero,
        "loss_mean_ablation": averaged,
        "recovered_vs_zero": (zero - with_sae) / (zero - plain),
        "recovered_vs_mean": (averaged - with_sae) / (averaged - plain),
    }


@torch.no_grad()
def encode_all(sae: Sae, values: np.ndarray) -> tuple[np.ndarray, dict[str, float]]:
    """Latent activations [tokens, d_sae] and the figures of reconstruction."""
    acts, error, total = [], 0.0, 0.0
    centre = torch.from_numpy(values.mean(0))
    for part in torch.from_numpy(values).split(4096):
        encoded = sae.encode(part)
        error += (part - sae.decode(encoded)).pow(2).sum().item()
        total += (part - centre).pow(2).sum().item()
        acts.append(encoded.half())
    stacked = torch.cat(acts).numpy()
    fired = (stacked > 0).sum(0)
    figures = {"l0": float((stacked > 0).sum(1).mean()), "explained_variance": 1 - error / total}
    return stacked, {**figures, "dead_share": float((fired == 0).mean())}


def search_units(values: np.ndarray, labels: tuple, sparse: bool) -> Search:
    search = Search(*labels)
    columns = np.ascontiguousarray(values.T)
    for unit, column in enumerate(columns):
        if not sparse or (column > 0).any():
            search.add(unit, column.astype(np.float32), sparse)
    return search


def summarise(measured: dict[int, dict], alone: np.ndarray) -> dict[str, dict[str, float]]:
    """Share of concepts with F1 >= GOOD_F1 and the mean F1: token-decided ones, contextual ones, all."""
    groups = {
        "token_alone": [m["f1"] for c, m in measured.items() if alone[c]],
        "contextual": [m["f1"] for c, m in measured.items() if not alone[c]],
        "all": [m["f1"] for m in measured.values()],
    }
    return {
        group: {
            "concepts": len(scores),
            "found": sum(score >= GOOD_F1 for score in scores),
            "share": round(sum(score >= GOOD_F1 for score in scores) / max(len(scores), 1), 4),
            "mean_f1": round(float(np.mean(scores)), 4),
        }
        for group, scores in groups.items()
    }


class Judge:
    """Everything the SAEs of one model are judged with."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.model = load(args.model)
        tokenizer = Tokenizer.from_file(str(args.tokenizer))
        self.documents = []
        for document in read_documents(args.held_out, tokenizer, self.model.config.n_positions):
            self.documents.append(document)
            if len(self.documents) == args.documents:
                break
        self.ids = np.concatenate([document.ids[1:] for document in self.documents])
        half = len(self.documents) // 2
        cut = sum(len(document.ids) - 1 for document in self.documents[:half])
        raw = self.label()
        self.names = raw["names"]
        self.labels = halves(np.array(raw["tokens"]), np.array(raw["concepts"]), cut, raw["count"], len(self.names))
        lookup = token_lookup(self.ids, *self.labels, self.model.config.vocab_size)
        self.lookup, self.alone = lookup, lookup >= TOKEN_ALONE
        self.rows = self.loss_rows()
        self.neurons: dict[str, dict] = {}

    def label(self) -> dict:
        """The labels of all judged tokens, made by the generator's own rule."""
        ranges, out = self.args.work / "ranges.jsonl", self.args.work / "labels.json"
        with ranges.open("w") as file:
            for document in self.documents:
                pairs = zip(document.starts[1:], document.ends[1:])
                file.write(json.dumps([offset for pair in pairs for offset in pair]) + "\n")
        script = Path(__file__).with_name("label_tokens.mjs")
        bundle = self.args.work / "world.mjs"
        subprocess.run(["node", script, bundle, self.args.held_out, ranges, out], check=True)
        return json.loads(out.read_text())

    def loss_rows(self) -> Tensor:
        """Rows for the loss: natural validation text and packed held-out documents. [n, n_positions + 1]"""
        natural = np.load(self.args.work / "sequences.npz")["validation"][: self.args.loss_rows // 3]
        length = self.model.config.n_positions + 1
        flat = np.concatenate([document.ids for document in self.documents])
        wanted = self.args.loss_rows - len(natural)
        packed = flat[: wanted * (length - 1)].reshape(wanted, length - 1)
        packed = np.concatenate([np.zeros((wanted, 1), dtype=packed.dtype), packed], axis=1)
        return torch.from_numpy(np.concatenate([natural, packed]).astype(np.int64))

    def named(self, measured: dict[int, dict]) -> dict[str, dict]:
        return {self.names[concept]["id"]: rounded(figures) for concept, figures in measured.items()}

    def compare(self, values: np.ndarray) -> dict[int, dict]:
        """The best single dense unit (a column, either sign) for each concept."""
        return search_units(values, self.labels, sparse=False).measured()

    def compare_neurons(self, hook: str, values: np.ndarray) -> dict:
        """The comparison with a layer's neurons, made once for both of the layer's SAEs."""
        if hook not in self.neurons:
            self.neurons[hook] = summarise(self.compare(values), self.alone)
        return self.neurons[hook]

    def judge(self, name: str) -> dict:
        folder = self.args.saes / name
        sae = load_sae(folder)
        layer = name.split(".")[1]
        neuron_hook = f"blocks.{layer}.mlp.hook_post"
        values = activations(self.model, self.documents, [name, neuron_hook])
        acts, figures = encode_all(sae, values[name])
        mean = torch.from_numpy(values[name].mean(0))
        figures |= loss_figures(self.model, self.rows, name, sae, mean)
        search = search_units(acts, self.labels, sparse=True)
        measured = search.measured()
        report = {
            "hook": name,
            "d_sae": sae.W_enc.shape[1],
            "k": sae.k,
            **rounded(figures),
            "tokens_judged": len(self.ids),
            "latents": summarise(measured, self.alone),
            "neurons": self.compare_neurons(neuron_hook, values[neuron_hook]),
        }
        if name.endswith("resid_post"):
            report["residual_basis"] = summarise(self.compare(values[name]), self.alone)
        report["concepts"] = self.named(measured)
        self.write_latents(folder, search.units)
        (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
        return report

    def write_latents(self, folder: Path, units: list[dict]) -> None:
        with (folder / "latents.jsonl").open("w") as file:
            for unit in units:
                concept = self.names[unit["concept"]]
                if unit["f1"] >= LEAST_F1:
                    line = {**rounded(unit), "concept": concept["id"], "words": concept["words"]}
                    order = ("index", "concept", "words", "f1", "precision", "recall", "threshold", "density")
                    file.write(json.dumps({key: line[key] for key in order}) + "\n")


def rounded(figures: dict) -> dict:
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--model", type=Path, default=Path("../underglass-tiny"))
    parser.add_argument("--tokenizer", type=Path, default=Path("../underglass-tiny/tokenizer.json"))
    parser.add_argument("--saes", type=Path, default=Path("../underglass-tiny/saes"))
    parser.add_argument("--held-out", type=Path, default=Path("work/held_out.jsonl"))
    parser.add_argument("--hooks", nargs="*", default=[])
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--loss-rows", type=int, default=96)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    judge = Judge(args)
    concepts = [
        {"id": entry["id"], "lookup_f1": round(float(f1), 4), "token_alone": bool(alone)}
        for entry, f1, alone in zip(judge.names, judge.lookup, judge.alone)
    ]
    (args.saes / "concepts.json").write_text(json.dumps(concepts, indent=1) + "\n")
    for name in args.hooks or sae_hooks(judge.model.config.n_layer):
        report = judge.judge(name)
        del report["concepts"]
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
