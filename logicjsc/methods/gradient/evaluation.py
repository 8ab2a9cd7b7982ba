"""Scores and metrics of a network, through its own modules."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.dataset import Samples
from logicjsc.dataset.metrics import Array, Metrics, loss_and_accuracy, score_metrics

_BATCH = 16_384


def class_scores(network: nn.Module, jets: Samples) -> torch.Tensor:
    """Class scores of a network in evaluation mode, float32 ``[jets, classes]``, on the CPU."""
    return scores_of(network, torch.from_numpy(jets.features))


@torch.no_grad()
def scores_of(network: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """The same of raw features, float32 ``[jets, features]``."""
    network.eval()
    device = next(network.parameters()).device
    parts = [network(part.to(device)).cpu() for part in torch.split(features, _BATCH)]
    return torch.cat(parts)


def losses_and_accuracies(scores: torch.Tensor, labels: Array) -> list[tuple[float, float]]:
    """Mean cross-entropy in nats and accuracy of each member, computed where the scores are.

    Args:
        scores: float ``[members, jets, classes]``.
        labels: class indices ``[jets]``.
    """
    if scores.device.type == "cpu":
        return [loss_and_accuracy(member, labels) for member in scores.numpy()]
    classes = torch.from_numpy(labels).long().to(scores.device)
    # Where several scores are highest, torch takes the first, as we do everywhere.
    right = (scores.argmax(dim=2) == classes).double().mean(dim=1)
    wanted = classes.expand(scores.shape[:2])[..., None]
    losses = -scores.double().log_softmax(dim=2).gather(2, wanted).mean(dim=(1, 2))
    return list(zip(losses.tolist(), right.tolist(), strict=True))


def evaluate(network: nn.Module, jets: Samples) -> Metrics:
    """Metrics of a network on jets."""
    return score_metrics(class_scores(network, jets).numpy(), jets.labels, jets.class_names)
