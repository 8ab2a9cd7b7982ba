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
from logicjsc.dataset.metrics import measure
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Schema, Target
from logicjsc.explore.zoo.accuracy import ErrorScore, Score, score, value_in
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer
from logicjsc.netlist.scoring import scores_of


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


def small_value_netlist():
    """A table of two bits of a feature to one of four values, and samples with a core of 2."""
    encoder = Encoder(("x",), np.zeros(1, int), np.array([[1.0, 2.0, 3.0]]), np.arange(4)[None])
    layer = TableLayer(
        "values", 2, np.zeros((1, 1), int), np.arange(4)[None], np.full(1, 2), np.zeros(1, bool)
    )
    netlist = Netlist(
        "values", ("x",), np.full(1, 2), np.zeros(1, bool), (layer,), np.array([1]), encoder,
        Decoder(("price",), np.array([0.0, 1.0, 2.0, 3.0]), signed=False, kind="value"),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 4, (300, 1)).astype(np.float32)
    targets = features + rng.normal(0, 1.2, (300, 1)).astype(np.float32)
    target = Target("value", ("price",), core=2.0)
    return netlist, Samples(features, targets, Schema.numbers(("x",), target), "here")


def test_networks_that_cannot_decide_are_refused():
    samples = load_test(DataConfig(task="jets"))
    with pytest.raises(NetlistError, match="no encoder and decoder"):
        score(replace(sample_netlist(), decoder=None), samples)
    with pytest.raises(DataError, match="takes 3 features"):
        score(tiny_netlist(), samples)


def test_errors_are_those_of_the_samples_in_the_core():
    netlist, samples = small_value_netlist()
    values = scores_of(netlist, samples)[:, 0]
    errors = [float(a) - float(b) for a, b in zip(values, samples.targets[:, 0], strict=True)]
    inside = [error for error in errors if abs(error) <= samples.target.core]
    assert 0 < len(inside) < len(errors)
    found = score(netlist, samples)
    assert (found.samples, found.inside) == (len(errors), len(inside))
    assert found.error == pytest.approx(math.sqrt(sum(e**2 for e in inside) / len(inside)))
    assert (found.value, found.quality) == (found.error, -found.error)
    low, high = found.interval
    assert low < found.error < high
    # The standard deviation of a root mean square, by resampling.
    rng = np.random.default_rng(0)
    draws = rng.choice(np.square(inside), (2000, len(inside)))
    assert found.deviation == pytest.approx(np.sqrt(draws.mean(axis=1)).std(), rel=0.1)
    assert value_in(measure(scores_of(netlist, samples), samples).to_dict()) == pytest.approx(
        found.error
    )


def test_without_a_core_all_samples_count_and_with_one_there_must_be_some():
    netlist, samples = small_value_netlist()
    whole = replace(samples, schema=replace(samples.schema, target=replace(samples.target, core=0)))
    found = score(netlist, whole)
    assert found.inside == found.samples
    assert found.error == pytest.approx(
        math.sqrt(np.mean((scores_of(netlist, whole)[:, 0] - whole.targets[:, 0]) ** 2)), rel=1e-6
    )
    far = replace(samples, targets=samples.targets + 1000)
    with pytest.raises(DataError, match="no value 'price' of the 300 samples of here is told with"):
        score(netlist, far)


def test_of_several_values_the_mean_is_compared():
    assert value_in({"rmse": {"a": 1.0, "b": 3.0}}) == 2.0
    assert value_in({"rmse": {"a": 9.0}, "core_rmse": {"a": 1.5}}) == 1.5
    assert value_in({"rmse": {"a": 9.0}, "core_rmse": {"a": None}}) == math.inf
    assert value_in({"accuracy": 0.5}) == 0.5
    with pytest.raises(KeyError):
        value_in({"loss": 1.0})
    assert ErrorScore(10, 9, 1.0, 0.1).to_dict() == {
        "error": 1.0,
        "error_95_percent": [pytest.approx(0.804, abs=1e-3), pytest.approx(1.196, abs=1e-3)],
        "in_core": 0.9,
    }
