import numpy as np
import pytest
from hypothesis import given, settings
from reference.lut_networks import networks

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_network import Lut, LutNetwork, exhaustive_words, pack_words, unpack_words


def naive(network: LutNetwork, bits: list[int]) -> list[int]:
    """One vector at a time, one LUT at a time."""
    signals = [0, 1, *bits]
    for lut in network.luts:
        index = sum(signals[source] << place for place, source in enumerate(lut.inputs))
        signals.append(lut.table >> index & 1)
    return [signals[output] for output in network.outputs]


@settings(deadline=None, max_examples=60)
@given(networks())
def test_words_of_vectors_equal_one_vector_at_a_time(network):
    rows = 1 << network.inputs
    found = unpack_words(network.evaluate(exhaustive_words(network.inputs)), rows)
    for row in range(rows):
        bits = [row >> place & 1 for place in range(network.inputs)]
        assert found[:, row].tolist() == naive(network, bits)


@pytest.mark.parametrize("vectors", [1, 63, 64, 65, 200])
def test_packing_is_undone_by_unpacking(vectors):
    bits = np.random.default_rng(0).integers(0, 2, (5, vectors))
    np.testing.assert_array_equal(unpack_words(pack_words(bits), vectors), bits)


def test_depth_counts_luts_on_the_longest_path_to_an_output():
    luts = (Lut((2,), 1), Lut((4, 3), 6), Lut((5, 4), 8), Lut((6,), 1))
    assert LutNetwork(2, luts, (6,)).depth == 3
    assert LutNetwork(2, luts, (5, 2)).depth == 2
    assert LutNetwork(2, luts, (1, 2)).depth == 0


@pytest.mark.parametrize(
    ("luts", "outputs", "message"),
    [
        ([Lut((4,), 1)], [2], "LUT 0 reads"),
        ([Lut((2, 3, 2, 3, 2, 3, 2), 1)], [2], "LUT 0 reads"),
        ([Lut((2,), 4)], [2], "table longer"),
        ([], [9], "output"),
        ([Lut((-1,), 1)], [2], "LUT 0 reads"),
    ],
)
def test_networks_that_break_a_rule_are_refused(luts, outputs, message):
    with pytest.raises(NetlistError, match=message):
        LutNetwork(2, tuple(luts), tuple(outputs))
