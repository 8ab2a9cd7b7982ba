"""What the steps of an epoch see: which samples, and at what learning rate."""

from __future__ import annotations

import torch

from logicjsc.methods.gradient.config import TrainingConfig
from logicjsc.methods.gradient.optimiser import learning_rate_at


def batches_of(
    config: TrainingConfig, epoch: int, samples: int, device: torch.device | None = None
) -> torch.Tensor:
    """Which samples each step of an epoch sees, int64 ``[steps, batch]``, drawn on the device.

    A pure function of the seed, the epoch's number and the kind of device, so that an interrupted
    run continues with the same batches. The samples that fill no batch sit out.
    """
    # One seed per run and epoch, of those that torch takes.
    seed = (config.seed * 1_000_003 + epoch) % 2**63
    shuffler = torch.Generator(device or "cpu").manual_seed(seed)
    steps = samples // config.batch_size
    order = torch.randperm(samples, generator=shuffler, device=device)
    return order[: steps * config.batch_size].view(steps, config.batch_size)


def rates_of(config: TrainingConfig, epoch: int, steps: int) -> list[float]:
    """Learning rate of each step of an epoch."""
    return [learning_rate_at(epoch * steps + index, steps, config) for index in range(steps)]
