"""Codes of words against bits taken one by one, and which of them are chosen."""

import numpy as np
import pytest
from reference.naive_information import naive_information

from logicjsc.methods.prune.columns import CODES, Column, _windows, choose_columns
from logicjsc.methods.prune.config import ShapeConfig


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
        assert column.feature == 3
        assert column.luts == 0
        assert column.code_of.dtype == np.uint8
        expected = [number(bits_of(word, bits)[low : low + 5]) for word in range(1 << bits)]
        assert column.code_of.tolist() == expected


def words_and_labels(bits):
    """The class is in two high bits of feature 0; 1 is noise, 2 equals 0."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << bits, (3000, 3))
    words[:, 2] = words[:, 0]
    return words, words[:, 0] >> bits - 4 & 3


def test_the_window_that_tells_most_is_chosen_with_finer_ones():
    words, labels = words_and_labels(10)
    names = ("a", "b", "copy")
    columns = choose_columns(words, labels, names, (10,) * 3, ShapeConfig(windows=2, segments=0))
    # Nothing of a feature that equals another.
    assert [column.feature for column in columns] in ([0, 0, 1, 1], [0, 0, 1])
    mine = [column.name for column in columns if column.feature == 0]
    told = {
        column.name: naive_information(column.code_of[words[:, 0]].tolist(), labels.tolist())
        for column in _windows("a", 0, 10)
    }
    low = int(mine[-1].split("_")[-1])
    assert told[mine[-1]] == pytest.approx(max(told.values()))
    assert 3 <= low <= 5
    assert mine == [f"a_bits_{shift + 4}_{shift}" for shift in range(max(0, low - 1), low + 1)]


def test_coarser_windows_follow_where_there_are_no_finer_ones():
    words, _ = words_and_labels(10)
    labels = words[:, 0] & 3
    columns = choose_columns(
        words[:, :1], labels, ("a",), (10,), ShapeConfig(windows=3, segments=0)
    )
    assert [column.name for column in columns] == ["a_bits_4_0", "a_bits_5_1", "a_bits_6_2"]
    columns = choose_columns(
        words[:, :1], labels, ("a",), (10,), ShapeConfig(windows=8, segments=0)
    )
    assert [column.name for column in columns] == [f"a_bits_{low + 4}_{low}" for low in range(6)]


def test_each_segment_code_tells_more_together_with_those_before():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 8, (20_000, 1))
    labels = (words[:, 0] // 3) % 4
    columns = choose_columns(words, labels, ("a",), (8,), ShapeConfig(windows=0, segments=3))
    paid = [column for column in columns if column.luts]
    assert [column.name for column in paid] == ["a_segments_0", "a_segments_1", "a_segments_2"]
    told, together = [], np.zeros(len(words), int)
    for column in paid:
        together = together * CODES + column.code_of[words[:, 0]]
        told.append(naive_information(together.tolist(), labels.tolist()))
    assert told[0] < told[1] < told[2]


@pytest.mark.parametrize(
    ("windows", "segments", "most"), [(0, 1, 1), (0, 3, 3), (1, 0, 1), (4, 1, 5)]
)
def test_as_many_codes_are_made_as_are_asked_for(windows, segments, most):
    words, labels = words_and_labels(8)
    shape = ShapeConfig(windows=windows, segments=segments)
    columns = choose_columns(words[:, :1], labels, ("a",), (8,), shape)
    assert len({column.name for column in columns}) == len(columns)
    assert 1 <= len(columns) <= most
    assert len(columns) == most or windows > 1
    assert sum(column.luts > 0 for column in columns) == segments


def test_codes_follow_each_other_along_the_words():
    # A stretch of 4 words of its own in the middle, and words that repeat themselves.
    code_of = np.array([3, 3, 0, 1, 2, 4, 5, 5], np.uint8)
    unused = list(range(6, CODES))
    assert Column("a", 0, code_of, 5).order.tolist() == [*unused, 3, 0, 1, 2, 4, 5]
    assert Column("a", 0, code_of, 0).order.tolist() == list(range(CODES))
