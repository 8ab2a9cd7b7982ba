"""Codes of words against bits taken one by one."""

import numpy as np
import pytest
from reference.naive_prune import of_columns, random_groups

from logicjsc.methods.prune.choice import _windows
from logicjsc.methods.prune.columns import CODES, Column, Part, parts_of


def bits_of(word, bits):
    """Bits of a word, the lowest first."""
    return [word >> place & 1 for place in range(bits)]


def number(bits):
    return sum(bit << place for place, bit in enumerate(bits))


@pytest.mark.parametrize("bits", [6, 8, 10])
def test_windows_are_five_neighbouring_bits_of_the_word(bits):
    columns = list(_windows("mass", 3, bits))
    assert [column.name for column in columns] == [
        f"mass_bits_{low + 4}_{low}" for low in range(bits - 4)
    ]
    for low, column in enumerate(columns):
        (part,) = column.parts
        assert part.feature == 3
        assert column.luts == part.luts == 0
        assert part.code_of.dtype == np.uint8
        assert column.is_smooth
        expected = [number(bits_of(word, bits)[low : low + 5]) for word in range(1 << bits)]
        assert part.code_of.tolist() == expected
        assert (column.order == np.arange(CODES)).all()


def test_single_bits_and_narrow_parts_are_named_by_their_places():
    part = Part.of_bits("pixel", 2, 8, 5, 1)
    assert (part.name, part.width) == ("pixel_bit_5", 1)
    assert part.code_of.tolist() == [bits_of(word, 8)[5] for word in range(256)]
    assert Part.of_bits("pixel", 2, 8, 5, 2).name == "pixel_bits_6_5"


def test_a_code_is_its_parts_side_by_side_the_first_part_highest():
    rng = np.random.default_rng(0)
    columns = random_groups(rng, 20, 5, 6)
    patterns = rng.integers(0, 64, (100, 5))
    expected = of_columns(columns, patterns)
    for place, column in enumerate(columns):
        found = column.codes(patterns)
        assert found.dtype == np.uint8
        assert found.tolist() == expected[:, place].tolist()
        assert column.width == len(column.parts)
        assert column.luts == sum(part.luts for part in column.parts)


def test_bits_that_several_codes_share_are_one_part():
    columns = random_groups(np.random.default_rng(1), 30, 3, 4)
    names = [part.name for part in parts_of(columns)]
    assert len(names) == len(set(names)) <= 12
    assert set(names) == {part.name for column in columns for part in column.parts}


def test_codes_of_a_code_that_costs_luts_follow_the_words():
    code_of = np.array([3, 3, 0, 0, 9, 9, 1, 1] + [31] * 8, np.uint8)
    order = Column.of(Part("a", 0, code_of, luts=5)).order.tolist()
    there = [code for code in order if code in {0, 1, 3, 9, 31}]
    assert there == [3, 0, 9, 1, 31]


def test_codes_follow_each_other_along_the_words():
    # A stretch of 4 words of its own in the middle, and words that repeat themselves.
    code_of = np.array([3, 3, 0, 1, 2, 4, 5, 5], np.uint8)
    unused = list(range(6, CODES))
    assert Column.of(Part("a", 0, code_of, luts=5)).order.tolist() == [*unused, 3, 0, 1, 2, 4, 5]
    assert Column.of(Part("a", 0, code_of)).order.tolist() == list(range(CODES))
