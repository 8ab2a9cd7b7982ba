import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.small_points import sample_netlist
from reference.tiny_ends import tiny_netlist
from scipy.stats import binomtest

from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import load_test
from logicjsc.explore.zoo.accuracy import Score, score, wilson


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_the_one_of_scipy(counts):
    expected = binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert wilson(*counts) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_jets_are_counted_one_by_one_and_ties_go_to_the_lowest_class():
    netlist, samples = sample_netlist(), load_test(DataConfig()).take(np.arange(200), "test")
    words = FixedPoint(6, (-2,) * 16, (0,) * 16)
    for chosen, features in ((None, samples.features), (words, words.values(samples.features))):
        right = 0
        for row, label in zip(netlist.encoder.encode(features), samples.labels, strict=True):
            layer = netlist.layers[0]
            scores = []
            for inputs, table in zip(layer.inputs, layer.tables, strict=True):
                address = 0
                for signal in inputs:
                    address = 4 * address + int(row[signal])
                scores.append(int(table[address]))
            right += scores.index(max(scores)) == label
        assert score(netlist, samples, chosen) == Score(200, right)


def test_networks_that_cannot_decide_are_refused():
    from dataclasses import replace

    samples = load_test(DataConfig())
    with pytest.raises(NetlistError, match="no encoder and decoder"):
        score(replace(sample_netlist(), decoder=None), samples)
    with pytest.raises(DataError, match="takes 3 features"):
        score(tiny_netlist(), samples)
