"""Training step by step through Brevitas' own modules; slow, and what the others must equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import torch

from logicjsc.dataset import Dataset
from logicjsc.methods.gradient.averaging import measure_statistics, shares_of, statistics_blocks
from logicjsc.methods.gradient.engines.batches import batches_of, rates_of
from logicjsc.methods.gradient.engines.watch import Watch, unwatched
from logicjsc.methods.gradient.evaluation import scores_of
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network.selection import sparsity_of
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective
from logicjsc.methods.gradient.processes import ALONE, Processes, average, average_gradients, gather

_STEPS_PER_LOOK: Final = 20
"""A look at the losses on a GPU waits for it."""


class BrevitasEngine:
    """Members one after the other, with the samples as tensors on the device.

    Several processes share each step of a single network: every one takes its part of a batch that
    is as many times larger, and gradients and the statistics of normalisation are those of the
    whole.
    """

    def __init__(
        self,
        members: list[Member],
        dataset: Dataset,
        device: torch.device,
        objective: Objective = CROSS_ENTROPY,
        sharing: Processes = ALONE,
    ) -> None:
        self.members, self.device = members, device
        self.objective, self.sharing = objective, sharing
        self.validation = torch.from_numpy(dataset.validation.features)
        self.features = torch.from_numpy(dataset.train.features).to(device)
        self.labels = torch.from_numpy(dataset.train.targets).long().to(device)

    def train_epoch(self, epoch: int, watch: Watch = unwatched) -> torch.Tensor:
        """See `Engine.train_epoch`."""
        members = enumerate(self.members)
        return torch.stack([self._train(place, entry, epoch, watch) for place, entry in members])

    def _train(self, place: int, member: Member, epoch: int, watch: Watch) -> torch.Tensor:
        training = member.config.training
        member.network.train()
        whole = replace(training, batch_size=training.batch_size * self.sharing.count)
        batches = self._own(batches_of(whole, epoch, len(self.features), self.device))
        losses = torch.empty(len(batches), device=self.device)
        rates = rates_of(training, epoch, len(batches))
        shares = shares_of(training, epoch, len(batches)) or [0.0] * len(batches)
        for index, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
            for group in member.optimiser.param_groups:
                group["lr"] = rate
            scores = member.network(self.features[batch])
            loss = self.objective.loss(scores, self.labels[batch], batch)
            losses[index] = loss.detach()
            member.optimiser.zero_grad(set_to_none=True)
            if member.sparsity:
                loss = loss + member.sparsity * sparsity_of(member.network)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            average_gradients(member.network, self.sharing)
            member.optimiser.step()
            if shares[index]:
                _average(member, shares[index])
            if (index + 1) % _STEPS_PER_LOOK == 0 or index + 1 == len(batches):
                watch(place, losses[: index + 1])
        if member.averaged is not None:
            measure_statistics(member.averaged, self.features, statistics_blocks(batches))
        average(losses, self.sharing)
        return losses.cpu()

    def _own(self, batches: torch.Tensor) -> torch.Tensor:
        """This process's part of each batch."""
        return batches.chunk(self.sharing.count, dim=1)[self.sharing.rank]

    def validation_scores(self) -> torch.Tensor:
        """See `Engine.validation_scores`."""
        part = self.validation.tensor_split(self.sharing.count)[self.sharing.rank]
        own = torch.stack([scores_of(member.candidate, part) for member in self.members])
        return torch.cat(gather(own, self.sharing), dim=1)


@torch.no_grad()
def _average(member: Member, share: float) -> None:
    if member.averaged is not None:
        for average, parameter in zip(
            member.averaged.parameters(), member.network.parameters(), strict=True
        ):
            average.lerp_(parameter, share)
