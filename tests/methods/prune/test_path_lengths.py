"""Time in pruning: the longest ways by trying all, and what their tables count."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from reference.naive_prune import random_state

from logicjsc.methods.prune.changes import LAYERS, changes_of
from logicjsc.methods.prune.path_lengths import time_weights


def naive_weight(state, layer, source, target):
    """Half as much with each table that the longest way through a table is shorter."""
    there = {name: getattr(state, name).widths > 0 for name in LAYERS}
    tables = there["first"].sum(axis=0), there["second"].sum(axis=0) + there["direct"].sum(axis=0)
    hidden, scores = (int(there["second"].shape[axis]) for axis in (0, 1))

    def ways():
        for one, score in product(range(hidden), range(scores)):
            if there["second"][one, score]:
                yield one, score, int(tables[0][one] + tables[1][score])
        for one in range(hidden):
            if not there["second"][one].any():
                yield one, None, int(tables[0][one])
        for score in range(scores):
            if not there["second"][:, score].any():
                yield None, score, int(tables[1][score])

    longest = max(length for _, _, length in ways())

    def passes(one, score):
        if layer == "second":
            return (one, score) == (source, target)
        return (one if layer == "first" else score) == target

    through = max(length for one, score, length in ways() if passes(one, score))
    return 0.5 ** (longest - through)


@pytest.mark.parametrize("seed", range(4))
def test_tables_on_the_longest_way_count_most(seed):
    state = random_state(np.random.default_rng(seed), columns=5, hidden=4, direct=0.5)
    weights = time_weights(state)
    for layer in LAYERS:
        there = getattr(state, layer).widths > 0
        assert not weights[layer][~there].any()
        for source, target in np.argwhere(there).tolist():
            expected = naive_weight(state, layer, source, target)
            assert weights[layer][source, target] == pytest.approx(expected)
    assert max(weights[layer].max() for layer in LAYERS) == 1.0


def test_time_counts_beside_luts():
    state = random_state(np.random.default_rng(1), columns=5, hidden=4)
    squares = np.ones_like(state.first.smooth())
    weights = time_weights(state)["first"]
    plain, *_ = changes_of(state.first, squares, "first")
    timed, narrower, *_ = changes_of(state.first, squares, "first", 3 * weights)
    there = plain.there
    gone = plain.loss / (np.maximum(plain.luts, 1) + 3 * weights)
    np.testing.assert_allclose(timed.ratios()[there], gone[there])
    np.testing.assert_array_equal(plain.ratios()[~there], timed.ratios()[~there])
    np.testing.assert_allclose(narrower.time, 0.05 * 3 * weights)
