"""Registers by time: as timed gate by gate, never too slow, few segments, few flip-flops."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from reference.naive_luts import naive_luts
from reference.random_netlists import random_netlist
from reference.sums_of_tables import sums_of_tables

from logicjsc.emit.verilog.cell_timing import CellTiming, PlacedTiming
from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.lut_view import lut_view
from logicjsc.emit.verilog.register_placement import flip_flops
from logicjsc.emit.verilog.timed_placement import (
    UnreachableClockError,
    place_registers_by_time,
    shortest_clock_ps,
)
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.arrival import longest_path
from logicjsc.map.timing.delays import known_parts, load_delays
from logicjsc.netlist.passes import drop_dead_nodes

DELAYS = load_delays("ultrascale-plus")


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """LUTs of random tables, and carry chains."""
    tables = random_netlist(2, inputs=6, stages=4, nodes=6, address_bits=8, outputs=5)
    sums = sums_of_tables()
    folder = tmp_path_factory.mktemp("luts")
    mapped = map_netlist(sums, effort="low", adders="carry", jobs=1, cache=folder)
    return (
        flatten(drop_dead_nodes(tables), naive_luts(tables, 4)),
        flatten(mapped.netlist, [layer.network for layer in mapped.layers]),
    )


def naive_period(network, placed, luts, delays=DELAYS):
    """The slowest path, gate by gate."""
    cells = sorted(zip(network.cells, placed, strict=True), key=lambda entry: entry[1])
    view = lut_view(network, cells)
    return longest_path(view.network, delays, view.segments, luts).period_ps


def levels_of(network):
    levels = []
    for sources in network.sources:
        levels.append(1 + max((levels[source] for source in sources), default=-1))
    return levels


@pytest.mark.parametrize("part", known_parts())
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_cells_are_timed_like_gates(networks, number, step, part):
    network, delays = networks[number], load_delays(part)
    placed = [level // step for level in levels_of(network)]
    timing = CellTiming(network, delays)
    periods = PlacedTiming(timing, placed, max(placed) + 1).periods_ps
    assert max(periods) == pytest.approx(naive_period(network, placed, timing.luts, delays))


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("factor", [1.0, 1.3, 2.0, 20.0])
def test_no_segment_is_slower_than_the_clock(networks, number, factor):
    network = networks[number]
    clock = shortest_clock_ps(network, DELAYS)[0] * factor
    placed = place_registers_by_time(network, DELAYS, clock)
    luts = sum(cell.luts for cell in network.cells)
    assert naive_period(network, placed, luts) <= clock + 1e-6
    assert set(placed) == set(range(max(placed) + 1))
    for cell, sources in enumerate(network.sources):
        assert all(placed[source] <= placed[cell] for source in sources)
    if factor == 20.0:
        assert not any(placed)


@pytest.mark.parametrize("number", [0, 1])
def test_a_clock_that_no_cut_reaches_is_refused_with_the_slowest_cell(networks, number):
    network = networks[number]
    with pytest.raises(UnreachableClockError, match=r"register .*, setup ") as caught:
        place_registers_by_time(network, DELAYS, 200.0)
    shortest = caught.value.shortest_ps
    assert f"use {np.ceil(shortest) / 1000:g} ns or more" in str(caught.value)
    place_registers_by_time(network, DELAYS, np.ceil(shortest))


def small_network(rng):
    """Up to eight LUTs on four inputs, with long and short ways."""
    names = ["1'b0", "1'b1", *"abcd"]
    cells = []
    for number in range(int(rng.integers(4, 9))):
        count = int(rng.integers(1, 4))
        inputs = tuple(rng.choice(np.arange(2, len(names)), count, replace=False).tolist())
        cells.append(Cell(0, number, inputs, (len(names),), 1))
        names.append(f"l{number}")
    read = {net for cell in cells for net in cell.inputs}
    outputs = tuple(net for net in range(6, len(names)) if net not in read)
    return FlatNetwork(tuple(names), (1,) * len(names), 4, tuple(cells), (), outputs)


PLAIN = replace(
    DELAYS,
    lut=replace(DELAYS.lut, pins_ps=(100.0,) * 6),
    net=replace(DELAYS.net, readers_ps=(150.0,) * 5),
)
"""Delays that depend neither on pins nor on how many pins a net reaches."""


def best_of_all(network, timing, clock):
    """Segments and flip-flops of the best placement of all; None beyond three segments."""
    for segments in (1, 2, 3):
        legal = [
            flip_flops(network, chosen, segments)
            for chosen in product(range(segments), repeat=len(network.cells))
            if all(
                chosen[source] <= chosen[cell]
                for cell, sources in enumerate(network.sources)
                for source in sources
            )
            and max(PlacedTiming(timing, chosen, segments).periods_ps) <= clock
        ]
        if legal:
            return segments, min(legal)
    return None


def found_and_best(seed, delays, share):
    network = small_network(np.random.default_rng(seed))
    timing = CellTiming(network, delays)
    whole = max(PlacedTiming(timing, [0] * len(network.cells), 1).periods_ps)
    clock = max(shortest_clock_ps(network, delays)[0], share * whole) + 0.01
    placed = place_registers_by_time(network, delays, clock)
    found = max(placed) + 1, flip_flops(network, placed, max(placed) + 1)
    return found, best_of_all(network, timing, clock)


@pytest.mark.parametrize("seed", range(20))
def test_small_networks_are_cut_as_well_as_can_be(seed):
    (segments, registers), best = found_and_best(seed, PLAIN, 0.65)
    assert segments == best[0]
    if segments == 2:
        assert registers == best[1]


def test_small_networks_are_cut_well_where_nets_get_faster_by_cuts():
    """What single cuts do not foresee costs a segment in one of ten small networks."""
    pairs = [found_and_best(seed, DELAYS, 0.7) for seed in range(20)]
    pairs = [(found, best) for found, best in pairs if best is not None]
    assert len(pairs) > 10
    assert all(found >= best for found, best in pairs)
    assert sum(found[0] == best[0] for found, best in pairs) >= 0.9 * len(pairs)
    assert sum(found[1] for found, _ in pairs) <= 1.3 * sum(best[1] for _, best in pairs)
