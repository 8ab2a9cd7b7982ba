"""The formula against hand-made networks, a recursion, and what mapping finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from reference.random_netlists import netlists

from logicjsc.map.estimate import estimate_luts
from logicjsc.map.mapper import map_netlist
from logicjsc.map.sums import luts_per_bit
from logicjsc.netlist import Netlist, SumLayer, TableLayer
from logicjsc.netlist.passes import simplify


def tree(bits):
    """A LUT joins four parts by two address bits, or two parts by one."""
    if bits <= 6:
        return 1
    return 1 + min(4 * tree(bits - 2) if bits >= 8 else 99, 2 * tree(bits - 1))


@pytest.mark.parametrize("bits", range(1, 17))
def test_the_formula_is_a_tree_of_multiplexers(bits):
    assert luts_per_bit(bits) == tree(bits)


def test_a_constant_costs_nothing():
    assert luts_per_bit(0) == 0


def test_only_what_is_needed_is_counted():
    """One live node of eight bits that ignores an input of two, and one dead node."""
    rng = np.random.default_rng(0)
    tables = rng.integers(0, 4, (2, 256))
    tables[0] = np.repeat(rng.permutation(64) % 4, 4)
    widths = np.array([2, 2, 2, 2], np.uint8)
    layer = TableLayer("a", 1, np.array([[0, 1, 2, 3]] * 2), tables, np.array([2, 2]), [False] * 2)
    names = ("w", "x", "y", "z")
    both = Netlist("n", names, widths, np.zeros(4, bool), (layer,), np.array([4, 5]))
    one = Netlist("n", names, widths, np.zeros(4, bool), (layer,), np.array([4]))
    assert estimate_luts(one) == 2  # six bits are left: a LUT per output bit
    assert estimate_luts(both) == 2 + 2 * 5


@settings(max_examples=15, deadline=None)
@given(netlists())
def test_mapping_needs_no_more_than_the_estimate(tmp_path_factory, netlist):
    small, _ = simplify(netlist, "low")
    if any(isinstance(layer, SumLayer) for layer in small.layers):
        return
    cache = tmp_path_factory.getbasetemp() / "luts"
    mapped = map_netlist(small, effort="low", jobs=1, cache=cache)
    assert mapped.luts <= estimate_luts(netlist)
