"""Layers that learn which sources their neurons read: all of them, or the best by a score.

Both are forms that a `SparseNetwork` has while it learns; `narrowed` gives it back its ordinary
layers, in which each neuron reads ``fan_in`` sources.
"""

from __future__ import annotations

import math
from typing import Final, cast

import torch
from torch import nn

from logicjsc.methods.gradient.network.network import SparseNetwork
from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.sparse import SparseLayer, SparseLinear

WIDE: Final = ("dense-top-k", "straight-through")
"""Kinds of connectivity that look at all sources while they learn."""


def strongest(values: torch.Tensor, count: int) -> torch.Tensor:
    """Where each row's largest numbers are; of equal ones the first.

    Args:
        values: ``[rows, columns]``.
        count: how many of each row.

    Returns:
        Columns, int64 ``[rows, count]``, ascending within a row.
    """
    order = values.argsort(dim=1, descending=True, stable=True)
    return order[:, :count].sort(dim=1).values


class WideLinear(SparseLinear):
    """A linear layer whose neurons read all sources, and are to keep some.

    Attributes:
        weight: float ``[neurons, sources]``.
        fan_in: sources that each neuron is to keep.
    """

    def __init__(self, sources: int, neurons: int, fan_in: int) -> None:
        super().__init__(sources, torch.arange(sources).repeat(neurons, 1).numpy())
        self.fan_in = fan_in

    def priority(self) -> torch.Tensor:
        """Priority of each source, ``[neurons, sources]``: the absolute weight."""
        return self.weight.detach().abs()


class SelectingLinear(WideLinear):
    """A linear layer whose neurons use the sources of their highest scores, which are learned.

    The selection is a step and has no gradient of its own; it passes the gradient straight through
    to the scores (Bengio et al., arXiv:1308.3432; for a selection of weights, Ramanujan et al.,
    arXiv:1911.13299). So with g the gradient of a weight in use, that of its score is g times the
    weight, whether it is selected or not: a score rises where its weight would lower the loss.

    Attributes:
        scores: float ``[neurons, sources]``.
    """

    def __init__(self, sources: int, connections: Array) -> None:
        """Start with ``connections``, int64 ``[neurons, fan_in]``, as the selection."""
        neurons, fan_in = connections.shape
        super().__init__(sources, neurons, fan_in)
        bound = 1 / math.sqrt(fan_in)
        with torch.no_grad():
            self.weight.uniform_(-bound, bound)
        scores = torch.empty_like(self.weight).uniform_(0, bound)
        scores.scatter_(1, torch.from_numpy(connections), bound)
        self.scores = nn.Parameter(scores)

    def priority(self) -> torch.Tensor:
        """See `WideLinear.priority`: high scores."""
        return self.scores.detach()

    def dense_weight(self) -> torch.Tensor:
        """See `SparseLinear.dense_weight`."""
        chosen = torch.zeros_like(self.scores)
        chosen.scatter_(1, strongest(self.priority(), self.fan_in), 1.0)
        # The difference is exactly zero; what it adds is the gradient.
        return self.weight * (chosen + (self.scores - self.scores.detach()))


def widen(network: nn.Module, connectivity: str) -> None:
    """Have a fresh network's neurons learn which sources to read, if its connectivity does that.

    ``"dense-top-k"`` reads all sources, with new weights; ``"straight-through"`` has scores.
    """
    if connectivity not in WIDE:
        return
    for layer in layers_of(network):
        sources, connections = layer.linear.sources, layer.linear.connections.numpy()
        layer.linear = (
            WideLinear(sources, *connections.shape)
            if connectivity == "dense-top-k"
            else SelectingLinear(sources, connections)
        )


def narrowed(linear: WideLinear) -> tuple[SparseLinear, torch.Tensor]:
    """An ordinary layer of the sources that neurons keep, and where they stood in the wide one.

    Returns:
        The layer, and columns of the wide layer's weights, int64 ``[neurons, fan_in]``.
    """
    kept = strongest(linear.priority(), linear.fan_in)
    narrow = SparseLinear(linear.sources, kept.cpu().numpy()).to(kept.device)
    with torch.no_grad():
        narrow.weight.copy_(linear.weight.gather(1, kept))
        narrow.bias.copy_(linear.bias)
    return narrow, kept


def sparsity_of(network: nn.Module) -> torch.Tensor:
    """Sources that all neurons of wide layers read beyond those that they are to keep.

    A neuron's number of sources is the Hoyer-square of its weights, ``(sum |w|)^2 / sum w^2``: 1 if
    one weight has it all, the number of weights if they are equal, and no threshold in between.
    Neither it nor a neuron that is normalised changes when all its weights are scaled, so it makes
    weights differ, where an L1 norm would shrink all of them (Yang et al., DeepHoyer,
    arXiv:1908.09979). It stops at the fan-in: what is kept may be of equal size.
    """
    total = torch.zeros((), device=next(network.parameters()).device)
    for layer in layers_of(network):
        linear = layer.linear
        if isinstance(linear, WideLinear):
            # A neuron without weights has no number of sources; it stays out.
            weight = linear.weight[linear.weight.detach().any(dim=1)]
            count = weight.abs().sum(dim=1) ** 2 / (weight**2).sum(dim=1)
            total = total + (count - linear.fan_in).relu().sum()
    return total


def layers_of(network: nn.Module) -> list[SparseLayer]:
    """The layers of a network of linear neurons."""
    return [cast("SparseLayer", layer) for layer in cast("SparseNetwork", network).layers]
