"""Token sequences for training: packed documents and repeated random tokens."""

import json
from pathlib import Path
from typing import Iterable, Iterator

import numpy as np
from natural import read_natural
from tokenizers import Tokenizer

END = 0
#: A document cut by a sequence's end goes on in the next sequence if at least this many tokens are left.
LEAST_REST = 64


def encode(tokenizer: Tokenizer, texts: list[str]) -> list[np.ndarray]:
    """Token ids of each text, as uint16."""
    out: list[np.ndarray] = []
    for start in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch_fast(texts[start : start + 20_000], add_special_tokens=False):
            out.append(np.array(encoding.ids, dtype=np.uint16))
    return out


def pack(documents: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """Sequences of `length` ids: END before every document; a sequence always starts with END."""
    row = np.empty(length, dtype=np.uint16)
    used = 0
    for document in documents:
        rest = document
        while rest.size > 0:
            row[used] = END
            taken = min(rest.size, length - used - 1)
            row[used + 1 : used + 1 + taken] = rest[:taken]
            used += 1 + taken
            rest = rest[taken:]
            if used >= length - 1:
                row[used:] = END
                yield row.copy()
                used = 0
            if rest.size < LEAST_REST:
                break


def read_texts(corpus: Path) -> list[str]:
    return [json.loads(line) for line in corpus.open(encoding="utf-8")]


def build(tokenizer: Tokenizer, corpus: Path, natural: Path, length: int, natural_share: float, seed: int) -> dict:
    """Packed `train` and natural `validation` sequences [n, length]; natural text makes up a share of the tokens."""
    rng = np.random.default_rng(seed)
    splits = read_natural(natural)
    generated = encode(tokenizer, read_texts(corpus))
    stories = encode(tokenizer, splits["train"])
    wanted = natural_share / (1 - natural_share) * sum(map(len, generated))
    drawn = cycled(stories, wanted, rng)
    documents = generated + drawn
    order = rng.permutation(len(documents))
    counts = {"generated": sum(map(len, generated)), "natural": sum(map(len, drawn))}
    train = np.stack(list(pack((documents[i] for i in order), length)))
    validation = np.stack(list(pack(encode(tokenizer, splits["validation"]), length)))
    return {"train": train, "validation": validation, "counts": counts}


def cycled(documents: list[np.ndarray], tokens: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Documents in random order, over and over, until they hold `tokens` tokens."""
    drawn: list[np.ndarray] = []
    count = 0
    while count < tokens:
        for index in rng.permutation(len(documents)):
            drawn.append(documents[index])
            count += len(documents[index])
            if count >= tokens:
                break
    return drawn


#: Sizes of the vocabularies that repeated random tokens are drawn from, from NARROWING_STEP of training.
POOLS = (16, 64, 256, 1024)


def random_repeats(
    rng: np.random.Generator, rows: int, length: int, vocab: int, narrow: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Rows END, lead, then uniformly random ids repeated two to four times, over and over.

    Returns the ids and 1 where the token was announced by an earlier copy, else 0. Both [rows, length].
    """
    out = np.empty((rows, length), dtype=np.int64)
    announced = np.zeros((rows, length), dtype=np.float32)
    for row, known in zip(out, announced):
        size = int(rng.choice([*POOLS, vocab - 1])) if narrow else vocab - 1
        pool = rng.choice(np.arange(1, vocab), size, replace=False)
        row[0] = END
        used = 1
        while used < length:
            lead = rng.choice(pool, rng.integers(0, 20)) if rng.random() < 0.5 else np.empty(0, dtype=np.int64)
            size = int(rng.integers(4, 90) if rng.random() < 0.4 else rng.integers(4, 25))
            block = np.tile(rng.choice(pool, size), rng.integers(2, 5))
            piece = np.concatenate([lead, block])[: length - used]
            row[used : used + piece.size] = piece
            known[used + lead.size + size + 1 : used + piece.size] = 1
            used += piece.size
    return out, announced
