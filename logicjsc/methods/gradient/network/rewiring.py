"""Connections that are dropped and connections that grow, at the same fan-in."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Rewired:
    """A layer's connections after a change.

    Attributes:
        connections: source of each weight, int64 ``[neurons, fan_in]``, ascending and distinct
            within a neuron.
        origin: where each weight stood before, int64, same shape; of no meaning where it is new.
        is_new: which connections have grown, bool, same shape.
    """

    connections: torch.Tensor
    origin: torch.Tensor
    is_new: torch.Tensor


def rewired(
    weight: torch.Tensor, connections: torch.Tensor, promise: torch.Tensor, count: int
) -> Rewired:
    """Drop a layer's weakest connections; each neuron that loses some grows as many.

    A connection is as weak as its weight is small beside the others of its neuron, whose size
    normalisation takes out. A neuron keeps its strongest connection, and what it drops does not
    come back at once.

    Args:
        weight: float ``[neurons, fan_in]``.
        connections: sources, int64, same shape.
        promise: what is to be hoped of each source, float ``[neurons, sources]``; the largest of
            those not connected grow, of equal ones the first.
        count: connections to change in the layer; fewer if there are not so many.
    """
    neurons, fan_in = weight.shape
    most = min(fan_in - 1, promise.shape[1] - fan_in)
    share = weight.abs() / weight.norm(dim=1, keepdim=True).clamp_min(torch.finfo().tiny)
    rank = share.argsort(dim=1, stable=True).argsort(dim=1, stable=True)
    candidates = share.masked_fill(rank >= most, torch.inf).flatten()
    dropped = torch.zeros_like(candidates, dtype=torch.bool)
    weakest = candidates.argsort(stable=True)[: min(count, neurons * max(most, 0))]
    dropped[weakest] = True
    dropped = dropped.view(neurons, fan_in)
    hopes = promise.scatter(1, connections, -torch.inf)
    best = hopes.argsort(dim=1, descending=True, stable=True)
    # The first connection that a neuron drops becomes its best hope, the second its second best.
    grown = best.gather(1, (dropped.cumsum(dim=1) - 1).clamp_min(0))
    changed, origin = torch.where(dropped, grown, connections).sort(dim=1)
    return Rewired(changed, origin, dropped.gather(1, origin))
