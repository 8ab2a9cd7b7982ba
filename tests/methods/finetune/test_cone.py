"""What lies behind a node gives what the whole network gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.netlist_reference import reference_live
from reference.random_netlists import netlists, random_codes, random_netlist

from logicjsc.methods.finetune.cone import Cone, find_node, with_table
from logicjsc.netlist import Netlist, TableLayer, evaluate, evaluate_signals


def _descendants(netlist: Netlist, start: int) -> set[int]:
    """Signals that a signal influences by wiring, found one node at a time."""
    reached, signal = {start}, netlist.inputs
    for layer in netlist.layers:
        for sources in layer.inputs:
            if reached & set(sources.tolist()):
                reached.add(signal)
            signal += 1
    return reached - {start}


@given(netlists(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_other_contents_of_a_table_reach_the_same_outputs_through_the_cone(netlist, seed):
    codes = random_codes(netlist, 40, seed)
    signals = evaluate_signals(netlist, codes)
    live = reference_live(netlist)
    for signal in range(netlist.inputs, netlist.signals):
        number, node = find_node(netlist, signal)
        layer = netlist.layers[number]
        if signal not in live or not isinstance(layer, TableLayer):
            continue
        cone = Cone.behind(netlist, signal)
        assert set(cone.nodes.tolist()) == _descendants(netlist, signal) & live
        mask = (1 << int(layer.widths[node])) - 1
        changed = with_table(netlist, signal, layer.tables[node] ^ mask)
        sources = signals[:, cone.sources].copy()
        assert cone.sources[cone.place] == signal
        sources[:, cone.place] ^= mask
        np.testing.assert_array_equal(evaluate(cone.netlist, sources), evaluate(changed, codes))
        if cone.nodes.size:
            np.testing.assert_array_equal(
                cone.all_nodes(sources), evaluate_signals(changed, codes)[:, cone.nodes]
            )


def test_only_tables_have_contents():
    netlist = random_netlist(3)
    sums = [
        first
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
        if not isinstance(layer, TableLayer)
    ]
    assert sums
    with pytest.raises(TypeError, match="is no table"):
        with_table(netlist, sums[0], np.zeros(1, int))
