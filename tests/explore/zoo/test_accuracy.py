import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.small_points import sample_netlist
from reference.tiny_ends import tiny_netlist
from scipy.stats import norm

from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import load_test
from logicjsc.explore.zoo.accuracy import Score, score


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counts):
    correct, samples = counts
    share, z = correct / samples, norm.ppf(0.975)
    middle = (share + z**2 / (2 * samples)) / (1 + z**2 / samples)
    half = z / (1 + z**2 / samples)
    half *= math.sqrt(share * (1 - share) / samples + z**2 / (4 * samples**2))
    score = Score(samples, correct)
    assert score.accuracy == share
    assert score.interval == pytest.approx((middle - half, middle + half), abs=1e-12)


def test_samples_are_counted_one_by_one_and_ties_go_to_the_lowest_class():
    netlist, samples = (
        sample_netlist(),
        load_test(DataConfig(task="jets")).take(np.arange(200), "test"),
    )
    words = FixedPoint.uniform(6, (-2,) * 16, (0,) * 16)
    for chosen, features in ((None, samples.features), (words, words.values(samples.features))):
        correct = 0
        for row, label in zip(netlist.encoder.encode(features), samples.targets, strict=True):
            layer = netlist.layers[0]
            scores = []
            for inputs, table in zip(layer.inputs, layer.tables, strict=True):
                address = 0
                for signal in inputs:
                    address = 4 * address + int(row[signal])
                scores.append(int(table[address]))
            correct += scores.index(max(scores)) == label
        assert score(netlist, samples, chosen) == Score(200, correct)


def test_networks_that_cannot_decide_are_refused():
    samples = load_test(DataConfig(task="jets"))
    with pytest.raises(NetlistError, match="no encoder and decoder"):
        score(replace(sample_netlist(), decoder=None), samples)
    with pytest.raises(DataError, match="takes 3 features"):
        score(tiny_netlist(), samples)
