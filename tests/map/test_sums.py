import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.abc import find_abc
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.sums import SumNode, Term, carry_luts, wires_of
from logicjsc.map.tasks import SumTask, sum_table

terms = st.builds(
    lambda width, signed, shift, negated: Term(width, signed, max(shift, 1 - width), negated),
    st.integers(1, 4),
    st.booleans(),
    st.integers(-3, 3),
    st.booleans(),
)
nodes = st.builds(
    SumNode,
    st.lists(terms, min_size=1, max_size=4).map(tuple),
    st.integers(-40, 40),
    st.integers(1, 9),
)


def code_by_hand(node: SumNode, codes: list[int]) -> int:
    total = node.offset
    for term, code in zip(node.terms, codes, strict=True):
        value = code - (1 << term.width if term.signed and code >> (term.width - 1) else 0)
        total += (-1 if term.negated else 1) * math.floor(value * 2.0**term.shift)
    return total % 2**node.width


def drawn_codes(node: SumNode, rng: np.random.Generator) -> list[int]:
    return [int(rng.integers(1 << term.width)) for term in node.terms]


@settings(max_examples=40)
@given(nodes, st.integers(0, 2**32 - 1))
def test_the_table_of_a_sum_adds(node, seed):
    rng = np.random.default_rng(seed)
    table = sum_table(node)
    for _ in range(10):
        codes = drawn_codes(node, rng)
        address = 0
        for term, code in zip(node.terms, codes, strict=True):
            address = address << term.width | code
        assert table[address] == code_by_hand(node, codes)


@settings(max_examples=40)
@given(nodes, st.integers(0, 2**32 - 1))
def test_wires_are_the_bits_of_a_sum(node, seed):
    wires = wires_of(node)
    if wires is None:
        return
    assert carry_luts(node) == 0
    rng = np.random.default_rng(seed)
    codes = drawn_codes(node, rng)
    bits = [wire if isinstance(wire, int) else codes[wire.term] >> wire.bit & 1 for wire in wires]
    assert sum(bit << place for place, bit in enumerate(bits)) == code_by_hand(node, codes)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_whatever_does_not_overlap_is_wires(widths, data):
    shifts = [sum(widths[:place]) for place in range(len(widths))]
    parts = tuple(
        Term(width, signed=False, shift=shift, negated=False)
        for width, shift in zip(widths, shifts, strict=True)
    )
    total = sum(widths)
    assert wires_of(SumNode(parts, 0, data.draw(st.integers(1, total + 2)))) is not None
    assert wires_of(SumNode(parts, 1 << total, total + 1)) is not None
    assert wires_of(SumNode(parts, 1, total)) is None
    assert wires_of(SumNode((*parts, parts[0]), 0, total)) is None
    top = Term(2, signed=True, shift=total, negated=False)
    assert wires_of(SumNode((*parts, top), 0, total + 5)) is not None
    low = Term(2, signed=True, shift=0, negated=False)  # its sign lies below all of the next
    assert wires_of(SumNode((low, *parts), 0, total + 2)) is None


def test_an_addition_takes_a_lut_per_bit_of_what_is_added():
    plain, shifted = Term(4, signed=False, shift=0, negated=False), Term(4, True, 2, False)
    assert carry_luts(SumNode((), 0, 4)) == 0
    assert carry_luts(SumNode((plain,), 0, 4)) == 0
    assert carry_luts(SumNode((plain, plain), 0, 5)) == 4
    # The sign of the shifted term is repeated, so that is the one that is not added.
    assert carry_luts(SumNode((plain, shifted), 0, 7)) == 4
    assert carry_luts(SumNode((shifted, shifted), 0, 7)) == 5
    assert carry_luts(SumNode((plain, Term(4, False, 0, True)), 0, 5)) == 5
    assert carry_luts(SumNode((plain, plain, plain), 3, 6)) == 12


@settings(deadline=None, max_examples=2)
@given(st.lists(terms, min_size=6, max_size=8).map(tuple))
def test_wide_sums_are_mapped_and_proven(many):
    node = SumNode(tuple(Term(4, t.signed, t.shift, t.negated) for t in many), 5, 10)
    task, abc = SumTask(node), find_abc()
    network = task.search(abc, "low")
    assert task.holds(network, abc)
    # Fewer than the full adders it was made of, two functions a bit.
    assert len(network.luts) < 2 * node.width * len(many)
    first = network.luts[0]
    flipped = Lut(first.inputs, first.table ^ 1)
    assert not task.holds(
        LutNetwork(network.inputs, (flipped, *network.luts[1:]), network.outputs), abc
    )
    assert not task.holds(LutNetwork(network.inputs + 1, (), (0,) * node.width), abc)
