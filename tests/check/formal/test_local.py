"""Functions of one word are written alike, however they were put together."""

from __future__ import annotations

from reference.blif_simulation import simulate

from logicjsc.check.formal.logic import ONE, ZERO, Logic

WORD = ["a0", "a1", "a2"]
OTHER = ["b0", "b1"]


def words(number):
    """Wires of a constant of three bits."""
    return [ONE if number >> bit & 1 else ZERO for bit in range(3)]


def text_of(logic, wires):
    names = [f"y{place}" for place in range(len(wires))]
    for wire, name in zip(wires, names, strict=True):
        logic.name(wire, name)
    return logic.text("m", [*WORD, *OTHER], names)


def test_a_comparison_and_its_list_of_rows_are_the_same_wire():
    logic = Logic("g", [WORD, OTHER])
    at_least_3 = logic.invert(logic.larger(words(3), WORD, signed=False))
    rows = "".join(f"{row:03b} 1\n" for row in range(3, 8))
    assert logic.gate(rows, *reversed(WORD)) == at_least_3
    # Nothing is written before it is read.
    assert logic.lines == []
    assert logic.gate("11 1\n", at_least_3, logic.invert(at_least_3)) == ZERO
    assert logic.gate("1- 1\n-1 1\n", at_least_3, logic.invert(at_least_3)) == ONE
    assert logic.invert(logic.invert(WORD[1])) == WORD[1]


def test_functions_of_two_words_are_gates_that_read_diagrams():
    logic = Logic("g", [WORD, OTHER])
    left = logic.add(WORD, words(5))[2]
    right = logic.gate("01 1\n10 1\n", *OTHER)
    both = logic.conjunction(left, right, ONE)
    text = text_of(logic, [left, both, WORD[0], ZERO])
    for number in range(32):
        values = {name: number >> place & 1 for place, name in enumerate([*WORD, *OTHER])}
        found = simulate(text, values)
        expected = (number % 8 + 5) >> 2 & 1
        exclusive = (number >> 3 ^ number >> 4) & 1
        assert [found[f"y{place}"] for place in range(4)] == [
            expected,
            expected & exclusive,
            number & 1,
            0,
        ]


def test_long_words_are_left_as_they_are():
    long = [f"x{place}" for place in range(13)]
    logic = Logic("g", [long])
    logic.invert(logic.invert(long[0]))
    assert len(logic.lines) == 2
