"""Where training starts. Small budgets do not wait for chance: positions start as waves, and one induction circuit is sown.

Measured reason: in a trial run from the usual start, no head copied anything from context within 8 million tokens.
What is sown is only a start; training changes all of it, and everything else has to be learnt.
"""

import math

import torch
from model import Block, Model
from torch import Tensor, nn

#: Periods of the waves that position embeddings start as, in tokens.
SHORTEST, LONGEST = 3, 512
EMBEDDING_STD = 0.08
POSITION_LENGTH = 1.6
WEIGHT_STD = 0.04
#: Gain of query and key of the previous-token head (attends with 0.99 at once) and of the induction heads (about 0.6).
PREVIOUS_GAIN, INDUCTION_GAIN = 1.5, 3.5
#: Heads of layer 1 that share the sown pattern; together they can copy any token.
INDUCTION_HEADS = 3
#: How strongly heads write: the previous token's identity, a copied token by the induction head and by all later heads.
MOVE_GAIN, COPY_GAIN, COMMON_COPY_GAIN = 0.5, 1.0, 0.3


@torch.no_grad()
def initialise(model: Model) -> None:
    """Random weights, wave positions, a previous-token head (layer 0), an induction head (layer 1), copying outputs."""
    config = model.config
    d, d_head = config.n_embd, config.n_embd // config.n_head
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=EMBEDDING_STD)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=WEIGHT_STD)
            nn.init.zeros_(module.bias)
    for block in model.h:
        for projection in (block.attn_proj, block.mlp_proj):
            nn.init.normal_(projection.weight, std=WEIGHT_STD / (2 * config.n_layer) ** 0.5)
    axes = torch.linalg.qr(torch.randn(d, d)).Q
    waves, rest = axes[:, : d // 2], axes[:, d // 2 :]
    model.wpe.weight.copy_(POSITION_LENGTH * positions(config.n_positions, d // 4) @ waves.T)
    for block in list(model.h)[1:]:
        for head in range(config.n_head):
            set_output(block, head, random_rows(rest, d_head), None, COMMON_COPY_GAIN)
    identity, moved = rest[:, :d_head].T, rest[:, d_head : 2 * d_head].T  # each [d_head, d]
    queries, keys = one_back(waves, d_head // 2)
    set_attention(model.h[0], 0, PREVIOUS_GAIN * queries, PREVIOUS_GAIN * keys)
    set_output(model.h[0], 0, identity, moved, MOVE_GAIN)
    copied = random_rows(rest, INDUCTION_HEADS * d_head).split(d_head)
    for head in range(INDUCTION_HEADS):
        set_attention(model.h[1], head, INDUCTION_GAIN * identity, INDUCTION_GAIN * moved)
        set_output(model.h[1], head, copied[head], None, COPY_GAIN)


def frequencies(count: int) -> Tensor:
    return 2 * math.pi / torch.logspace(math.log10(SHORTEST), math.log10(LONGEST), count)


def positions(count: int, waves: int) -> Tensor:
    """Sines, then cosines, of all frequencies at each position; rows of length 1. Shape [count, 2 * waves]."""
    angles = torch.arange(count)[:, None] * frequencies(waves)
    return torch.cat([angles.sin(), angles.cos()], dim=1) / waves**0.5


def one_back(waves: Tensor, used: int) -> tuple[Tensor, Tensor]:
    """Query and key weights, each [2 * used, d], under which a query is the key of the position before it."""
    count = waves.shape[1] // 2
    sines, cosines = waves[:, :used], waves[:, count : count + used]
    sin, cos = frequencies(count)[:used].sin(), frequencies(count)[:used].cos()
    queries = torch.cat([sines * cos - cosines * sin, cosines * cos + sines * sin], dim=1)
    return queries.T, torch.cat([sines, cosines], dim=1).T


def random_rows(basis: Tensor, count: int) -> Tensor:
    """`count` random orthonormal rows in the space that the columns of `basis` span. Shape [count, d]."""
    return (basis @ torch.linalg.qr(torch.randn(basis.shape[1], count)).Q).T


def set_attention(block: Block, head: int, queries: Tensor, keys: Tensor) -> None:
    """Sets a head's query and key weights, each [d_head, d]."""
    d_head, d = queries.shape
    block.c_attn.weight[head * d_head : (head + 1) * d_head] = queries
    block.c_attn.weight[d + head * d_head : d + (head + 1) * d_head] = keys


def set_output(block: Block, head: int, read: Tensor, write: Tensor | None, gain: float) -> None:
    """Lets a head read along the rows `read` and write along the rows `write` (the same ones by default)."""
    d_head, d = read.shape
    block.c_attn.weight[2 * d + head * d_head : 2 * d + (head + 1) * d_head] = read
    block.attn_proj.weight[:, head * d_head : (head + 1) * d_head] = gain * (read if write is None else write).T
