"""Netlists as one flat network of nets and cells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from reference.naive_luts import naive_luts
from reference.random_netlists import netlists, random_netlist

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog.flat import bit_names, signal_names
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.netlist import SumLayer
from logicjsc.netlist.passes import drop_dead_nodes


@given(netlists())
@settings(deadline=None, max_examples=40)
def test_nets_of_tables_are_signals(netlist):
    network = flatten(netlist, None)
    assert network.names == ("1'b0", "1'b1", *signal_names(netlist))
    assert network.widths[2:] == tuple(netlist.widths.tolist())
    assert network.signals == tuple((signal + 2,) for signal in range(netlist.signals))
    assert network.outputs == tuple(signal + 2 for signal in netlist.outputs.tolist())
    nodes = [
        (index, node, tuple(source + 2 for source in sources))
        for index, layer in enumerate(netlist.layers)
        for node, sources in enumerate(layer.inputs.tolist())
    ]
    assert [(cell.layer, cell.node, cell.inputs) for cell in network.cells] == nodes
    made = [net for cell in network.cells for net in cell.outputs]
    assert made == list(range(2 + netlist.inputs, 2 + netlist.signals))
    assert not any(cell.luts for cell in network.cells)


@given(netlists())
@settings(deadline=None, max_examples=40)
def test_nets_of_luts_are_bits(netlist):
    netlist = drop_dead_nodes(netlist)
    luts = naive_luts(netlist, 4)
    network = flatten(netlist, luts)
    assert set(network.widths) == {1}
    assert network.inputs == netlist.input_widths.sum()
    assert len(set(network.names)) == len(network.names)
    assert [len(nets) for nets in network.signals] == netlist.widths.tolist()
    expected = bit_names(netlist)
    for signal in range(netlist.inputs):
        assert [network.names[net] for net in network.signals[signal]] == expected[signal]
    # Everything is made once, before it is read.
    known = set(range(2 + network.inputs))
    for cell in network.cells:
        assert set(cell.inputs) <= known
        assert known.isdisjoint(cell.outputs)
        known.update(cell.outputs)
    assert known == set(range(len(network.names)))
    built = sum(len(lut.luts) for lut in luts if lut is not None)
    assert sum(cell.luts for cell in network.cells) <= built


def test_names_tell_layer_and_node():
    netlist = drop_dead_nodes(random_netlist(2, inputs=4, address_bits=9))
    network = flatten(netlist, naive_luts(netlist, 3))
    assert len(set(network.names)) == len(network.names)
    for cell in network.cells:
        for net in cell.outputs:
            assert f"_n{cell.node}_" in network.names[net]


def test_a_layer_of_tables_needs_luts():
    netlist = random_netlist(9)
    assert not all(isinstance(layer, SumLayer) for layer in netlist.layers)
    with pytest.raises(CircuitError, match="has no LUTs; adders are for sums only"):
        flatten(netlist, [None] * len(netlist.layers))
