"""The networks, from raw features to scores."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from logicjsc.dataset import Scaler, Target
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.families.family import Family, Place, find_family
from logicjsc.methods.gradient.network.inputs import input_block, prepare_features
from logicjsc.methods.gradient.network.scaling import Unscale
from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.layers import BitLayer, NeuronLayer, SummedScores
from logicjsc.methods.gradient.neurons.quantisers import (
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)
from logicjsc.methods.gradient.neurons.sparse import SparseLayer, SparseLinear

_Setting = TypeVar("_Setting", int, str)


class SparseNetwork(nn.Module):
    """Quantised features through layers of sparse quantised neurons to scores.

    Mirrors LogicNets (arXiv:2004.03021): the last layer's quantiser is signed, and one learned bias
    and scale turn its values into scores. Other families of neurons are in `neurons`. Features that
    are bits enter as they are.

    Attributes:
        scaler: of the samples that the network was built for.
    """

    def __init__(self, config: NetworkConfig, scaler: Scaler, outputs: int) -> None:
        super().__init__()
        self.scaler = scaler
        self.standardise = prepare_features(scaler)
        self.input = input_block(config, scaler)
        sizes = (self.input.width, *config.hidden, outputs)
        layers = config.layers
        fan_in = per_layer(config.fan_in, layers)
        rng = np.random.default_rng(config.connectivity_seed)
        families = [find_family(name) for name in config.neurons]
        self.layers = nn.ModuleList()
        self.sources = [layer_sources(config, layer) for layer in range(1, layers + 1)]
        for index, family in enumerate(families):
            width = sum(sizes[source] for source in self.sources[index])
            own = config.settings_of(family.name)
            summed = index == layers - 1 and config.scores == "sum"
            tables = sizes[index + 1] * family.tables(own, summed)
            kind = "random" if getattr(own, "learned_wires", False) else config.connectivity
            connections = connect(kind, width, tables, fan_in[index], rng)
            place = Place(width, connections, own, index, layers, summed)
            self.layers.append(_layer(config, family, place, sizes[index + 1]))
        last = families[-1].first_score_scale(config.settings_of(families[-1].name))
        self.score_bias = nn.Parameter(torch.tensor(config.score_bias))
        self.score_scale = nn.Parameter(torch.tensor(last))
        self.unscale = unscale_of(scaler)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features ``[samples, features]`` to scores ``[samples, outputs]``."""
        scores = (value_of(self._quantised(features)) + self.score_bias) * self.score_scale
        return scores if self.unscale is None else self.unscale(scores)

    @torch.no_grad()
    def output_codes(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features to the integers behind the scores, int64 ``[samples, outputs]``."""
        quantised, last = self._quantised(features), self.layers[-1]
        step = last.step if isinstance(last, SummedScores) else quantised.scale
        # Not Brevitas' own int(): it refuses a single signed bit (codes 0 and -1).
        return torch.round(value_of(quantised) / step).to(torch.int64)

    def _quantised(self, features: torch.Tensor) -> Any:  # noqa: ANN401 - Brevitas is untyped
        """The last layer's output, as the quantiser returns it, or the sums that it adds."""
        quantised = self.input(self.standardise(features))
        outputs = [value_of(quantised)]
        for layer, sources in zip(self.layers, self.sources, strict=True):
            gathered = [outputs[source] for source in sources]
            quantised = layer(gathered[0] if len(gathered) == 1 else torch.cat(gathered, dim=1))
            outputs.append(value_of(quantised))
        return quantised


class DenseNetwork(nn.Sequential):
    """Float reference models: batch normalisation and ReLU, then linear, normalisation, ReLU.

    Scores of other targets than classes may be negative, so the last rectifier is left out there.
    """

    def __init__(self, config: NetworkConfig, scaler: Scaler, outputs: int) -> None:
        features = len(scaler.mean)
        blocks: list[nn.Module] = [
            prepare_features(scaler),
            nn.BatchNorm1d(features),
            nn.ReLU(),
        ]
        for sources, neurons in pairwise((features, *config.hidden, outputs)):
            blocks += [nn.Linear(sources, neurons), nn.BatchNorm1d(neurons), nn.ReLU()]
        if scaler.target_kind != "classes":
            blocks.pop()
        unscale = unscale_of(scaler)
        super().__init__(*blocks, *(() if unscale is None else (unscale,)))


def build_network(config: NetworkConfig, scaler: Scaler, target: Target) -> nn.Module:
    """The network that a config describes, with fresh weights from torch's global generator.

    Raises:
        ConfigError: a fan-in is larger than the layer it reads.
    """
    kind = SparseNetwork if config.kind == "sparse" else DenseNetwork
    return kind(config, scaler, target.outputs)


def unscale_of(scaler: Scaler) -> Unscale | None:
    """From standardised values to values in their units; None of other targets."""
    if not scaler.target_mean:
        return None
    return Unscale(scaler.target_mean, scaler.target_deviation)


def with_dense_matrices(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose sparse linear layers are ordinary ones, for exporters."""
    copy = deepcopy(network).eval()
    for module in copy.modules():
        if isinstance(module, SparseLayer) and isinstance(module.linear, SparseLinear):
            module.linear = module.linear.to_dense()  # type: ignore[assignment]  # same interface
    return copy


def trainable_parameters(network: nn.Module) -> int:
    """Number of parameters that training changes."""
    return sum(entry.numel() for entry in network.parameters() if entry.requires_grad)


def per_layer(value: _Setting | tuple[_Setting, ...], layers: int) -> tuple[_Setting, ...]:
    """One entry per layer of a setting that may be a single one."""
    return value if isinstance(value, tuple) else (value,) * layers


def layer_sources(config: NetworkConfig, layer: int) -> list[int]:
    """The layers whose outputs ``layer`` reads, ascending; 0 is the quantised input."""
    return sorted({layer - 1, *(start for start, end in config.skips if end == layer)})


def _layer(config: NetworkConfig, family: Family, place: Place, size: int) -> nn.Module:
    """The module of one layer."""
    neurons = family.make(place)
    if place.summed:
        step = family.score_step(place.settings, place.index)
        return SummedScores(neurons, place.sources, step)
    if family.reads_bits:
        return BitLayer(neurons, place.sources)
    bits = per_layer(config.bits, place.layers)[place.index]
    if place.index == place.layers - 1:
        quantiser = signed_quantiser(bits, config.output_max)
    elif family.signed or per_layer(config.activation, place.layers - 1)[place.index] == "signed":
        quantiser = signed_quantiser(bits, config.hidden_max)
    else:
        quantiser = unsigned_quantiser(bits, config.hidden_max)
    if isinstance(neurons, SparseLinear):
        return SparseLayer(neurons, quantiser)
    return NeuronLayer(neurons, place.sources, size, quantiser)
