"""A bound for every table: cut up, right at every address, and no search at all."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.abc import find_abc
from logicjsc.map.mapper import map_netlist
from logicjsc.map.portfolio import EFFORTS, map_table, realises
from logicjsc.map.shannon import shannon_network
from logicjsc.netlist import NetlistBuilder, evaluate


@given(st.integers(0, 11), st.integers(1, 5), st.integers(0, 1000), st.sampled_from([1, 3, 40]))
@settings(max_examples=25, deadline=None)
def test_it_is_the_table(inputs, width, seed, runs):
    """Random tables, and tables of long equal runs, in which subtables repeat."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 1 << width, 1 << inputs)
    table = np.repeat(rows, runs)[: 1 << inputs]
    network = shannon_network(table, width)
    assert realises(network, table, width)
    assert network.area <= width * (2 ** max(inputs - 5, 0))


def test_equal_parts_are_one():
    table = np.tile(np.arange(64) & 1, 64)
    assert shannon_network(table, 1).luts == ()
    once = np.random.default_rng(0).integers(0, 2, 64)
    assert shannon_network(np.tile(once, 64), 1).area == 1


@pytest.mark.parametrize("ahead", [-1.0, 0.3])
def test_a_search_ends_when_its_time_is_over(ahead):
    table = np.random.default_rng(1).integers(0, 16, 1 << 10)
    start = time.monotonic()
    network = map_table(table, 4, find_abc(), EFFORTS["high"], start + ahead)
    assert realises(network, table, 4)
    assert network.area <= shannon_network(table, 4).area


def test_a_netlist_is_mapped_in_any_time_and_what_was_cut_short_is_not_remembered(tmp_path):
    builder = NetlistBuilder("hard")
    inputs = [builder.input(f"x{place}", 4) for place in range(3)]
    rng = np.random.default_rng(2)
    hard = builder.table(inputs, rng.integers(0, 256, 1 << 12), 8)
    total = builder.add([*inputs, hard])
    netlist = builder.build([hard, total])
    mapped = map_netlist(netlist, seconds=0, jobs=1, cache=tmp_path)
    codes = rng.integers(0, 16, (500, 3))
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    assert not list(tmp_path.rglob("*.npz"))
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
