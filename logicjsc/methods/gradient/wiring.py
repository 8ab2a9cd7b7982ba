"""Networks that learn which sources their neurons read, before the epochs that change it.

Connections change between epochs only, in modules and moments, so every engine trains what it
finds. Nothing but the settings, the epoch's number and the state decides how: an interrupted run
makes the same changes.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any, Final, cast

import torch

from logicjsc.dataset import Dataset
from logicjsc.methods.gradient.config import learning_epochs
from logicjsc.methods.gradient.engines.batches import batches_of
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network.network import SparseNetwork
from logicjsc.methods.gradient.network.rewiring import rewired
from logicjsc.methods.gradient.network.selection import WIDE, WideLinear, layers_of, narrowed
from logicjsc.methods.gradient.objective import Objective
from logicjsc.methods.gradient.optimiser import make_optimiser, state_of

_JUDGED: Final = 8192
"""Samples whose loss tells which sources to connect."""


def change_connections(member: Member, epoch: int, dataset: Dataset, objective: Objective) -> None:
    """Change a member's connections as its settings ask for before epoch number ``epoch``.

    An average of the weights begins anew with every change.
    """
    training = member.config.training
    last = learning_epochs(member.config)
    if not last:
        return
    if epoch == last:
        settle(member)
    elif (
        member.config.network.connectivity == "prune-and-regrow"
        and 0 < epoch < last
        and epoch % training.connectivity_interval == 0
    ):
        part = training.connectivity_exchange * (1 + math.cos(math.pi * epoch / last)) / 2
        _prune_and_regrow(member, epoch, part, dataset, objective)


def settle(member: Member) -> None:
    """Give a member the connections that it has learned, for good; moments go along."""
    config = member.config
    if config.network.connectivity not in WIDE:
        return
    names = {parameter: name for name, parameter in member.network.named_parameters()}
    states = {name: state_of(member.optimiser, parameter) for parameter, name in names.items()}
    for layer in layers_of(member.network):
        moments = states[names[layer.linear.weight]]
        layer.linear, kept = narrowed(cast("WideLinear", layer.linear))
        for key in ("exp_avg", "exp_avg_sq"):
            moments[key] = moments[key].gather(1, kept)
    member.optimiser = make_optimiser(member.network, config.training)
    for name, parameter in member.network.named_parameters():
        member.optimiser.state[parameter] = states[name]
    member.sparsity = 0.0
    if member.averaged is not None:
        member.averaged = deepcopy(member.network)


def source_gradients(
    network: SparseNetwork,
    features: torch.Tensor,
    labels: torch.Tensor,
    batch: torch.Tensor,
    objective: Objective,
) -> list[torch.Tensor]:
    """Gradient of the loss with respect to all weights that neurons could have.

    Args:
        network: stays as it is.
        features: what it takes, ``[samples, features]``.
        labels: class indices, int64 ``[samples]``.
        batch: which samples, int64.
        objective: the loss.

    Returns:
        For each layer, float ``[neurons, sources]``.
    """
    copy = deepcopy(network).train()
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def look(_: Any, given: tuple[torch.Tensor], sums: torch.Tensor) -> None:  # noqa: ANN401 - any module
        seen.append((given[0].detach(), sums))

    for layer in layers_of(copy):
        layer.linear.register_forward_hook(look)
    loss = objective.loss(copy(features[batch]), labels[batch], batch)
    of_sums = torch.autograd.grad(loss, [sums for _, sums in seen])
    return [gradient.T @ values for gradient, (values, _) in zip(of_sums, seen, strict=True)]


@torch.no_grad()
def _prune_and_regrow(
    member: Member, epoch: int, part: float, dataset: Dataset, objective: Objective
) -> None:
    """Exchange a part of each layer's connections (RigL, Evci et al., arXiv:1911.11134).

    A new weight is zero. Its second moment is the mean of its neuron's: with none, AdamW's first
    steps would be many times too large.
    """
    network = cast("SparseNetwork", member.network)
    promises = _promises(member, network, epoch, dataset, objective)
    for layer, promise in zip(layers_of(network), promises, strict=True):
        linear = layer.linear
        count = round(part * linear.weight.numel())
        change = rewired(linear.weight, linear.connections, promise, count)
        moments = state_of(member.optimiser, linear.weight)
        mean = moments["exp_avg_sq"].mean(dim=1, keepdim=True).expand_as(change.origin)
        for tensor, fresh in (
            (linear.weight, torch.zeros_like(linear.weight)),
            (moments["exp_avg"], torch.zeros_like(linear.weight)),
            (moments["exp_avg_sq"], mean.clone()),
        ):
            tensor.copy_(torch.where(change.is_new, fresh, tensor.gather(1, change.origin)))
        linear.connections.copy_(change.connections)
    member.restart_average()


def _promises(
    member: Member, network: SparseNetwork, epoch: int, dataset: Dataset, objective: Objective
) -> list[torch.Tensor]:
    """How much to expect of each source, by layer, ``[neurons, sources]``."""
    config = member.config
    device = layers_of(network)[0].linear.weight.device
    if config.training.connectivity_regrow == "random":
        draws = torch.Generator().manual_seed(
            (config.network.connectivity_seed * 1_000_003 + epoch) % 2**63
        )
        return [
            torch.rand(len(layer.linear.weight), layer.linear.sources, generator=draws).to(device)
            for layer in layers_of(network)
        ]
    features = torch.from_numpy(dataset.train.features).to(device)
    labels = torch.from_numpy(dataset.train.targets).long().to(device)
    batch = batches_of(config.training, epoch, len(features), device).flatten()[:_JUDGED]
    with torch.enable_grad():
        gradients = source_gradients(network, features, labels, batch, objective)
    return [gradient.abs() for gradient in gradients]
