"""AdamW and the learning rate over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from logicjsc.methods.gradient.config import TrainingConfig

_START = 0.04
"""Learning rate at the start of a one-cycle schedule, as a part of the peak."""


def make_optimiser(network: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW with weight decay on the weights of linear layers only.

    Norms, biases and quantiser scales are spared: decay would pull ranges towards zero.
    """
    decayed: list[nn.Parameter] = []
    spared: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        is_weight = name.endswith("weight") and parameter.ndim > 1
        (decayed if is_weight else spared).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=config.betas, fused=True)


def state_of(optimiser: torch.optim.AdamW, parameter: nn.Parameter) -> dict[str, torch.Tensor]:
    """AdamW's state of a parameter, made as torch makes it if there was no step yet."""
    state: dict[str, torch.Tensor] = optimiser.state[parameter]
    if not state:
        state["step"] = torch.zeros((), dtype=torch.float32, device=parameter.device)
        state["exp_avg"] = torch.zeros_like(parameter)
        state["exp_avg_sq"] = torch.zeros_like(parameter)
    return state


def learning_rate_at(step: int, steps_per_epoch: int, config: TrainingConfig) -> float:
    """Learning rate of a step; a pure function, so that resuming needs no state.

    ``"one-cycle"``: rises along a cosine during ``warm_up``, then falls along a cosine (Smith,
    arXiv:1708.07120). ``"cosine"``: the same, but rises along a line (Goyal et al.,
    arXiv:1706.02677). ``"warm-restarts"``: falls along a cosine in each period of
    ``restart_epochs`` (Loshchilov and Hutter, arXiv:1608.03983). All fall to ``final_rate``.
    """
    peak, floor, warm_up = config.learning_rate, config.final_rate, config.warm_up
    if config.schedule == "constant":
        return peak
    if config.schedule == "warm-restarts":
        period = config.restart_epochs * steps_per_epoch
        return peak * _fall((step % period) / period, floor)
    steps = max(config.epochs * steps_per_epoch, 1)
    progress = step / steps
    if progress >= warm_up:
        return peak * _fall((progress - warm_up) / (1 - warm_up), floor)
    if config.schedule == "cosine":
        return peak * min((step + 1) / (warm_up * steps), 1.0)
    return peak * (1 - (1 - _START) * _cosine(progress / warm_up))


def _fall(progress: float, floor: float) -> float:
    """Falls along half a cosine wave from 1 to ``floor`` as ``progress`` goes from 0 to 1."""
    return floor + (1 - floor) * _cosine(progress)


def _cosine(progress: float) -> float:
    """Falls from 1 to 0 as ``progress`` goes from 0 to 1."""
    return (1 + math.cos(math.pi * progress)) / 2
