"""Codes of words against bits taken one by one, and what they tell against its definition."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.compact.columns import _segments, _windows, choose_columns, information
from logicjsc.compact.definition import ShapeConfig


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


@pytest.mark.parametrize("bits", [6, 8, 10])
def test_segments_are_fine_in_one_aligned_stretch_and_coarse_elsewhere(bits):
    columns = list(_segments("mass", 3, bits))
    assert len({column.name for column in columns}) == len(columns)
    # Stretches of 16, 32, ... words, up to half of the range.
    assert len(columns) == sum(1 << (bits - 4 - shift) for shift in range(bits - 5))
    for column in columns:
        fine, start = map(int, column.name.split("_")[-2:])
        length = 16 << fine
        for word, code in enumerate(column.code_of.tolist()):
            if start * length <= word < (start + 1) * length:
                assert code == 16 + (word - start * length) // (1 << fine)
            else:
                assert code == word * 16 >> bits


def test_each_bit_of_a_segment_code_is_one_lut_behind_its_highest():
    # The highest bit compares the bits above the fine ones; the others choose by it.
    for column in _segments("mass", 0, 10):
        fine = int(column.name.split("_")[-2])
        flag = column.code_of >> 4
        rows = {}
        for word, code in enumerate(column.code_of.tolist()):
            assert rows.setdefault(word >> fine + 4, code >> 4) == code >> 4
        assert 10 - fine - 4 <= 6
        for place in range(4):
            chosen = {}
            for word, code in enumerate(column.code_of.tolist()):
                read = (flag[word], word >> fine + place & 1, word >> 6 + place & 1)
                assert chosen.setdefault(read, code >> place & 1) == code >> place & 1
        assert column.luts == 5


def naive_information(codes, labels):
    both, mine, classes = Counter(zip(codes, labels, strict=True)), Counter(codes), Counter(labels)
    jets = len(codes)
    return sum(
        count / jets * math.log(count * jets / (mine[code] * classes[label]))
        for (code, label), count in both.items()
    )


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), min_size=1, max_size=60))
@settings(deadline=None)
def test_information_is_the_sum_over_codes_and_classes(jets):
    codes, labels = zip(*jets, strict=True)
    found = information(np.array(codes), np.array(labels), 8)
    assert found == pytest.approx(naive_information(codes, labels), abs=1e-9)


def test_information_of_a_copy_of_the_class_is_its_entropy_and_of_a_constant_nothing():
    labels = np.array([0, 1, 2, 3] * 5)
    assert information(labels, labels, 4) == pytest.approx(math.log(4))
    assert information(np.zeros(20, np.int64), labels, 4) == pytest.approx(0)


def words_and_labels(bits):
    """The class is in bits 2 to 3 of feature 0; 1 is noise, 2 equals 0."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << bits, (3000, 3))
    words[:, 2] = words[:, 0]
    return words, words[:, 0] >> 2 & 3


def test_the_window_that_tells_most_is_chosen_with_finer_ones_and_a_segment():
    words, labels = words_and_labels(10)
    names = ("a", "b", "copy")
    columns = choose_columns(words, labels, names, 10, ShapeConfig(windows=2, segments=True))
    # Nothing of a feature that equals another.
    assert [column.feature for column in columns] == [0, 0, 0, 1, 1, 1][: len(columns)]
    mine = [column.name for column in columns if column.feature == 0]
    told = {
        column.name: naive_information(column.code_of[words[:, 0]].tolist(), labels.tolist())
        for column in (*_windows("a", 0, 10), *_segments("a", 0, 10))
    }
    low = int(mine[-1].split("_")[-1])
    assert told[mine[-1]] == pytest.approx(max(told[name] for name in told if "bits" in name))
    assert low <= 2
    assert mine[1:] == [f"a_bits_{shift + 4}_{shift}" for shift in range(max(0, low - 1), low + 1)]
    assert told[mine[0]] == pytest.approx(max(told[name] for name in told if "fine" in name))


@pytest.mark.parametrize(
    ("windows", "segments", "most"), [(0, True, 1), (1, False, 1), (4, True, 5)]
)
def test_as_many_codes_are_made_as_are_asked_for(windows, segments, most):
    words, labels = words_and_labels(8)
    shape = ShapeConfig(windows=windows, segments=segments)
    columns = choose_columns(words[:, :1], labels, ("a",), 8, shape)
    assert 1 <= len(columns) <= most
    assert len(columns) == most or windows > 1
    assert sum(column.luts > 0 for column in columns) == segments
