"""What is done to features before, and to scores after the quantised layers."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.dataset.fixed_point import FixedPoint


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


class _Scale(nn.Module):
    """A mean and a standard deviation for each column.

    Attributes:
        mean: float ``[columns]``, in the columns' units.
        deviation: float ``[columns]``, same.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))


class Standardise(_Scale):
    """``(feature - mean) / deviation``, so that a network takes raw features."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features ``[samples, features]`` to standardised ones."""
        return (features - self.mean) / self.deviation


class Unscale(_Scale):
    """``score * deviation + mean``, so that a network gives values in their units."""

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        """Standardised values ``[samples, values]`` to values."""
        return scores * self.deviation + self.mean
