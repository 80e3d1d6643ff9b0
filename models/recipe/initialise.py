"""Where training starts: random weights, and positions as waves.

Measured reason for the gains: with the usual std of 0.02 no head attended to anything in particular within 8 million
tokens. Nothing is sown: every circuit is learnt.
"""

import math

import torch
from model import Model
from torch import Tensor, nn

#: Periods of the waves that position embeddings start as, in tokens.
SHORTEST, LONGEST = 3, 512
EMBEDDING_STD = 0.08
POSITION_LENGTH = 1.6
#: About 1/sqrt(d_model) in attention (0.04 x ATTENTION_GAIN), less in the MLP.
WEIGHT_STD = 0.04
ATTENTION_GAIN = 1.8


@torch.no_grad()
def initialise(model: Model) -> None:
    """Normal weights (outputs smaller by sqrt(2 n_layer)), zero biases, wave positions."""
    config = model.config
    d = config.n_embd
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=EMBEDDING_STD)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=WEIGHT_STD)
            nn.init.zeros_(module.bias)
    for block in model.h:
        for projection in (block.attn_proj, block.mlp_proj):
            nn.init.normal_(projection.weight, std=WEIGHT_STD / (2 * config.n_layer) ** 0.5)
        block.c_attn.weight.mul_(ATTENTION_GAIN)
        block.attn_proj.weight.mul_(ATTENTION_GAIN)
    waves = torch.linalg.qr(torch.randn(d, d)).Q[:, : d // 2]
    model.wpe.weight.copy_(POSITION_LENGTH * positions(config.n_positions, d // 4) @ waves.T)


def frequencies(count: int) -> Tensor:
    return 2 * math.pi / torch.logspace(math.log10(SHORTEST), math.log10(LONGEST), count)


def positions(count: int, waves: int) -> Tensor:
    """Sines, then cosines, of all frequencies at each position; rows of length 1. Shape [count, 2 * waves]."""
    angles = torch.arange(count)[:, None] * frequencies(waves)
    return torch.cat([angles.sin(), angles.cos()], dim=1) / waves**0.5
