"""From raw features to what the first layer reads: quantised numbers, thermometers, bits."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.network.scaling import RoundToWords, Standardise
from logicjsc.methods.gradient.neurons.quantisers import bit_quantiser, signed_quantiser, value_of


class InputBlock(nn.Module):
    """Batch normalisation, a learned bias, and the input quantiser.

    Attributes:
        width: number of outputs.
    """

    def __init__(self, features: int, quantiser: nn.Module, bias: float) -> None:
        super().__init__()
        self.width = features
        self.norm = nn.BatchNorm1d(features)
        self.bias = nn.Parameter(torch.tensor(bias))
        self.quantiser = quantiser

    def forward(self, features: torch.Tensor) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Standardised features ``[samples, features]`` to a quantised tensor of that shape."""
        return self.quantiser(self.norm(features) + self.bias)


class BitInput(nn.Module):
    """Features that are 0 or 1, as they are; the quantiser says so to an exported model.

    Attributes:
        width: number of outputs.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.width = features
        self.quantiser = bit_quantiser()

    def forward(self, features: torch.Tensor) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Bits ``[samples, features]`` to the same as a quantised tensor."""
        return self.quantiser(features)


class Thermometer(nn.Module):
    """Several bits per feature, each of which says whether the feature reaches a threshold.

    Attributes:
        width: number of outputs.
        thresholds: of the standardised features, float ``[features, bits]``.
    """

    thresholds: torch.Tensor

    def __init__(self, thresholds: torch.Tensor, quantiser: nn.Module) -> None:
        super().__init__()
        self.width = thresholds.numel()
        self.register_buffer("thresholds", thresholds)
        self.quantiser = quantiser

    def forward(self, features: torch.Tensor) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Standardised features ``[samples, features]`` to bits ``[samples, features * bits]``."""
        beyond = features.unsqueeze(2) - self.thresholds
        # The quantiser asks for more than a half.
        return self.quantiser(beyond.flatten(1) + 0.5)


class MixedInput(nn.Module):
    """Numbers through one block and bits through another; numbers come first in what they give.

    Attributes:
        width: number of outputs.
        numbers: block of the numbers.
        bits: block of the bits.
        number_places: which features are numbers, int64.
        bit_places: which features are bits, int64.
    """

    number_places: torch.Tensor
    bit_places: torch.Tensor

    def __init__(self, numbers: InputBlock | Thermometer, scaler: Scaler) -> None:
        super().__init__()
        self.numbers, self.bits = numbers, BitInput(len(scaler.wires))
        self.width = self.numbers.width + self.bits.width
        self.register_buffer("number_places", torch.tensor(scaler.numbers), persistent=False)
        self.register_buffer("bit_places", torch.tensor(scaler.wires), persistent=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Standardised features ``[samples, features]`` to values ``[samples, width]``."""
        numbers = self.numbers(features.index_select(1, self.number_places))
        bits = self.bits(features.index_select(1, self.bit_places))
        return torch.cat([value_of(numbers), value_of(bits)], dim=1)


def input_block(
    config: NetworkConfig, scaler: Scaler
) -> InputBlock | Thermometer | BitInput | MixedInput:
    """What a network has in front of its layers."""
    if not scaler.numbers:
        return BitInput(len(scaler.mean))
    numbers: InputBlock | Thermometer
    if config.thresholds:
        rows = [scaler.thresholds[place] for place in scaler.numbers]
        numbers = Thermometer(torch.tensor(rows, dtype=torch.float32), bit_quantiser())
    else:
        quantiser = signed_quantiser(config.input_bits, config.input_max)
        numbers = InputBlock(len(scaler.numbers), quantiser, config.input_bias)
    return MixedInput(numbers, scaler) if scaler.wires else numbers


def prepare_features(scaler: Scaler) -> nn.Module:
    """Raw features to what a network learns from: rounded, if so configured, and standardised."""
    standardise = Standardise(scaler.mean, scaler.deviation)
    if scaler.words is None:
        return standardise
    return nn.Sequential(RoundToWords(scaler.words), standardise)
