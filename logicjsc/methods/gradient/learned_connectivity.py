"""Settings of learned connectivity, checked against each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient.config import Config

LEARNED: Final = ("dense-top-k", "prune-and-regrow", "straight-through")
"""Kinds of connectivity that training changes."""


def learning_epochs(config: Config) -> int:
    """Epochs in which connections are learned; 0 if they are fixed from the start."""
    if config.network.connectivity not in LEARNED:
        return 0
    return round(config.training.connectivity_part * config.training.epochs)


def check_connectivity(config: Config, where: Callable[[str], str]) -> None:
    """Refuse what means nothing together with learned connectivity.

    Args:
        config: all settings.
        where: from a dotted key to what its value came from, for messages.

    Raises:
        ConfigError: something does.
    """
    network, training = config.network, config.training
    kind = network.connectivity
    if kind not in LEARNED:
        return
    here = f"{where('network.connectivity')}: network.connectivity = {kind!r}"
    if network.kind == "dense":
        raise ConfigError(
            f"{here} needs sparse neurons; leave it out, or set network.kind to 'sparse'"
        )
    families = network.neuron if isinstance(network.neuron, tuple) else (network.neuron,)
    other = next((family for family in families if family != "linear"), None)
    if other is not None:
        raise ConfigError(
            f"{here} is for linear neurons, not network.neuron = {other!r}; use 'covering' or "
            f"'random'"
        )
    if training.start_from:
        raise ConfigError(
            f"{here} cannot go with training.start_from, which brings its own connections; leave "
            f"one of them out"
        )
    epochs = learning_epochs(config)
    if not 0 < epochs < training.epochs:
        raise ConfigError(
            f"{where('training.connectivity_part')}: training.connectivity_part = "
            f"{training.connectivity_part:g} of {training.epochs} epochs leaves {epochs} to learn "
            f"connections and {training.epochs - epochs} to train with them; both need one, so "
            f"change it or training.epochs"
        )
    if training.averaging == "stochastic" and training.average_start < training.connectivity_part:
        raise ConfigError(
            f"{where('training.average_start')}: training.average_start = "
            f"{training.average_start:g} lies before the end of learning connections; set it to "
            f"at least training.connectivity_part = {training.connectivity_part:g}"
        )
