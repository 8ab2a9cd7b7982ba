"""Several processes that train together, as ``torchrun`` starts them.

They share the steps of a single network or the members of a population. All of them know the
same and decide the same; only the first one writes files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from logicjsc.core.errors import LogicjscError
from logicjsc.core.launch import launch_of_environment

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process among those that train together.

    Attributes:
        rank: its number, from 0.
        count: how many there are.
        local: its number on this machine; None if it is alone.
    """

    rank: int = 0
    count: int = 1
    local: int | None = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0


ALONE: Final = Processes()
"""A process that trains by itself."""


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """Meet the other processes that ``torchrun`` started, if it did.

    Args:
        device: the setting; GPUs talk through NCCL, everything else through Gloo.

    Raises:
        ConfigError: the environment makes no sense.
    """
    launch = launch_of_environment()
    if launch.count == 1:
        yield ALONE
        return
    on_gpus = device != "cpu" and torch.cuda.is_available()
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpus else "gloo")
    try:
        if on_gpus:
            torch.cuda.set_device(launch.local)
        yield Processes(launch.rank, launch.count, launch.local)
    finally:
        dist.destroy_process_group()


def gather(value: T, processes: Processes) -> list[T]:
    """Every process's value, in the order of their ranks, on all of them."""
    if processes.count == 1:
        return [value]
    values: list[Any] = [None] * processes.count
    dist.all_gather_object(values, value)
    return values


def interleave(own: list[T], processes: Processes) -> list[T]:
    """Entries that were dealt out in turn, in their old order, on all processes."""
    parts = gather(own, processes)
    total = sum(len(part) for part in parts)
    return [parts[index % len(parts)][index // len(parts)] for index in range(total)]


def from_first(work: Callable[[], T], processes: Processes) -> T:
    """What ``work`` returns on the first process, on all of them; its errors, too."""
    if processes.count == 1:
        return work()
    outcome: list[Any] = [None, None]
    if processes.is_first:
        try:
            outcome[0] = work()
        except LogicjscError as error:
            outcome[1] = error
    dist.broadcast_object_list(outcome, src=0)
    if outcome[1] is not None:
        raise outcome[1]
    result: T = outcome[0]
    return result


def average(values: torch.Tensor, processes: Processes) -> None:
    """Replace a tensor by its mean over the processes."""
    if processes.count > 1:
        dist.all_reduce(values)
        values /= processes.count


def average_gradients(network: nn.Module, processes: Processes) -> None:
    """Replace all gradients by their means over the processes, in one exchange."""
    if processes.count == 1:
        return
    gradients = [entry.grad for entry in network.parameters() if entry.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    average(flat, processes)
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


class _Sum(torch.autograd.Function):
    """The sum of a tensor over the processes; everybody's loss depends on everybody's tensor."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor) -> torch.Tensor:  # noqa: ANN401, ARG004 - torch's signature
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:  # noqa: ANN401, ARG004 - same
        (gradient,) = gradients
        total = gradient.clone()
        dist.all_reduce(total)
        return total


class SharedNorm(nn.BatchNorm1d):
    """Batch normalisation with the statistics of all processes' parts of a batch, of equal size.

    Torch's own ``SyncBatchNorm`` does this on GPUs only.
    """

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, channels]`` to normalised ones."""
        if not self.training:
            return super().forward(values)
        samples = len(values) * dist.get_world_size()
        mean = _Sum.apply(values.sum(dim=0)) / samples  # type: ignore[no-untyped-call]
        centred = values - mean
        variance = _Sum.apply((centred * centred).sum(dim=0)) / samples  # type: ignore[no-untyped-call]
        self._follow(mean.detach(), variance.detach() * samples / (samples - 1))
        normalised: torch.Tensor = centred * torch.rsqrt(variance + self.eps)
        return normalised * self.weight + self.bias

    @torch.no_grad()
    def _follow(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        if self.running_mean is None or self.running_var is None:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
        momentum = self.momentum
        if momentum is None:  # the plain mean over batches
            momentum = 1 / int(self.num_batches_tracked or 1)
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance, momentum)


def share_norms(network: nn.Module) -> nn.Module:
    """Give a network normalisation over all processes; names and numbers stay."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.BatchNorm1d:
                shared = SharedNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                module.register_module(name, shared)
    return network
