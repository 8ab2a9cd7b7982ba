"""Layers that learn which sources their neurons read: all of them, or the best by a score.

Both are forms that a `SparseNetwork` has while it learns; `narrowed` gives it back its ordinary
layers, in which each neuron reads ``fan_in`` sources.
"""

from __future__ import annotations

import math
from typing import Final, cast

import torch
from torch import nn

from logicjsc.nn.connectivity import Array
from logicjsc.nn.layers import SparseLayer, SparseLinear
from logicjsc.nn.network import SparseNetwork

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


class SelectingLinear(SparseLinear):
    """A linear layer whose neurons read the sources of their highest scores, which are learned.

    The selection is a step and has no gradient of its own; it passes the gradient straight through
    to the scores (Bengio et al., arXiv:1308.3432; for a selection of weights, Ramanujan et al.,
    arXiv:1911.13299). So with g the gradient of a weight in use, that of its score is g times the
    weight, whether it is selected or not: a score rises where its weight would lower the loss.

    Attributes:
        weight: float ``[neurons, sources]``.
        scores: same shape.
        fan_in: sources that each neuron selects.
    """

    def __init__(self, sources: int, connections: Array) -> None:
        """Start with ``connections``, int64 ``[neurons, fan_in]``, as the selection."""
        super().__init__(sources, _everything(len(connections), sources).numpy())
        self.fan_in = connections.shape[1]
        bound = 1 / math.sqrt(self.fan_in)
        with torch.no_grad():
            self.weight.uniform_(-bound, bound)
        scores = torch.empty_like(self.weight).uniform_(0, bound)
        scores.scatter_(1, torch.from_numpy(connections), bound)
        self.scores = nn.Parameter(scores)

    def dense_weight(self) -> torch.Tensor:
        """See `SparseLinear.dense_weight`."""
        chosen = torch.zeros_like(self.scores)
        chosen.scatter_(1, strongest(self.scores.detach(), self.fan_in), 1.0)
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
            SparseLinear(sources, _everything(len(connections), sources).numpy())
            if connectivity == "dense-top-k"
            else SelectingLinear(sources, connections)
        )


def narrowed(linear: SparseLinear, fan_in: int) -> tuple[SparseLinear, torch.Tensor]:
    """An ordinary layer of the sources that neurons chose, and where they stood in the wide one.

    Those are the highest scores if there are scores, and the largest weights otherwise.

    Args:
        linear: a layer that reads all sources.
        fan_in: sources that each neuron keeps.

    Returns:
        The layer, and columns of the old weights, int64 ``[neurons, fan_in]``.
    """
    merit = linear.scores if isinstance(linear, SelectingLinear) else linear.weight.abs()
    kept = strongest(merit.detach(), fan_in)
    narrow = SparseLinear(linear.sources, kept.cpu().numpy()).to(kept.device)
    with torch.no_grad():
        narrow.weight.copy_(linear.weight.gather(1, kept))
        narrow.bias.copy_(linear.bias)
    return narrow, kept


def sparsity_of(network: nn.Module) -> torch.Tensor:
    """Sum over all neurons of the Hoyer-square of their weights, ``(sum |w|)^2 / sum w^2``.

    Of a neuron it is 1 if one weight has it all and the number of weights if they are equal, a
    count of sources that needs no threshold. Neither it nor a neuron that is normalised changes
    when all its weights are scaled, so it makes weights differ, where an L1 norm would shrink all
    of them (Yang et al., DeepHoyer, arXiv:1908.09979).
    """
    total = torch.zeros((), device=next(network.parameters()).device)
    for layer in layers_of(network):
        # A neuron without weights has no number of sources; it stays out.
        weight = layer.linear.weight[layer.linear.weight.detach().any(dim=1)]
        total = total + (weight.abs().sum(dim=1) ** 2 / (weight**2).sum(dim=1)).sum()
    return total


def layers_of(network: nn.Module) -> list[SparseLayer]:
    """The layers of a network of linear neurons."""
    return [cast("SparseLayer", layer) for layer in cast("SparseNetwork", network).layers]


def _everything(neurons: int, sources: int) -> torch.Tensor:
    return torch.arange(sources).repeat(neurons, 1)
