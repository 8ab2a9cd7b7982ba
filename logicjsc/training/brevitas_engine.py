"""Training step by step through Brevitas' own modules; slow, and what the others must equal."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.data import JetSplits
from logicjsc.training.engine import batches_of, rates_of
from logicjsc.training.evaluation import class_scores
from logicjsc.training.member import Member


class BrevitasEngine:
    """Members one after the other, with the jets as tensors on the device."""

    def __init__(self, members: list[Member], splits: JetSplits, device: torch.device) -> None:
        self.members, self.validation, self.device = members, splits.validation, device
        self.features = torch.from_numpy(splits.train.features).to(device)
        self.labels = torch.from_numpy(splits.train.labels).long().to(device)

    def train_epoch(self, epoch: int) -> torch.Tensor:
        """See `Engine.train_epoch`."""
        return torch.stack([self._train(member, epoch) for member in self.members])

    def _train(self, member: Member, epoch: int) -> torch.Tensor:
        training = member.config.training
        member.network.train()
        batches = batches_of(training, epoch, len(self.features), self.device)
        losses = torch.empty(len(batches), device=self.device)
        rates = rates_of(training, epoch, len(batches))
        for index, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
            for group in member.optimiser.param_groups:
                group["lr"] = rate
            scores = member.network(self.features[batch])
            loss = nn.functional.cross_entropy(scores, self.labels[batch])
            member.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            member.optimiser.step()
            losses[index] = loss.detach()
        return losses.cpu()

    def validation_scores(self) -> torch.Tensor:
        """See `Engine.validation_scores`."""
        return torch.stack(
            [class_scores(member.network, self.validation) for member in self.members]
        )
