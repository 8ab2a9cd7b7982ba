"""Networks built node by node do what their nodes say, and refuse what no netlist holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import NetlistBuilder, SumLayer, TableLayer, evaluate
from logicjsc.netlist.codes import values_of


def test_a_network_is_what_its_nodes_say():
    builder = NetlistBuilder("majority")
    a, b, c = (builder.input(name) for name in "abc")
    total = builder.add([a, b, c])
    vote = builder.tabulate([total], lambda values: values[:, 0] >= 2, width=1)
    netlist = builder.build([vote])
    codes = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    assert evaluate(netlist, codes)[:, 0].tolist() == (codes.sum(axis=1) >= 2).astype(int).tolist()
    assert [type(layer) for layer in netlist.layers] == [SumLayer, TableLayer]
    assert netlist.depth == 2


def test_equal_nodes_are_one_and_nodes_without_use_stay_out():
    builder = NetlistBuilder("twice")
    a = builder.input("a", 2, signed=True)
    first = builder.tabulate([a], lambda values: -values[:, 0], width=3, signed=True)
    again = builder.tabulate([a], lambda values: -values[:, 0], width=3, signed=True)
    assert first == again
    builder.add([a, a])
    netlist = builder.build([first, a])
    assert netlist.signals == 2
    assert evaluate(netlist, np.array([[2]])).tolist() == [[2, 2]]  # -(-2) and -2 itself


def test_constants_and_networks_of_wires():
    builder = NetlistBuilder("wires")
    a = builder.input("a")
    netlist = builder.build([builder.constant(-3, 3, signed=True), a])
    assert evaluate(netlist, np.array([[1]])).tolist() == [[5, 1]]


@given(st.data())
def test_sums_are_exact_in_the_fewest_bits(data):
    widths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    signs = data.draw(st.lists(st.booleans(), min_size=len(widths), max_size=len(widths)))
    shifts = data.draw(st.lists(st.integers(0, 3), min_size=len(widths), max_size=len(widths)))
    minus = data.draw(st.lists(st.booleans(), min_size=len(widths), max_size=len(widths)))
    offset = data.draw(st.integers(-40, 40))
    builder = NetlistBuilder("sum")
    inputs = [
        builder.input(f"x{place}", width, signed=signed)
        for place, (width, signed) in enumerate(zip(widths, signs, strict=True))
    ]
    made = builder.add(inputs, shifts=shifts, negated=minus, offset=offset)
    netlist = builder.build([made])
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, 1 << width, 50) for width in widths], axis=1)
    expected = np.full(50, offset)
    for place, width in enumerate(widths):
        values = values_of(codes[:, place], width, signed=signs[place]) << shifts[place]
        expected += -values if minus[place] else values
    facts = builder.signal(made)
    got = values_of(evaluate(netlist, codes)[:, 0], facts.width, signed=facts.signed)
    assert got.tolist() == expected.tolist()
    assert facts.low <= expected.min()
    assert expected.max() <= facts.high


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda b: b.input("late"), "before the first node"),
        (lambda b: b.table([0], np.zeros(3, int), 1), "needs 4 integers"),
        (lambda b: b.table([0], np.full(4, 2), 1), "does not fit its 1 output bits"),
        (lambda b: b.table([9], np.zeros(4, int), 1), "there is no signal 9"),
        (lambda b: b.table([0], np.zeros(4), 1), "needs 4 integers, got float64"),
        (lambda b: b.tabulate([0], lambda v: v[:, 0] * 9, 2), "integers from 0 to 3"),
        (lambda b: b.table([0] * 13, np.zeros(4, int), 1), "26 address bits"),
        (lambda b: b.add([]), "a sum needs inputs"),
        (lambda b: b.add([0], shifts=[1, 2]), "a shift and a sign for each"),
        (lambda b: b.add([0], shifts=[31]), "33 bits wide"),
        (lambda b: b.add([0, 0], width=2), "does not fit 2 unsigned bits"),
        (lambda b: b.constant(9, 3), "integers from 0 to 7"),
    ],
)
def test_what_no_netlist_holds_is_refused(mistake, sentence):
    builder = NetlistBuilder("wrong")
    builder.input("a", 2)
    builder.constant(1, 1)
    with pytest.raises(NetlistError, match=sentence):
        mistake(builder)
