"""Activations of the model at its hooks, on the training mixture or on single documents."""

from typing import Iterator

import numpy as np
import torch
from data import random_repeats
from model import Model
from torch import Tensor

ROWS = 16


class Collected(dict[str, list[Tensor]]):
    """A hook that keeps the activations of the wanted names."""

    def __init__(self, wanted: list[str]) -> None:
        super().__init__((name, []) for name in wanted)

    def __call__(self, name: str, value: Tensor) -> Tensor:
        if name in self:
            self[name].append(value)
        return value


def sae_hooks(n_layer: int) -> list[str]:
    return [f"blocks.{layer}.{name}" for layer in range(n_layer) for name in ("hook_mlp_out", "hook_resid_post")]


def documents_of(rows: np.ndarray) -> Iterator[np.ndarray]:
    """The documents inside packed rows, each with its END before it; the last of a row, which is cut, left out."""
    for row in rows:
        starts = np.flatnonzero(row == 0)
        for start, end in zip(starts[:-1], starts[1:]):
            if end - start > 3:
                yield row[start:end]


def padded(documents: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Ids [n, longest] and a mask of the tokens that count: no padding, no position 0."""
    longest = max(map(len, documents))
    ids = np.zeros((len(documents), longest), dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=bool)
    for row, document in enumerate(documents):
        ids[row, : len(document)] = document
        mask[row, 1 : len(document)] = True
    return torch.from_numpy(ids), torch.from_numpy(mask)


def mixture(rows: np.ndarray, vocab: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches (ids, mask): packed rows as in training, and as many rows taken apart into single documents."""
    rng = np.random.default_rng(seed)
    length = rows.shape[1] - 1
    for first in range(0, len(rows) - 2 * ROWS, 2 * ROWS):
        packed = rows[first : first + ROWS, :-1].astype(np.int64)
        packed[:1] = random_repeats(rng, 1, length, vocab, narrow=False)[0]
        mask = np.ones(packed.shape, dtype=bool)
        mask[:, 0] = False
        yield torch.from_numpy(packed), torch.from_numpy(mask)
        single = sorted(documents_of(rows[first + ROWS : first + 2 * ROWS, :-1]), key=len)
        for start in range(0, len(single), 4 * ROWS):
            yield padded(single[start : start + 4 * ROWS])


@torch.no_grad()
def collect(model: Model, batches: Iterator[tuple[Tensor, Tensor]], hooks: list[str], tokens: int) -> dict[str, Tensor]:
    """Activations of at least `tokens` tokens (fewer if the batches end), in their order. Each [tokens, d]."""
    collected = Collected(hooks)
    out: dict[str, list[Tensor]] = {name: [] for name in hooks}
    count = 0
    for ids, mask in batches:
        model(ids, collected)
        for name in hooks:
            out[name].append(collected[name].pop()[mask])
        count += int(mask.sum())
        if count >= tokens:
            break
    return {name: torch.cat(parts) for name, parts in out.items() if parts}
