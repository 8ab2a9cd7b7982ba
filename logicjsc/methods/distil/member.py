"""One network of a teacher: trained on some samples, asked about others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import numpy as np
import torch
from torch import nn

from logicjsc.dataset.samples import Array
from logicjsc.methods.distil.config import TeacherConfig

_WARMUP: Final = 0.1
"""Part of the steps in which the learning rate rises."""

_AT_ONCE: Final = 16_384
"""Samples that are judged side by side."""


class ResidualBlock(nn.Module):
    """Two layers beside a connection that skips them (He et al., arXiv:1512.03385)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values of the layers in front, and what is added to them, ``[samples, width]``."""
        return values + cast("torch.Tensor", self.inner(values))


def build_member(inputs: int, classes: int, config: TeacherConfig) -> nn.Sequential:
    """A network from inputs to class scores; its start is drawn from torch's generator."""
    return nn.Sequential(
        nn.Linear(inputs, config.width),
        *(ResidualBlock(config.width) for _ in range(config.blocks)),
        nn.LayerNorm(config.width),
        nn.SiLU(),
        nn.Linear(config.width, classes),
    )


def judge_fold(
    samples: tuple[Array, Array, Array], config: TeacherConfig, fold: int, member: int
) -> Array:
    """Train a network on the other folds, on one thread, and judge a fold.

    Args:
        samples: of training: inputs, float32 ``[samples, inputs]``, after which those of copies of
            all of them may follow, one copy after another; classes and folds ``[samples]``.
        config: settings.
        fold: the fold that is judged.
        member: number of the network, from 0.

    Returns:
        Probabilities of the classes for each sample of the fold, and then for their copies, float32
        ``[samples, classes]``.
    """
    inputs, labels, folds = samples
    classes = torch.from_numpy(labels.astype(np.int64))
    seed = np.random.SeedSequence([config.seed, fold, member]).generate_state(1, np.uint64)[0]
    with _one_thread(), torch.random.fork_rng(devices=()):
        torch.manual_seed(int(seed))
        network = build_member(inputs.shape[1], int(classes.max()) + 1, config)
        others = np.flatnonzero(folds != fold)
        _fit(network, torch.from_numpy(inputs[others]), classes[others], config)
        with torch.no_grad():
            mine = np.tile(folds == fold, len(inputs) // len(folds))
            asked = torch.split(torch.from_numpy(inputs[mine]), _AT_ONCE)
            judged = torch.cat([network(part).softmax(dim=1) for part in asked])
    return np.asarray(judged.numpy(), np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread: sums are then rounded alike on any number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fit(
    network: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, config: TeacherConfig
) -> None:
    samples = len(labels)
    size = min(config.batch_size, samples)
    steps = samples // size
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=steps * config.epochs, pct_start=_WARMUP
    )
    for _ in range(config.epochs):
        for batch in torch.split(torch.randperm(samples)[: steps * size], size):
            loss = nn.functional.cross_entropy(network(inputs[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
            schedule.step()
