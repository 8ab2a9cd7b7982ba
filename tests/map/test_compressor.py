"""Sums as LUTs against the golden model, for every code or for many."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.compressor import count_bits
from logicjsc.map.lut_network import pack_words, unpack_words
from logicjsc.map.mapper import map_netlist
from logicjsc.map.sums import sum_nodes
from logicjsc.netlist import Netlist, SumLayer, evaluate


def random_sum(seed, terms, widest=5):
    """A netlist of one sum of so many terms, wide enough for it."""
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, widest + 1, terms)
    signed = rng.integers(0, 2, terms).astype(bool)
    shifts = rng.integers(0, 3, (1, terms))
    negated = rng.integers(0, 2, (1, terms)).astype(bool)
    offset = int(rng.integers(-40, 41))
    lows = np.where(signed, -(1 << (widths - 1)), 0) << shifts[0]
    highs = np.where(signed, (1 << (widths - 1)) - 1, (1 << widths) - 1) << shifts[0]
    low = offset + int(np.where(negated[0], -highs, lows).sum())
    high = offset + int(np.where(negated[0], -lows, highs).sum())
    width = max((-low - 1).bit_length() if low < 0 else 0, max(high, 0).bit_length()) + (low < 0)
    layer = SumLayer(
        "sum", 1, np.arange(terms)[None], shifts, negated, [offset], [max(width, 1)], [low < 0]
    )
    names = tuple(f"x{index}" for index in range(terms))
    return Netlist("n", names, widths, signed, (layer,), [terms])


def counters_of(netlist):
    """Counters of the only sum of a netlist."""
    return count_bits(next(sum_nodes(netlist, netlist.layers[0]))).network


def codes_of(netlist, network, codes):
    """What a network makes of codes."""
    planes = [
        (codes[:, place] >> bit) & 1
        for place in reversed(range(netlist.inputs))
        for bit in range(int(netlist.input_widths[place]))
    ]
    bits = unpack_words(network.evaluate(pack_words(np.array(planes))), len(codes))
    return (bits.astype(np.int64) << np.arange(len(bits))[:, None]).sum(axis=0)


@given(st.integers(0, 10_000), st.integers(1, 24))
@settings(max_examples=25, deadline=None)
def test_every_sum_equals_the_golden_model(seed, terms):
    netlist = random_sum(seed, terms)
    network = counters_of(netlist)
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    codes = np.random.default_rng(seed).integers(0, limits, (1000, terms))
    codes[0], codes[1] = 0, limits - 1
    np.testing.assert_array_equal(codes_of(netlist, network, codes), evaluate(netlist, codes)[:, 0])


def test_a_small_sum_is_right_for_every_code():
    netlist = random_sum(5, 4, widest=3)
    network = counters_of(netlist)
    widths = netlist.input_widths.astype(np.int64)
    numbers = np.arange(1 << int(widths.sum()))[:, None]
    codes = (numbers >> (np.cumsum(widths) - widths)) & ((1 << widths) - 1)
    assert len(codes) >= 64
    np.testing.assert_array_equal(codes_of(netlist, network, codes), evaluate(netlist, codes)[:, 0])


def test_sixteen_terms_of_five_bits_cost_no_more_than_carry_chains():
    terms = 16
    layer = SumLayer(
        "sum",
        1,
        np.arange(terms)[None],
        np.zeros((1, terms), int),
        np.zeros((1, terms), bool),
        [0],
        [9],
        [True],
    )
    names = tuple(f"x{index}" for index in range(terms))
    netlist = Netlist("n", names, [5] * terms, [True] * terms, (layer,), [terms])
    network = counters_of(netlist)
    # A tree of 15 adders on carry chains: 8 of 6 bits, 4 of 7, 2 of 8, one of 9.
    assert len(network.luts) <= 8 * 6 + 4 * 7 + 2 * 8 + 9
    assert network.depth <= 10


def test_wide_sums_are_mapped_and_narrow_ones_by_whatever_is_smaller(tmp_path):
    for terms in (2, 12):
        netlist = random_sum(terms, terms)
        mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
        limits = np.int64(1) << netlist.input_widths.astype(np.int64)
        codes = np.random.default_rng(0).integers(0, limits, (500, terms))
        np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
        assert 0 < mapped.luts <= len(counters_of(netlist).luts)
