"""Every rule of a netlist, broken once; the message names who broke it."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import Decoder, Encoder, Netlist, SumLayer, TableLayer
from logicjsc.netlist.validate import value_range


def whole() -> Netlist:
    """Inputs a (1 bit), b (2 bits); two tables on both; their sum; a table on the sum and a."""
    return Netlist(
        "net",
        ("a", "b"),
        np.array([1, 2]),
        np.array([False, False]),
        (
            TableLayer(
                "low",
                1,
                np.array([[0, 1], [1, 0]]),
                np.arange(16).reshape(2, 8) % 4,
                np.array([2, 2]),
                np.array([False, True]),
            ),
            SumLayer(
                "mid",
                2,
                np.array([[2, 3]]),
                np.array([[0, 0]]),
                np.array([[False, False]]),
                np.array([0]),
                np.array([4]),
                np.array([True]),
            ),
            TableLayer(
                "top",
                3,
                np.array([[4, 0], [0, 4]]),
                np.arange(64).reshape(2, 32) % 4,
                np.array([2, 2]),
                np.array([False, False]),
            ),
        ),
        np.array([5, 6]),
        Encoder(("x",), np.array([0, 0]), np.zeros((2, 1)), np.array([[0, 1], [3, 0]])),
        Decoder(("yes", "no"), np.arange(4.0), signed=False),
    )


def with_layer(index: int, **changes: Any) -> Netlist:
    netlist = whole()
    layers = list(netlist.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(netlist, layers=tuple(layers))


def with_net(**changes: Any) -> Netlist:
    return replace(whole(), **changes)


def encoder(**changes: Any) -> Encoder:
    return replace(whole().encoder, **changes)


def test_the_netlist_that_the_next_tests_break_is_whole():
    assert whole().signals == 7


LOW, MID, TOP = range(3)

BROKEN: list[tuple[str, Callable[[], Netlist], str]] = [
    ("no name", lambda: with_net(name=""), "a netlist needs a name"),
    (
        "an input without a width",
        lambda: with_net(input_widths=np.array([1])),
        "netlist 'net': input names, widths and signs differ in number",
    ),
    (
        "an input without a sign",
        lambda: with_net(input_signed=np.array([True])),
        "netlist 'net': input names, widths and signs differ in number",
    ),
    (
        "an input without bits",
        lambda: with_net(input_widths=np.array([1, 0])),
        "input: signal 1 is 0 bits wide; 1 to 32 are possible",
    ),
    (
        "a node without bits",
        lambda: with_layer(TOP, widths=np.array([2, 0])),
        "layer 'top': signal 1 is 0 bits wide; 1 to 32 are possible",
    ),
    (
        "a node with too many bits",
        lambda: with_layer(TOP, widths=np.array([33, 2])),
        "layer 'top': signal 0 is 33 bits wide; 1 to 32 are possible",
    ),
    (
        "two layers of one name",
        lambda: with_layer(TOP, name="low"),
        "netlist 'net': two layers share a name",
    ),
    ("stage 0", lambda: with_layer(LOW, stage=0), "layer 'low': stage 0 is out of order"),
    (
        "stages that descend",
        lambda: with_layer(TOP, stage=1),
        "layer 'top': stage 1 is out of order",
    ),
    (
        "a node that reads itself",
        lambda: with_layer(MID, inputs=np.array([[2, 4]])),
        "node mid[0] reads signal 4, which is not computed before it (a cycle, or ",
    ),
    (
        "a node that reads a later one",
        lambda: with_layer(LOW, inputs=np.array([[0, 1], [1, 6]])),
        "node low[1] reads signal 6, which is not computed before it (a cycle, or ",
    ),
    (
        "a signal that does not exist",
        lambda: with_layer(TOP, inputs=np.array([[4, 0], [0, 99]])),
        "node top[1] reads signal 99, which is not computed before it",
    ),
    (
        "a negative signal",
        lambda: with_layer(TOP, inputs=np.array([[4, -1], [0, 4]])),
        "node top[0] reads signal -1, which is not computed before it",
    ),
    (
        "a node that reads its own stage",
        lambda: with_layer(TOP, stage=2),
        "node top[0] of stage 2 reads signal 4 of stage 2; inputs must come from earlier stages",
    ),
    (
        "inputs that are no matrix",
        lambda: with_layer(LOW, inputs=np.array([0, 1])),
        "layer 'low': inputs, widths and signs differ in shape",
    ),
    (
        "inputs that are a number",
        lambda: with_layer(LOW, inputs=np.array(0)),
        "layer 'low': inputs, widths and signs differ in shape",
    ),
    (
        "a node without a width",
        lambda: with_layer(LOW, widths=np.array([2])),
        "layer 'low': inputs, widths and signs differ in shape",
    ),
    (
        "a node without a sign",
        lambda: with_layer(MID, signed=np.array([True, True])),
        "layer 'mid': inputs, widths and signs differ in shape",
    ),
    (
        "a layer without nodes",
        lambda: with_layer(
            TOP,
            inputs=np.empty((0, 2), int),
            tables=np.empty((0, 32), int),
            widths=np.empty(0, int),
            signed=np.empty(0, bool),
        ),
        "layer 'top' has no nodes",
    ),
    (
        "a table that is too short",
        lambda: with_layer(LOW, tables=np.zeros((2, 4), int)),
        "node low[0] has 3 address bits and needs 8 table rows, the table array has shape (2, 4)",
    ),
    (
        "a table that is too long for one of its nodes",
        lambda: with_layer(LOW, inputs=np.array([[0, 1], [0, 0]])),
        "node low[1] has 2 address bits and needs 4 table rows, the table array has shape (2, 8)",
    ),
    (
        "a table missing",
        lambda: with_layer(LOW, tables=np.zeros((1, 8), int)),
        "node low[0] has 3 address bits and needs 8 table rows, the table array has shape (1, 8)",
    ),
    (
        "tables that are no matrix",
        lambda: with_layer(LOW, tables=np.zeros(16, int)),
        "needs 8 table rows, the table array has shape (16,)",
    ),
    (
        "too many address bits",
        lambda: with_net(input_widths=np.array([1, 24])),
        "node low[0] has 25 address bits; a table has at most 24",
    ),
    (
        "a code that is too wide",
        lambda: with_layer(TOP, widths=np.array([2, 1])),
        "node top[1]: its table holds a code that does not fit its 1 output bits",
    ),
    (
        "a sum without shifts",
        lambda: with_layer(MID, shifts=np.array([[0]])),
        "layer 'mid': inputs, shifts and negations differ in shape",
    ),
    (
        "a sum without negations",
        lambda: with_layer(MID, negated=np.array([False, False])),
        "layer 'mid': inputs, shifts and negations differ in shape",
    ),
    (
        "a sum of nothing",
        lambda: with_layer(
            MID, inputs=np.empty((1, 0), int), shifts=np.empty((1, 0)), negated=np.empty((1, 0))
        ),
        "layer 'mid': inputs, shifts and negations differ in shape",
    ),
    (
        "a sum without an offset",
        lambda: with_layer(MID, offsets=np.array([0, 0])),
        "layer 'mid': one offset per node is needed",
    ),
    (
        "a shift that is too large",
        lambda: with_layer(MID, shifts=np.array([[0, 32]])),
        "layer 'mid': a shift of 32 or more",
    ),
    (
        "a shift that drops all bits",
        lambda: with_layer(MID, shifts=np.array([[0, -30]])),
        "node mid[0] shifts signal",
    ),
    (
        "too few words on what wraps",
        lambda: with_layer(MID, wraps=np.array([True, False])),
        "layer 'mid': whether it wraps is told for every node or none",
    ),
    (
        "a sum that is too large",
        lambda: with_layer(MID, widths=np.array([3])),
        "node mid[0] sums to -2 to 4, which its 3 output bits cannot hold",
    ),
    (
        "a sum that is too small",
        lambda: with_layer(MID, offsets=np.array([-7])),
        "node mid[0] sums to -9 to -3, which its 4 output bits cannot hold",
    ),
    (
        "a negative sum without a sign",
        lambda: with_layer(MID, signed=np.array([False])),
        "node mid[0] sums to -2 to 4, which its 4 output bits cannot hold",
    ),
    (
        "a sum that leaves 64 bits",
        lambda: with_layer(MID, offsets=np.array([2**63 - 1])),
        "node mid[0] sums to 9223372036854775805 to 9223372036854775811, which its 4 output bits",
    ),
    ("no outputs", lambda: with_net(outputs=np.empty(0, int)), "netlist 'net' has no outputs"),
    (
        "outputs that are a matrix",
        lambda: with_net(outputs=np.array([[5, 6]])),
        "netlist 'net' has no outputs",
    ),
    (
        "an output that does not exist",
        lambda: with_net(outputs=np.array([5, 7])),
        "netlist 'net': an output names a signal that does not exist",
    ),
    (
        "a negative output",
        lambda: with_net(outputs=np.array([-1, 5])),
        "netlist 'net': an output names a signal that does not exist",
    ),
    (
        "an encoder of another number of inputs",
        lambda: with_net(
            encoder=Encoder(("x",), np.array([0]), np.zeros((1, 1)), np.array([[0, 1]]))
        ),
        "netlist 'net': the encoder has another number of inputs",
    ),
    (
        "an encoder whose code is too wide",
        lambda: with_net(encoder=encoder(codes=np.array([[0, 2], [3, 0]]))),
        "netlist 'net': the encoder makes a code that is too wide",
    ),
    (
        "a decoder of another number of classes",
        lambda: with_net(decoder=Decoder(("yes",), np.arange(4.0), signed=False)),
        "netlist 'net': the decoder has another number of classes",
    ),
    (
        "a decoder of another width",
        lambda: with_net(decoder=Decoder(("yes", "no"), np.arange(8.0), signed=False)),
        "netlist 'net': outputs and decoder differ in width or sign",
    ),
    (
        "a decoder of another sign",
        lambda: with_net(
            decoder=Decoder(("yes", "no"), np.array([0.0, 1.0, -2.0, -1.0]), signed=True)
        ),
        "netlist 'net': outputs and decoder differ in width or sign",
    ),
]


@pytest.mark.parametrize(
    ("build", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_rule_is_refused_by_name(build, message):
    with pytest.raises(NetlistError, match=re.escape(message)):
        build()


def test_two_wide_sums_that_would_wrap_around_64_bits_are_refused():
    with pytest.raises(NetlistError, match=r"node s\[0\] sums to 0 to 18446744069414584320"):
        Netlist(
            "net",
            ("a",),
            np.array([32]),
            np.array([False]),
            (
                SumLayer(
                    "s",
                    1,
                    np.array([[0, 0]]),
                    np.array([[31, 31]]),
                    np.zeros((1, 2), bool),
                    np.array([0]),
                    np.array([32]),
                    np.array([False]),
                ),
            ),
            np.array([1]),
        )


def test_a_skip_over_any_number_of_stages_and_gaps_between_stages_are_allowed():
    netlist = with_layer(TOP, stage=9)
    assert netlist.depth == 9
    assert 0 in netlist.layers[TOP].inputs


def values_of(width: int, *, signed: bool) -> list[int]:
    return [code - (code >> (width - 1) << width if signed else 0) for code in range(1 << width)]


@given(st.integers(1, 6), st.booleans())
def test_the_range_of_a_signal_is_that_of_its_codes(width, signed):
    low, high = value_range(np.array([width], np.uint8), np.array([signed]))
    values = values_of(width, signed=signed)
    assert (low[0], high[0]) == (min(values), max(values))


@given(
    widths=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    data=st.data(),
    width=st.integers(1, 7),
    signed=st.booleans(),
    offset=st.integers(-20, 20),
)
def test_a_sum_is_allowed_exactly_if_every_possible_value_fits(widths, data, width, signed, offset):
    import itertools

    def several(one: st.SearchStrategy[Any]) -> list[Any]:
        return data.draw(st.lists(one, min_size=len(widths), max_size=len(widths)))

    signs, shifts, negated = (
        several(one) for one in (st.booleans(), st.integers(-2, 2), st.booleans())
    )
    shifts = [max(shift, 1 - bits) for shift, bits in zip(shifts, widths, strict=True)]
    ranges = [
        [
            (-1 if minus else 1) * math.floor(value * 2.0**shift)
            for value in values_of(bits, signed=sign)
        ]
        for bits, sign, shift, minus in zip(widths, signs, shifts, negated, strict=True)
    ]
    sums = {offset + sum(values) for values in itertools.product(*ranges)}
    fits = sums <= set(values_of(width, signed=signed))
    layer = SumLayer(
        "s",
        1,
        np.arange(len(widths))[None],
        np.array([shifts]),
        np.array([negated]),
        np.array([offset]),
        np.array([width]),
        np.array([signed]),
    )
    try:
        Netlist(
            "net",
            tuple(f"i{index}" for index in range(len(widths))),
            np.array(widths),
            np.array(signs),
            (layer,),
            np.array([len(widths)]),
        )
    except NetlistError as error:
        assert not fits, error  # noqa: PT017 - either outcome may be right
    else:
        assert fits
