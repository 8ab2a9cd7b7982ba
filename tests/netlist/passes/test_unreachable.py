"""Which rows are unreachable, against brute force; the methods against each other."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.random_encoders import reachable_codes, with_encoder
from reference.random_netlists import netlists

from logicjsc.core.errors import NetlistError, ToolNotFoundError
from logicjsc.netlist import Encoder, Netlist, SumLayer, TableLayer, evaluate_signals
from logicjsc.netlist.passes import DontCares, unreachable_rows
from logicjsc.netlist.passes import unreachable as unreachable_module
from logicjsc.netlist.passes.unreachable import Limits

WINDOWS = Limits(vectors=10, enumerated=1)
ENUMERATION = Limits(vectors=10, window_cells=0, enumerated=1 << 20)
SOLVER = Limits(vectors=10, window_cells=0, enumerated=1, sat_seconds=20)
NOTHING = Limits(vectors=10, window_cells=0, enumerated=1)


def brute_force(netlist: Netlist) -> list[np.ndarray | None]:
    """Rows that no reachable input reads, by running all of them."""
    signals = evaluate_signals(netlist, reachable_codes(netlist, 0))
    free = []
    for layer in netlist.layers:
        if isinstance(layer, SumLayer):
            free.append(None)
            continue
        mask = np.ones(layer.tables.shape, bool)
        for node in range(layer.nodes):
            address = np.zeros(len(signals), np.int64)
            for source in layer.inputs[node]:
                address = address * 2 ** int(netlist.widths[source]) + signals[:, source]
            mask[node, address] = False
        free.append(mask)
    return free


def is_small(netlist: Netlist) -> bool:
    if netlist.encoder is not None:
        return len(netlist.encoder.feature_names) <= 3
    return int(netlist.input_widths.sum()) <= 16


def has_sums(netlist: Netlist) -> bool:
    return any(isinstance(layer, SumLayer) for layer in netlist.layers)


def assert_equal(found: DontCares, expected: list[np.ndarray | None]) -> None:
    for mask, wanted in zip(found.layers, expected, strict=True):
        assert (mask is None) == (wanted is None)
        if mask is not None:
            np.testing.assert_array_equal(mask, wanted)


def assert_part_of(found: DontCares, expected: list[np.ndarray | None]) -> None:
    for mask, wanted in zip(found.layers, expected, strict=True):
        if mask is not None:
            assert not (mask & ~wanted).any()


@given(netlist=netlists(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=70, deadline=None)
def test_every_method_against_brute_force(netlist, seed):
    if seed % 2:
        netlist = with_encoder(netlist, seed)
    if not is_small(netlist):
        return
    expected = brute_force(netlist)
    assert_equal(unreachable_rows(netlist, ENUMERATION), expected)
    assert_equal(unreachable_rows(netlist), expected)
    assert_part_of(unreachable_rows(netlist, NOTHING), expected)
    for limits in (WINDOWS, SOLVER):
        found = unreachable_rows(netlist, limits)
        assert_part_of(found, expected)
        if not has_sums(netlist):
            assert_equal(found, expected)


def test_a_window_that_is_cut_off_is_right_as_far_as_it_sees():
    for seed in range(3):
        netlist = deep_netlist(seed)
        expected = brute_force(netlist)
        rows = []
        for cells in (0, 1 << 8, 1 << 12, 1 << 20):
            found = unreachable_rows(netlist, replace(WINDOWS, window_cells=cells))
            assert_part_of(found, expected)
            rows.append(found.rows)
        assert rows == sorted(rows)
        assert rows[0] < rows[2] < rows[3]
        assert_equal(found, expected)


def deep_netlist(seed: int) -> Netlist:
    """Three layers of nodes of three one-bit or two-bit inputs."""
    rng = np.random.default_rng(seed)
    layers, first, last = [], 0, 6
    for stage in range(1, 4):
        inputs = np.stack([rng.permutation(np.arange(first, last))[:3] for _ in range(6)])
        tables = rng.integers(0, 4, (6, 64)) & rng.integers(0, 4, (6, 64))
        layers.append(
            TableLayer(f"l{stage}", stage, inputs, tables, np.full(6, 2), np.zeros(6, bool))
        )
        first, last = last, last + 6
    names = tuple("abcdef")
    return Netlist(
        "deep", names, np.full(6, 2), np.zeros(6, bool), tuple(layers), np.arange(18, 24)
    )


def test_the_solver_settles_what_windows_leave_open():
    for seed in range(3):
        netlist = deep_netlist(seed)
        small = Limits(vectors=10, window_cells=1 << 6, enumerated=1)
        before = unreachable_rows(netlist, small)
        after = unreachable_rows(netlist, replace(small, sat_seconds=60))
        assert after.rows > before.rows
        assert_equal(after, brute_force(netlist))


def test_without_time_or_effort_open_rows_count_as_reachable(monkeypatch):
    netlist = deep_netlist(0)
    expected = brute_force(netlist)
    ticks = iter(range(1000))
    monkeypatch.setattr(unreachable_module.time, "monotonic", lambda: next(ticks))
    found = unreachable_rows(netlist, replace(SOLVER, sat_seconds=40))
    assert_part_of(found, expected)
    assert 0 < found.rows < sum(int(mask.sum()) for mask in expected if mask is not None)


def test_two_inputs_of_one_feature_are_joined():
    netlist = deep_netlist(0)
    netlist = replace(netlist, layers=netlist.layers[:1], outputs=np.arange(6, 12))
    thresholds = np.tile(np.float32([-1, 0, 1]), (6, 1))
    shared = Encoder(("f", "g"), [0, 0, 0, 1, 1, 1], thresholds, np.tile([2, 3, 0, 1], (6, 1)))
    netlist = replace(netlist, encoder=shared)
    expected = brute_force(netlist)
    assert min(int(mask.sum()) for mask in expected[0]) >= 48
    assert_equal(unreachable_rows(netlist, WINDOWS), expected)
    assert_equal(unreachable_rows(netlist, SOLVER), expected)


def test_a_wide_input_counts_as_taking_any_code():
    sums = SumLayer(
        "s", 1, np.array([[0]]), np.array([[0]]), np.array([[False]]), np.array([0]), [32], [True]
    )
    table = TableLayer("t", 1, np.array([[1]]), np.array([[0, 1]]), np.array([1]), np.array([0]))
    netlist = Netlist("w", ("wide", "b"), [31, 1], [False, False], (sums, table), [2, 3])
    assert unreachable_rows(netlist, SOLVER).rows == 0


def test_a_missing_solver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    with pytest.raises(ToolNotFoundError, match=r"logicjsc\[sat\]"):
        unreachable_rows(deep_netlist(0), SOLVER)


def test_dont_cares_of_another_netlist_are_refused():
    found = unreachable_rows(deep_netlist(0), NOTHING)
    other = replace(deep_netlist(0), layers=deep_netlist(0).layers[:2], outputs=np.arange(12, 18))
    with pytest.raises(NetlistError, match="another netlist than 'deep'"):
        found.check(other)
    assert found.of_node(0, 1).shape == (64,)
    with pytest.raises(NetlistError, match="no tables"):
        DontCares((None,)).of_node(0, 0)
