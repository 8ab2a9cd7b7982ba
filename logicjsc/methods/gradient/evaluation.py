"""Scores and metrics of a network, through its own modules."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.dataset import Samples
from logicjsc.dataset.metrics import Array, Choice, Metrics, losses, measure, rank_of

_BATCH = 16_384


def class_scores(network: nn.Module, samples: Samples) -> torch.Tensor:
    """Scores of a network in evaluation mode, float32 ``[samples, outputs]``, on the CPU."""
    return scores_of(network, torch.from_numpy(samples.features))


@torch.no_grad()
def scores_of(network: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """The same of raw features, float32 ``[samples, features]``."""
    network.eval()
    device = next(network.parameters()).device
    parts = [network(part.to(device)).cpu() for part in torch.split(features, _BATCH)]
    return torch.cat(parts)


def ranks_of(scores: torch.Tensor, samples: Samples, choice: Choice) -> list[tuple[float, float]]:
    """What chooses between members, larger is better: a metric, then minus the loss.

    Computed where the scores are, if that is a GPU and classes are told apart by accuracy.

    Args:
        scores: float ``[members, samples, outputs]``.
        samples: what they should be.
        choice: the metric.
    """
    if scores.device.type == "cpu":
        return [rank_of(choice, member, samples) for member in scores.numpy()]
    if samples.target.kind != "classes" or choice != "accuracy":
        return [rank_of(choice, member, samples) for member in scores.cpu().numpy()]
    classes = torch.from_numpy(samples.targets).long().to(scores.device)
    # Where several scores are highest, torch takes the first, as we do everywhere.
    right = (scores.argmax(dim=2) == classes).double().mean(dim=1)
    wanted = classes.expand(scores.shape[:2])[..., None]
    cost = -scores.double().log_softmax(dim=2).gather(2, wanted).mean(dim=(1, 2))
    return list(zip(right.tolist(), (-cost).tolist(), strict=True))


def mean_loss(scores: Array, samples: Samples) -> float:
    """Mean loss of scores ``[samples, outputs]``."""
    return float(losses(scores, samples.targets, samples.target).mean())


def evaluate(network: nn.Module, samples: Samples, thresholds: Array | None = None) -> Metrics:
    """Metrics of a network on samples; see `measure`."""
    return measure(class_scores(network, samples).numpy(), samples, thresholds)
