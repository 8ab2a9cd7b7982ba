"""LUTs by feature and by node, of a network small enough to count by hand."""

import numpy as np
import pytest

from logicjsc.explore.report.lut_use import lut_use, luts_of_nodes
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Encoder, Netlist, TableLayer

BIT = {"widths": np.array([1]), "signed": np.array([False])}


def logic(encoder=None):
    """``(a and b) xor c``, as two nodes."""
    first = TableLayer("and", 1, np.array([[0, 1]]), np.array([[0, 0, 0, 1]]), **BIT)
    second = TableLayer("xor", 2, np.array([[3, 2]]), np.array([[0, 1, 1, 0]]), **BIT)
    wide, unsigned = np.ones(3, int), np.zeros(3, bool)
    names = ("a", "b", "c")
    return Netlist("n", names, wide, unsigned, (first, second), np.array([4]), encoder)


def test_each_lut_is_divided_among_what_it_depends_on():
    netlist = logic()
    mapped = map_netlist(netlist, effort="low", jobs=1)
    use = lut_use(netlist, mapped)
    assert use.names == ("a", "b", "c")
    assert use.luts == mapped.luts == 2
    assert use.depending == (2, 2, 1)
    assert use.shares == pytest.approx((1 / 2 + 1 / 3, 1 / 2 + 1 / 3, 1 / 3))
    assert luts_of_nodes(mapped) == {3: 1, 4: 1}


def test_inputs_of_one_feature_count_together():
    thresholds, codes = np.array([[0.0], [1.0], [0.0]]), np.tile([0, 1], (3, 1))
    netlist = logic(Encoder(("unread", "x", "y"), np.array([1, 1, 2]), thresholds, codes))
    use = lut_use(netlist, map_netlist(netlist, effort="low", jobs=1))
    assert use.names == ("unread", "x", "y")
    assert use.depending == (0, 2, 1)
    assert use.shares == pytest.approx((0.0, 1 + 1 / 2, 1 / 2))
