"""LUTs that can be wide multiplexers: found by their function, timed by hand."""

from __future__ import annotations

import itertools

import pytest

from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.timing.arrival import longest_path
from logicjsc.map.timing.delays import load_delays

DELAYS = load_delays("artix-7")


def selecting(order):
    """The table of ``select ? one : zero`` where ``order`` has the places of the three."""
    select, zero, one = order
    return sum((row >> (one if row >> select & 1 else zero) & 1) << row for row in range(8))


def network(table, inputs=(7, 8, 2), extra=(), outputs=(9,)):
    """Two LUTs of inputs 3 to 6, and one of them and input 2."""
    luts = (Lut((3, 4), 0b0110), Lut((5, 6), 0b0110), Lut(inputs, table), *extra)
    return LutNetwork(5, luts, outputs)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_order_of_inputs_is_found(order):
    """Signal 2 selects between the LUTs 7 and 8."""
    inputs = [0, 0, 0]
    for place, signal in zip(order, (2, 7, 8), strict=True):
        inputs[place] = signal
    found = longest_path(network(selecting(order), tuple(inputs)), DELAYS, wide=True)
    assert [step.cell for step in found.steps] == ["register", "LUT2", "wide multiplexer", "setup"]
    # The net in front of the LUT has one reader; there is none in front of the multiplexer.
    assert found.period_ps == 456 + 553 + 124 + 223 + 0 + 0
    assert found.steps[2].net_ps == 0


def test_without_the_option_it_is_a_lut():
    plain = longest_path(network(selecting((2, 0, 1))), DELAYS)
    assert [step.cell for step in plain.steps] == ["register", "LUT2", "LUT3", "setup"]
    assert plain.period_ps == 456 + 553 + 124 + 553 + 124


@pytest.mark.parametrize(
    "other",
    [
        network(0b10010110),  # an exclusive or
        network(selecting((2, 0, 1)), (7, 3, 2)),  # one of what is joined is an input
        network(selecting((2, 0, 1)), (7, 7, 2)),
        network(selecting((2, 0, 1)), outputs=(9, 7)),  # one is read by another one, too
        network(selecting((2, 0, 1)), extra=(Lut((8,), 1),), outputs=(9, 10)),
    ],
)
def test_anything_else_stays_a_lut(other):
    steps = longest_path(other, DELAYS, wide=True).steps
    assert "wide multiplexer" not in [step.cell for step in steps]


def test_two_levels_are_joined_and_no_more_than_the_part_has():
    """Eight LUTs, four multiplexers, two of them, and one more that MUXF8 is no match for."""
    luts = [Lut((CONSTANTS, CONSTANTS + 1), 0b0110) for _ in range(8)]
    first = CONSTANTS + 3
    row = list(range(first, first + 8))
    while len(row) > 1:
        pairs = list(zip(row[::2], row[1::2], strict=True))
        row = []
        for low, high in pairs:
            luts.append(Lut((low, high, CONSTANTS + 2), selecting((2, 0, 1))))
            row.append(first + len(luts) - 1)
    steps = longest_path(LutNetwork(3, tuple(luts), (row[0],)), DELAYS, wide=True).steps
    assert [step.cell for step in steps][1:-1] == [
        "LUT2",
        "wide multiplexer",
        "wide multiplexer",
        "LUT3",
    ]
    assert [step.cell_ps for step in steps][1:-1] == [124, 223, 104, 124]
