"""One LUT for each output bit where output bits help each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.output_reuse import reuse_outputs
from logicjsc.map.portfolio import realises
from logicjsc.methods.prune.segments import Cells, _of_four, _of_two


@pytest.mark.parametrize("bits", [7, 10])
def test_codes_with_segments_take_one_lut_for_each_bit(bits):
    rng = np.random.default_rng(bits)
    words = (rng.beta(0.6, 3, 3000) * (1 << bits)).astype(np.int64)
    cells = Cells.of(words, (words // 3) % 4, bits)
    for segments in [*list(_of_two(cells, bits))[::9], _of_four(cells, bits)]:
        table = segments.code_of.astype(np.uint32)
        network = reuse_outputs(table, 5)
        assert realises(network, table, 5)
        assert len(network.luts) == 5


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_what_is_found_is_the_table(data):
    inputs, width = data.draw(st.integers(7, 9)), data.draw(st.integers(1, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    address = np.arange(1 << inputs)

    def of_some(most):
        chosen = rng.choice(inputs, data.draw(st.integers(0, most)), replace=False)
        row = sum(((address >> bit & 1) << place for place, bit in enumerate(chosen)), 0 * address)
        return rng.integers(0, 2, 64)[row]

    columns = [of_some(6)]
    columns += [np.where(columns[0], of_some(4), of_some(2)) for _ in range(width - 1)]
    rng.shuffle(columns)
    table = sum(column << place for place, column in enumerate(columns)).astype(np.uint32)
    network = reuse_outputs(table, width)
    if network is not None:
        assert realises(network, table, width)
        assert len(network.luts) <= width
    else:
        # What one select bit chooses between may be hidden where it is constant.
        assert width > 1


def test_wires_and_constants_take_no_lut():
    address = np.arange(1 << 8)
    table = (address >> 3 & 1 | 2 | (address & 3 == 0) << 2).astype(np.uint32)
    network = reuse_outputs(table, 4)
    assert realises(network, table, 4)
    assert len(network.luts) == 1


def test_tables_without_such_bits_are_left_to_others():
    address = np.arange(1 << 8)
    parity = np.bitwise_count(address).astype(np.uint32) & 1
    assert reuse_outputs(parity, 1) is None
    assert reuse_outputs((address & 1 | parity << 1).astype(np.uint32), 2) is None
