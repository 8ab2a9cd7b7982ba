"""From a layer's settings to the modules of its family."""

from __future__ import annotations

from typing import Any

from torch import nn

from logicjsc.config import NetworkConfig
from logicjsc.nn.connectivity import Array
from logicjsc.nn.neurons.added import AddedNeurons
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


def tables_per_neuron(family: str, config: NetworkConfig) -> int:
    """Sets of inputs that each neuron draws; each set is one table's."""
    return config.terms if family == "added" else 1


def table_rows(family: str, config: NetworkConfig, address_bits: int, term_bits: int) -> int:
    """Truth-table rows of one neuron, whose widest table of sources has so many address bits."""
    if family != "added":
        return 1 << address_bits
    return (config.terms << address_bits) + (1 << sum_bits(config.terms, term_bits))


def sum_bits(terms: int, bits: int) -> int:
    """Address bits of a table behind terms of so many bits each: of their sum, or of all of them.

    A table of up to six bits needs no adder in front of it.
    """
    together = terms * bits
    return together if together <= 6 else min(together, bits + (terms - 1).bit_length())  # noqa: PLR2004 - a LUT


def make_neurons(
    family: str, config: NetworkConfig, connections: Array, term_bits: int
) -> nn.Module:
    """The neurons of a layer.

    Args:
        family: one of `NetworkConfig.neuron` but ``"linear"``.
        config: settings of the network.
        connections: source of each input, int64 ``[neurons * tables per neuron, fan_in]``.
        term_bits: bits of what is added, in families that add.

    Raises:
        ValueError: there is no such family.
    """
    if family == "polynomial":
        return PolynomialNeurons(connections, config.degree)
    if family == "mlp":
        return MlpNeurons(connections, config.mlp_depth, config.mlp_width, config.mlp_skip)
    if family == "added":
        return AddedNeurons(connections, config.terms, config.degree, term_bits)
    raise ValueError(f"there is no neuron family {family!r}")
