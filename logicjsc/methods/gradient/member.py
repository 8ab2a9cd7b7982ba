"""One network in training with its optimiser; a run has one, or a population of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn

from logicjsc.dataset import Scaler, Target
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.network.selection import widen
from logicjsc.methods.gradient.neurons.connectivity import check_connections
from logicjsc.methods.gradient.optimiser import make_optimiser

NOTHING_YET: Final = (-math.inf, -math.inf, 0)
"""Below every rank, negative loss and epoch."""


@dataclass
class Member:
    """A network, its optimiser, and how it fares.

    Attributes:
        config: settings with which a single run gives the same weights.
        network: the Brevitas modules, which hold the state between epochs.
        optimiser: AdamW over its parameters, which holds the moments.
        averaged: a network whose parameters are the average over steps, with running statistics of
            its own; None if no average is kept.
        best: rank on the validation samples, negative loss and epoch of its best state so far.
        sparsity: strength of the regulariser of `sparsity_of`, while there is one.
    """

    config: Config
    network: nn.Module
    optimiser: torch.optim.AdamW
    averaged: nn.Module | None = None
    best: tuple[float, float, int] = NOTHING_YET
    sparsity: float = 0.0

    @classmethod
    def fresh(
        cls,
        config: Config,
        scaler: Scaler,
        target: Target,
        device: torch.device,
        prepare: Callable[[nn.Module], nn.Module],
    ) -> Member:
        """A member with new weights, drawn with its seed; ``prepare`` may change the network."""
        torch.manual_seed(config.training.seed)
        network = build_network(config.network, scaler, target)
        widen(network, config.network.connectivity)
        network = prepare(network).to(device)
        averaged = None if config.training.averaging == "none" else deepcopy(network)
        dense = config.network.connectivity == "dense-top-k"
        return cls(
            config,
            network,
            make_optimiser(network, config.training),
            averaged,
            sparsity=config.training.connectivity_sparsity if dense else 0.0,
        )

    @property
    def candidate(self) -> nn.Module:
        """What is validated and kept: the average if there is one."""
        return self.network if self.averaged is None else self.averaged

    @torch.no_grad()
    def restart_average(self) -> None:
        """Have the average, if there is one, be the network as it is now."""
        if self.averaged is not None:
            theirs = self.network.state_dict()
            for name, tensor in self.averaged.state_dict().items():
                tensor.copy_(theirs[name])

    def state_dict(self) -> dict[str, Any]:
        """Everything that training changes, as tensors and plain values."""
        average = {} if self.averaged is None else {"averaged": self.averaged.state_dict()}
        return {
            "model": self.network.state_dict(),
            **average,
            "optimiser": self.optimiser.state_dict(),
            "best": list(self.best),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Undo `state_dict`.

        Raises:
            ValueError, KeyError, RuntimeError, TypeError, AttributeError: it does not fit.
        """
        device = next(self.network.parameters()).device
        self.network.load_state_dict(state["model"])
        check_connections(self.network)
        # Loading gives Brevitas' quantisers new parameters, which the optimiser must know.
        self.network.to(device)
        if self.averaged is not None:
            self.averaged.load_state_dict(state["averaged"])
            self.averaged.to(device)
        self.optimiser = make_optimiser(self.network, self.config.training)
        self.optimiser.load_state_dict(state["optimiser"])
        for parameter, kept in self.optimiser.state.items():
            for key in ("exp_avg", "exp_avg_sq"):
                # Compiled code trusts them to be as long as the parameter.
                if kept[key].shape != parameter.shape:
                    raise ValueError(f"{key} has shape {tuple(kept[key].shape)}")
        accuracy, loss, epoch = state["best"]
        self.best = (float(accuracy), float(loss), int(epoch))
