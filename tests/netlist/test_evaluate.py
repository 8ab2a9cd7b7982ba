"""The golden model against an evaluator that works on one sample at a time in plain Python."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.netlist_reference import reference_outputs
from reference.random_netlists import exhaustive_codes, netlists, random_codes, random_netlist

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import Netlist, SumLayer, TableLayer, evaluate, evaluate_signals
from logicjsc.netlist.evaluate import _BLOCK
from logicjsc.netlist.layers import Array


def reference(netlist: Netlist, codes: Array) -> list[list[int]]:
    return [reference_outputs(netlist, vector) for vector in codes.tolist()]


def wires(*widths: int) -> Netlist:
    """A netlist that passes its inputs on."""
    return Netlist(
        "wires",
        tuple(f"x{index}" for index in range(len(widths))),
        np.array(widths, int),
        np.zeros(len(widths), bool),
        (),
        np.arange(len(widths)),
    )


def summing(
    widths: list[int], signed: list[bool], shifts: list[int], negated: list[bool], offset: int
) -> Netlist:
    """One node that adds all inputs into 32 signed bits."""
    layer = SumLayer(
        "sum",
        1,
        np.arange(len(widths))[None],
        np.array([shifts]),
        np.array([negated]),
        np.array([offset]),
        np.array([32]),
        np.array([True]),
    )
    netlist = wires(*widths)
    return replace(
        netlist, input_signed=np.array(signed), layers=(layer,), outputs=np.array([len(widths)])
    )


@given(netlists() | netlists(wrapping=True), st.integers(0, 1000))
def test_random_netlists_give_what_the_plain_evaluator_gives(netlist, seed):
    codes = random_codes(netlist, 12, seed)
    found = evaluate(netlist, codes)
    assert found.dtype == netlist.code_dtype
    assert found.shape == (12, len(netlist.outputs))
    assert found.tolist() == reference(netlist, codes)


@given(netlists() | netlists(wrapping=True), st.integers(0, 1000))
def test_every_signal_is_what_the_plain_evaluator_gives(netlist, seed):
    codes = random_codes(netlist, 5, seed)
    everything = replace(netlist, outputs=np.arange(netlist.signals))
    assert evaluate_signals(netlist, codes).tolist() == reference(everything, codes)


def test_the_random_netlists_have_everything_a_netlist_may_have():
    drawn = [random_netlist(seed) for seed in range(60)]
    layers = [layer for netlist in drawn for layer in netlist.layers]
    tables = [layer for layer in layers if isinstance(layer, TableLayer)]
    sums = [layer for layer in layers if isinstance(layer, SumLayer)]
    assert any(layer.fan_in == 0 for layer in tables)
    assert any(layer.fan_in > 1 for layer in tables)
    assert any(layer.shifts.any() and layer.negated.any() for layer in sums)
    assert any(layer.offsets.any() for layer in sums)
    for netlist in drawn[:5]:
        assert len(set(netlist.widths.tolist())) > 1
        assert len(set(netlist.signed.tolist())) > 1
    assert any(
        layer.inputs.size and layer.stage > 2 and layer.inputs.min() < netlist.inputs
        for netlist in drawn
        for layer in netlist.layers
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_possible_input_gives_what_the_plain_evaluator_gives(seed):
    netlist = random_netlist(seed, inputs=4, widest_input=2)
    codes = exhaustive_codes(netlist)
    assert len(codes) == 1 << int(netlist.input_widths.sum())
    assert evaluate(netlist, codes).tolist() == reference(netlist, codes)


def test_the_first_input_is_the_most_significant_part_of_the_address():
    layer = TableLayer(
        "t", 1, np.array([[1, 0]]), np.arange(8)[None], np.array([3]), np.array([False])
    )
    netlist = replace(wires(1, 2), layers=(layer,), outputs=np.array([2]))
    codes = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0, 3], [1, 3]])
    assert evaluate(netlist, codes)[:, 0].tolist() == [0, 1, 2, 3, 6, 7]


def test_a_signal_read_twice_fills_both_parts_of_the_address():
    layer = TableLayer(
        "t", 1, np.array([[0, 0]]), np.arange(16)[None], np.array([4]), np.array([False])
    )
    netlist = replace(wires(2), layers=(layer,), outputs=np.array([1]))
    assert evaluate(netlist, np.arange(4)[:, None])[:, 0].tolist() == [0, 5, 10, 15]


def test_signed_inputs_shifts_negation_and_offset_add_up_by_hand():
    # a - 4 b + 2 c - 7; a is signed, b is signed, c is not.
    netlist = summing([3, 2, 2], [True, True, False], [0, 2, 1], [False, True, False], -7)
    codes = np.array([[0, 0, 0], [7, 3, 3], [4, 2, 0], [3, 1, 3]])
    values = evaluate(netlist, codes)[:, 0].astype(np.uint32).view(np.int32).tolist()
    assert values == [0 - 0 + 0 - 7, -1 + 4 + 6 - 7, -4 + 8 + 0 - 7, 3 - 4 + 6 - 7]


def test_a_sum_as_wide_as_a_signal_can_be_is_exact():
    netlist = summing([31, 31], [True, True], [0, 0], [False, True], 0)
    largest, smallest = 2**30 - 1, 2**30
    codes = np.array([[largest, smallest], [smallest, largest], [2**31 - 1, 2**31 - 1]])
    assert evaluate(netlist, codes)[:, 0].tolist() == [2**31 - 1, 2**31 + 1, 0]


@pytest.mark.parametrize("samples", [1, _BLOCK - 1, _BLOCK, _BLOCK + 1, 2 * _BLOCK, 2 * _BLOCK + 1])
def test_any_number_of_samples_gives_each_sample_its_own_result(samples):
    netlist = random_netlist(3, inputs=3, widest_input=3)
    netlist = replace(netlist, outputs=np.arange(netlist.signals)[::-1])
    few = exhaustive_codes(netlist)
    rows = np.random.default_rng(samples).integers(0, len(few), samples)
    expected = np.array(reference(netlist, few))[rows]
    np.testing.assert_array_equal(evaluate(netlist, few[rows]), expected)
    np.testing.assert_array_equal(evaluate_signals(netlist, few[rows]), expected[:, ::-1])


def test_no_samples_give_no_results():
    netlist = random_netlist(3)
    codes = np.empty((0, netlist.inputs), np.uint8)
    assert evaluate(netlist, codes).shape == (0, len(netlist.outputs))
    assert evaluate_signals(netlist, codes).shape == (0, netlist.signals)


def test_a_netlist_without_inputs_is_constant():
    one = TableLayer(
        "one", 1, np.empty((2, 0)), np.array([[1], [300]]), np.array([1, 9]), np.zeros(2, bool)
    )
    nothing = np.empty(0, int)
    netlist = Netlist("constant", (), nothing, nothing, (one,), np.array([1, 0]))
    assert evaluate(netlist, np.empty((3, 0), int)).tolist() == [[300, 1]] * 3


@pytest.mark.parametrize("dtype", ["i1", "u1", ">i2", "<u4", "i8", "u8"])
def test_codes_of_any_integer_type_give_the_same(dtype):
    netlist = random_netlist(5)
    codes = random_codes(netlist, 50)
    np.testing.assert_array_equal(evaluate(netlist, codes.astype(dtype)), evaluate(netlist, codes))


def test_codes_in_any_memory_order_give_the_same_and_are_left_alone():
    netlist = random_netlist(5)
    codes = random_codes(netlist, 50)
    before = codes.copy()
    expected = evaluate(netlist, codes)
    for other in (np.asfortranarray(codes), np.repeat(codes, 2, axis=0)[::2]):
        np.testing.assert_array_equal(evaluate(netlist, other), expected)
    np.testing.assert_array_equal(codes, before)


@pytest.mark.parametrize("run", [evaluate, evaluate_signals])
@pytest.mark.parametrize("shape", [(2,), (4, 3), (4, 1), (4, 2, 1), ()])
def test_codes_of_another_shape_are_refused(run, shape):
    message = f"netlist 'wires' expects 2 input codes, got an array of shape {shape}"
    with pytest.raises(NetlistError, match=re.escape(message)):
        run(wires(3, 2), np.zeros(shape, int))


@pytest.mark.parametrize("dtype", [np.float32, np.bool_, np.complex128, "U1"])
def test_codes_that_are_no_integers_are_refused(dtype):
    message = f"input codes must be integers, got {np.dtype(dtype)}"
    with pytest.raises(NetlistError, match=message):
        evaluate(wires(3, 2), np.zeros((4, 2), dtype))


@pytest.mark.parametrize("run", [evaluate, evaluate_signals])
@pytest.mark.parametrize(
    ("code", "dtype"), [(4, "u1"), (-1, "i1"), (256, "i8"), (2**32, "i8"), (2**64 - 1, "u8")]
)
def test_a_code_that_does_not_fit_is_refused_by_the_name_of_its_input(run, code, dtype):
    codes = np.zeros((_BLOCK + 2, 2), dtype)
    codes[-1, 1] = code
    with pytest.raises(NetlistError, match=r"a code of input 'x1' does not fit its 2 bits"):
        run(wires(3, 2), codes)


def test_the_widest_codes_fit():
    largest = np.array([[2**32 - 1, 2**16 - 1]], np.uint64)
    np.testing.assert_array_equal(evaluate(wires(32, 16), largest), largest)
    with pytest.raises(NetlistError, match="'x0' does not fit its 32 bits"):
        evaluate(wires(32, 16), largest + 1)
