"""Thermometers become encoders of one bit per threshold that is read."""

import numpy as np
import pytest

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.thermometers import Thermometer, read_thermometer

BARS = np.array([[0.0, 0.0, 2.0], [5.0, 1.0, 3.0]], np.float32)


def test_bits_that_are_read_have_an_input_and_equal_ones_share_it():
    used = np.array([1, 1, 0, 1, 1, 1], bool)
    encoder, inputs, places = Thermometer(BARS).encoder(("a", "b"), used, "float64")
    assert inputs == ("a_0", "b_0", "b_1", "b_2")
    assert places.tolist() == [0, 0, -1, 3, 1, 2]
    x = np.array([[0.0, 3.0], [1e-45, 3.1], [-1.0, 9.0]], np.float32)
    codes = encoder.encode(x)
    expected = (x[:, :, None] > BARS).reshape(3, -1)
    for bit in np.flatnonzero(used):
        assert (codes[:, places[bit]] == expected[:, bit]).all()


def test_a_single_bit_has_the_name_of_its_feature():
    thermometer = Thermometer(np.full((3, 1), 0.5, np.float32))
    encoder, inputs, places = thermometer.encoder(
        ("a", "b", "c"), np.array([True, False, True]), "float64"
    )
    assert inputs == ("a", "c")
    assert places.tolist() == [0, -1, 1]
    assert encoder.encode(np.array([[0, 1, 1]])).tolist() == [[0, 1]]


def test_thresholds_are_found_wherever_they_are_kept():
    for held in (
        {"thresholds": BARS},
        {"thermometer": BARS},
        {"thermometer": {"thresholds": BARS}, "scaler": None},
        {"thermometre": {"thresholds": BARS.tolist()}},
    ):
        found = read_thermometer(held, "file", 6)
        assert (found.thresholds == BARS).all()
        assert found.mean is None
    scaled = {"thresholds": BARS, "scaler": {"mean": [1.0, 2.0], "scale": [3.0, 4.0]}}
    assert read_thermometer(scaled, "file", 6).scale.tolist() == [3.0, 4.0]
    assert read_thermometer({"thresholds": BARS[0]}, "file", 8).thresholds.shape == (3, 3)
    assert read_thermometer({}, "file", 6) is None
    with pytest.raises(ImportedModelError, match="file: the scaler has no mean and scale"):
        read_thermometer({"thresholds": BARS, "scaler": {"mean": [1.0]}}, "file", 6)
