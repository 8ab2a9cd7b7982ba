"""Averages of the weights over training, as a share that each step's weights get.

Whatever the average, a step changes it by ``share * (weights - average)``. Shares depend on the
step's number only, so that an interrupted run needs to remember nothing but the average. All
parameters are averaged as training moves them, the ranges of quantisers included; running
statistics are not averaged but measured anew on the training samples, because those of averaged
weights differ from the average of those of the weights (Izmailov et al., arXiv:1803.05407).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

from logicjsc.methods.gradient.config import TrainingConfig
from logicjsc.methods.gradient.engines.stacked import StackedNetwork

STATISTICS_BATCH = 8192
"""Samples whose statistics normalisation takes at a time when they are measured anew."""


def shares_of(config: TrainingConfig, epoch: int, steps: int) -> list[float] | None:
    """Share of the average that the weights after each step of an epoch get; None without one.

    An exponential average forgets its start: its first shares are larger than ``1 - decay``.
    A stochastic average is the weights themselves until it starts, then the plain mean of those at
    the ends of epochs.
    """
    if config.averaging == "none":
        return None
    if config.averaging == "exponential":
        kept = (1 - 9 / (epoch * steps + step + 11) for step in range(steps))
        return [1 - min(config.average_decay, part) for part in kept]
    first = math.floor(config.average_start * config.epochs)
    return [0.0] * (steps - 1) + [1 / max(epoch - first + 1, 1)]


def statistics_blocks(batches: torch.Tensor) -> torch.Tensor:
    """The samples of an epoch's batches in fewer, equal blocks to measure statistics in.

    Args:
        batches: which samples, int64 ``[steps, batch]``.

    Returns:
        Which samples, int64 ``[blocks, samples]``; those that fill no block sit out.
    """
    order = batches.reshape(-1)
    blocks = max(len(order) // STATISTICS_BATCH, 1)
    size = len(order) // blocks
    return order[: blocks * size].view(blocks, size)


@torch.no_grad()
def measure_statistics(
    network: nn.Module, features: torch.Tensor, blocks: Iterable[torch.Tensor]
) -> None:
    """Set running statistics to the mean of those of blocks of samples, through the modules.

    Args:
        network: any network; its running means and variances change.
        features: what it takes, ``[samples, features]``.
        blocks: which samples, int64 ``[samples]`` each.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over calls
    network.train()
    for block in blocks:
        network(features[block])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


@torch.no_grad()
def measure_stacked_statistics(
    stacked: StackedNetwork, features: torch.Tensor, orders: torch.Tensor
) -> None:
    """The same for networks side by side.

    Args:
        stacked: the networks, whose statistics change.
        features: what they take, prepared, ``[samples, features]``.
        orders: the samples of an epoch's batches, int64 ``[members, steps, batch]``.
    """
    parts = [statistics_blocks(batches) for batches in orders]
    for index, blocks in enumerate(zip(*parts, strict=True)):
        samples = features[torch.stack(blocks)].transpose(1, 2)
        stacked.scores(samples, training=True, momentum=1 / (index + 1))
