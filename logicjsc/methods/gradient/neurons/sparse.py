"""Weighted sums of a few sources, and the layer around them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array


class SparseLinear(nn.Module):
    """A linear layer in which each neuron reads ``fan_in`` sources.

    Only the weights that exist are parameters; the forward pass spreads them over a dense matrix,
    which one matrix product then uses (faster than gathering at these sizes).

    Attributes:
        weight: float ``[neurons, fan_in]``.
        bias: float ``[neurons]``.
        connections: source of each weight, int64 ``[neurons, fan_in]``.
    """

    connections: torch.Tensor

    def __init__(self, sources: int, connections: Array) -> None:
        super().__init__()
        neurons, fan_in = connections.shape
        self.sources = sources
        self.register_buffer("connections", torch.from_numpy(connections))
        bound = 1 / math.sqrt(fan_in)
        self.weight = nn.Parameter(torch.empty(neurons, fan_in).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(neurons).uniform_(-bound, bound))

    def dense_weight(self) -> torch.Tensor:
        """The weights as a dense matrix ``[neurons, sources]``, zero where nothing is connected."""
        zeros = self.weight.new_zeros(self.weight.shape[0], self.sources)
        return zeros.scatter(1, self.connections, self.weight)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, neurons]``."""
        return nn.functional.linear(values, self.dense_weight(), self.bias)

    def to_dense(self) -> nn.Linear:
        """An ordinary linear layer with the same function, for exporters."""
        neurons = self.weight.shape[0]
        dense = nn.Linear(self.sources, neurons)
        with torch.no_grad():
            dense.weight.copy_(self.dense_weight())
            dense.bias.copy_(self.bias)
        return dense.to(self.weight.device)


class SparseLayer(nn.Module):
    """Sparse linear, batch normalisation, quantiser: each neuron becomes one truth table."""

    def __init__(self, linear: SparseLinear, quantiser: nn.Module) -> None:
        super().__init__()
        self.linear = linear
        self.norm = nn.BatchNorm1d(linear.weight.shape[0])
        self.quantiser = quantiser

    def forward(self, values: torch.Tensor) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Values ``[samples, sources]`` to a quantised tensor ``[samples, neurons]``."""
        return self.quantiser(self.norm(self.linear(values)))
