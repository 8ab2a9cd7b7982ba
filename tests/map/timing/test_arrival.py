"""The longest path against sums by hand, against a naive search, and by its properties."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.timing.arrival import longest_path
from logicjsc.map.timing.delays import load_delays

DELAYS = load_delays("ultrascale-plus")
"""Of the shipped part."""

UNIT = replace(DELAYS, net=replace(DELAYS.net, per_doubling=1.0, last_per_doubling=1.0))
"""Nets as slow as their class says in a circuit of two LUTs."""


@st.composite
def networks(draw, most=7):
    """Small networks of LUTs without chains; the last LUT is an output."""
    inputs = draw(st.integers(1, 4))
    luts = []
    for number in range(draw(st.integers(1, most))):
        signals = st.integers(0, CONSTANTS + inputs + number - 1)
        sources = tuple(draw(st.lists(signals, min_size=1, max_size=3, unique=True)))
        luts.append(Lut(sources, 1))
    outputs = draw(st.lists(st.integers(CONSTANTS, CONSTANTS + inputs + len(luts) - 1), max_size=2))
    return LutNetwork(inputs, tuple(luts), (*outputs, CONSTANTS + inputs + len(luts) - 1))


def naive_period(network, delays, segments):
    """Arrival times by their definition, every order of pins tried; only LUTs."""
    first = network.first_lut
    ranks = max(segments, default=0)

    def made(signal):
        return -1 if signal < first else segments[signal - first]

    def read_last(signal):
        if signal in network.outputs:
            return ranks + 1
        at = [segments[n] for n, lut in enumerate(network.luts) if signal in lut.inputs]
        return max([made(signal), *at])

    def net(signal, segment):
        pins = sum(
            signal in lut.inputs and segments[number] == segment
            for number, lut in enumerate(network.luts)
        )
        return delays.net.net_ps(pins + (read_last(signal) > segment), network.area)

    @cache
    def arrival(signal, segment):
        """At the output of what drives a signal in a segment; None for what never changes."""
        if signal < CONSTANTS:
            return None
        if made(signal) < segment:
            return delays.register.clock_to_q_ps
        found = [
            (source, arrival(source, segment)) for source in network.luts[signal - first].inputs
        ]
        times = [time + net(source, segment) for source, time in found if time is not None]
        # Constants take slow pins, of those that the LUT uses.
        used = delays.lut.pins_ps[-len(found) :]
        orders = itertools.permutations(used, len(times))
        best = min(max([t + p for t, p in zip(times, o, strict=True)], default=-1) for o in orders)
        return best if times else None

    ends = [
        arrival(signal, segment)
        for signal in range(CONSTANTS, first + len(network.luts))
        for segment in range(max(made(signal), 0), read_last(signal))
    ]
    latest = max([end for end in ends if end is not None], default=delays.register.clock_to_q_ps)
    return latest + delays.net.last_ps(network.area) + delays.register.setup_ps


def by_depth(network, every):
    """Segments of so many LUTs."""
    levels = network.levels([0] * network.inputs)[network.first_lut :]
    return [(level - 1) // every for level in levels]


@given(networks(), st.integers(1, 8))
@settings(max_examples=150)
def test_a_naive_search_finds_the_same_period(network, every):
    segments = by_depth(network, every)
    found = longest_path(network, DELAYS, segments)
    assert found.period_ps == pytest.approx(naive_period(network, DELAYS, segments))


@given(networks(), st.integers(1, 8))
@settings(max_examples=100)
def test_steps_add_up_and_begin_and_end_at_registers(network, every):
    found = longest_path(network, DELAYS, by_depth(network, every))
    steps = found.steps
    assert (steps[0].cell, steps[-1].cell) == ("register", "setup")
    for before, step in itertools.pairwise(steps):
        assert step.arrival_ps == pytest.approx(before.arrival_ps + step.net_ps + step.cell_ps)
    for before, step in itertools.pairwise(steps[:-1]):
        assert before.signal in network.luts[step.signal - network.first_lut].inputs


@given(networks())
@settings(max_examples=100)
def test_a_lut_more_on_the_critical_path_never_makes_it_faster(network):
    path = longest_path(network, DELAYS)
    end = path.steps[-1].signal
    own = network.first_lut + len(network.luts)
    longer = LutNetwork(network.inputs, (*network.luts, Lut((end,), 2)), (*network.outputs, own))
    assert longest_path(longer, DELAYS).period_ps > path.period_ps


@given(networks(), st.integers(1, 8))
@settings(max_examples=100)
def test_registers_inside_never_lengthen_paths_by_more_than_a_shift(network, every):
    """A rank cuts paths; only nets that reach a register more may get slower.

    Every signal is an output: what leads nowhere is on no path without registers, and on one with.
    """
    every_signal = range(network.first_lut, network.first_lut + len(network.luts))
    network = replace(network, outputs=(*network.outputs, *every_signal))
    one = longest_path(network, UNIT)
    cut = longest_path(network, UNIT, by_depth(network, every))
    levels = len(one.steps)
    slower = UNIT.net.factor(network.area) * (UNIT.net.readers_ps[-1] - UNIT.net.readers_ps[0])
    assert cut.period_ps <= one.period_ps + levels * slower


def test_one_lut_by_hand():
    network = LutNetwork(1, (Lut((2,), 1),), (3,))
    factor = DELAYS.net.per_doubling  # of the least size
    expected = 79 + 95 * factor + 35 + 133 * factor + 10
    assert longest_path(network, DELAYS).period_ps == pytest.approx(expected)


def test_late_inputs_take_fast_pins():
    """Of six inputs the one behind another LUT takes A6, the others A1 to A5."""
    early = Lut((2,), 1)
    wide = Lut((8, 3, 4, 5, 6, 7), 1)
    found = longest_path(LutNetwork(6, (early, wide), (9,)), UNIT, luts=2)
    assert [step.cell_ps for step in found.steps] == [79, 35, 35, 10]
    assert [step.net_ps for step in found.steps] == [0, 95, 95, 133]
    assert found.period_ps == 79 + 95 + 35 + 95 + 35 + 133 + 10


def test_equal_inputs_use_the_slowest_of_the_pins_in_use():
    network = LutNetwork(4, (Lut((2, 3, 4, 5), 1),), (6,))
    assert longest_path(network, UNIT, luts=2).steps[1].cell_ps == 100


def test_nets_of_many_pins_are_slow():
    network = LutNetwork(1, tuple(Lut((2,), n % 4) for n in range(5)), tuple(range(3, 8)))
    assert longest_path(network, UNIT, luts=2).steps[1].net_ps == 291
    assert longest_path(network, UNIT, luts=2).steps[1].readers == 5


def test_a_register_is_a_reader():
    """An input that is read in two segments reaches a LUT and the register of the next rank."""
    network = LutNetwork(1, (Lut((2,), 1), Lut((2, 3), 1)), (4,))
    found = longest_path(network, UNIT, [0, 1], luts=2)
    assert found.segment == 0
    assert found.steps[1].readers == 2
    assert found.period_ps == 79 + 194 + 35 + 133 + 10


def test_a_chain_of_two_places_by_hand():
    """Inputs a0, b0, a1, b1; selects are LUTs beside the chain; the sum of place 1 comes last."""
    luts = (
        Lut((2, 3), 0b0110),
        Lut((4, 5), 0b0110),
        Lut((6, 0), CARRY_SUM, carry=True),
        Lut((2, 0, 6), CARRY_OUT, carry=True),
        Lut((7, 9), CARRY_SUM, carry=True),
    )
    network = LutNetwork(4, luts, (8, 10))
    found = longest_path(network, UNIT, luts=2)
    # a0 reaches its LUT and the data pin, so it comes after b0 and takes the fastest pin.
    expected = 79 + 194 + 35 + 10 + 156 + 72 + 133 + 10
    assert found.period_ps == expected
    assert [step.cell for step in found.steps] == ["register", "LUT2", "carry chain", "setup"]
    assert [step.signal for step in found.steps] == [2, 6, 10, 10]


def ripple(places):
    """A chain whose selects are inputs and whose data is the first input."""
    luts, sums = [], []
    carry, first = 0, CONSTANTS + places
    for place in range(places):
        luts.append(Lut((CONSTANTS + place, carry), CARRY_SUM, carry=True))
        sums.append(first + len(luts) - 1)
        if place + 1 < places:
            luts.append(Lut((CONSTANTS, carry, CONSTANTS + place), CARRY_OUT, carry=True))
            carry = first + len(luts) - 1
    return LutNetwork(places, tuple(luts), tuple(sums))


def test_carries_pass_whole_blocks_quickly():
    periods = {
        places: longest_path(ripple(places), UNIT, luts=2).period_ps for places in (8, 9, 17, 25)
    }
    assert periods[25] - periods[17] == DELAYS.carry.through_ps + DELAYS.carry.hop_ps
    assert periods[9] - periods[8] >= DELAYS.carry.hop_ps


def test_longer_chains_are_never_faster():
    periods = [longest_path(ripple(places), UNIT, luts=2).period_ps for places in range(2, 40)]
    assert periods == sorted(periods)


def test_a_network_of_wires_shifts_from_register_to_register():
    found = longest_path(LutNetwork(1, (), (2,)), UNIT)
    assert found.period_ps == 79 + 133 + 10
    assert [step.cell for step in found.steps] == ["register", "setup"]


def test_constants_arrive_before_everything():
    assert longest_path(LutNetwork(0, (Lut((0, 1), 1),), (2,)), UNIT).period_ps == 79 + 133 + 10


def test_chains_start_from_constants():
    network = LutNetwork(2, (Lut((2, 3), CARRY_SUM, carry=True),), (4,))
    with pytest.raises(NetlistError, match="carry 3 is no chain's"):
        longest_path(network, DELAYS)


def test_loops_are_refused_before_they_can_be_timed():
    """A LUT that reads one behind it, and one that reads itself."""
    with pytest.raises(NetlistError, match="not earlier signals"):
        LutNetwork(1, (Lut((2, 4), 1), Lut((3,), 1)), (4,))
    with pytest.raises(NetlistError, match="not earlier signals"):
        LutNetwork(1, (Lut((3,), 1),), (3,))


def test_segments_fit_the_network():
    network = LutNetwork(1, (Lut((2,), 1), Lut((3,), 1)), (4,))
    with pytest.raises(NetlistError, match="2 LUTs, and segments of 1"):
        longest_path(network, DELAYS, [0])
    with pytest.raises(NetlistError, match="in front of a register that it reads"):
        longest_path(network, DELAYS, [1, 0])
