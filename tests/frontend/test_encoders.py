"""Equal steps: thresholds are where rounding in float32 changes, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.encoders import step_thresholds, with_uniform_encoder
from logicjsc.netlist import NetlistBuilder
from logicjsc.netlist.codes import values_of


def wires(width, *, signed):
    builder = NetlistBuilder("wires")
    inputs = [builder.input(name, width, signed=signed) for name in "ab"]
    return builder.build([builder.add(inputs)])


@given(
    scale=st.sampled_from([0.25, 0.1, 1.0, 3.7e-3, 250.0]),
    offset=st.sampled_from([0.0, 0.3, -17.0]),
    width=st.integers(1, 7),
    signed=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50, deadline=None)
def test_codes_are_rounded_quotients(scale, offset, width, signed, seed):
    netlist = with_uniform_encoder(wires(width, signed=signed), scale, offset)
    rng = np.random.default_rng(seed)
    reach = scale * (1 << width)
    x = (rng.uniform(-reach, reach, (400, 2)) + offset).astype(np.float32)
    halves = (rng.integers(-20, 20, (100, 2)) + 0.5) * scale + offset
    beside = halves.astype(np.float32)
    x = np.concatenate([x, beside, np.nextafter(beside, np.inf), np.nextafter(beside, -np.inf)])
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    expected = np.clip(np.round((x - np.float32(offset)) / np.float32(scale)), low, high)
    codes = netlist.encoder.encode(x)
    np.testing.assert_array_equal(values_of(codes, width, signed=signed), expected)


def test_a_threshold_is_the_least_number_that_is_rounded_to_its_value():
    values = np.arange(-30, 30)
    found = step_thresholds(values, 0.1, 0.3)

    def rounded(x):
        return np.round((x - np.float32(0.3)) / np.float32(0.1))

    assert (rounded(found) >= values).all()
    assert (rounded(np.nextafter(found, np.float32(-np.inf))) < values).all()


def test_a_network_of_codes_gets_features(tmp_path):
    file = tmp_path / "xor.blif"
    file.write_text(".model m\n.inputs a b\n.outputs y\n.names a b y\n10 1\n01 1\n.end\n")
    network = lj.import_model(file, input_scale=2.0, input_offset=1.0)
    # Halves are rounded to the even number, 0.
    above = float(np.nextafter(np.float32(2), np.float32(3)))
    assert network.tables.encoder.thresholds.tolist() == [[above], [above]]
    assert network.tables.encoder.feature_names == ("a", "b")


def test_what_cannot_have_equal_steps_is_refused():
    netlist = wires(3, signed=False)
    with pytest.raises(ImportedModelError, match="must be a positive number"):
        with_uniform_encoder(netlist, -1.0, 0.0)
    with pytest.raises(ImportedModelError, match="at most 12; feed codes"):
        with_uniform_encoder(wires(13, signed=True), 1.0, 0.0)
    encoded = with_uniform_encoder(netlist, 1.0, 0.0)
    with pytest.raises(ImportedModelError, match="says itself how features become codes"):
        with_uniform_encoder(encoded, 1.0, 0.0)
