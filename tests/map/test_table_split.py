from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.mapper import map_netlist
from logicjsc.map.shannon import shannon_network
from logicjsc.map.table_split import prove_split, split_table
from logicjsc.netlist import NetlistBuilder, evaluate


def smooth(bits, slope, noise, seed):
    """A table that changes little from one address to the next."""
    rng = np.random.default_rng(seed)
    rows = np.arange(1 << bits)
    bump = 6 * np.sin(rows * slope + rng.random())
    return np.round(bump + rng.random(rows.size) * noise).astype(np.int64)


def value(split, address, bits):
    """The table's value by its parts and rest, integer by integer."""
    total = split.base
    for part in split.parts:
        index = 0
        for axis in part.axes:
            index = 2 * index + (address >> (bits - 1 - axis) & 1)
        total += int(part.values[index])
    rest = int(split.rest[address])
    return total - rest if split.negated else total + rest


def rest_network(split):
    return shannon_network(split.rest.astype(np.uint32), split.rest_width)


@settings(deadline=None, max_examples=12)
@given(
    st.integers(6, 9), st.floats(0.01, 0.3), st.floats(0, 2), st.booleans(), st.integers(0, 9999)
)
def test_parts_and_rest_are_the_table(bits, slope, noise, negated, seed):
    values = smooth(bits, slope, noise, seed)
    split = split_table(values, negated=negated)
    if split is None:
        return
    assert [value(split, address, bits) for address in range(1 << bits)] == values.tolist()
    assert split.rest.min() >= 0
    assert all(part.values.min() >= 0 for part in split.parts)
    assert all(len(part.axes) == 5 for part in split.parts)
    network = rest_network(split)
    assert prove_split(split, values, network)
    wrong = values.copy()
    wrong[seed % wrong.size] += 1
    assert not prove_split(split, wrong, network)
    assert not prove_split(replace(split, base=split.base + 1), values, network)


def test_a_line_becomes_a_part_and_one_bit():
    rows = np.arange(64)
    split = split_table(rows // 2 + rows % 2 * (rows % 7 == 0), negated=False)
    assert split is not None
    assert (split.part_bits, split.rest_width) == (5, 1)
    # Each bit of a table of five bits is looked up inside the chain as it is.
    assert split_table(rows // 2, negated=False) is None


@pytest.mark.parametrize("bits", [5, 13])
def test_narrow_and_very_wide_tables_stay_whole(bits):
    assert split_table(np.arange(1 << bits), negated=False) is None


def test_noise_stays_whole():
    values = np.random.default_rng(0).integers(0, 256, 64)
    assert split_table(values, negated=False) is None


def edges(seed, *, shared):
    """Sums of smooth tables of seven bits, some of them subtracted, shifted, or read twice."""
    builder = NetlistBuilder("edges")
    inputs = [builder.input(f"x{number}", 7) for number in range(4)]
    tables = [
        builder.tabulate(
            [signal], lambda rows, k=k: smooth(7, 0.05, 0.4, seed + k)[rows[:, 0]], 5, signed=True
        )
        for k, signal in enumerate(inputs)
    ]
    sums = [builder.add(tables, negated=[False, True, False, True], shifts=[0, 0, 1, 0])]
    if shared:
        sums.append(builder.add(tables[:2], offset=3))
    return builder.build(sums)


@pytest.mark.parametrize(("adders", "shared"), [("carry", True), ("best", False)])
def test_networks_of_smooth_tables_equal_their_netlists(cache, adders, shared):
    netlist = edges(1, shared=shared)
    mapped = map_netlist(netlist, effort="low", adders=adders, jobs=1, cache=cache)
    codes = np.random.default_rng(0).integers(0, 128, (3000, netlist.inputs))
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    alone = map_netlist(netlist, effort="low", jobs=1, cache=cache)
    assert mapped.luts < 0.7 * alone.luts
    # Tables that are taken apart are not built.
    assert mapped.layers[0].network.area < 10
