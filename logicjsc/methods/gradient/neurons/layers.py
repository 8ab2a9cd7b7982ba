"""Layers around neurons of any family."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class NeuronLayer(nn.Module):
    """Neurons of any family, batch normalisation, quantiser.

    Attributes:
        sources: number of sources.
    """

    def __init__(self, neurons: nn.Module, sources: int, size: int, quantiser: nn.Module) -> None:
        super().__init__()
        self.neurons, self.sources = neurons, sources
        self.norm = nn.BatchNorm1d(size)
        self.quantiser = quantiser

    def forward(self, values: Any) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Values ``[samples, sources]`` to a quantised tensor ``[samples, neurons]``."""
        return self.quantiser(self.norm(self.neurons(values)))


class BitLayer(nn.Module):
    """Neurons whose outputs are bits as they are.

    Attributes:
        sources: number of sources.
    """

    def __init__(self, neurons: nn.Module, sources: int) -> None:
        super().__init__()
        self.neurons, self.sources = neurons, sources

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Bits ``[samples, sources]`` to bits ``[samples, neurons]``."""
        bits: torch.Tensor = self.neurons(values)
        return bits


class SummedScores(nn.Module):
    """Neurons that add, and whose sums are the scores.

    Attributes:
        sources: number of sources.
        step: the sums are multiples of it.
    """

    def __init__(self, neurons: nn.Module, sources: int, step: float) -> None:
        super().__init__()
        self.neurons, self.sources = neurons, sources
        self.step = step

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, outputs]``."""
        sums: torch.Tensor = self.neurons(values)
        return sums
