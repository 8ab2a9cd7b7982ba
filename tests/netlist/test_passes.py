from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from reference.netlist_reference import reference_live, reference_outputs
from reference.random_netlists import netlists, random_codes, random_netlist

from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.netlist.passes import drop_dead_nodes, live_signals


@given(netlists())
@settings(max_examples=150, deadline=None)
def test_dropping_dead_nodes_keeps_the_behaviour_and_all_else(netlist):
    dropped = drop_dead_nodes(netlist)
    codes = random_codes(netlist, 40)
    before = evaluate(netlist, codes)
    np.testing.assert_array_equal(evaluate(dropped, codes), before)
    for vector, outputs in zip(codes[:8], before[:8], strict=True):
        assert reference_outputs(netlist, vector) == outputs.tolist()
        assert reference_outputs(dropped, vector) == outputs.tolist()
    assert dropped.input_names == netlist.input_names
    assert dropped.provenance == netlist.provenance
    live = reference_live(netlist)
    assert set(np.flatnonzero(live_signals(netlist)).tolist()) == live
    assert dropped.signals == netlist.inputs + sum(s >= netlist.inputs for s in live)
    nodes = set(range(dropped.inputs, dropped.signals))
    assert nodes <= reference_live(dropped)


@given(netlists())
@settings(max_examples=50, deadline=None)
def test_stages_stay(netlist):
    stages = {layer.name: layer.stage for layer in netlist.layers}
    for layer in drop_dead_nodes(netlist).layers:
        assert layer.stage == stages[layer.name]


def test_a_netlist_without_dead_nodes_is_returned_as_it_is():
    netlist = random_netlist(1)
    once = drop_dead_nodes(netlist)
    assert drop_dead_nodes(once) is once


def test_empty_layers_vanish_and_unread_inputs_stay():
    one = {"widths": np.array([1]), "signed": np.array([False])}
    layers = (
        TableLayer("used", 1, np.array([[1]]), np.array([[1, 0]]), **one),
        TableLayer("idle", 2, np.array([[0]]), np.array([[0, 1]]), **one),
        TableLayer("last", 3, np.array([[2]]), np.array([[1, 0]]), **one),
    )
    widths, signed = np.array([1, 1]), np.array([False, False])
    netlist = Netlist("n", ("a", "b"), widths, signed, layers, np.array([4]))
    dropped = drop_dead_nodes(netlist)
    assert [(layer.name, layer.stage) for layer in dropped.layers] == [("used", 1), ("last", 3)]
    assert dropped.input_names == ("a", "b")
    assert dropped.layers[1].inputs.tolist() == [[2]]
    assert dropped.outputs.tolist() == [3]
