"""Which tables stand on the longest ways from a code to a score, for pruning that counts time.

A sum of n tables on a carry chain takes about n additions, one after the other, so the way through
a hidden neuron and a score takes as many as both have tables. With adders chosen by timing (see
`logicjsc.map.timing.node_choice`) the time grows more slowly, but in the same order. A table on the
longest way counts as a whole, and half as much with each table that a way is shorter.
"""

from __future__ import annotations

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.changes import Layer
from logicjsc.methods.prune.state import State


def time_weights(state: State) -> dict[Layer, Array]:
    """How much time each table of a network costs, from 0 to 1, float64 ``[sources, targets]``."""
    first, second = state.first.widths > 0, state.second.widths > 0
    direct = state.direct.widths > 0
    hidden = first.sum(axis=0)
    scores = second.sum(axis=0)
    if direct.size:
        scores = scores + direct.sum(axis=0)
    behind = np.where(second, scores, 0).max(axis=1, initial=0)
    before = np.where(second, hidden[:, None], 0).max(axis=0, initial=0)
    longest = max(int((hidden + behind).max(initial=0)), int((before + scores).max(initial=0)), 1)

    def weight(length: Array) -> Array:
        return np.asarray(np.exp2(length - float(longest)))

    return {
        "first": np.where(first, weight(hidden + behind), 0.0),
        "second": np.where(second, weight(hidden[:, None] + scores), 0.0),
        "direct": np.where(direct, weight(before + scores), 0.0) if direct.size else 0.0 * direct,
    }
