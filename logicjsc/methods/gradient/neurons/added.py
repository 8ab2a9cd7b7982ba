"""Neurons that add up a few small neurons.

PolyLUT-Add (Lou, Rademacher, Boland and Leong, FPL 2024, arXiv:2406.04910): A sub-neurons of fan-in
F read A F sources with A tables of F inputs, instead of one table that is exponentially larger. In
hardware each sub-neuron is a table, then come an adder and a table of the sum.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.polynomial import PolynomialNeurons
from logicjsc.methods.gradient.neurons.quantisers import term_quantiser, value_of

_START: Final = 0.5
"""Deviation of sub-neurons at the start, so that two deviations fill the quantiser's range."""


class AddedNeurons(nn.Module):
    """Sums of polynomial sub-neurons, each normalised and quantised to a fixed range.

    Attributes:
        terms: sub-neurons of each neuron.
        sub: all sub-neurons, those of one neuron side by side.
    """

    def __init__(self, connections: Array, terms: int, degree: int, bits: int) -> None:
        super().__init__()
        self.terms = terms
        self.sub = PolynomialNeurons(connections, degree)
        self.norm = nn.BatchNorm1d(len(connections))
        nn.init.constant_(self.norm.weight, _START)
        self.quantiser = term_quantiser(bits)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, neurons]``."""
        each = value_of(self.quantiser(self.norm(self.sub(values))))
        return each.view(-1, self.sub.connections.shape[0] // self.terms, self.terms).sum(dim=2)
