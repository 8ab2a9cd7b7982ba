"""Netlists count, name and freeze what they hold."""

import numpy as np
import pytest

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import Netlist, SumLayer, TableLayer
from logicjsc.netlist.layers import code_dtype


def table_layer(**changes: object) -> TableLayer:
    parts = {
        "name": "first",
        "stage": 1,
        "inputs": np.array([[0, 1], [1, 0]]),
        "tables": np.arange(16).reshape(2, 8) % 4,
        "widths": np.array([2, 3]),
        "signed": np.array([False, True]),
    }
    return TableLayer(**{**parts, **changes})


def sum_layer(**changes: object) -> SumLayer:
    parts = {
        "name": "total",
        "stage": 2,
        "inputs": np.array([[2, 3, 0]]),
        "shifts": np.array([[0, 1, 2]]),
        "negated": np.array([[False, True, False]]),
        "offsets": np.array([-5]),
        "widths": np.array([9]),
        "signed": np.array([True]),
    }
    return SumLayer(**{**parts, **changes})


def example() -> Netlist:
    constant = TableLayer(
        "one", 3, np.empty((1, 0), int), np.array([[1]]), np.array([1]), np.array([False])
    )
    return Netlist(
        "example",
        ("a", "b"),
        np.array([1, 2]),
        np.array([False, True]),
        (table_layer(), sum_layer(), constant),
        np.array([4, 5, 4]),
    )


def test_signals_are_numbered_inputs_first_then_layer_by_layer():
    netlist = example()
    assert netlist.inputs == 2
    assert netlist.signals == 6
    assert list(netlist.first_signals) == [2, 4, 5]
    assert netlist.widths.tolist() == [1, 2, 2, 3, 9, 1]
    assert netlist.signed.tolist() == [False, True, False, True, True, False]
    names = [netlist.node_name(signal) for signal in range(6)]
    assert names == ["a", "b", "first[0]", "first[1]", "total[0]", "one[0]"]
    with pytest.raises(NetlistError, match="there is no signal 6"):
        netlist.node_name(6)


def test_sizes_are_those_of_the_tables():
    netlist = example()
    assert netlist.depth == 3
    assert netlist.table_rows == 8 + 8 + 1
    assert netlist.table_bits == 8 * 2 + 8 * 3 + 1
    assert [layer.nodes for layer in netlist.layers] == [2, 1, 1]
    assert [layer.fan_in for layer in netlist.layers] == [2, 3, 0]
    assert netlist.layers[0].address_bits == 3
    assert netlist.layers[2].address_bits == 0


def test_a_netlist_without_layers_passes_its_inputs_on():
    netlist = Netlist("wires", ("a",), np.array([3]), np.array([False]), (), np.array([0, 0]))
    assert (netlist.signals, netlist.depth, netlist.table_rows) == (1, 0, 0)


@pytest.mark.parametrize(
    ("width", "dtype"), [(1, "u1"), (8, "u1"), (9, "u2"), (16, "u2"), (17, "u4"), (32, "u4")]
)
def test_codes_travel_in_the_smallest_type_that_holds_them(width, dtype):
    assert code_dtype(width) == np.dtype(dtype)
    wires = Netlist("w", ("a",), np.array([width]), np.array([False]), (), np.array([0]))
    assert wires.code_dtype == np.dtype(dtype)


def test_equal_tables_have_equal_types_whatever_they_came_in():
    types = {
        table_layer(tables=(np.arange(16).reshape(2, 8) % 4).astype(kind)).tables.dtype
        for kind in ("i1", "i8", "u4", ">u2", "u8")
    }
    assert types == {np.dtype(np.uint8)}
    assert table_layer(widths=np.array([2, 11])).tables.dtype == np.dtype(np.uint16)


def test_the_arrays_are_copies_that_nobody_can_change():
    tables, widths = np.zeros((2, 8), np.uint8), np.array([2, 3], np.uint8)
    layer = table_layer(tables=tables, widths=widths)
    tables[:] = 1
    widths[:] = 1
    assert not layer.tables.any()
    assert layer.widths.tolist() == [2, 3]
    netlist = example()
    owners = [(netlist, ("input_widths", "input_signed", "outputs"))]
    owners += [(netlist.layers[0], ("inputs", "tables", "widths", "signed"))]
    owners += [(netlist.layers[1], ("inputs", "shifts", "negated", "offsets", "widths", "signed"))]
    for owner, names in owners:
        for name in names:
            with pytest.raises(ValueError, match="read-only"):
                getattr(owner, name)[...] = 0


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: table_layer(tables=np.full((2, 8), -1)), "'first': tables must hold non-negative"),
        (lambda: table_layer(tables=np.zeros((2, 8))), "'first': tables must hold non-negative"),
        (lambda: table_layer(tables=np.full((2, 8), 2**32)), "'first': a table holds a code wider"),
        # Values that a narrower type would wrap into valid ones.
        (lambda: table_layer(widths=np.array([2, 259])), "'first': 259 is no possible .* widths"),
        (lambda: table_layer(widths=np.array([2, -254])), "'first': -254 is no possible"),
        (lambda: table_layer(inputs=np.array([[0, 2**32]])), "4294967296 is no .* inputs"),
        (lambda: table_layer(signed=np.array([0, 2])), "'first': 2 is no possible .* signed"),
        (lambda: sum_layer(shifts=np.array([[0, 256, 2]])), "'total': 256 is no .* shifts"),
        (lambda: sum_layer(offsets=np.array([2**63], np.uint64)), "9223372036854775808 is no"),
        (lambda: sum_layer(offsets=np.array([0.5])), "'total': offsets must hold whole numbers"),
        (lambda: sum_layer(widths=np.array(["9"])), "'total': widths must hold whole numbers"),
    ],
)
def test_numbers_that_do_not_fit_their_type_are_refused(layer, message):
    with pytest.raises(NetlistError, match=message):
        layer()


def test_a_netlist_width_that_does_not_fit_its_type_is_refused():
    with pytest.raises(NetlistError, match="'wires': 257 is no possible value of input_widths"):
        Netlist("wires", ("a",), np.array([257]), np.array([False]), (), np.array([0]))
