import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.gate_simulation import network_outputs, program_outputs
from reference.lut_networks import networks
from reference.random_netlists import netlists, random_codes

from logicjsc.core.errors import NetlistError
from logicjsc.emit.c.program import EXCLUSIVE_OR, FALSE, MAJORITY, TRUE, Builder, compile_netlist
from logicjsc.map.lut_network import Lut, unpack_words
from logicjsc.map.tables import map_tables
from logicjsc.netlist import Netlist, SumLayer, TableLayer, evaluate
from logicjsc.netlist.passes import drop_dead_nodes


def bits_of(number, count):
    return [number >> bit & 1 for bit in range(count)]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


class TestBuilder:
    @given(table=st.integers(0, 255), literals=st.lists(st.integers(0, 9), min_size=3, max_size=3))
    def test_a_gate_is_its_table_whatever_it_reads(self, table, literals):
        builder = Builder(4)
        program = builder.build([builder.gate(table, literals)])
        for index in range(16):
            values = [0, *bits_of(index, 4)]
            row = sum((values[w >> 1] ^ (w & 1)) << bit for bit, w in enumerate(literals))
            assert program_outputs(program, values[1:]) == [table >> row & 1]

    @given(literal=st.integers(2, 9), other=st.integers(2, 9))
    def test_equal_gates_are_one_also_up_to_complement_and_order(self, literal, other):
        builder = Builder(4)
        one = builder.gate(0b0110, [literal, other])
        assert builder.gate(0b0110, [other, literal]) == one
        assert builder.gate(0b1001, [literal, other]) == one ^ 1
        assert builder.gate(0b0110, [literal ^ 1, other]) == one ^ 1

    def test_constants_repeats_and_wires_need_no_gate(self):
        builder = Builder(2)
        first, second = builder.input(0), builder.input(1)
        assert builder.gate(EXCLUSIVE_OR, [first, first, second]) == second
        assert builder.gate(MAJORITY, [first, first ^ 1, second]) == second
        assert builder.gate(MAJORITY, [FALSE, first, FALSE]) == FALSE
        assert builder.gate(MAJORITY, [TRUE, first, TRUE]) == TRUE
        assert builder.lut(Lut((2,) * 6, (1 << 64) - 1), [first] * 6) == TRUE
        assert builder.build([first, second]).operations == ()

    def test_complements_and_constants_may_be_outputs(self):
        builder = Builder(1)
        program = builder.build([TRUE, FALSE, builder.input(0) ^ 1, builder.input(0)])
        assert program_outputs(program, [0]) == [1, 0, 1, 0]
        assert program_outputs(program, [1]) == [1, 0, 0, 1]

    def test_gates_that_no_output_needs_are_left_out(self):
        builder = Builder(3)
        inputs = [builder.input(bit) for bit in range(3)]
        builder.gate(MAJORITY, inputs)
        needed = builder.gate(EXCLUSIVE_OR, inputs)
        program = builder.build([needed])
        assert [operation.table for operation in program.operations] == [EXCLUSIVE_OR]
        assert program_outputs(program, [1, 1, 1]) == [1]

    @settings(max_examples=40, deadline=None)
    @given(network=networks(), data=st.data())
    def test_luts_become_gates_of_the_same_function(self, network, data):
        builder = Builder(network.inputs)
        literals = [FALSE, TRUE, *(builder.input(bit) for bit in range(network.inputs))]
        for lut in network.luts:
            literals.append(builder.lut(lut, [literals[source] for source in lut.inputs]))
        program = builder.build([literals[output] for output in network.outputs])
        words = np.array(
            [data.draw(st.integers(0, 2**64 - 1)) for _ in range(network.inputs)], np.uint64
        )[:, None]
        expected = unpack_words(network.evaluate(words), 64)
        inputs = unpack_words(words, 64)
        for vector in range(64):
            found = program_outputs(program, inputs[:, vector].tolist())
            assert found == expected[:, vector].tolist()


def assert_equal(netlist, vectors=60):
    """Gate by gate, the program of a netlist gives what the golden model gives."""
    program = compile_netlist(drop_dead_nodes(netlist), map_tables(netlist, jobs=1))
    codes = random_codes(netlist, vectors)
    out_widths = netlist.widths[netlist.outputs].tolist()
    expected = evaluate(netlist, codes).tolist()
    for row, outputs in zip(codes.tolist(), expected, strict=True):
        found = network_outputs(program, netlist.input_widths.tolist(), out_widths, row)
        assert found == outputs
    return program


@settings(max_examples=15, deadline=None)
@given(netlist=netlists())
def test_the_program_of_a_netlist_is_the_netlist(netlist):
    assert_equal(netlist)


def wide_sum(widths=(12, 12, 5), out_width=15):
    count = len(widths)
    layer = SumLayer(
        "wide",
        1,
        [list(range(count))],
        [[0, 1, 2][:count]],
        [[False, True, False][:count]],
        [-37],
        [out_width],
        [True],
    )
    names = tuple(f"x{index}" for index in range(count))
    return Netlist("wide", names, widths, [True, False, True][:count], (layer,), [count])


def test_sums_wider_than_a_table_are_added_by_full_adders():
    program = assert_equal(wide_sum(), vectors=500)
    # Two gates per full adder, one of which each bit of operands and constant needs at most, and
    # complements of outputs.
    assert len(program.operations) <= 2 * (12 + 12 + 5 + 6) + 15


def test_what_only_a_sum_reads_is_mapped():
    rng = np.random.default_rng(3)
    table = TableLayer(
        "t", 1, [[0, 1], [1, 2]], rng.integers(0, 4, (2, 256)), [2, 2], [False, True]
    )
    total = SumLayer("s", 2, [[3, 4]], [[0, 3]], [[True, False]], [5], [7], [True])
    netlist = Netlist("n", ("a", "b", "c"), [4, 4, 4], [True, False, True], (table, total), [5])
    assert_equal(netlist, vectors=200)


def test_nothing_to_compute_is_refused():
    constant = TableLayer("c", 1, np.zeros((1, 0), int), [[1]], [1], [False])
    netlist = Netlist("empty", (), [], [], (constant,), [0])
    with pytest.raises(NetlistError, match="netlist 'empty' has no inputs"):
        compile_netlist(netlist, map_tables(netlist, jobs=1))
    table = TableLayer("t", 1, [[0]], [[0, 1]], [1], [False])
    netlist = Netlist("bare", ("a",), [1], [False], (table,), [1])
    with pytest.raises(NetlistError, match="layer 't' has no LUTs"):
        compile_netlist(netlist, [None])
