"""How well single units stand for labelled concepts: unit and threshold chosen on one half, F1 measured on the other."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

#: Least number of tokens of a concept in each half for it to be judged.
LEAST_SUPPORT = 30
#: Candidate thresholds: upper-tail shares of a unit's values; the same grid from below for the other sign.
TAILS = np.concatenate([np.geomspace(2e-5, 0.02, 28), np.linspace(0.025, 0.5, 20)])
#: A concept is decided by the token alone if a look-up by token id reaches this F1.
TOKEN_ALONE = 0.9


@dataclass(frozen=True)
class Labels:
    """The labels of one half: pairs (token, concept) in order of tokens, and the number of tokens and concepts."""

    tokens: np.ndarray
    concepts: np.ndarray
    count: int
    n_concepts: int

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each token's pairs begin; one entry more than tokens."""
        return np.searchsorted(self.tokens, np.arange(self.count + 1))

    def pairs_of(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The labels of some tokens: (index into `chosen`, concept)."""
        first, sizes = self.starts[chosen], np.diff(self.starts)[chosen]
        owner = np.repeat(np.arange(len(chosen)), sizes)
        inner = np.arange(len(owner)) - np.repeat(sizes.cumsum() - sizes, sizes)
        return owner, self.concepts[first[owner] + inner]

    def support(self) -> np.ndarray:
        return np.bincount(self.concepts, minlength=self.n_concepts)

    def positives(self, concept: int) -> np.ndarray:
        """Which tokens carry the concept. Shape [count], bool."""
        held = np.zeros(self.count, dtype=bool)
        held[self.tokens[self.concepts == concept]] = True
        return held


def halves(tokens: np.ndarray, concepts: np.ndarray, cut: int, count: int, n_concepts: int) -> tuple[Labels, Labels]:
    """Labels of the tokens before and from `cut`."""
    first = tokens < cut
    return (
        Labels(tokens[first], concepts[first], cut, n_concepts),
        Labels(tokens[~first] - cut, concepts[~first], count - cut, n_concepts),
    )


def f1(hits: np.ndarray, chosen: np.ndarray, support: np.ndarray) -> np.ndarray:
    """2 hits / (chosen + support); 0 where nothing is chosen and nothing is there."""
    return 2 * hits / np.maximum(chosen + support, 1)


def thresholds_of(values: np.ndarray, sparse: bool) -> np.ndarray:
    """Rising candidate thresholds for `value > threshold`; a sparse unit's come from its non-zero values."""
    if sparse:
        fired = values[values > 0]
        return np.unique(np.concatenate([[0.0], np.quantile(fired, np.linspace(0.02, 0.98, 40))])) if fired.size else np.zeros(1)
    return np.unique(np.quantile(values, 1 - TAILS))


def best_on(values: np.ndarray, labels: Labels, sparse: bool) -> tuple[np.ndarray, np.ndarray]:
    """Best F1 and its threshold for one unit and every concept. Each [n_concepts]."""
    limits = thresholds_of(values, sparse)
    looked_at = np.flatnonzero(values > 0) if sparse else np.arange(labels.count)
    bins = np.searchsorted(limits, values[looked_at], side="left")  # value > limits[j] iff bin > j
    owner, concepts = labels.pairs_of(looked_at) if sparse else (labels.tokens, labels.concepts)
    cells = bins[owner] * labels.n_concepts + concepts
    counts = np.bincount(cells, minlength=(len(limits) + 1) * labels.n_concepts).reshape(-1, labels.n_concepts)
    hits = counts[::-1].cumsum(0)[::-1][1:]  # [thresholds, n_concepts]
    chosen = np.bincount(bins, minlength=len(limits) + 1)[::-1].cumsum()[::-1][1:]
    scores = f1(hits, chosen[:, None], labels.support()[None])
    best = scores.argmax(0)
    return scores[best, np.arange(labels.n_concepts)], limits[best]


def score(values: np.ndarray, threshold: float, positives: np.ndarray) -> dict[str, float]:
    """F1, precision and recall of `value > threshold`."""
    chosen = values > threshold
    hits = float((chosen & positives).sum())
    return {
        "f1": float(f1(np.array(hits), np.array(chosen.sum()), np.array(positives.sum()))),
        "precision": hits / max(float(chosen.sum()), 1.0),
        "recall": hits / max(float(positives.sum()), 1.0),
    }


class Search:
    """The best (unit, sign, threshold) for each concept, and the best concept for each unit."""

    def __init__(self, first: Labels, second: Labels) -> None:
        self.first, self.second = first, second
        self.usable = (first.support() >= LEAST_SUPPORT) & (second.support() >= LEAST_SUPPORT)
        self.best = np.full(first.n_concepts, -1.0)
        self.chosen: list[dict | None] = [None] * first.n_concepts
        self.units: list[dict] = []

    def add(self, unit: int, values: np.ndarray, sparse: bool) -> None:
        """Judges one unit by its values on all tokens, [first.count + second.count]; a dense one with both signs."""
        for sign in (1,) if sparse else (1, -1):
            signed = values * sign
            scores, thresholds = best_on(signed[: self.first.count], self.first, sparse)
            scores = np.where(self.usable, scores, -1.0)
            later = signed[self.first.count :]
            for concept in np.flatnonzero(scores > self.best):
                self.best[concept] = scores[concept]
                measured = {"unit": unit, "sign": sign, "threshold": float(thresholds[concept])}
                self.chosen[concept] = {**measured, "values": later}
            if sparse:
                self.note_unit(unit, scores, thresholds, later)

    def note_unit(self, unit: int, scores: np.ndarray, thresholds: np.ndarray, later: np.ndarray) -> None:
        concept = int(scores.argmax())
        figures = score(later, thresholds[concept], self.second.positives(concept))
        density = float((later > 0).mean())
        self.units.append(
            {"index": unit, "concept": concept, **figures, "threshold": float(thresholds[concept]), "density": density}
        )

    def measured(self) -> dict[int, dict]:
        """For every usable concept: the chosen unit and its figures on the second half."""
        out = {}
        for concept in np.flatnonzero(self.usable):
            chosen = self.chosen[concept]
            if chosen is not None:
                figures = score(chosen["values"], chosen["threshold"], self.second.positives(int(concept)))
                out[int(concept)] = {key: chosen[key] for key in ("unit", "sign", "threshold")} | figures
        return out


def token_lookup(ids: np.ndarray, first: Labels, second: Labels, vocab: int) -> np.ndarray:
    """F1 on the second half of a look-up by token id whose cut is chosen on the first. Shape [n_concepts]."""
    early, late = ids[: first.count], ids[first.count :]
    seen = np.bincount(early, minlength=vocab)
    out = np.zeros(first.n_concepts)
    for concept in range(first.n_concepts):
        held = np.bincount(early[first.positives(concept)], minlength=vocab)
        share = held / np.maximum(seen, 1)
        order = np.argsort(-share, kind="stable")
        scores = f1(held[order].cumsum(), seen[order].cumsum(), held.sum())
        accepted = np.zeros(vocab, dtype=bool)
        accepted[order[: int(scores.argmax()) + 1]] = held.sum() > 0
        positives = second.positives(concept)
        chosen = accepted[late]
        out[concept] = f1((chosen & positives).sum(), chosen.sum(), positives.sum())
    return out
