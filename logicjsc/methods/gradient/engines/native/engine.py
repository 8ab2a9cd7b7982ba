"""Training through the compiled step: many steps per call, members side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import torch
from torch import nn

from logicjsc.dataset import Dataset, Samples, Scaler
from logicjsc.methods.gradient.averaging import shares_of, statistics_blocks
from logicjsc.methods.gradient.engines.batches import batches_of, rates_of
from logicjsc.methods.gradient.engines.native.calls import (
    measure_statistics,
    scores_of,
    train_steps,
)
from logicjsc.methods.gradient.engines.watch import Watch, unwatched
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network.blocks import feature_order
from logicjsc.methods.gradient.network.inputs import prepare_features
from logicjsc.methods.gradient.network.network import unscale_of
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective

_STEPS_PER_CALL: Final = 200
"""Python learns of an interruption between calls only."""


class NativeEngine:
    """A single network uses all threads for one step; of a population, each thread takes a member.

    Results are the same to the bit for any number of threads, and a member's are those of the same
    network trained alone.
    """

    def __init__(
        self,
        members: list[Member],
        dataset: Dataset,
        scaler: Scaler,
        threads: int,
        objective: Objective = CROSS_ENTROPY,
    ) -> None:
        self.members, self.objective = members, objective
        threads = min(threads, os.cpu_count() or 1)
        self.inner_threads = threads if len(members) == 1 else 1
        self.outer_threads = min(threads, len(members))
        order = feature_order(members[0].network, len(scaler.mean))
        prepare = prepare_features(scaler)
        self.unscale = unscale_of(scaler)
        self.features = _in_order(prepare, dataset.train, order)
        self.labels = (
            torch.from_numpy(dataset.train.targets).long()
            if objective.kind == "softmax"
            else torch.zeros(len(dataset.train), dtype=torch.int64)
        )
        self.validation = _in_order(prepare, dataset.validation, order)

    def train_epoch(self, epoch: int, watch: Watch = unwatched) -> torch.Tensor:
        """See `Engine.train_epoch`."""
        found = []
        for place, losses in enumerate(self._for_each(lambda m: self._train(m, epoch, watch))):
            watch(place, losses)
            found.append(losses)
        return torch.stack(found)

    def _train(self, member: Member, epoch: int, watch: Watch) -> torch.Tensor:
        training = member.config.training
        batches = batches_of(training, epoch, len(self.features))
        rates = rates_of(training, epoch, len(batches))
        shares = shares_of(training, epoch, len(batches))
        losses = torch.full((len(batches),), torch.nan, dtype=torch.float64)
        for start in range(0, len(batches), _STEPS_PER_CALL):
            part = slice(start, start + _STEPS_PER_CALL)
            done = train_steps(
                member.network,
                member.optimiser,
                self.features,
                self.labels,
                batches[part],
                rates=rates[part],
                threads=self.inner_threads,
                objective=self.objective,
                averaged=member.averaged,
                shares=None if shares is None else shares[part],
                sparsity=member.sparsity,
            )
            losses[start : start + len(done)] = done
            if not done[-1].isfinite():
                return losses
            if len(self.members) == 1:
                watch(0, losses[: start + len(done)])
        if member.averaged is not None:
            blocks = statistics_blocks(batches)
            measure_statistics(member.averaged, self.features, blocks, self.inner_threads)
        for group in member.optimiser.param_groups:
            group["lr"] = rates[-1]
        return losses

    def validation_scores(self) -> torch.Tensor:
        """See `Engine.validation_scores`."""
        scores = torch.stack(
            list(
                self._for_each(
                    lambda member: scores_of(member.candidate, self.validation, self.inner_threads)
                )
            )
        )
        return scores if self.unscale is None else self.unscale(scores)

    def _for_each(self, work: Callable[[Member], torch.Tensor]) -> Iterator[torch.Tensor]:
        """What work gives for each member, in order, as soon as it is there."""
        if self.outer_threads == 1:
            yield from map(work, self.members)
            return
        with ThreadPoolExecutor(self.outer_threads) as pool:
            try:
                yield from pool.map(work, self.members)
            finally:
                # Whoever looks on may have seen enough.
                pool.shutdown(cancel_futures=True)


def _in_order(prepare: nn.Module, samples: Samples, order: torch.Tensor) -> torch.Tensor:
    """Features as the compiled step takes them, float32 ``[samples, features]``."""
    prepared: torch.Tensor = prepare(torch.from_numpy(samples.features))
    return prepared.index_select(1, order).contiguous()
