"""A training loop in the manner of LogicNets (arXiv:2004.03021), rebuilt from its description.

One module per layer of neurons: a dense linear layer whose weights are multiplied by a mask in each
forward pass, batch normalisation, and a Brevitas quantiser. Jets come one by one through torch's
`DataLoader`, and the full training and test sets are evaluated after every epoch.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logicjsc.config import Config
from logicjsc.nn.connectivity import connect
from logicjsc.nn.network import layer_sources, per_layer
from logicjsc.nn.quantisers import signed_quantiser, unsigned_quantiser, value_of


class MaskedLinear(nn.Linear):
    """A dense linear layer of which a mask leaves some weights."""

    mask: torch.Tensor

    def __init__(self, sources: int, neurons: int, mask: torch.Tensor) -> None:
        super().__init__(sources, neurons)
        self.register_buffer("mask", mask)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[jets, sources]`` to sums ``[jets, neurons]``."""
        return nn.functional.linear(values, self.weight * self.mask, self.bias)


class NeuronLayer(nn.Module):
    """Masked linear, batch normalisation, quantiser."""

    def __init__(self, linear: MaskedLinear, quantiser: nn.Module) -> None:
        super().__init__()
        self.linear, self.quantiser = linear, quantiser
        self.norm = nn.BatchNorm1d(linear.out_features)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[jets, sources]`` to quantised ones ``[jets, neurons]``."""
        return value_of(self.quantiser(self.norm(self.linear(values))))


class LogicNetsStyle(nn.Module):
    """The network of a config, in that manner; it has no skips."""

    def __init__(self, config: Config, features: int, classes: int) -> None:
        super().__init__()
        network = config.network
        sizes = (features, *network.hidden, classes)
        layers = len(sizes) - 1
        if any(len(layer_sources(network, layer)) > 1 for layer in range(1, layers + 1)):
            raise ValueError("networks with skips are not of this kind")
        bits, fan_in = per_layer(network.bits, layers), per_layer(network.fan_in, layers)
        rng = np.random.default_rng(network.connectivity_seed)
        self.norm = nn.BatchNorm1d(features)
        self.bias = nn.Parameter(torch.tensor(network.input_bias))
        self.quantiser = signed_quantiser(network.input_bits, network.input_max)
        blocks = []
        for index in range(layers):
            sources, neurons = sizes[index : index + 2]
            chosen = connect("random", sources, neurons, fan_in[index], rng)
            mask = torch.zeros(neurons, sources).scatter(1, torch.from_numpy(chosen), 1.0)
            quantiser = (
                signed_quantiser(bits[index], network.output_max)
                if index == layers - 1
                else unsigned_quantiser(bits[index], network.hidden_max)
            )
            blocks.append(NeuronLayer(MaskedLinear(sources, neurons, mask), quantiser))
        self.layers = nn.Sequential(*blocks)
        self.score_bias = nn.Parameter(torch.tensor(network.score_bias))
        self.score_scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Standardised features ``[jets, features]`` to class scores ``[jets, classes]``."""
        values = value_of(self.quantiser(self.norm(values) + self.bias))
        return (self.layers(values) + self.score_bias) * self.score_scale


@dataclass(frozen=True)
class Seconds:
    """CPU seconds of one epoch: with jets from the loader, from memory, and of its evaluation."""

    training: float
    in_memory: float
    evaluation: float


def one_epoch(
    config: Config,
    train: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    *,
    steps: int,
) -> Seconds:
    """Time an epoch; ``steps`` of it are repeated with jets from memory, and scaled up."""
    torch.manual_seed(config.training.seed)
    size = config.training.batch_size
    network = LogicNetsStyle(config, train[0].shape[1], int(train[1].max()) + 1)
    optimiser = torch.optim.AdamW(
        network.parameters(),
        lr=config.training.learning_rate,
        betas=config.training.betas,
        weight_decay=config.training.weight_decay,
    )
    loaders = [
        DataLoader(TensorDataset(*train), batch_size=size, shuffle=True),
        DataLoader(TensorDataset(*train), batch_size=size),
        DataLoader(TensorDataset(*test), batch_size=size),
    ]

    def step(features: torch.Tensor, labels: torch.Tensor) -> None:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(features), labels)
        loss.backward()
        optimiser.step()

    network.train()
    step(train[0][:size], train[1][:size])  # first allocations are not what is measured
    started = time.process_time()
    for features, labels in loaders[0]:
        step(features, labels)
    trained = time.process_time()
    network.eval()
    for loader in loaders[1:]:
        right, loss = 0, 0.0
        with torch.no_grad():
            for features, labels in loader:
                scores = network(features)
                loss += float(nn.functional.cross_entropy(scores, labels))
                right += int((scores.argmax(dim=1) == labels).sum())
    evaluated = time.process_time()
    network.train()
    order = torch.randperm(len(train[0]))
    again = time.process_time()
    for index in range(steps):
        batch = order[(index * size) % (len(order) - size) :][:size]
        step(train[0][batch], train[1][batch])
    in_memory = (time.process_time() - again) / (steps * size) * len(train[0])
    return Seconds(trained - started, in_memory, evaluated - trained)
