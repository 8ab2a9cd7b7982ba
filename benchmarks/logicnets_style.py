"""A training loop in the manner of LogicNets (arXiv:2004.03021), rebuilt from its description.

One module per layer of neurons: a dense linear layer whose weights are multiplied by a mask in each
forward pass, batch normalisation, and a Brevitas quantiser. Samples come one by one through torch's
`DataLoader`, and the full training and test sets are evaluated after every epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.network.network import layer_sources, per_layer
from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.quantisers import (
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)


class MaskedLinear(nn.Linear):
    """A dense linear layer of which a mask leaves some weights."""

    mask: torch.Tensor

    def __init__(self, sources: int, neurons: int, mask: torch.Tensor) -> None:
        super().__init__(sources, neurons)
        self.register_buffer("mask", mask)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, neurons]``."""
        return nn.functional.linear(values, self.weight * self.mask, self.bias)


class NeuronLayer(nn.Module):
    """Masked linear, batch normalisation, quantiser."""

    def __init__(self, linear: MaskedLinear, quantiser: nn.Module) -> None:
        super().__init__()
        self.linear, self.quantiser = linear, quantiser
        self.norm = nn.BatchNorm1d(linear.out_features)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to quantised ones ``[samples, neurons]``."""
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
        """Standardised features ``[samples, features]`` to class scores ``[samples, classes]``."""
        values = value_of(self.quantiser(self.norm(values) + self.bias))
        return (self.layers(values) + self.score_bias) * self.score_scale


def synchronise(device: torch.device) -> None:
    """Wait for what a GPU has yet to do; a CPU is never behind."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(work: Callable[[], Any], device: torch.device | None = None) -> dict[str, float]:
    """CPU and wall seconds of a piece of work, to the end of what it left to ``device``."""
    device = device or torch.device("cpu")
    synchronise(device)
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    synchronise(device)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


@dataclass(frozen=True)
class Seconds:
    """CPU and wall seconds of one epoch, as `measure` tells them.

    Attributes:
        training: with samples from the loader.
        in_memory: with samples that lie on the device.
        evaluation: of the training and test samples, from the loader.
    """

    training: dict[str, float]
    in_memory: dict[str, float]
    evaluation: dict[str, float]


def one_epoch(
    config: Config,
    train: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    *,
    steps: int,
    device: torch.device | None = None,
) -> Seconds:
    """Time an epoch; ``steps`` of it are repeated with samples from memory, and scaled up.

    Samples come in main memory. The loader's batches go to ``device`` one by one.
    """
    device = device or torch.device("cpu")
    torch.manual_seed(config.training.seed)
    size = config.training.batch_size
    network = LogicNetsStyle(config, train[0].shape[1], int(train[1].max()) + 1).to(device)
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

    def from_loader() -> None:
        for features, labels in loaders[0]:
            step(features.to(device), labels.to(device))

    @torch.no_grad()
    def evaluation() -> None:
        for loader in loaders[1:]:
            right, loss = 0, 0.0
            for features, wanted in loader:
                labels = wanted.to(device)
                scores = network(features.to(device))
                loss += float(nn.functional.cross_entropy(scores, labels))
                right += int((scores.argmax(dim=1) == labels).sum())

    def from_memory() -> None:
        for index in range(steps):
            batch = order[(index * size) % (len(order) - size) :][:size]
            step(features[batch], labels[batch])

    features, labels = train[0].to(device), train[1].to(device)
    network.train()
    step(features[:size], labels[:size])  # first allocations are not what is measured
    training = measure(from_loader, device)
    network.eval()
    evaluated = measure(evaluation, device)
    network.train()
    order = torch.randperm(len(features), device=device)
    stepped = measure(from_memory, device)
    in_memory = {unit: took / (steps * size) * len(order) for unit, took in stepped.items()}
    return Seconds(training, in_memory, evaluated)
