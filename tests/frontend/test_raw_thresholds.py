"""Raw thresholds decide as the standardised ones, at every float32 number near them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.onnx.probes import from_ordinal, to_ordinal
from logicjsc.frontend.raw_thresholds import raw_thresholds

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
ARITHMETIC = ("float64", "float32")


def around(number, steps=400):
    """All float32 numbers beside one, and some of all sizes."""
    largest = np.finfo(np.float32).max
    near = np.clip(number, -largest, largest).astype(np.float32)
    limit = int(to_ordinal(np.float32(largest)))
    ordinals = np.arange(-steps, steps + 1) + int(to_ordinal(near))
    far = np.linspace(-limit, limit, 999).astype(np.int64)
    return from_ordinal(np.clip(np.concatenate([ordinals, far]), -limit, limit))


def computed(x, mean, scale, arithmetic):
    with np.errstate(over="ignore", under="ignore"):
        if arithmetic == "float64":
            return ((x.astype(np.float64) - mean) / scale).astype(np.float32)
        return (x - np.float32(mean)) / np.float32(scale)


@settings(max_examples=300)
@given(
    FINITE,
    st.floats(-1e30, 1e30),
    st.floats(2**-126, 1e30),
    st.booleans(),
    st.sampled_from(ARITHMETIC),
)
def test_each_number_is_decided_as_the_training_did(threshold, mean, scale, strict, arithmetic):
    found = raw_thresholds(
        np.array([[threshold]]),
        np.array([mean]),
        np.array([scale]),
        strict=strict,
        arithmetic=arithmetic,
    )
    assert found.dtype == np.float32
    x = around(found[0, 0])
    values = computed(x, mean, scale, arithmetic)
    expected = values > np.float32(threshold) if strict else values >= np.float32(threshold)
    assert ((x >= found[0, 0]) == expected).all()


@pytest.mark.parametrize("arithmetic", ARITHMETIC)
def test_sklearns_own_scaler_decides_the_same(arithmetic):
    rng = np.random.default_rng(3)
    features = (rng.normal(size=(5000, 4)) * [1, 1e-3, 1e4, 7] + [0, 5, -1e5, 1e-6]).astype(
        arithmetic
    )
    scaler = StandardScaler().fit(features)
    standardised = scaler.transform(features).astype(np.float32)
    # Thresholds that samples hit exactly.
    thresholds = standardised[:50].T
    found = raw_thresholds(thresholds, scaler.mean_, scaler.scale_, arithmetic=arithmetic)
    asked = features.astype(np.float32)
    if arithmetic == "float64":
        # Samples are float32 in a netlist, so they are for the scaler.
        standardised = scaler.transform(asked.astype(np.float64)).astype(np.float32)
    expected = standardised[:, :, None] >= thresholds
    assert ((asked[:, :, None] >= found) == expected).all()


def test_without_scaling_the_thresholds_stay_or_move_by_one_number():
    bars = np.array([[0.5, -1.25], [0.0, np.finfo(np.float32).max]], np.float32)
    assert (raw_thresholds(bars) == bars).all()
    above = raw_thresholds(bars, strict=True)
    with np.errstate(over="ignore"):
        assert (above == np.nextafter(bars, np.float32(np.inf))).all()
    assert np.isinf(above[1, 1])  # no finite number exceeds the largest


def test_what_all_or_no_numbers_reach():
    found = raw_thresholds(
        np.array([[-1e38, 1e38]]), np.array([0.0]), np.array([1e10]), arithmetic="float64"
    )
    assert found[0, 0] == -np.finfo(np.float32).max
    assert found[0, 1] == np.inf


@pytest.mark.parametrize(
    ("mean", "scale", "sentence"),
    [
        ([0.0], [0.0], "scales must be positive"),
        ([0.0], [-1.0], "scales must be positive"),
        ([np.nan], [1.0], "must be finite"),
        ([0.0], [np.inf], "must be finite"),
        ([0.0, 1.0], [1.0], "2 means for 1 features"),
        ([0.0], [1.0, 2.0], "2 scales for 1 features"),
    ],
)
def test_scalers_that_scale_nothing_are_refused(mean, scale, sentence):
    with pytest.raises(ImportedModelError, match=sentence):
        raw_thresholds(np.array([[0.5]]), np.array(mean), np.array(scale))
