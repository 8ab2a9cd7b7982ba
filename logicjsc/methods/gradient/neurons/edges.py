"""A learned function of one input on every edge, and sums of them.

KANELÉ (Hoang, Gupta and Harris, FPGA 2026, arXiv:2512.12850) learns splines on the edges of a
Kolmogorov-Arnold network, HGQ-LUT small networks. In hardware each edge is a table of one signal,
and a neuron adds its edges up, so that its cost grows with its fan-in and not exponentially.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.grouped import GroupedLinear
from logicjsc.methods.gradient.neurons.quantisers import term_quantiser, value_of

_STEEPNESS: Final = 2.0
"""Slope of the hidden units at the start; the quantised signals lie around -1.5 to 1.5."""

_SPREAD: Final = 1.5


class EdgeNeurons(nn.Module):
    """Sums of quantised functions of one source each.

    A source has hidden units ``tanh(slope * value + shift)``; the function of an edge is a weighted
    sum of the source's units, of its value, and a constant. So functions are smooth where that
    helps and as steep as steps where not, and a layer's are one matrix product per source.

    Attributes:
        mask: 1 where there is an edge, 0 elsewhere, float ``[sources, neurons]``.
        slope: of the hidden units, float ``[sources, units]``.
        shift: same shape.
        edges: from a source's value and units to its edges.
    """

    mask: torch.Tensor

    def __init__(self, sources: int, connections: Array, units: int, bits: int) -> None:
        super().__init__()
        neurons = len(connections)
        mask = torch.zeros(sources, neurons)
        mask.T.scatter_(1, torch.from_numpy(connections), 1.0)
        self.register_buffer("mask", mask)
        self.slope = nn.Parameter(_STEEPNESS * (0.5 + torch.rand(sources, units)))
        centres = torch.empty(sources, units).uniform_(-_SPREAD, _SPREAD)
        self.shift = nn.Parameter(-centres * self.slope.detach())
        self.edges = GroupedLinear(sources, units + 1, neurons)
        self.quantiser = term_quantiser(bits)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, neurons]``."""
        column = values.unsqueeze(2)
        units = torch.tanh(column * self.slope + self.shift)
        each = value_of(self.quantiser(self.edges(torch.cat([column, units], dim=2))))
        return (each * self.mask).sum(dim=1)

    def prune(self, edges: torch.Tensor) -> None:
        """Take edges away for good: those that are true in bool ``[sources, neurons]``."""
        self.mask[edges] = 0.0
