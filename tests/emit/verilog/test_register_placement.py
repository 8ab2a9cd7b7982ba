"""Registers by LUT depth: never too deep, never more segments than needed, few flip-flops."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_luts import naive_luts
from reference.random_netlists import netlists, random_netlist

from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.register_placement import flip_flops, place_registers
from logicjsc.netlist.passes import drop_dead_nodes


def flat_of(netlist, lut_inputs=6):
    return flatten(drop_dead_nodes(netlist), naive_luts(netlist, lut_inputs))


def is_legal(network, chosen, most):
    """Values flow forwards, and no path inside a segment is longer than ``most``."""
    made = {bit: number for number, cell in enumerate(network.cells) for bit in cell.outputs}
    levels = []
    for number, cell in enumerate(network.cells):
        sources = {made[bit] for bit in cell.inputs if bit in made}
        if any(chosen[source] > chosen[number] for source in sources):
            return False
        same = [levels[source] for source in sources if chosen[source] == chosen[number]]
        levels.append(1 + max(same, default=0))
    return max(levels, default=0) <= most


def depth_of(network):
    return min(d for d in range(100) if is_legal(network, [0] * len(network.cells), d))


@given(netlists(), st.integers(1, 4), st.integers(2, 6))
@settings(deadline=None, max_examples=60)
def test_segments_are_few_and_shallow(netlist, most, lut_inputs):
    network = flat_of(netlist, lut_inputs)
    chosen = place_registers(network, most)
    assert is_legal(network, chosen, most)
    segments = -(-depth_of(network) // most)
    assert set(chosen) == set(range(segments))
    if segments:
        assert flip_flops(network, chosen, segments) == cost(network, chosen, segments)


def cost(network, chosen, segments):
    """Bits times the ranks that they pass, counted one bit at a time."""
    made = {bit: chosen[n] for n, cell in enumerate(network.cells) for bit in cell.outputs}
    total = 0
    for bit in range(2, len(network.names)):
        reads = [chosen[n] for n, cell in enumerate(network.cells) if bit in cell.inputs]
        reads += [segments - 1] * (bit in network.outputs)
        total += max(reads, default=0) - made.get(bit, 0) if reads else 0
    return total


def small_network(rng):
    """Ten LUTs or fewer on four inputs, with long and short ways."""
    names = ["1'b0", "1'b1", *"abcd"]
    cells = []
    for number in range(int(rng.integers(4, 10))):
        count = int(rng.integers(1, 4))
        inputs = tuple(rng.choice(np.arange(2, len(names)), count, replace=False).tolist())
        cells.append(Cell(0, number, inputs, (len(names),), 1))
        names.append(f"l{number}")
    outputs = tuple(rng.choice(np.arange(2, len(names)), 2, replace=False).tolist())
    return FlatNetwork(tuple(names), (1,) * len(names), 4, tuple(cells), (), outputs)


@pytest.mark.parametrize("seed", range(25))
def test_one_cut_is_as_cheap_as_any(seed):
    network = small_network(np.random.default_rng(seed))
    most = -(-depth_of(network) // 2)
    placed = place_registers(network, most)
    segments = max(placed) + 1
    ours = cost(network, placed, segments)
    assert ours == flip_flops(network, placed, segments)
    if segments == 2:
        every = product((0, 1), repeat=len(network.cells))
        assert ours == min(cost(network, c, 2) for c in every if is_legal(network, c, most))


def test_several_cuts_are_no_dearer_than_as_early_or_as_late_as_can_be():
    saved = 0
    for seed in range(6):
        netlist = random_netlist(seed, inputs=8, stages=5, nodes=8, address_bits=9, outputs=9)
        network = flat_of(netlist, 3)
        placed = place_registers(network, 2)
        levels = []
        for sources in network.sources:
            levels.append(1 + max((levels[source] for source in sources), default=0))
        early = [(level - 1) // 2 for level in levels]
        segments = max(placed) + 1
        before = flip_flops(network, early, segments)
        after = flip_flops(network, placed, segments)
        assert after <= before
        saved += before - after
    assert saved > 50
