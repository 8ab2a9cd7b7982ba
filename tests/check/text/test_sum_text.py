"""LUTs of sums read back from Verilog text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.map_netlists import netlist_of
from reference.naive_luts import naive_luts

from logicjsc.check.text.sum_vectors import sum_codes, sum_vectors
from logicjsc.check.text.table_text import compare_tables
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.map.mapper import map_netlist
from logicjsc.map.sums import SumNode, Term
from logicjsc.netlist import Netlist, SumLayer

PIPELINES = [CircuitOptions(1), CircuitOptions(1, lut_depth=2)]


def wide_sum() -> Netlist:
    """Two sums of 16 bits, one that reads an input twice."""
    total = SumLayer(
        "total",
        1,
        [[0, 1, 2, 3], [3, 2, 3, 0]],
        [[0, 1, 2, 0], [0, 0, 1, 0]],
        [[False, True, False, True], [False, True, False, False]],
        [-7, 3],
        [9, 8],
        [True, True],
    )
    return Netlist("sums", tuple("abcd"), [4] * 4, [True, False, True, False], (total,), [4, 5])


def wrong_rows(circuit, file, change):
    """How many rows are wrong if the table of a LUT in a file is changed, for every LUT."""
    path = circuit.directory / file
    text = path.read_text()
    found = []
    for place in re.finditer(r"(?<= = )(\d+)'h([0-9a-f]+)(?=;)", text):
        table = change(int(place[2], 16), int(place[1]))
        path.write_text(f"{text[: place.start()]}{place[1]}'h{table:x}{text[place.end() :]}")
        found.append(compare_tables(circuit)[1])
    path.write_text(text)
    assert compare_tables(circuit)[1] == 0
    return found


def assert_seen(circuit, files):
    for file in files:
        inverted = wrong_rows(circuit, file, lambda table, rows: table ^ ((1 << rows) - 1))
        assert inverted
        assert all(inverted)
        # One row of a LUT may be one that its inputs never ask for.
        flipped = wrong_rows(circuit, file, lambda table, _: table ^ 1)
        assert sum(map(bool, flipped)) > len(flipped) / 2


@pytest.mark.parametrize("options", PIPELINES)
def test_narrow_sums_are_compared_on_every_address(tmp_path, cache, options):
    mapped = map_netlist(netlist_of(np.random.default_rng(7)), effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    circuit = write_circuit(mapped.netlist, tmp_path / "luts", options, networks)
    tables = write_circuit(mapped.netlist, tmp_path / "adders", options, [*networks[:-1], None])
    rows, differing = compare_tables(tables)
    assert (rows, differing) == (mapped.netlist.table_rows, 0)
    # The sum has inputs of 3, 3 and 2 bits.
    assert compare_tables(circuit) == (rows + 256, 0)
    last = "total" if not options.lut_depth else f"segment{circuit.latency_cycles}"
    assert_seen(circuit, [f"mixed_{last}.v"])


@pytest.mark.parametrize("options", PIPELINES)
def test_wide_sums_are_compared_on_vectors(tmp_path, cache, options):
    mapped = map_netlist(wide_sum(), effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    circuit = write_circuit(mapped.netlist, tmp_path / "luts", options, networks)
    assert compare_tables(circuit) == (2 * (5 + 2 * 16 + 4096), 0)
    files = [path.name for path in circuit.verilog_files]
    assert_seen(circuit, [name for name in files if re.search("total|segment", name)])


@pytest.mark.parametrize("options", PIPELINES)
def test_wires_of_another_input_are_seen(tmp_path, cache, options):
    mapped = map_netlist(wide_sum(), effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    circuit = write_circuit(mapped.netlist, tmp_path / "luts", options, networks)
    path = next(p for p in circuit.verilog_files if re.search("total|segment1", p.name))
    text = path.read_text()
    others = re.findall(r"wire ([bcd]_i\d) = in_codes", text)
    lines = [line for line in text.splitlines() if " = {" in line and "a_i3" in line]
    line, other = next((line, n) for line in lines for n in others if n not in line)
    path.write_text(text.replace(line, line.replace("a_i3", other)))
    assert compare_tables(circuit)[1] > 0


@pytest.mark.parametrize("options", PIPELINES)
def test_adders_are_left_to_simulation(tmp_path, options):
    netlist = wide_sum()
    circuit = write_circuit(netlist, tmp_path / "circuit", options, naive_luts(netlist))
    assert compare_tables(circuit) == (0, 0)


terms = st.builds(
    Term,
    width=st.integers(1, 6),
    signed=st.booleans(),
    shift=st.integers(0, 5),
    negated=st.booleans(),
)
nodes = st.builds(
    SumNode,
    terms=st.lists(terms, min_size=1, max_size=5).map(tuple),
    offset=st.integers(-1000, 1000),
    width=st.integers(1, 14),
)


@given(nodes, st.data())
def test_codes_are_those_of_integers(node, data):
    bits = sum_vectors(node)
    codes = sum_codes(node, bits)
    at = data.draw(st.lists(st.integers(0, bits.shape[1] - 1), min_size=5, max_size=5))
    for vector in [*range(5), *at]:
        left = bits[:, vector].tolist()
        total = node.offset
        for term in node.terms:
            # The first term's bits come last.
            own, left = left[-term.width :], left[: -term.width]
            value = int("".join(map(str, reversed(own))), 2)
            value -= (own[-1] << term.width) if term.signed else 0
            total += (-value if term.negated else value) * 2**term.shift
        assert not left
        assert codes[vector] == total % 2**node.width


@given(nodes)
def test_corners_reach_both_ends_of_the_sum(node):
    exact = SumNode(node.terms, node.offset, 30)
    bits = sum_vectors(exact)
    totals = (sum_codes(exact, bits) + (1 << 29)) % (1 << 30) - (1 << 29)
    low = high = node.offset
    for term in node.terms:
        least = -(1 << (term.width - 1)) if term.signed else 0
        ends = [value << term.shift for value in (least, least + (1 << term.width) - 1)]
        ends = [-value for value in ends] if term.negated else ends
        low, high = low + min(ends), high + max(ends)
    assert (totals[:5].min(), totals[:5].max()) == (low, high)
    assert (totals.min(), totals.max()) == (low, high)
    assert not bits[:, 0].any()
    # Every bit alone.
    assert (bits[:, 5 : 5 + node.bits] == np.eye(node.bits)).all()
