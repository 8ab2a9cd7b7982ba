"""Single bits of words, and thresholds, against comparisons of numbers."""

import numpy as np
import pytest

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.methods.prune.single import bits_of, thresholds_of


def test_all_bits_of_a_word_the_highest_first():
    parts = bits_of("a", 4, 3)
    assert [part.name for part in parts] == ["a_bit_2", "a_bit_1", "a_bit_0"]
    assert [part.code_of.tolist() for part in parts] == [
        [0, 0, 0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 0, 0, 1, 1],
        [0, 1, 0, 1, 0, 1, 0, 1],
    ]
    assert all((part.feature, part.width, part.luts) == (4, 1, 0) for part in parts)


@pytest.mark.parametrize("width", [2, 5, 8, 11])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("count", [1, 7, 63])
def test_thresholds_compare_words_by_one_lut(width, signed, count):
    low = -(1 << width - 1) if signed else 0
    words = FixedPoint((1, width), (0, 0), (0, low))
    rng = np.random.default_rng(width)
    numbers = np.clip(
        rng.normal(low + 2 ** (width - 1), 2 ** (width - 3), 3000), low, low + 2**width - 1
    )
    numbers = numbers.astype(np.int64)
    patterns = numbers & (1 << width) - 1
    parts = list(thresholds_of("a", 1, words, patterns, count))
    assert 1 <= len(parts) <= count
    assert len({part.name for part in parts}) == len(parts)
    every = np.arange(1 << width)
    value = words.numbers(np.stack([every * 0, every], axis=1))[:, 1]
    for part in parts:
        threshold = int(part.name.removeprefix("a_at_"))
        assert part.code_of.tolist() == (value >= threshold).astype(int).tolist()
        # The six highest bits tell it.
        by_high = part.code_of.reshape(min(64, 1 << width), -1)
        assert (by_high == by_high[:, :1]).all()
        high = part.code_of.reshape(2, -1)
        assert part.luts == int(not (np.ptp(high, axis=1) == 0).all())


def test_thresholds_lie_between_equal_numbers_of_what_is_not_most_frequent():
    words = FixedPoint((8,), (0,), (0,))
    rng = np.random.default_rng(0)
    patterns = np.where(rng.random(8000) < 0.8, 0, rng.integers(100, 200, 8000))
    found = [int(p.name.removeprefix("a_at_")) for p in thresholds_of("a", 0, words, patterns, 3)]
    assert found == pytest.approx([125, 150, 175], abs=4)


def test_two_words_have_a_threshold_between_them():
    words = FixedPoint((3,), (0,), (0,))
    patterns = np.array([2, 2, 2, 5])
    (part,) = thresholds_of("a", 0, words, patterns, 1)
    assert part.code_of[[2, 5]].tolist() == [0, 1]
