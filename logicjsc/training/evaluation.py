"""Scores and metrics of a network, through its own modules."""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.data import JetData
from logicjsc.metrics import Metrics, score_metrics

_BATCH = 16_384


@torch.no_grad()
def class_scores(network: nn.Module, jets: JetData) -> torch.Tensor:
    """Class scores of a network in evaluation mode, float32 ``[jets, classes]``, on the CPU."""
    network.eval()
    device = next(network.parameters()).device
    features = torch.from_numpy(jets.features)
    parts = [network(part.to(device)).cpu() for part in torch.split(features, _BATCH)]
    return torch.cat(parts)


def evaluate(network: nn.Module, jets: JetData) -> Metrics:
    """Metrics of a network on jets."""
    return score_metrics(class_scores(network, jets).numpy(), jets.labels, jets.class_names)
