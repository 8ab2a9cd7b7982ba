"""Which sources each sparse neuron reads."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

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
