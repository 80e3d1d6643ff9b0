"""Which next tokens count more in the training loss: the few that the behaviours to be learnt turn on."""

from pathlib import Path

import torch
import torch.nn.functional as F
from model import Model
from tokenizers import Tokenizer
from torch import Tensor

PRONOUNS = (" he", " she", " his", " her", " him", " himself", " herself")
CLOSERS = (")", "]", "}", ">", '"', "'")
#: A name after one of these is mostly an indirect object.
BEFORE_OBJECTS = (" to", " for", " on")
OBJECT_WEIGHT, PRONOUN_WEIGHT, CLOSER_WEIGHT = 8.0, 4.0, 4.0


class Emphasis:
    """Weights of next tokens, by the token itself and the one before it."""

    def __init__(self, tokenizer: Tokenizer, words: Path) -> None:
        names = [f" {line}" for line in words.read_text().splitlines() if not line.startswith(" ")]
        size = tokenizer.get_vocab_size()
        self.weights = torch.ones(size)
        for texts, weight in ((PRONOUNS, PRONOUN_WEIGHT), (CLOSERS, CLOSER_WEIGHT)):
            self.weights[ids(tokenizer, texts)] = weight
        self.is_name, self.is_before = torch.zeros(size), torch.zeros(size)
        self.is_name[ids(tokenizer, names)] = 1
        self.is_before[ids(tokenizer, BEFORE_OBJECTS)] = 1

    def loss(self, model: Model, rows: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted and plain mean next-token loss in nats; `rows` and `counted` (0 or 1) are [batch, pos + 1]."""
        before, after = rows[:, :-1].flatten(), rows[:, 1:].flatten()
        each = F.cross_entropy(model(rows[:, :-1]).flatten(0, 1).float(), after, reduction="none")
        weights = self.weights[after] + (OBJECT_WEIGHT - 1) * self.is_name[after] * self.is_before[before]
        weights = weights * counted[:, 1:].flatten()
        return (each * weights).sum() / weights.sum(), each.mean().detach()


def ids(tokenizer: Tokenizer, texts: tuple[str, ...] | list[str]) -> list[int]:
    """The ids of texts that are one token each."""
    found = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return [each[0] for each in found if len(each) == 1]
