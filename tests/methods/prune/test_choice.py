"""Which codes are chosen, by what they tell."""

import numpy as np
import pytest
from reference.naive_information import naive_information

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.methods.prune.choice import Patterns, _windows, choose_columns
from logicjsc.methods.prune.columns import CODES
from logicjsc.methods.prune.config import ShapeConfig
from logicjsc.methods.prune.groups import Lesson


def chosen(words, labels, names, widths, *, lows=None, **shape):
    """Columns of unsigned words, as settings ask for them."""
    formats = FixedPoint(tuple(widths), (0,) * len(names), lows or (0,) * len(names))
    lesson = Lesson("softmax", np.eye(int(labels.max()) + 1, dtype=np.float32)[labels])
    samples = Patterns(words.astype(np.uint16), tuple(names), formats)
    return choose_columns(samples, labels, lesson, ShapeConfig(**shape))


def words_and_labels(bits):
    """The class is in two high bits of feature 0; 1 is noise, 2 equals 0."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << bits, (3000, 3))
    words[:, 2] = words[:, 0]
    return words, words[:, 0] >> bits - 4 & 3


def test_the_window_that_tells_most_is_chosen_with_finer_ones():
    words, labels = words_and_labels(10)
    names = ("a", "b", "copy")
    columns = chosen(words, labels, names, (10,) * 3, windows=2, segments=0)
    # Nothing of a feature that equals another.
    assert [column.parts[0].feature for column in columns] in ([0, 0, 1, 1], [0, 0, 1])
    mine = [column.name for column in columns if column.parts[0].feature == 0]
    told = {
        column.name: naive_information(column.codes(words).tolist(), labels.tolist())
        for column in _windows("a", 0, 10)
    }
    low = int(mine[-1].split("_")[-1])
    assert told[mine[-1]] == pytest.approx(max(told.values()))
    assert 3 <= low <= 5
    assert mine == [f"a_bits_{shift + 4}_{shift}" for shift in range(max(0, low - 1), low + 1)]


def test_coarser_windows_follow_where_there_are_no_finer_ones():
    words, _ = words_and_labels(10)
    labels = words[:, 0] & 3
    columns = chosen(words[:, :1], labels, ("a",), (10,), windows=3, segments=0)
    assert [column.name for column in columns] == ["a_bits_4_0", "a_bits_5_1", "a_bits_6_2"]
    columns = chosen(words[:, :1], labels, ("a",), (10,), windows=8, segments=0)
    assert [column.name for column in columns] == [f"a_bits_{low + 4}_{low}" for low in range(6)]


def test_each_segment_code_tells_more_together_with_those_before():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 8, (20_000, 1))
    labels = (words[:, 0] // 3) % 4
    columns = chosen(words, labels, ("a",), (8,), windows=0, segments=3)
    paid = [column for column in columns if column.luts]
    assert [column.name for column in paid] == ["a_segments_0", "a_segments_1", "a_segments_2"]
    told, together = [], np.zeros(len(words), int)
    for column in paid:
        together = together * CODES + column.codes(words)
        told.append(naive_information(together.tolist(), labels.tolist()))
    assert told[0] < told[1] < told[2]


@pytest.mark.parametrize(
    ("windows", "segments", "most"), [(0, 1, 1), (0, 3, 3), (1, 0, 1), (4, 1, 5)]
)
def test_as_many_codes_are_made_as_are_asked_for(windows, segments, most):
    words, labels = words_and_labels(8)
    columns = chosen(words[:, :1], labels, ("a",), (8,), windows=windows, segments=segments)
    assert len({column.name for column in columns}) == len(columns)
    assert 1 <= len(columns) <= most
    assert len(columns) == most or windows > 1
    assert sum(column.luts > 0 for column in columns) == segments


def test_narrow_words_are_codes_themselves_and_what_says_nothing_is_left_out():
    rng = np.random.default_rng(2)
    words = rng.integers(0, [32, 4, 2, 1 << 7], (500, 4))
    words[:, 3] = 17
    labels = words[:, 1] // 2
    columns = chosen(words, labels, ("five", "two", "one", "same"), (5, 2, 1, 7))
    assert [column.name for column in columns] == ["five_bits_4_0", "two_bits_1_0", "group_0"]
    assert [column.width for column in columns] == [5, 2, 1]
    assert (columns[0].codes(words) == words[:, 0]).all()
    assert (columns[2].codes(words) == words[:, 2]).all()
    assert chosen(np.full((9, 2), 3), np.zeros(9, int), ("a", "b"), (4, 9)) == []


def bits_with_a_rule(rng, samples=3000, bits=30):
    """Bits of which five decide together, by parity of three and a majority of the others."""
    words = rng.integers(0, 2, (samples, bits))
    return words, (words[:, 3] & words[:, 7]) + (words[:, 11] | words[:, 20] & words[:, 29])


def test_features_of_one_bit_are_grouped_by_what_they_tell_together():
    words, labels = bits_with_a_rule(np.random.default_rng(3))
    columns = chosen(words, labels, [f"b{place}" for place in range(30)], (1,) * 30)
    # Two groups for five bits, of which the first have each bit once.
    assert 7 <= len(columns) <= 12
    once = [part.feature for column in columns[:6] for part in column.parts]
    assert sorted(once) == list(range(30))
    assert all(1 <= column.width <= 5 for column in columns)
    assert not any(column.luts for column in columns)
    read = [{part.feature for part in column.parts} for column in columns]
    assert max(len(features & {3, 7, 11, 20, 29}) for features in read) >= 3
    assert len(set(map(frozenset, read))) == len(read)


def test_groups_read_bits_and_thresholds_of_words_if_asked_for():
    rng = np.random.default_rng(4)
    words = rng.integers(0, 1 << 8, (4000, 6))
    # Two's complement: the second word is signed, from -128.
    signed = np.where(words[:, 1] < 128, words[:, 1], words[:, 1] - 256)
    labels = (words[:, 0] >= 128).astype(int) + (signed >= 40)
    names = ["a", "b", "c", "d", "e", "f"]
    shape = {"windows": 0, "segments": 0, "groups": 20, "lows": (0, -128, 0, 0, 0, 0)}
    plain = chosen(words, labels, names, (8,) * 6, **shape)
    assert not any(column.luts for column in plain)
    columns = chosen(words, labels, names, (8,) * 6, thresholds=12, **shape)
    parts = {part.name: part for column in columns for part in column.parts}
    # What the highest bit tells is no threshold.
    assert "a_bit_7" in parts
    assert "a_at_128" not in parts
    asked = [part for part in parts.values() if part.name.startswith("b_at_")]
    assert asked
    for part in asked:
        threshold = int(part.name.removeprefix("b_at_"))
        assert (part.code_of[words[:, 1]] == (signed >= threshold)).all()
        assert part.luts == (threshold != 0)


def test_of_more_codes_than_wanted_groups_stay_and_those_that_tell_most():
    words, labels = words_and_labels(10)
    bits = np.random.default_rng(5).integers(0, 2, (len(words), 10))
    both = np.concatenate([words, bits], axis=1)
    names, widths = [f"f{place}" for place in range(13)], (10,) * 3 + (1,) * 10
    every = chosen(both, labels, names, widths, windows=4, segments=0)
    few = chosen(both, labels, names, widths, windows=4, segments=0, codes=6)
    groups = [column.name for column in every if column.name.startswith("group")]
    assert [column.name for column in few][-len(groups) :] == groups
    assert len(few) == 6
    alone = [column for column in every if not column.name.startswith("group")]
    told = [naive_information(c.codes(both).tolist(), labels.tolist()) for c in alone]
    kept = [column.name for column in few]
    least = min(value for value, c in zip(told, alone, strict=True) if c.name in kept)
    assert all(value <= least for value, c in zip(told, alone, strict=True) if c.name not in kept)


def test_the_same_seed_chooses_the_same_groups():
    words, labels = bits_with_a_rule(np.random.default_rng(6), bits=200)
    names = [f"b{place}" for place in range(200)]
    first, second = (chosen(words, labels, names, (1,) * 200, groups=9) for _ in range(2))
    assert [[part.name for part in column.parts] for column in first] == [
        [part.name for part in column.parts] for column in second
    ]
