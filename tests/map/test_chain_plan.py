import numpy as np
import pytest
from reference.additive_netlists import additive_netlist

from logicjsc.core.errors import ToolFailedError
from logicjsc.map import chain_plan, compressor
from logicjsc.map.chain_plan import TableBits, plan_chains
from logicjsc.map.mapper import map_netlist
from logicjsc.map.sums import TermBit
from logicjsc.netlist import Netlist, NetlistBuilder, SumLayer, TableLayer, evaluate
from logicjsc.netlist.bit_fields import concatenate, slice_bits


def small(seed, *, signed):
    return additive_netlist(
        np.random.default_rng(seed),
        inputs=4,
        hidden=3,
        first_edges=9,
        second_edges=5,
        classes=2,
        signed=signed,
    )


def codes_for(netlist, number=2000):
    rng = np.random.default_rng(1)
    return rng.integers(0, np.int64(1) << netlist.input_widths, (number, netlist.inputs))


@pytest.mark.parametrize(("adders", "signed"), [("carry", False), ("best", True)])
def test_networks_on_carry_chains_equal_their_netlists(cache, signed, adders):
    netlist = small(3, signed=signed)
    mapped = map_netlist(netlist, effort="low", adders=adders, jobs=1, cache=cache)
    codes = codes_for(netlist)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    assert mapped.luts == sum(layer.network.area for layer in mapped.layers) > 0
    # No table of first edges has LUTs of its own.
    assert sum(layer.network.area for layer in mapped.layers if layer.stage == 1) == 0


def popcount_and_tables():
    """A sum of single bits, for which counters are better, and one of tables, for which chains."""
    rng = np.random.default_rng(0)
    tables = TableLayer(
        "t", 1, np.arange(6)[:, None], rng.integers(0, 8, (6, 32)), [3] * 6, [False] * 6
    )
    flags = TableLayer("f", 1, [[6]] * 6, rng.integers(0, 2, (6, 128)), [1] * 6, [False] * 6)
    zeros = np.zeros((1, 6), np.int64)
    count = SumLayer("c", 2, [range(13, 19)], zeros, zeros > 0, [0], [3], [False])
    total = SumLayer("s", 2, [range(7, 13)], zeros, zeros > 0, [0], [6], [False])
    layers = (tables, flags, count, total)
    names = tuple(f"x{index}" for index in range(7))
    # The flags are outputs, so their LUTs are there in any case.
    outputs = [19, 20, *range(13, 19)]
    return Netlist("mixed", names, [5] * 6 + [7], [False] * 7, layers, outputs)


def test_every_neuron_is_added_in_the_cheaper_way(cache):
    netlist = popcount_and_tables()
    found = {
        adders: map_netlist(netlist, effort="low", adders=adders, jobs=1, cache=cache)
        for adders in ("lut", "carry", "best")
    }
    assert found["best"].luts < min(found["carry"].luts, found["lut"].luts)
    chained = [any(lut.carry for lut in area.network.luts) for area in found["best"].layers]
    assert chained == [False, False, False, True]
    codes = codes_for(netlist)
    for mapped in found.values():
        np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


def read_in_part():
    """A sum of which a table reads bits 1 and 2 alone; it also feeds on a table of many bits."""
    rng = np.random.default_rng(2)
    edges = TableLayer("e", 1, [[0], [1]], rng.integers(0, 16, (2, 32)), [4, 4], [False] * 2)
    wide = TableLayer("w", 1, [[0, 1]], rng.integers(0, 4, (1, 1024)), [2], [False])
    zeros = np.zeros((1, 3), np.int64)
    total = SumLayer("s", 2, [[2, 3, 4]], zeros, zeros > 0, [0], [6], [False])
    code = np.arange(64)
    reader = TableLayer("r", 3, [[5]], [(code >> 1 & 3) ^ (code >> 2 & 1)], [2], [False])
    names = ("a", "b")
    return Netlist("part", names, [5, 5], [False] * 2, (edges, wide, total, reader), [6])


def test_bits_that_nobody_reads_are_not_built(cache):
    netlist = read_in_part()
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1, cache=cache)
    edges, wide, total, reader = (layer.network for layer in mapped.layers)
    assert (edges.area, edges.unbuilt) == (0, frozenset(range(8)))
    assert (wide.unbuilt, reader.unbuilt) == (frozenset(), frozenset())
    assert total.unbuilt == {0, 3, 4, 5}
    # Three bits of either table; the table of ten bits comes first and is not added.
    assert total.area == 6
    codes = np.stack(np.meshgrid(range(32), range(32)), -1).reshape(-1, 2)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


def test_a_sum_that_nobody_reads_is_nothing():
    netlist = read_in_part()
    *others, reader = netlist.layers
    constant = TableLayer("r", 3, [[5]], np.ones((1, 64), np.int64), [2], [False])
    assert reader.nodes == constant.nodes
    unread = Netlist("none", ("a", "b"), [5, 5], [False] * 2, (*others, constant), [6])
    plan = plan_chains(unread)
    assert (plan.sums[5].area, len(plan.unread_bits(5))) == (0, 6)


def test_wrong_functions_and_chains_are_an_error(monkeypatch):
    netlist = read_in_part()
    true = TableBits.absorbed

    def inverted(self, signal, bit):
        lut = true(self, signal, bit)
        rows = 1 << len(lut.inputs)
        return type(lut)(lut.inputs, lut.table ^ ((1 << rows) - 1)) if len(lut.inputs) > 1 else lut

    with monkeypatch.context() as context:
        context.setattr(TableBits, "absorbed", inverted)
        with pytest.raises(ToolFailedError, match="do not add up"):
            plan_chains(netlist)
    monkeypatch.setattr(chain_plan, "prove_chain", lambda _: False)
    with pytest.raises(ToolFailedError, match="do not add up"):
        plan_chains(netlist)


def test_a_table_that_reads_a_signal_twice_is_not_absorbed():
    twice = TableLayer("t", 1, [[0, 0]], [[0, 3, 3, 1]], [2], [False])
    zeros = np.zeros((1, 2), np.int64)
    total = SumLayer("s", 2, [[1, 0]], zeros, zeros > 0, [0], [3], [False])
    netlist = Netlist("twice", ("a",), [1], [False], (twice, total), [2])
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1)
    codes = np.array([[0], [1]])
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


def test_tables_are_absorbed_through_wires(cache):
    """A ReLU by bits, its bits side by side, added: the adders' LUTs hold the ReLU."""
    builder = NetlistBuilder("relu")
    x, y = (builder.input(name, 9, signed=True) for name in "xy")
    sign = slice_bits(builder, x, 8, 1)
    bits = [
        builder.tabulate(
            [sign, slice_bits(builder, x, bit, 1)], lambda rows: rows[:, 1] & ~rows[:, 0], 1
        )
        for bit in reversed(range(8))
    ]
    total = builder.add([concatenate(builder, bits), y])
    netlist = builder.build([total])
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1, cache=cache)
    codes = codes_for(netlist)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    assert [layer.network.area for layer in mapped.layers[:-1]] == [0] * len(mapped.layers[:-1])
    assert mapped.luts <= 10


def test_wires_that_do_not_add_up_are_found(monkeypatch):
    builder = NetlistBuilder("wires")
    x = builder.input("x", 4)
    netlist = builder.build([builder.add([slice_bits(builder, x, 1, 3), x])])
    assert TableBits(netlist).origin(1, 0) == (0, 1)
    crossed = (TermBit(0, 3), TermBit(0, 2), TermBit(0, 1))
    monkeypatch.setattr(compressor, "wires_of", lambda _: crossed)
    with pytest.raises(ToolFailedError, match="the wires made for a sum do not add up"):
        TableBits(netlist)
