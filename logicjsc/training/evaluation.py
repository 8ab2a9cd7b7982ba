"""Scores and metrics of a network, through its own modules."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.data import JetData
from logicjsc.metrics import Metrics, score_metrics

_BATCH = 16_384


def class_scores(network: nn.Module, jets: JetData) -> torch.Tensor:
    """Class scores of a network in evaluation mode, float32 ``[jets, classes]``, on the CPU."""
    return scores_of(network, torch.from_numpy(jets.features))


@torch.no_grad()
def scores_of(network: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """The same of raw features, float32 ``[jets, features]``."""
    network.eval()
    device = next(network.parameters()).device
    parts = [network(part.to(device)).cpu() for part in torch.split(features, _BATCH)]
    return torch.cat(parts)


def evaluate(network: nn.Module, jets: JetData) -> Metrics:
    """Metrics of a network on jets."""
    return score_metrics(class_scores(network, jets).numpy(), jets.labels, jets.class_names)
