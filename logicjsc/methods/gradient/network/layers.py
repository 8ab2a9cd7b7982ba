"""Layers of sparse quantised neurons."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.methods.gradient.network.connectivity import Array


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


class RoundToWords(nn.Module):
    """Features rounded to fixed-point words, so that a network takes them raw or as words.

    Attributes:
        steps: value of one step, float ``[features]``.
        lows: smallest word, float ``[features]``.
        highs: largest word, float ``[features]``.
    """

    steps: torch.Tensor
    lows: torch.Tensor
    highs: torch.Tensor

    def __init__(self, words: FixedPoint) -> None:
        super().__init__()
        self.register_buffer("steps", torch.from_numpy(words.steps()))
        self.register_buffer("lows", torch.tensor(words.lows, dtype=torch.float32))
        self.register_buffer("highs", torch.tensor(words.highs, dtype=torch.float32))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features ``[samples, features]`` to the values of their words."""
        words = torch.floor(features / self.steps + 0.5)
        return torch.minimum(torch.maximum(words, self.lows), self.highs) * self.steps


class Standardise(nn.Module):
    """``(feature - mean) / deviation``, so that a network takes raw features.

    Attributes:
        mean: float ``[features]``, in the features' units.
        deviation: float ``[features]``, same.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features ``[samples, features]`` to standardised ones."""
        return (features - self.mean) / self.deviation


class Unscale(nn.Module):
    """``score * deviation + mean``, so that a network gives values in their units.

    Attributes:
        mean: float ``[values]``, in the values' units.
        deviation: float ``[values]``, same.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        """Standardised values ``[samples, values]`` to values."""
        return scores * self.deviation + self.mean
