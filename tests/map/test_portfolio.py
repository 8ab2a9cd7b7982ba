import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks

from logicjsc.map.abc import find_abc
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.portfolio import EFFORTS, map_table, realises


def code_at(network: LutNetwork, address: int) -> int:
    """The output code at one address, by hand."""
    signals = [0, 1, *(address >> place & 1 for place in range(network.inputs))]
    for lut in network.luts:
        index = sum(signals[source] << place for place, source in enumerate(lut.inputs))
        signals.append(lut.table >> index & 1)
    return sum(signals[output] << place for place, output in enumerate(network.outputs))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 6), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_small_tables_take_at_most_one_lut_per_output(address_bits, width, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 1 << width, 1 << address_bits) & rng.integers(0, 1 << width)
    network = map_table(table.astype(np.uint32), width, find_abc(), EFFORTS["low"])
    assert len(network.luts) <= width
    assert [code_at(network, address) for address in range(table.size)] == table.tolist()


def test_constants_wires_and_repeats_cost_nothing():
    address = np.arange(8)
    high, low = address >> 2, address & 1
    # Outputs: the lowest input, one, zero, the highest input, their product, and it again.
    table = low | 2 | (high << 3) | ((high & low) << 4) | ((high & low) << 5)
    network = map_table(table.astype(np.uint32), 6, find_abc(), EFFORTS["low"])
    assert len(network.luts) == 1
    assert [code_at(network, row) for row in range(8)] == table.tolist()


@pytest.mark.parametrize("effort", ["low", "medium"])
def test_larger_tables_are_realised_and_structure_is_found(effort):
    # A neuron-like table: three 3-bit inputs, weighted, summed and quantised to two bits.
    address = np.arange(512)
    total = 3 * (address >> 6) - 2 * (address >> 3 & 7) + (address & 7)
    table = np.clip((total + 8) // 8, 0, 3).astype(np.uint32)
    network = map_table(table, 2, find_abc(), EFFORTS[effort])
    assert [code_at(network, row) for row in range(512)] == table.tolist()
    # Without any structure each output would need eight LUTs and multiplexers.
    assert len(network.luts) <= 12


def test_no_effort_is_worse_than_a_lower_one():
    table = np.random.default_rng(1).integers(0, 2, 128).astype(np.uint32)
    counts = [len(map_table(table, 1, find_abc(), effort).luts) for effort in EFFORTS.values()]
    assert counts[0] >= counts[1] >= counts[2]


@settings(deadline=None, max_examples=30)
@given(networks(), st.data())
def test_one_flipped_lut_bit_or_swapped_wire_is_seen_exactly_when_it_matters(network, data):
    width = len(network.outputs)
    table = np.array([code_at(network, row) for row in range(1 << network.inputs)], np.uint32)
    assert realises(network, table, width)
    if not network.luts:
        return
    which = data.draw(st.integers(0, len(network.luts) - 1))
    lut = network.luts[which]
    bit = data.draw(st.integers(0, (1 << len(lut.inputs)) - 1))
    mutants = [Lut(lut.inputs, lut.table ^ (1 << bit)), Lut(lut.inputs[::-1], lut.table)]
    for mutant in mutants:
        luts = (*network.luts[:which], mutant, *network.luts[which + 1 :])
        changed = LutNetwork(network.inputs, luts, network.outputs)
        same = [code_at(changed, row) for row in range(table.size)] == table.tolist()
        assert realises(changed, table, width) == same
