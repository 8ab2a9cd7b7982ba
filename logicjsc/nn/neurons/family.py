"""From a layer's settings to the modules of its family."""

from __future__ import annotations

from typing import Any

from torch import nn

from logicjsc.config import NetworkConfig
from logicjsc.nn.connectivity import Array
from logicjsc.nn.neurons.mlp import MlpNeurons
from logicjsc.nn.neurons.polynomial import PolynomialNeurons


class NeuronLayer(nn.Module):
    """Neurons of any family, batch normalisation, quantiser."""

    def __init__(self, neurons: nn.Module, size: int, quantiser: nn.Module) -> None:
        super().__init__()
        self.neurons = neurons
        self.norm = nn.BatchNorm1d(size)
        self.quantiser = quantiser

    def forward(self, values: Any) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """Values ``[jets, sources]`` to a quantised tensor ``[jets, neurons]``."""
        return self.quantiser(self.norm(self.neurons(values)))


def make_neurons(family: str, config: NetworkConfig, connections: Array) -> nn.Module:
    """The neurons of a layer.

    Args:
        family: one of `NetworkConfig.neuron` but ``"linear"``.
        config: settings of the network.
        connections: source of each input, int64 ``[neurons, fan_in]``.

    Raises:
        ValueError: there is no such family.
    """
    if family == "polynomial":
        return PolynomialNeurons(connections, config.degree)
    if family == "mlp":
        return MlpNeurons(connections, config.mlp_depth, config.mlp_width, config.mlp_skip)
    raise ValueError(f"there is no neuron family {family!r}")
