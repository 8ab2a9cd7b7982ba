"""Samples are checked where they are made."""

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def features(samples: int = 5) -> Array:
    return np.arange(samples * 16, dtype=np.float32).reshape(samples, 16)


def test_the_names_are_those_of_the_published_data_sets_in_their_order():
    assert " ".join(FEATURE_NAMES) == (
        "zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt "
        "d2_a1_b1_mmdt d2_a1_b2_mmdt m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt "
        "multiplicity"
    )
    assert CLASS_NAMES == ("g", "q", "t", "w", "z")


def test_features_become_float32_and_labels_bytes():
    samples = Samples(features().astype(">f8"), np.arange(5, dtype=np.int64))
    assert samples.features.dtype == np.dtype(np.float32)
    assert samples.labels.dtype == np.dtype(np.uint8)
    assert len(samples) == 5
    np.testing.assert_array_equal(samples.features, features())
    np.testing.assert_array_equal(samples.labels, np.arange(5))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named_by_feature_and_sample(value):
    bad = features()
    bad[3, 14] = value
    bad[4, 0] = value
    with pytest.raises(DataError) as caught:
        Samples(bad, np.zeros(5, int), source="here")
    expected = f"here: feature mass_mmdt of sample 3 is {value} (2 values are not finite)"
    assert str(caught.value) == expected


def test_a_value_beyond_float32_is_named():
    bad = features().astype(np.float64)
    bad[2, 15] = 1e39
    with pytest.raises(DataError, match=r"feature multiplicity of sample 2 is inf \("):
        Samples(bad, np.zeros(5, int))


@pytest.mark.parametrize("shape", [(5, 15), (5, 17), (80,), (5, 4, 4)])
def test_the_wrong_number_of_features_is_refused(shape):
    with pytest.raises(DataError, match=r"^here: features have shape \(.*\), expected 16 columns"):
        Samples(np.zeros(shape), np.zeros(5, int), source="here")


def test_no_samples_are_refused():
    with pytest.raises(DataError, match=r"^here: there are no samples$"):
        Samples(features(0), np.zeros(0, int), source="here")


@pytest.mark.parametrize("shape", [(4,), (6,), (5, 1), ()])
def test_as_many_labels_as_samples_are_needed(shape):
    with pytest.raises(DataError, match=r"^here: 5 samples but labels of shape \("):
        Samples(features(), np.zeros(shape, int), source="here")


@pytest.mark.parametrize("label", [-1, 5, 256])
def test_a_label_without_a_class_is_refused(label):
    labels = np.array([0, 1, 2, 3, label])
    message = rf"labels run from {min(label, 0)} to {max(label, 3)}, but there are 5 classes$"
    with pytest.raises(DataError, match=message):
        Samples(features(), labels, source="here")


def test_taking_rows_keeps_sample_and_label_together():
    samples = Samples(features(), np.array([4, 3, 2, 1, 0]), source="here")
    part = samples.take(np.array([3, 0]), "test")
    np.testing.assert_array_equal(part.features, features()[[3, 0]])
    np.testing.assert_array_equal(part.labels, [1, 4])
    assert (part.split, part.source, samples.split) == ("test", "here", "all")


def test_the_fingerprint_depends_on_features_labels_and_order_only():
    labels = np.array([4, 3, 2, 1, 0])
    samples = Samples(features(), labels)
    assert len(samples.fingerprint()) == 16
    assert int(samples.fingerprint(), 16) >= 0
    assert Samples(features(), labels, source="elsewhere").fingerprint() == samples.fingerprint()
    nudged = features()
    nudged[0, 0] = np.nextafter(nudged[0, 0], np.float32(1))
    others = [
        Samples(nudged, labels),
        Samples(features(), labels[::-1].copy()),
        samples.take(np.array([1, 0, 2, 3, 4]), "all"),
    ]
    assert len({other.fingerprint() for other in [samples, *others]}) == 4
