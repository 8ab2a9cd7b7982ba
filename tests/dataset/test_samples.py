"""Samples are checked where they are made."""

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Column, Schema, Target


def features(samples: int = 5) -> Array:
    return np.arange(samples * 16, dtype=np.float32).reshape(samples, 16)


CLASSES = Schema.numbers(
    tuple(f"x{place}" for place in range(16)), Target("classes", ("a", "b", "c", "d", "e"), "y")
)


def samples_of(rows: Array, targets: Array, source: str = "") -> Samples:
    return Samples(rows, targets, CLASSES, source=source)


def test_features_become_float32_and_classes_bytes():
    samples = samples_of(features().astype(">f8"), np.arange(5, dtype=np.int64))
    assert samples.features.dtype == np.dtype(np.float32)
    assert samples.targets.dtype == np.dtype(np.uint8)
    assert len(samples) == 5
    np.testing.assert_array_equal(samples.features, features())
    np.testing.assert_array_equal(samples.targets, np.arange(5))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named_by_feature_and_sample(value):
    bad = features()
    bad[3, 14] = value
    bad[4, 0] = value
    with pytest.raises(DataError) as caught:
        samples_of(bad, np.zeros(5, int), source="here")
    expected = f"here: feature x14 of sample 3 is {value} (2 values are not finite)"
    assert str(caught.value) == expected


def test_a_value_beyond_float32_is_named():
    bad = features().astype(np.float64)
    bad[2, 15] = 1e39
    with pytest.raises(DataError, match=r"feature x15 of sample 2 is inf \("):
        samples_of(bad, np.zeros(5, int))


@pytest.mark.parametrize("shape", [(5, 15), (5, 17), (80,), (5, 4, 4)])
def test_the_wrong_number_of_features_is_refused(shape):
    with pytest.raises(DataError, match=r"^here: features have shape \(.*\), expected 16 columns"):
        samples_of(np.zeros(shape), np.zeros(5, int), source="here")


def test_no_samples_are_refused():
    with pytest.raises(DataError, match=r"^here: there are no samples$"):
        samples_of(features(0), np.zeros(0, int), source="here")


@pytest.mark.parametrize("shape", [(4,), (6,), (5, 1), ()])
def test_as_many_labels_as_samples_are_needed(shape):
    with pytest.raises(DataError, match=r"^here: 5 samples but a target of shape \("):
        samples_of(features(), np.zeros(shape, int), source="here")


@pytest.mark.parametrize("label", [-1, 5, 256])
def test_a_label_without_a_class_is_refused(label):
    labels = np.array([0, 1, 2, 3, label])
    message = rf"labels run from {min(label, 0)} to {max(label, 3)}, but there are 5 classes$"
    with pytest.raises(DataError, match=message):
        samples_of(features(), labels, source="here")


def test_taking_rows_keeps_sample_and_label_together():
    samples = samples_of(features(), np.array([4, 3, 2, 1, 0]), source="here")
    part = samples.take(np.array([3, 0]), "test")
    np.testing.assert_array_equal(part.features, features()[[3, 0]])
    np.testing.assert_array_equal(part.targets, [1, 4])
    assert (part.part, part.source, samples.part) == ("test", "here", "all")


def test_the_fingerprint_depends_on_features_labels_and_order_only():
    labels = np.array([4, 3, 2, 1, 0])
    samples = samples_of(features(), labels)
    assert len(samples.fingerprint()) == 16
    assert int(samples.fingerprint(), 16) >= 0
    assert samples_of(features(), labels, source="elsewhere").fingerprint() == samples.fingerprint()
    nudged = features()
    nudged[0, 0] = np.nextafter(nudged[0, 0], np.float32(1))
    others = [
        samples_of(nudged, labels),
        samples_of(features(), labels[::-1].copy()),
        samples.take(np.array([1, 0, 2, 3, 4]), "all"),
    ]
    assert len({other.fingerprint() for other in [samples, *others]}) == 4


def of_kind(kind: str, names: tuple[str, ...], targets: object, **settings: object) -> Samples:
    schema = Schema((Column("x"), Column("flag", "bit")), Target(kind, names))
    rows = np.array([[0.5, 0], [1.5, 1], [2.5, 1]])
    return Samples(rows, np.array(targets), schema, source="here", **settings)


def test_targets_of_each_kind_have_the_type_of_their_kind():
    binary = of_kind("binary", ("no", "yes"), [True, False, True])
    assert (binary.targets.dtype, binary.targets.tolist()) == (np.uint8, [1, 0, 1])
    labels = of_kind("labels", ("wet", "cold"), [[0, 1], [1, 1], [0, 0]])
    assert (labels.targets.dtype, labels.targets.shape) == (np.uint8, (3, 2))
    value = of_kind("value", ("price",), [1, 2, 3])
    assert (value.targets.dtype, value.targets.shape) == (np.float32, (3, 1))
    many = of_kind("classes", tuple(map(str, range(300))), [0, 299, 256])
    assert (many.targets.dtype, many.targets.tolist()) == (np.int32, [0, 299, 256])
    assert [part.target.outputs for part in (binary, labels, value, many)] == [1, 2, 1, 300]


def test_outcomes_have_a_column_for_each_score():
    many = of_kind("classes", ("a", "b", "c"), [2, 0, 2])
    np.testing.assert_array_equal(many.outcomes, [[0, 0, 1], [1, 0, 0], [0, 0, 1]])
    binary = of_kind("binary", ("no", "yes"), [1, 0, 1])
    np.testing.assert_array_equal(binary.outcomes, [[1], [0], [1]])
    labels = of_kind("labels", ("wet", "cold"), [[0, 1], [1, 1], [0, 0]])
    np.testing.assert_array_equal(labels.outcomes, labels.targets)
    assert labels.outcomes.dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "names", "targets", "message"),
    [
        ("classes", tuple(map(str, range(300))), [0, 1, 300], "from 0 to 300, but there are 300"),
        ("classes", ("a", "b"), [0.0, 1.0, 0.0], "must be whole numbers, not float64"),
        ("binary", ("no", "yes"), [0, 1, 2], "labels run from 0 to 2, but there are 2 classes"),
        ("labels", ("wet", "cold"), [0, 1, 0], r"shape \(3,\); expected \(3, 2\)"),
        ("labels", ("wet", "cold"), [[0, 1], [2, 0], [0, 0]], "labels run from 0 to 2"),
        (
            "value",
            ("price", "mass"),
            [[0, 1], [2, np.nan], [0, 0]],
            "target mass of sample 1 is nan",
        ),
        ("value", ("price",), [0, np.inf, 0], "target price of sample 1 is inf"),
    ],
)
def test_targets_that_are_not_of_their_kind_are_refused(kind, names, targets, message):
    with pytest.raises(DataError, match=f"^here: .*{message}"):
        of_kind(kind, names, targets)


def test_a_bit_that_is_none_is_named():
    schema = Schema((Column("x"), Column("flag", "bit")), Target("classes", ("a", "b")))
    rows = np.array([[0, 0], [0.5, 1], [0, 3]])
    with pytest.raises(DataError) as caught:
        Samples(rows, np.zeros(3, int), schema, source="here")
    assert str(caught.value) == (
        "here: feature flag is a bit, but sample 2 has 3; if it is a number, name it in "
        "data.numbers"
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], r"3 samples but weights of shape \(2,\)"),
        ([1, -2, 0], "the weight of sample 1 is -2.0; weights must be finite and not negative"),
        ([1, 2, np.nan], "the weight of sample 2 is nan; weights must be finite"),
        ([0, 0, 0], "all sample weights are 0"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, message):
    with pytest.raises(DataError, match=f"^here: {message}"):
        of_kind("classes", ("a", "b"), [0, 1, 0], weights=np.array(weights))


def test_weights_travel_with_their_samples_and_count_in_the_fingerprint():
    plain = of_kind("classes", ("a", "b"), [0, 1, 0])
    weighted = of_kind("classes", ("a", "b"), [0, 1, 0], weights=[1, 2, 3])
    assert weighted.weights.dtype == np.float32
    assert weighted.take(np.array([2, 0]), "train").weights.tolist() == [3, 1]
    assert weighted.fingerprint() != plain.fingerprint()


def test_samples_without_features_are_refused():
    with pytest.raises(DataError, match=r"^here: there are no features$"):
        Samples(
            np.zeros((3, 0)), np.zeros(3, int), Schema((), Target("classes", ("a", "b"))), "here"
        )


def test_samples_and_datasets_say_in_a_line_what_they_are():
    samples = of_kind("classes", tuple(map(str, range(300))), [0, 1, 2])
    assert repr(samples) == (
        "Samples(3 x 2 features, classes [0, 1, 2, 3, 4, 5, ... (300)], all of here)"
    )
    parts = Dataset(samples, samples, samples)
    assert repr(parts) == (
        "Dataset(here: 3 + 3 + 3 samples x 2 features, classes [0, 1, 2, 3, 4, 5, ... (300)])"
    )
