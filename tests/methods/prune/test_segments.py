"""Segment codes: one LUT for each bit, and none that tells more; what they tell, by definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_information import naive_information

from logicjsc.methods.prune.segments import CODES, Cells, _of_four, _of_two, best_segments


def random_samples(seed, bits, samples=3000):
    """Words that crowd in a corner, and a class that changes from word to word there."""
    rng = np.random.default_rng(seed)
    words = (rng.beta(0.6, 3, samples) * (1 << bits)).astype(np.int64)
    labels = (words // 3 + rng.integers(0, 2, samples)) % 4
    return words, labels


def depends_on(values, reads):
    """Whether what is read says what the values are."""
    seen = {}
    return all(
        seen.setdefault(read, value) == value for read, value in zip(reads, values, strict=True)
    )


@pytest.mark.parametrize("bits", [6, 8, 10, 12])
def test_each_bit_of_four_segments_is_one_lut(bits):
    found = _of_four(Cells.of(*random_samples(0, bits), bits), bits)
    word = np.arange(1 << bits)
    code = found.code_of.astype(int)
    assert len(found.cuts) == len(found.shifts) == 4
    assert sorted(found.cuts) == list(found.cuts)
    assert found.cuts[0] == 0
    # The segments' numbers are functions of the six highest bits,
    for place in (3, 4):
        assert depends_on((code >> place & 1).tolist(), (word >> max(0, bits - 6)).tolist())
    # and every bit below of two more and of one bit of the word for each segment.
    for place in range(3):
        bits_read = sorted({shift + place for shift in found.shifts})
        assert len(bits_read) <= 4
        reads = [
            (c >> 3, *(w >> b & 1 for b in bits_read)) for c, w in zip(code, word, strict=True)
        ]
        assert depends_on((code >> place & 1).tolist(), reads)


@pytest.mark.parametrize("bits", [6, 8, 10, 12])
def test_each_bit_of_two_segments_is_one_lut(bits):
    word = np.arange(1 << bits)
    for found in _of_two(Cells.of(*random_samples(0, bits, 100), bits), bits):
        code = found.code_of.astype(int)
        assert depends_on((code >> 4).tolist(), (word >> max(0, bits - 6)).tolist())
        for place in range(4):
            reads = [
                (c >> 4, *(w >> shift + place & 1 for shift in found.shifts))
                for c, w in zip(code, word, strict=True)
            ]
            assert depends_on((code >> place & 1).tolist(), reads)


@pytest.mark.parametrize("bits", [6, 8, 10])
def test_two_segments_are_fine_on_an_aligned_stretch_and_coarse_elsewhere(bits):
    every = list(_of_two(Cells.of(*random_samples(1, bits, 100), bits), bits))
    # Stretches of 16, 32, ... words, up to half of the range.
    assert len(every) == sum(1 << (bits - 4 - shift) for shift in range(bits - 5))
    for found in every:
        (start, end), fine = found.cuts, found.shifts[0]
        assert end - start == 16 << fine
        assert start % (end - start) == 0
        for word, code in enumerate(found.code_of.tolist()):
            if start <= word < end:
                assert code == 16 + (word - start) // (1 << fine)
            else:
                assert code == word * 16 >> bits


def naive_four(cuts, bits):
    """The code of four segments, each told apart as finely as eight codes can."""
    ends = [*cuts[1:], 1 << bits]
    code = []
    for word in range(1 << bits):
        segment = max(place for place, cut in enumerate(cuts) if cut <= word)
        apart = 1
        while apart * 8 < ends[segment] - cuts[segment]:
            apart *= 2
        code.append(segment * 8 + word // apart % 8)
    return code


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("known", [False, True])
def test_no_other_cuts_tell_more(seed, known):
    bits = 5
    words, labels = random_samples(seed, bits, 400)
    cells = Cells.of(words, labels, bits)
    before = np.arange(1 << bits) % 3 if known else np.zeros(1 << bits, int)
    found = _of_four(cells.told(before.astype(np.uint8)) if known else cells, bits)
    told = {}
    for cuts in combinations(range(1, 1 << bits), 3):
        code = naive_four((0, *cuts), bits)
        both = [code[word] * 3 + int(before[word]) for word in words]
        told[0, *cuts] = naive_information(both, labels.tolist())
    assert found.code_of.tolist() == naive_four(found.cuts, bits)
    assert told[found.cuts] == pytest.approx(max(told.values()))


@given(
    st.lists(st.tuples(st.integers(0, 31), st.integers(0, 2)), min_size=1, max_size=60),
    st.lists(st.integers(0, 7), min_size=32, max_size=32),
)
@settings(deadline=None)
def test_information_is_the_sum_over_codes_and_classes(samples, code_of):
    words, labels = zip(*samples, strict=True)
    cells = Cells.of(np.array(words), np.array(labels), 5)
    assert cells.information == pytest.approx(0, abs=1e-9)
    found = cells.told(np.array(code_of, np.uint8)).information
    expected = naive_information([code_of[word] for word in words], labels)
    assert found == pytest.approx(expected, abs=1e-9)


def test_what_is_chosen_tells_most_and_more_where_something_is_known():
    bits = 8
    words, labels = random_samples(2, bits)
    cells = Cells.of(words, labels, bits)
    first = best_segments(cells, bits)
    every = [*_of_two(cells, bits), _of_four(cells, bits)]
    told = [cells.told(segments.code_of).information for segments in every]
    assert cells.told(first.code_of).information == pytest.approx(max(told))
    assert int(first.code_of.max()) < CODES
    after = cells.told(first.code_of)
    second = best_segments(after, bits)
    assert after.told(second.code_of).information > after.information
    assert after.told(first.code_of).information == pytest.approx(after.information)
