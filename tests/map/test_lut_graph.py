"""Windows that are cut out and put back, against the network as it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_graph import LutGraph
from logicjsc.map.lut_network import Lut, LutNetwork, exhaustive_words


def same(one, other):
    words = exhaustive_words(one.inputs)
    return np.array_equal(one.evaluate(words), other.evaluate(words))


@settings(deadline=None, max_examples=60)
@given(networks(), st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_windows_put_back_as_they_were_change_nothing(network, seed, size):
    rng = np.random.default_rng(seed)
    network = network.cone(network.outputs)
    if not network.luts:
        return
    graph = LutGraph(network)
    windows = [graph.random_window(rng, size) for _ in range(3)]
    pieces = [(window, *graph.cut_out(window)) for window in windows]
    for window, piece, reads, written in pieces:
        # A later window may have lost LUTs to an earlier one, or lie around it.
        if graph.holds(window):
            before = len(graph.luts)
            graph.put_back(window, piece, reads, written)
            assert len(graph.luts) == before
    assert same(graph.network(), network)


@settings(deadline=None, max_examples=60)
@given(networks(), st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_no_path_leaves_a_window_and_comes_back(network, seed, size):
    network = network.cone(network.outputs)
    if not network.luts:
        return
    graph = LutGraph(network)
    window = graph.random_window(np.random.default_rng(seed), size)
    left = set()  # LUTs outside that depend on the window
    for number, lut in sorted(graph.luts.items()):
        if number not in window and any(s in window or s in left for s in lut.inputs):
            left.add(number)
    assert not any(source in left for number in window for source in graph.luts[number].inputs)


def test_a_cycle_is_refused_and_changes_nothing():
    # Two LUTs side by side; each window is its LUT, and reads the other one in what is put back.
    network = LutNetwork(2, (Lut((2,), 1), Lut((3,), 1), Lut((4, 5), 8)), (6,))
    graph = LutGraph(network)
    first, second = frozenset({4}), frozenset({5})
    graph.put_back(first, LutNetwork(2, (Lut((2, 3), 1),), (4,)), [2, 5], [4])
    with pytest.raises(NetlistError, match="cycle"):
        graph.put_back(second, LutNetwork(2, (Lut((2, 3), 1),), (4,)), [3, 4], [5])
    assert graph.holds(second)
    assert len(graph.network().luts) == 3
