"""Codes of 16 bits are rounded numbers, with the same values as onnxruntime's own."""

from __future__ import annotations

import numpy as np
import pytest
from reference.typed_models import Writer

from logicjsc.frontend.onnx.lowering.wide import lower_wide_codes
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate


def wide_model(dtype, scale, zero, ends=()):
    writer = Writer(3)
    step, origin = writer.constant(scale), writer.constant(zero, dtype)
    codes = writer.node("QuantizeLinear", "x", step, origin)
    if ends:
        codes = writer.node("Clip", codes, *(writer.constant(end, dtype) for end in ends))
    return writer.model(writer.node("DequantizeLinear", codes, step, origin))


@pytest.mark.parametrize(
    ("dtype", "zero"), [(np.int16, 0), (np.int16, -7), (np.uint16, 0), (np.uint16, 300)]
)
def test_values_are_those_of_the_quantiser(dtype, zero):
    model = wide_model(dtype, 0.37, zero)
    x = np.random.default_rng(0).normal(0, 200, (2000, 3)).astype(np.float32)
    x[:50] = np.random.default_rng(1).integers(-20, 20, (50, 3)) * np.float32(0.185)
    x[50] = [1e9, -1e9, 0]
    (ours,), (theirs,) = (run_once(m, {"x": x}) for m in (lower_wide_codes(model), model))
    np.testing.assert_array_equal(ours, theirs)


def test_clipped_codes_of_ten_bits_become_signals():
    """onnxruntime has no Clip of 16 bits, so the definition is the reference."""
    model = wide_model(np.int16, 0.25, 3, ends=(-500, 400))
    netlist = tabulate(model, "wide")
    assert netlist.input_widths.tolist() == [10] * 3
    x = np.random.default_rng(0).normal(0, 60, (2000, 3)).astype(np.float32)
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    codes = np.clip(np.round(x / np.float32(0.25)) + 3, -500, 400)
    np.testing.assert_array_equal(made, (codes - 3) * np.float32(0.25))


def test_other_models_stay_as_they_are():
    writer = Writer(3)
    model = writer.model(writer.quantised("x", 0.5))
    assert lower_wide_codes(model) is model
