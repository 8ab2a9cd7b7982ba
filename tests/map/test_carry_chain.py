from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import NetlistError
from logicjsc.map.bit_functions import as_signal, from_values, wire
from logicjsc.map.chain_groups import chains_of
from logicjsc.map.chain_proof import prove_chain, prove_function
from logicjsc.map.chain_search import chain_sum
from logicjsc.map.lut_network import (
    CARRY_OUT,
    CARRY_SUM,
    CONSTANTS,
    Lut,
    LutNetwork,
    pack_words,
    unpack_words,
)
from logicjsc.map.sums import SumNode, Term, TermShape, chain_luts

INPUTS = 20


def random_bits(rng, width):
    """Bits of a term: wires, a table of few signals, or bits that have signals of their own."""
    kind = rng.integers(3)
    if kind == 0:
        return [wire(int(s)) for s in rng.choice(np.arange(2, 2 + INPUTS), width, replace=False)]
    own = int(rng.integers(1, 6))
    sources = rng.choice(np.arange(2, 2 + INPUTS), own, replace=False)
    bits = []
    for _ in range(width):
        if kind == 2:
            sources = rng.choice(np.arange(2, 2 + INPUTS), own, replace=False)
        column = rng.integers(0, 2, 1 << own).tolist()
        bits.append(from_values(tuple(map(int, sources)), column))
    return bits


@st.composite
def sums(draw):
    """A sum, its terms' bits, and how many of its own bits are built."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signed = draw(st.booleans())
    terms = [
        Term(
            int(rng.integers(1, 6)),
            signed and bool(rng.integers(2)),
            int(rng.integers(3)),
            signed and bool(rng.integers(2)),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]
    offset = int(rng.integers(-30, 30)) if signed else 0
    node = SumNode(tuple(terms), offset, draw(st.integers(1, 11)))
    size = draw(st.integers(1, node.width))
    return node, [random_bits(rng, term.width) for term in terms], size


def expected_codes(node, functions, size, bits):
    """The sum, integer by integer."""
    codes = []
    for vector in bits.T.tolist():
        total = node.offset
        for term, own in zip(node.terms, functions, strict=True):
            value = 0
            for place, lut in enumerate(own):
                index = sum(vector[s - CONSTANTS] << p for p, s in enumerate(lut.inputs))
                value += (lut.table >> index & 1) << place
            if term.signed and value >> (term.width - 1):
                value -= 1 << term.width
            total += (-value if term.negated else value) << term.shift
        codes.append(total % (1 << size))
    return codes


def codes_of(network, bits):
    out = unpack_words(network.evaluate(pack_words(bits)), bits.shape[1]).astype(int)
    return (out << np.arange(len(out))[:, None]).sum(axis=0).tolist()


@settings(deadline=None, max_examples=60)
@given(sums(), st.integers(0, 2**32 - 1))
def test_chains_add_and_are_proven(drawn, seed):
    node, functions, size = drawn
    chained = chain_sum(node, functions, INPUTS, size)
    assert prove_chain(chained)
    bits = np.random.default_rng(seed).integers(0, 2, (INPUTS, 40), np.uint8)
    assert codes_of(chained.network, bits) == expected_codes(node, functions, size, bits)
    # An upper bound that knows nothing of the tables' insides.
    bound = sum(map(len, functions)) + (node.offset != 0) * size
    signs = sum(size for term in node.terms if term.signed or term.negated)
    assert chained.network.area <= bound + signs


@settings(deadline=None, max_examples=25)
@given(sums(), st.data())
def test_no_wrong_network_is_proven(drawn, data):
    node, functions, size = drawn
    chained = chain_sum(node, functions, INPUTS, size)
    network = chained.network
    places = [place for place, lut in enumerate(network.luts) if not lut.carry]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    lut = network.luts[place]
    flipped = replace(
        lut, table=lut.table ^ 1 << data.draw(st.integers(0, 2 ** len(lut.inputs) - 1))
    )
    luts = (*network.luts[:place], flipped, *network.luts[place + 1 :])
    assert not prove_chain(replace(chained, network=replace(network, luts=luts)))


def tables_of_five(number, width, seed=0):
    rng = np.random.default_rng(seed)
    node = SumNode((Term(width, False, 0, False),) * number, 0, width + number.bit_length())
    # Address 0 gives 0, so that no constant is of use.
    functions = [
        [
            from_values(range(2 + 5 * term, 7 + 5 * term), [0, *rng.integers(0, 2, 31)])
            for _ in range(width)
        ]
        for term in range(number)
    ]
    return node, functions


def test_a_table_of_five_bits_costs_a_lut_per_bit():
    node, functions = tables_of_five(8, 3)
    chained = chain_sum(node, functions, 40, node.width)
    assert chained.network.area == 8 * 3 == chain_luts([TermShape(5, 3)] * 8)
    assert chained.network.depth == 8
    assert len(chains_of(chained.network)) == 7
    # Wires in the first place cost nothing.
    mixed = SumNode((*node.terms, Term(3, False, 0, False)), 0, 6)
    with_wires = [*functions, [wire(signal) for signal in (42, 43, 44)]]
    assert chain_sum(mixed, with_wires, 43, 6).network.area == 8 * 3
    assert chain_luts([*[TermShape(5, 3)] * 8, TermShape(3, 3, is_table=False)]) == 8 * 3


def test_costs_of_wider_tables():
    assert chain_luts([]) == 0
    # Alone, a table is what it is; the second one costs its own LUTs and those that add it.
    assert chain_luts([TermShape(6, 4)]) == 4
    assert chain_luts([TermShape(6, 4), TermShape(6, 3)]) == 4 + 2 * 3
    assert chain_luts([TermShape(5, 4), TermShape(6, 3)]) == 4 + 3
    assert chain_luts([TermShape(5, 2), TermShape(8, 1)]) == 2 + 5


def test_terms_of_few_signals_become_one_table():
    node = SumNode((Term(1, False, 0, False),) * 5, 0, 3)
    chained = chain_sum(node, [[wire(signal)] for signal in range(2, 7)], 5, 3)
    assert chained.network.area == 3
    assert prove_chain(chained)


def test_many_single_bits_are_counted_in_fives_and_by_carries():
    node = SumNode((Term(1, False, 0, False),) * 60, 0, 6)
    functions = wires(*[1] * 60)
    chained = chain_sum(node, functions, 60, 6)
    # Of six bits five are a table of three bits, and the sixth enters where it is added.
    assert chained.network.area <= 60 // 2
    assert prove_chain(chained)
    bits = np.random.default_rng(0).integers(0, 2, (60, 100), np.uint8)
    assert codes_of(chained.network, bits) == (bits.sum(axis=0) % 64).tolist()


def test_constants_cost_nothing_beside_a_table():
    node, functions = tables_of_five(2, 3)
    moved = replace(node, offset=-5, width=6)
    assert chain_sum(moved, functions, 10, 6).network.area == 6


def wires(*widths):
    """Terms of wires, each of signals of its own."""
    first, found = 2, []
    for width in widths:
        found.append([wire(signal) for signal in range(first, first + width)])
        first += width
    return found


@pytest.mark.parametrize(
    ("terms", "offset", "width", "luts"),
    [
        # A carry into the lowest place is the one that subtraction adds, and what rounds.
        ([Term(8, False, 0, False), Term(8, False, 0, True)], 0, 9, 8),
        ([Term(8, True, 0, False), Term(8, True, 0, False)], 1, 9, 9),
        ([Term(8, True, 0, False), Term(5, True, 3, True)], 0, 9, 6),
        # The sign of the first operand stands where the sum ends, and takes no inverter.
        ([Term(9, True, 0, False), Term(4, False, 0, False)], 0, 9, 4),
        ([Term(9, True, 0, False)], 0, 9, 0),
        # A bit enters where nothing else makes a carry.
        ([Term(8, False, 0, False), Term(8, False, 0, False), Term(1, False, 0, False)], 0, 9, 8),
        ([Term(8, False, 2, False), Term(8, False, 2, False), Term(1, False, 1, False)], 0, 12, 8),
    ],
)
def test_carries_into_the_lowest_place_cost_no_lut(terms, offset, width, luts):
    functions = wires(*(term.width for term in terms))
    node = SumNode(tuple(terms), offset, width)
    chained = chain_sum(node, functions, 17, width)
    assert chained.network.area == luts
    assert prove_chain(chained)
    bits = np.random.default_rng(0).integers(0, 2, (17, 200), np.uint8)
    assert codes_of(chained.network, bits) == expected_codes(node, functions, width, bits)


def test_what_is_above_the_bits_that_are_built_is_cut():
    node, functions = tables_of_five(4, 3)
    chained = chain_sum(node, functions, 20, 2)
    assert chained.network.area == 4 * 2
    assert chained.network.outputs[2:] == (0,) * (node.width - 2)
    assert prove_chain(chained)


def gates(chained):
    return [place for place, lut in enumerate(chained.network.luts) if lut.carry]


def test_swapped_wires_of_a_gate_are_not_proven():
    node, functions = tables_of_five(3, 3)
    chained = chain_sum(node, functions, 15, node.width)
    network = chained.network
    seen = 0
    for place in gates(chained):
        lut = network.luts[place]
        if lut.table != CARRY_OUT or lut.inputs[0] == lut.inputs[2]:
            continue
        data, carry, select = lut.inputs
        swapped = replace(lut, inputs=(select, carry, data))
        luts = (*network.luts[:place], swapped, *network.luts[place + 1 :])
        assert not prove_chain(replace(chained, network=replace(network, luts=luts)))
        seen += 1
    assert seen >= 4


@pytest.mark.parametrize("change", ["place", "bit", "operand", "none", "carry", "most"])
@pytest.mark.parametrize("constant", [False, True])
def test_a_wrong_record_of_what_enters_proves_nothing(change, constant):
    terms = [Term(6, False, 1, False), Term(6, False, 1, constant)]
    terms += [Term(1, False, 1, False)] * (not constant)
    functions = wires(*(term.width for term in terms))
    chained = chain_sum(SumNode(tuple(terms), 0, 8), functions, 13, 8)
    assert prove_chain(chained)
    (step,) = (step for step in chained.additions if step.entry is not None)
    entry = step.entry
    other = replace(entry, place=entry.place ^ 1)
    wrong = {
        "place": replace(step, entry=other),
        "bit": replace(step, entry=replace(entry, bit=wire(2))),
        "operand": replace(
            step, entry=replace(entry, operand=None if entry.operand else step.operand)
        ),
        "none": replace(step, entry=None),
        "carry": replace(
            step, carries=(*step.carries[: entry.place], 0, *step.carries[entry.place + 1 :])
        ),
        "most": replace(step, most=1),
    }[change]
    additions = tuple(wrong if own is step else own for own in chained.additions)
    assert not prove_chain(replace(chained, additions=additions))


@pytest.mark.parametrize("change", ["most", "offset", "terms", "partial", "bits"])
def test_a_wrong_record_proves_nothing(change):
    node, functions = tables_of_five(3, 3)
    chained = chain_sum(node, functions, 15, node.width)
    step = chained.additions[1]
    operand = step.operand
    wrong = {
        "most": replace(step, most=3),
        "offset": replace(step, operand=replace(operand, offset=operand.offset + 1)),
        "terms": replace(step, operand=replace(operand, terms=(0,))),
        "partial": replace(step, partial=step.partial[::-1]),
        "bits": replace(step, operand=replace(operand, bits={**operand.bits, 0: wire(2)})),
    }[change]
    additions = (chained.additions[0], wrong, *chained.additions[2:])
    assert not prove_chain(replace(chained, additions=additions))


def test_a_function_is_compared_with_its_table_on_every_address():
    column = np.array([0, 1, 1, 0, 0, 1, 1, 0])
    assert prove_function(from_values((5, 6), [0, 1, 1, 0]), column, [9, 6, 5])
    assert not prove_function(from_values((5, 6), [0, 1, 1, 1]), column, [9, 6, 5])
    assert not prove_function(from_values((5, 7), [0, 1, 1, 0]), column, [9, 6, 5])


def test_gates_must_be_a_chains():
    with pytest.raises(NetlistError, match="gate 0 of a carry chain"):
        LutNetwork(2, (Lut((2, 3), 0b1000, carry=True),), (4,))
    foreign = LutNetwork(2, (Lut((2, 3), CARRY_SUM, carry=True),), (4,))
    with pytest.raises(NetlistError, match="is no chain's"):
        chains_of(foreign)
    branching = (
        Lut((2, 0, 3), CARRY_OUT, carry=True),
        Lut((2, 4, 3), CARRY_OUT, carry=True),
        Lut((3, 4), CARRY_SUM, carry=True),
    )
    with pytest.raises(NetlistError, match="two places read it"):
        chains_of(LutNetwork(2, branching, (5, 6)))


def test_wires_alone_take_no_lut():
    node = SumNode((Term(4, False, 1, False),), 0, 5)
    chained = chain_sum(node, [[wire(signal) for signal in range(2, 6)]], 4, 5)
    assert (chained.network.area, chained.network.outputs) == (0, (0, 2, 3, 4, 5))
    assert all(as_signal(bit) is not None for bit in chained.functions[0])
