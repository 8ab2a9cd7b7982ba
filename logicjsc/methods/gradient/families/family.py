"""From a layer's settings to the modules of its family."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.families.added import AddedNeurons
from logicjsc.methods.gradient.families.edges import EdgeNeurons
from logicjsc.methods.gradient.families.lookup import LookupNeurons
from logicjsc.methods.gradient.families.mlp import MlpNeurons
from logicjsc.methods.gradient.families.polynomial import PolynomialNeurons
from logicjsc.methods.gradient.network.connectivity import Array
from logicjsc.methods.gradient.network.quantisers import term_step


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
        """Values ``[jets, sources]`` to a quantised tensor ``[jets, neurons]``."""
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
        """Bits ``[jets, sources]`` to bits ``[jets, neurons]``."""
        bits: torch.Tensor = self.neurons(values)
        return bits


class SummedScores(nn.Module):
    """Neurons that add, and whose sums are the class scores.

    Attributes:
        sources: number of sources.
        step: the sums are multiples of it.
    """

    def __init__(self, neurons: nn.Module, sources: int, step: float) -> None:
        super().__init__()
        self.neurons, self.sources = neurons, sources
        self.step = step

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[jets, sources]`` to sums ``[jets, classes]``."""
        sums: torch.Tensor = self.neurons(values)
        return sums


def tables_per_neuron(family: str, config: NetworkConfig, *, summed: bool) -> int:
    """Sets of inputs that each neuron draws; each set is one table's.

    Args:
        family: one of `NetworkConfig.neuron`.
        config: settings of the network.
        summed: whether its sum is a class score.
    """
    return config.terms if family == "added" or (family == "lookup" and summed) else 1


def score_step(family: str, term_bits: int) -> float:
    """Class scores that are sums are multiples of this."""
    return 1.0 if family == "lookup" else term_step(term_bits)


def first_score_scale(family: str, config: NetworkConfig) -> float:
    """Where the learned factor of the class scores starts.

    As many bits as vote in lookup neurons, their sum would drown all doubts of the softmax.
    """
    return config.terms**-0.5 if family == "lookup" else 1.0


def table_rows(
    family: str, config: NetworkConfig, fan_in: int, width: int, term_bits: int, *, summed: bool
) -> int:
    """Truth-table rows of one neuron.

    Args:
        family: one of `NetworkConfig.neuron`.
        config: settings of the network.
        fan_in: its setting of that name.
        width: bits of each input.
        term_bits: bits of what is added.
        summed: whether its sum stays as it is.
    """
    if family == "lookup":
        return tables_per_neuron(family, config, summed=summed) << fan_in
    if family not in {"added", "edges"}:
        return 1 << fan_in * width
    terms, address_bits = (config.terms, fan_in * width) if family == "added" else (fan_in, width)
    behind = 0 if summed else 1 << sum_bits(terms, term_bits)
    return (terms << address_bits) + behind


def sum_bits(terms: int, bits: int) -> int:
    """Address bits of a table behind terms of so many bits each: of their sum, or of all of them.

    A table of up to six bits needs no adder in front of it.
    """
    together = terms * bits
    return together if together <= 6 else min(together, bits + (terms - 1).bit_length())  # noqa: PLR2004 - a LUT


def make_neurons(
    family: str,
    config: NetworkConfig,
    sources: int,
    connections: Array,
    term_bits: int,
    *,
    summed: bool = False,
) -> nn.Module:
    """The neurons of a layer.

    Args:
        family: one of `NetworkConfig.neuron` but ``"linear"``.
        config: settings of the network.
        sources: number of sources.
        connections: source of each input, int64 ``[neurons * tables per neuron, fan_in]``.
        term_bits: bits of what is added, in families that add.
        summed: whether the neurons' sums are the class scores.

    Raises:
        ValueError: there is no such family.
    """
    if family == "polynomial":
        return PolynomialNeurons(connections, config.degree)
    if family == "mlp":
        return MlpNeurons(connections, config.mlp_depth, config.mlp_width, config.mlp_skip)
    if family == "added":
        return AddedNeurons(connections, config.terms, config.degree, term_bits)
    if family == "edges":
        return EdgeNeurons(sources, connections, config.edge_units, term_bits)
    if family == "lookup":
        terms = tables_per_neuron(family, config, summed=summed)
        learned = config.connectivity == "learned"
        return LookupNeurons(sources, connections, terms, learned=learned)
    raise ValueError(f"there is no neuron family {family!r}")
