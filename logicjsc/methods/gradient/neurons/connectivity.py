"""Which sources each sparse neuron reads."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from torch import nn

from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient.config import Connectivity

Array: TypeAlias = npt.NDArray[Any]


def connect(
    kind: Connectivity,
    sources: int,
    neurons: int,
    fan_in: int,
    rng: np.random.Generator,
) -> Array:
    """Draw the inputs of a layer of neurons.

    ``"covering"`` deals the sources out evenly: the numbers of readers of any two sources differ
    by at most one, so every source is read whenever ``neurons * fan_in >= sources``. ``"random"``
    draws for each neuron on its own (LogicNets' a-priori masks), which leaves sources unread.
    Connectivity that is learned begins as a covering one.

    Returns:
        Source indices, int64 ``[neurons, fan_in]``, ascending and distinct within a neuron.

    Raises:
        ConfigError: ``fan_in`` is larger than the number of sources.
    """
    if fan_in > sources:
        raise ConfigError(
            f"network.fan_in = {fan_in} is larger than the layer it reads ({sources} sources); "
            f"lower network.fan_in to at most {sources} there"
        )
    chosen = np.empty((neurons, fan_in), np.int64)
    readers = np.zeros(sources, np.int64)
    for neuron in range(neurons):
        if kind == "random":
            chosen[neuron] = rng.choice(sources, fan_in, replace=False)
        else:
            # The least-read sources, ties broken by chance.
            order = np.lexsort((rng.random(sources), readers))
            chosen[neuron] = order[:fan_in]
            readers[chosen[neuron]] += 1
    return np.sort(chosen, axis=1)


def check_connections(network: nn.Module) -> None:
    """Check connections that were read from a file, before compiled code follows them.

    Raises:
        ValueError: one leads to a source that its layer does not have.
    """
    modules = dict(network.named_modules())
    for name, connections in network.named_buffers():
        owner, _, kind = name.rpartition(".")
        if kind != "connections" or not connections.numel():
            continue
        sources = None
        while sources is None and owner:
            sources = getattr(modules[owner], "sources", None)
            owner = owner.rpartition(".")[0]
        low, high = int(connections.min()), int(connections.max())
        if low < 0 or (isinstance(sources, int) and high >= sources):
            raise ValueError(f"{name} leads to source {low if low < 0 else high} of {sources}")
