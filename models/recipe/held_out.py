"""Held-out documents with their labelled spans, tokenised."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import torch
from tokenizers import Tokenizer
from torch import Tensor

END = 0


@dataclass(frozen=True)
class Document:
    """A generated document; ids[0] is END, tokens i >= 1 cover text[starts[i]:ends[i]]."""

    kind: str
    text: str
    spans: list[dict]
    ids: list[int]
    starts: list[int]
    ends: list[int]

    def token_of(self, start: int) -> int | None:
        """The token that holds the character at `start`, if at most a space precedes that character in it."""
        for index in range(1, len(self.ids)):
            if self.starts[index] <= start < self.ends[index]:
                return index if self.text[self.starts[index] : start].strip() == "" else None
        return None


def read_documents(path: Path, tokenizer: Tokenizer, most_tokens: int) -> Iterator[Document]:
    """Documents of a JSON-lines file made with --spans, cut after `most_tokens` tokens (END included)."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            raw = json.loads(line)
            encoding = tokenizer.encode(raw["text"], add_special_tokens=False)
            ids = [END, *encoding.ids][:most_tokens]
            offsets = [(0, 0), *encoding.offsets][:most_tokens]
            starts, ends = [start for start, _ in offsets], [end for _, end in offsets]
            yield Document(raw["kind"], raw["text"], raw["spans"], ids, starts, ends)


def pad(documents: list[Document]) -> Tensor:
    """Ids padded at the end with END. Shape [documents, longest]."""
    longest = max(len(document.ids) for document in documents)
    return torch.tensor([document.ids + [END] * (longest - len(document.ids)) for document in documents])
