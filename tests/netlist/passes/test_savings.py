"""Hand-made netlists in which each pass must find exactly its saving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reference.random_netlists import exhaustive_codes

from logicjsc.netlist import Decoder, Encoder, Netlist, SumLayer, TableLayer, evaluate
from logicjsc.netlist.passes import (
    DontCares,
    apply_dont_cares,
    drop_dead_nodes,
    drop_ignored_inputs,
    fold_constants,
    merge_equal_nodes,
    narrow_signals,
    simplify,
    unreachable_rows,
)


def table(name, stage, inputs, function, bits, *, width=1):
    """A layer of one node; ``function`` of the input codes, ``bits`` of each input."""
    rows = []
    for address in range(1 << sum(bits)):
        codes, rest = [], address
        for size in reversed(bits):
            codes.insert(0, rest % (1 << size))
            rest >>= size
        rows.append(function(*codes))
    return TableLayer(name, stage, np.array([inputs], np.int32), np.array([rows]), [width], [False])


def network(widths, layers, outputs, **parts):
    names = tuple(f"x{index}" for index in range(len(widths)))
    signed = np.zeros(len(widths), bool)
    return Netlist(
        "hand", names, np.array(widths), signed, tuple(layers), np.array(outputs), **parts
    )


def same(result, netlist):
    codes = exhaustive_codes(netlist)
    np.testing.assert_array_equal(evaluate(result, codes), evaluate(netlist, codes))
    return result


def shape(netlist):
    return [
        (layer.name, layer.stage, layer.nodes, layer.fan_in, layer.tables.shape[1])
        for layer in netlist.layers
    ]


def test_a_constant_disappears_into_its_reader():
    constant = table("one", 1, [0], lambda _: 2, [1], width=2)
    netlist = network(
        [1, 1], [constant, table("and", 2, [1, 2], lambda a, c: a & (c >> 1), [1, 2])], [3]
    )
    assert shape(same(fold_constants(netlist), netlist)) == [("and", 2, 1, 1, 2)]


def test_a_constant_output_becomes_one_row_and_a_constant_term_an_offset():
    constant = table("c", 1, [0], lambda _: 3, [2], width=2)
    sums = SumLayer(
        "s", 2, np.array([[2, 1]]), [[1, 0]], [[True, False]], [10], np.array([5]), [True]
    )
    netlist = network([2, 2], [constant, sums], [2, 3])
    result = same(fold_constants(netlist), netlist)
    assert [layer.fan_in for layer in result.layers] == [0, 1]
    assert result.layers[0].tables.tolist() == [[3]]
    assert result.layers[1].offsets.tolist() == [4]


def test_a_sum_of_constants_is_a_constant():
    constant = table("c", 1, [0], lambda _: 3, [1], width=2)
    sums = SumLayer("s", 2, np.array([[1, 1]]), [[0, 0]], [[True, True]], [0], [4], [True])
    netlist = network([1], [constant, sums], [2])
    result = same(fold_constants(netlist), netlist)
    assert shape(result) == [("s", 2, 1, 0, 1)]
    assert result.layers[0].tables.tolist() == [[16 - 6]]


def test_an_input_stuck_at_one_code_by_the_encoder_is_folded():
    encoder = Encoder(("f", "g"), [0, 1], np.float32([[0], [0]]), [[1, 1], [0, 1]])
    layer = table("xor", 1, [0, 1], lambda a, b: a ^ b, [1, 1])
    netlist = network([1, 1], [layer], [2], encoder=encoder)
    result = fold_constants(netlist)
    assert shape(result) == [("xor", 1, 1, 1, 2)]
    assert result.layers[0].tables.tolist() == [[1, 0]]
    assert result.input_names == netlist.input_names


def test_ignored_and_repeated_inputs_are_disconnected():
    layer = table("l", 1, [0, 1, 0], lambda a, _, c: a & c, [2, 2, 2], width=2)
    netlist = network([2, 2], [layer], [2])
    result = same(drop_ignored_inputs(netlist), netlist)
    assert shape(result) == [("l", 1, 1, 1, 4)]
    assert result.layers[0].inputs.tolist() == [[0]]
    assert result.layers[0].tables.tolist() == [[0, 1, 2, 3]]


def test_an_input_that_matters_only_for_impossible_codes_is_disconnected():
    even = table("even", 1, [0], lambda a: 2 * (a & 1), [2], width=2)
    layer = table("l", 2, [2, 1], lambda a, b: (a >> 1) ^ (a & b), [2, 1])
    netlist = network([2, 1], [even, layer], [3])
    assert shape(same(drop_ignored_inputs(netlist), netlist))[1] == ("l", 2, 1, 1, 4)


def test_three_codes_of_three_bits_need_two():
    node = table("n", 1, [0], lambda a: [0, 5, 7, 5][a], [2], width=3)
    layer = table("l", 2, [2, 1], lambda a, b: (a * 3 + b) % 16, [3, 2], width=4)
    netlist = network([2, 2], [node, layer], [3])
    result = same(narrow_signals(netlist), netlist)
    assert shape(result) == [("n", 1, 1, 1, 4), ("l", 2, 1, 2, 16)]
    assert result.layers[0].widths.tolist() == [2]


def test_a_bit_that_every_reader_ignores_goes_and_one_that_is_needed_stays():
    node = table("n", 1, [0, 1], lambda a, b: 4 * a + b, [2, 2], width=4)
    high = table("high", 2, [2], lambda a: a >> 2, [4], width=2)
    also = table("also", 2, [2, 0], lambda a, b: (a >> 3) ^ (b & 1), [4, 2])
    netlist = network([2, 2], [node, high, also], [3, 4])
    result = same(narrow_signals(netlist), netlist)
    assert [layer.widths.tolist() for layer in result.layers] == [[2], [2], [1]]
    assert result.layers[1].tables.tolist() == [[0, 1, 2, 3]]  # old bits, in their order
    low = table("also", 2, [2, 0], lambda a, b: (a & 3) ^ b, [4, 2], width=2)
    assert narrow_signals(replace(netlist, layers=(node, high, low))).widths[2] == 4


def test_outputs_and_terms_of_sums_keep_their_codes():
    node = table("n", 1, [0], lambda a: 6 * a, [1], width=3)
    reader = table("r", 2, [1], lambda a: a & 1, [3])
    sums = SumLayer("s", 2, np.array([[1]]), [[0]], [[False]], [1], [4], [False])
    plain = network([1], [node, reader], [2])
    assert narrow_signals(plain) is not plain
    for netlist in (
        network([1], [node, reader], [1, 2]),
        network([1], [node, reader, sums], [2, 3]),
    ):
        assert narrow_signals(netlist).widths[1] == 3


def test_equal_nodes_become_one_whatever_the_order_of_their_inputs():
    first = table("a", 1, [0, 1], lambda a, b: a & (b >> 1), [1, 2])
    second = table("b", 1, [1, 0], lambda b, a: a & (b >> 1), [2, 1])
    last = table("c", 2, [2, 3], lambda a, b: a + 2 * b, [1, 1], width=2)
    netlist = network([1, 2], [first, second, last], [4])
    result = same(merge_equal_nodes(netlist), netlist)
    assert shape(result) == [("a", 1, 1, 2, 8), ("c", 2, 1, 2, 4)]
    assert result.layers[1].inputs.tolist() == [[3 - 1, 2]]


def test_renamed_codes_are_absorbed_by_the_readers():
    first = table("a", 1, [0, 1], lambda a, b: a + b, [1, 1], width=2)
    second = table("b", 1, [0, 1], lambda a, b: [3, 0, 1][a + b], [1, 1], width=2)
    last = table("c", 2, [2, 3], lambda a, b: (a + 3 * b) % 8, [2, 2], width=3)
    netlist = network([1, 1], [first, second, last], [4])
    assert same(merge_equal_nodes(netlist), netlist).signals == 4
    # What reads the new names is still told apart.
    other = table("d", 2, [2, 3], lambda a, b: (a + b) % 8, [2, 2], width=3)
    twice = network([1, 1], [first, second, last, other], [4, 5])
    assert same(merge_equal_nodes(twice), twice).signals == 5
    # As an output the codes of the second are a contract: the first goes instead.
    both = network([1, 1], [first, second, last], [3, 4])
    assert same(merge_equal_nodes(both), both).signals == 4
    # With both at the outputs, neither can go.
    every = network([1, 1], [first, second, last], [2, 3, 4])
    assert merge_equal_nodes(every) is every


def test_a_later_twin_stays_for_readers_only_if_the_earlier_is_in_time():
    first = table("a", 1, [0], lambda a: a ^ 1, [1])
    second = table("b", 2, [0], lambda a: a ^ 1, [1])
    netlist = network([1], [first, second], [1, 2])
    result = same(merge_equal_nodes(netlist), netlist)
    assert shape(result) == [("a", 1, 1, 1, 2)]
    assert result.outputs.tolist() == [1, 1]


def test_a_twin_that_comes_too_late_for_a_reader_replaces_nothing():
    wide = table("a", 1, [0, 1], lambda a, b: (a + b) % 4, [2, 1], width=2)
    reader = table("c", 2, [2], lambda a: a ^ 2, [2], width=2)
    late = table("b", 3, [0, 1], lambda a, b: (a + b + 1) % 4, [2, 1], width=2)
    netlist = network([2, 1], [wide, reader, late], [3, 4])
    assert merge_equal_nodes(netlist) is netlist


def test_equal_sums_become_one_and_signs_keep_them_apart():
    def sums(name, order, *, signed=True):
        return SumLayer(name, 1, [order], [[0, 0]], [[False, False]], [0], [6], [signed])

    netlist = network([2, 2], [sums("a", [0, 1]), sums("b", [1, 0])], [2, 3])
    assert same(merge_equal_nodes(netlist), netlist).signals == 3
    netlist = network([2, 2], [sums("a", [0, 1]), sums("b", [1, 0], signed=False)], [2, 3])
    assert merge_equal_nodes(netlist) is netlist


def test_a_renaming_of_an_input_is_read_through():
    flip = table("flip", 1, [0], lambda a: 3 - a, [2], width=2)
    last = table("last", 2, [2, 1], lambda a, b: a ^ b, [2, 2], width=2)
    netlist = network([2, 2], [flip, last], [3])
    result = same(merge_equal_nodes(netlist), netlist)
    assert shape(result) == [("last", 2, 1, 2, 16)]


def test_a_node_that_another_input_determines_is_dropped_as_an_input():
    both = table("and", 1, [0, 1], lambda a, b: a & b, [2, 2], width=2)
    last = table("last", 2, [0, 1, 2], lambda a, b, c: (a + b + c) & 3, [2, 2, 2], width=2)
    netlist = network([2, 2], [both, last], [3])
    found = unreachable_rows(netlist)
    assert [int(mask.sum()) for mask in found.layers] == [0, 48]
    result = same(drop_dead_nodes(apply_dont_cares(netlist, found)), netlist)
    assert shape(result) == [("last", 2, 1, 2, 16)]
    assert shape(simplify(netlist)[0]) == [("last", 2, 1, 2, 16)]
    assert simplify(netlist, "low")[0] is netlist


def test_free_rows_make_a_table_constant_ignore_an_input_or_a_bit():
    layer = table("l", 1, [0, 1], lambda a, b: (a * 5 + b) % 4, [2, 2], width=2)
    netlist = network([2, 2], [layer], [2])
    rows = np.arange(16)

    def applied(free):
        return apply_dont_cares(netlist, DontCares((free[None],)))

    assert shape(applied(rows % 4 != 0)) == [("l", 1, 1, 1, 4)]
    assert shape(applied(layer.tables[0] != 2)) == [("l", 1, 1, 0, 1)]
    result = applied((rows >= 4) & (rows < 8))
    assert shape(result) == [("l", 1, 1, 2, 16)]
    values = result.layers[0].tables[0]
    np.testing.assert_array_equal(values[:4], layer.tables[0][:4])
    np.testing.assert_array_equal(values[8:], layer.tables[0][8:])
    bit = applied((rows & 1) == 1).layers[0].tables[0].reshape(-1, 2)
    np.testing.assert_array_equal(bit[:, 0], bit[:, 1])
    assert applied(rows < 0) is netlist


def test_free_rows_take_codes_that_the_table_gives_anyway():
    layer = table("l", 1, [0], lambda a: [1, 2, 2, 0, 3, 1, 1, 2][a], [3], width=2)
    netlist = network([3], [layer], [1])
    free = np.array([0, 0, 0, 1, 1, 0, 0, 0], bool)
    values = apply_dont_cares(netlist, DontCares((free[None],))).layers[0].tables[0]
    assert set(values.tolist()) == {1, 2}


def test_a_table_without_any_row_that_matters_becomes_a_constant():
    netlist = network([1], [table("l", 1, [0], lambda a: a, [1])], [1])
    result = apply_dont_cares(netlist, DontCares((np.ones((1, 2), bool),)))
    assert shape(result) == [("l", 1, 1, 0, 1)]


def test_simplify_keeps_encoder_decoder_and_names_and_says_what_it_did():
    decoder = Decoder(("p", "q"), np.arange(4), signed=False)
    one = table("l", 1, [0, 1], lambda a, _: a, [2, 1], width=2)
    two = table("m", 2, [2, 2], lambda a, _: 3 - a, [2, 2], width=2)
    netlist = network([2, 1], [one, two], [2, 3], decoder=decoder, provenance={"from": "hand"})
    result, reports = simplify(netlist, "medium")
    same(result, netlist)
    assert result.decoder is decoder
    assert result.provenance["from"] == "hand"
    assert result.provenance["simplified"] == "medium effort: drop ignored inputs"
    assert shape(result) == [("l", 1, 1, 1, 4), ("m", 2, 1, 1, 4)]
    assert reports[0].table_rows == (8 + 16, 8 + 16)
    assert reports[-1].table_rows == (8, 8)
    saving = next(report for report in reports if report.name == "drop ignored inputs")
    assert saving.table_bits == (2 * (8 + 16), 2 * (4 + 4))
    assert saving.nodes == (2, 2)
    with pytest.raises(Exception, match="no effort 'enormous'"):
        simplify(netlist, "enormous")
    again, _ = simplify(result, "medium")
    assert again is result
    asked, _ = simplify(netlist, "high")  # a SAT solver, too
    same(asked, netlist)
    assert asked.provenance["simplified"] == "high effort: drop ignored inputs"


def test_a_layer_of_several_shapes_is_split_and_joined_again():
    widths, signed = np.array([1, 1]), np.array([False, False])
    tables = np.array([[0, 0, 1, 1], [0, 1, 1, 0]])
    both = TableLayer("l", 1, [[0, 1], [0, 1]], tables, widths, signed)
    netlist = network([1, 1], [both], [2, 3])
    split = same(drop_ignored_inputs(netlist), netlist)
    assert shape(split) == [("l_a1k1", 1, 1, 1, 2), ("l_a2k2", 1, 1, 2, 4)]
    stuck = Encoder(("f", "g"), [0, 1], np.float32([[0], [0]]), [[0, 1], [1, 1]])
    assert shape(fold_constants(replace(split, encoder=stuck))) == [("l", 1, 2, 1, 2)]
