"""The networks, from raw features to class scores."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.families.family import (
    BitLayer,
    NeuronLayer,
    SummedScores,
    first_score_scale,
    make_neurons,
    score_step,
    tables_per_neuron,
)
from logicjsc.methods.gradient.network.connectivity import connect
from logicjsc.methods.gradient.network.layers import (
    InputBlock,
    RoundToWords,
    SparseLayer,
    SparseLinear,
    Standardise,
    Thermometer,
)
from logicjsc.methods.gradient.network.quantisers import (
    bit_quantiser,
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)

_Setting = TypeVar("_Setting", int, str)


class SparseNetwork(nn.Module):
    """Quantised features through layers of sparse quantised neurons to class scores.

    Mirrors LogicNets (arXiv:2004.03021): the last layer's quantiser is signed, and one learned bias
    and scale turn its values into scores. Other families of neurons are in `nn.neurons`.
    """

    def __init__(self, config: NetworkConfig, scaler: Scaler, classes: int) -> None:
        super().__init__()
        features = len(scaler.mean)
        sizes = (features * max(config.thresholds, 1), *config.hidden, classes)
        layers = len(sizes) - 1
        bits = per_layer(config.bits, layers)
        fan_in = per_layer(config.fan_in, layers)
        neuron = per_layer(config.neuron, layers)
        term_bits = per_layer(config.term_bits, layers)
        activation = per_layer(config.activation, layers - 1)
        rng = np.random.default_rng(config.connectivity_seed)
        self.standardise = prepare_features(scaler)
        self.input = _input_block(config, scaler)
        self.layers = nn.ModuleList()
        self.sources = [layer_sources(config, layer) for layer in range(1, layers + 1)]
        for index in range(layers):
            last = index == layers - 1
            width = sum(sizes[source] for source in self.sources[index])
            size, family = sizes[index + 1], neuron[index]
            summed = last and config.scores == "sum"
            tables = size * tables_per_neuron(family, config, summed=summed)
            connections = connect(config.connectivity, width, tables, fan_in[index], rng)
            if family == "linear":
                neurons: nn.Module = SparseLinear(width, connections)
            else:
                neurons = make_neurons(
                    family, config, width, connections, term_bits[index], summed=summed
                )
            if summed:
                step = score_step(family, term_bits[index])
                self.layers.append(SummedScores(neurons, width, step))
                continue
            if family == "lookup":
                self.layers.append(BitLayer(neurons, width))
                continue
            if last:
                quantiser = signed_quantiser(bits[index], config.output_max)
            elif family == "edges" or activation[index] == "signed":
                quantiser = signed_quantiser(bits[index], config.hidden_max)
            else:
                quantiser = unsigned_quantiser(bits[index], config.hidden_max)
            self.layers.append(
                SparseLayer(neurons, quantiser)
                if isinstance(neurons, SparseLinear)
                else NeuronLayer(neurons, width, size, quantiser)
            )
        self.score_bias = nn.Parameter(torch.tensor(config.score_bias))
        self.score_scale = nn.Parameter(torch.tensor(first_score_scale(neuron[-1], config)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features ``[jets, features]`` to class scores ``[jets, classes]``."""
        return (value_of(self._quantised(features)) + self.score_bias) * self.score_scale

    @torch.no_grad()
    def output_codes(self, features: torch.Tensor) -> torch.Tensor:
        """Raw features to the integers behind the scores, int64 ``[jets, classes]``."""
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
    """Float reference models: batch normalisation and ReLU, then linear, normalisation, ReLU."""

    def __init__(self, config: NetworkConfig, scaler: Scaler, classes: int) -> None:
        features = len(scaler.mean)
        blocks: list[nn.Module] = [
            prepare_features(scaler),
            nn.BatchNorm1d(features),
            nn.ReLU(),
        ]
        for sources, neurons in pairwise((features, *config.hidden, classes)):
            blocks += [nn.Linear(sources, neurons), nn.BatchNorm1d(neurons), nn.ReLU()]
        super().__init__(*blocks)


def _input_block(config: NetworkConfig, scaler: Scaler) -> nn.Module:
    """Quantised features, or thermometers."""
    if config.thresholds:
        thresholds = torch.tensor(scaler.thresholds, dtype=torch.float32)
        return Thermometer(thresholds, bit_quantiser())
    quantiser = signed_quantiser(config.input_bits, config.input_max)
    return InputBlock(len(scaler.mean), quantiser, config.input_bias)


def prepare_features(scaler: Scaler) -> nn.Module:
    """Raw features to what a network learns from: rounded, if so configured, and standardised."""
    standardise = Standardise(scaler.mean, scaler.deviation)
    return (
        standardise
        if scaler.words is None
        else nn.Sequential(RoundToWords(scaler.words), standardise)
    )


def build_network(config: NetworkConfig, scaler: Scaler, classes: int) -> nn.Module:
    """The network that a config describes, with fresh weights from torch's global generator.

    Raises:
        ConfigError: a fan-in is larger than the layer it reads.
    """
    kind = SparseNetwork if config.kind == "sparse" else DenseNetwork
    return kind(config, scaler, classes)


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
