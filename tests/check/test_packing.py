from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.check.packing import pack, unpack, words_of


@given(st.lists(st.integers(1, 32), min_size=1, max_size=12), st.integers(0, 2**32))
def test_packing_is_the_big_integer_and_unpacking_its_inverse(sizes, seed):
    widths = np.array(sizes, np.uint8)
    limits = np.int64(1) << widths.astype(np.int64)
    codes = np.random.default_rng(seed).integers(0, limits, (5, len(sizes))).astype(np.uint32)
    words = pack(codes, widths)
    assert words.shape == (5, words_of(widths))
    for row, vector in zip(words, codes.tolist(), strict=True):
        number, lsb = 0, 0
        for code, width in zip(vector, sizes, strict=True):
            number |= code << lsb
            lsb += width
        assert int.from_bytes(row.tobytes(), "little") == number
    np.testing.assert_array_equal(unpack(words, widths, np.uint32), codes)
