"""Every pass on random netlists: same outputs on reachable inputs, nothing grows, it converges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.netlist_reference import reference_outputs
from reference.random_encoders import reachable_codes, with_encoder
from reference.random_netlists import netlists, random_codes, random_netlist

from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.netlist.passes import (
    apply_dont_cares,
    drop_dead_nodes,
    drop_ignored_inputs,
    fold_constants,
    merge_equal_nodes,
    narrow_signals,
    simplify,
    unreachable_rows,
)
from logicjsc.netlist.passes.unreachable import Limits


def _use_unreachable(netlist: Netlist) -> Netlist:
    return apply_dont_cares(netlist, unreachable_rows(netlist, Limits(vectors=200)))


def _use_solver(netlist: Netlist) -> Netlist:
    limits = Limits(vectors=20, window_cells=1 << 6, enumerated=1, sat_seconds=10)
    return apply_dont_cares(netlist, unreachable_rows(netlist, limits))


def _low(netlist: Netlist) -> Netlist:
    return simplify(netlist, "low")[0]


def _medium(netlist: Netlist) -> Netlist:
    return simplify(netlist, "medium")[0]


PASSES = [
    drop_dead_nodes,
    fold_constants,
    drop_ignored_inputs,
    narrow_signals,
    merge_equal_nodes,
    _use_unreachable,
    _use_solver,
    _low,
    _medium,
]


def assert_same_contract(result: Netlist, netlist: Netlist) -> None:
    assert result.name == netlist.name
    assert result.input_names == netlist.input_names
    assert result.input_widths.tolist() == netlist.input_widths.tolist()
    assert result.input_signed.tolist() == netlist.input_signed.tolist()
    assert result.encoder is netlist.encoder
    assert result.decoder is netlist.decoder
    for field in ("widths", "signed"):
        before = getattr(netlist, field)[netlist.outputs]
        assert getattr(result, field)[result.outputs].tolist() == before.tolist()


def assert_equal_on(codes: np.ndarray, result: Netlist, netlist: Netlist) -> None:
    before = evaluate(netlist, codes)
    np.testing.assert_array_equal(evaluate(result, codes), before)
    rng = np.random.default_rng(0)
    for row in rng.integers(0, len(codes), 6):
        assert reference_outputs(result, codes[row]) == before[row].tolist()
        assert reference_outputs(netlist, codes[row]) == before[row].tolist()


def size(netlist: Netlist) -> tuple[int, int]:
    """Table bits and nodes; constants count as nodes only, since a sum may become one."""
    constants = (layer for layer in netlist.layers if isinstance(layer, TableLayer))
    free = sum(int(layer.widths.sum()) for layer in constants if not layer.fan_in)
    return netlist.table_bits - free, netlist.signals


def check_pass(function, netlist: Netlist) -> Netlist:
    """The harness: raises AssertionError for a pass that breaks a rule."""
    result = function(netlist)
    assert_same_contract(result, netlist)
    assert_equal_on(reachable_codes(netlist, 3000), result, netlist)
    assert all(after <= before for after, before in zip(size(result), size(netlist), strict=True))
    return result


@pytest.mark.parametrize("function", PASSES, ids=lambda function: function.__name__)
@given(netlist=netlists() | netlists(wrapping=True), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=35, deadline=None)
def test_a_pass_keeps_every_reachable_output_and_grows_nothing(function, netlist, seed):
    if seed % 2:
        netlist = with_encoder(netlist, seed)
    result = check_pass(function, netlist)
    for _ in range(6):
        again = check_pass(function, result)
        if again is result:
            return
        result = again
    pytest.fail("the pass did not converge")


@given(netlist=netlists() | netlists(wrapping=True))
@settings(max_examples=20, deadline=None)
def test_passes_in_any_order(netlist):
    codes = random_codes(netlist, 500)
    rng = np.random.default_rng(len(codes) + netlist.signals)
    result = netlist
    for index in rng.permutation(len(PASSES)):
        result = PASSES[index](result)
    assert_equal_on(codes, result, netlist)


def _flip_a_row(netlist: Netlist) -> Netlist:
    """A wrong pass: one bit of one live table row that an input reaches."""
    netlist = simplify(netlist, "low")[0]
    layers = list(netlist.layers)
    for index, layer in enumerate(layers):
        if isinstance(layer, TableLayer):
            layers[index] = replace(layer, tables=layer.tables ^ 1)
    return replace(netlist, layers=tuple(layers))


def _forget_an_input(netlist: Netlist) -> Netlist:
    """A wrong pass: every table reads its first input twice."""
    layers = []
    for layer in netlist.layers:
        if isinstance(layer, TableLayer) and layer.fan_in > 1:
            inputs = layer.inputs.copy()
            widths = netlist.widths[inputs]
            equal = widths[:, 1] == widths[:, 0]
            inputs[equal, 1] = inputs[equal, 0]
            layer = replace(layer, inputs=inputs)  # noqa: PLW2901
        layers.append(layer)
    return replace(netlist, layers=tuple(layers))


def _swap_outputs(netlist: Netlist) -> Netlist:
    """A wrong pass: outputs in another order."""
    return replace(netlist, outputs=netlist.outputs[::-1].copy())


def _free_too_much(netlist: Netlist) -> Netlist:
    """A wrong pass: rows that ten vectors do not read count as unreachable."""
    from logicjsc.netlist.passes import observed_dont_cares

    return apply_dont_cares(netlist, observed_dont_cares(netlist, random_codes(netlist, 10)))


@pytest.mark.parametrize(
    "wrong",
    [_flip_a_row, _forget_an_input, _swap_outputs, _free_too_much],
    ids=lambda f: f.__name__,
)
def test_the_harness_catches_a_wrong_pass(wrong):
    caught = 0
    for seed in range(12):
        try:
            check_pass(wrong, random_netlist(seed))
        except AssertionError:
            caught += 1
    assert caught >= 3


def test_a_pass_that_finds_nothing_returns_the_netlist_itself():
    rng = np.random.default_rng(0)
    tables = np.stack([rng.permutation(16) for _ in range(3)])
    layer = TableLayer(
        "l", 1, np.array([[0, 1], [1, 2], [0, 2]]), tables, np.full(3, 4), np.zeros(3, bool)
    )
    widths = np.array([2, 2, 2])
    netlist = Netlist(
        "n", ("a", "b", "c"), widths, np.zeros(3, bool), (layer,), np.array([3, 4, 5])
    )
    for function in PASSES:
        assert function(netlist) is netlist
