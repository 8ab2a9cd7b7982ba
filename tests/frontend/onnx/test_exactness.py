"""Sums in other types than float32: equal to the model bit by bit, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from reference.typed_models import adding_model, integer_model, rounded_model

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.exactness import FloatType, is_power_of_two, is_shift, odd_part
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import SumLayer, evaluate

QUICK = settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
HOW = ("MatMul", "Gemm", "ReduceSum", "Add")


def differing(model, netlist, scale, seed=0):
    """Rows on which a netlist and onnxruntime differ, for features about as large as a scale."""
    features = len(netlist.encoder.feature_names)
    rows = scale * np.random.default_rng(seed).normal(0, 5, (5000, features)).astype(np.float32)
    (scores,) = Session(model).run({"x": rows.astype(np.float32)})
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(rows)))
    return int((scores != made).any(axis=1).sum())


@QUICK
@given(
    st.sampled_from(["float16", "float", "double"]),
    st.floats(-20, 4),
    st.sampled_from(HOW),
    st.booleans(),
)
@example("float16", float(np.log2(0.1)), "MatMul", True)
@example("float16", -24.0, "Add", False)
@example("float16", 15.0, "Add", True)
def test_many_signals_are_added_exactly_or_refused(kind, exponent, how, dequantised):
    scale = float(np.float16(2.0**exponent))
    if scale == 0.0 or (kind == "double" and dequantised):
        return
    model = adding_model(kind, scale, how, dequantised=dequantised)
    try:
        netlist = tabulate(model, "n")
    except OnnxModelError as error:
        assert "node" in str(error) or "quantiser" in str(error)  # noqa: PT017 - either is right
        return
    assert differing(model, netlist, scale) == 0


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kind", ["float16", "float", "double"])
def test_signals_of_a_round_scale_are_adders_in_every_type(kind, how):
    model = adding_model(kind, 0.25, how)
    netlist = tabulate(model, "n")
    assert any(isinstance(layer, SumLayer) for layer in netlist.layers)
    assert differing(model, netlist, 0.25) == 0


@pytest.mark.parametrize("how", ["MatMul", "Add"])
def test_a_sum_that_float16_rounds_is_refused_by_node_type_and_fix(how):
    model = adding_model("float16", 0.1, how, dequantised=True)
    with pytest.raises(
        OnnxModelError,
        match=rf"node '{how}\d+' \({how}\) adds, but float16 does not hold its sums exactly .*"
        r"export the model in float32",
    ):
        tabulate(model, "n")


@pytest.mark.parametrize("how", HOW)
def test_few_signals_are_tables_in_every_type(how):
    model = adding_model("float16", 0.1, how, terms=3, dequantised=True)
    netlist = tabulate(model, "n")
    assert not any(isinstance(layer, SumLayer) for layer in netlist.layers)
    assert differing(model, netlist, 0.1) == 0


def test_a_type_that_numpy_does_not_have_is_run_all_the_same():
    model = rounded_model()
    assert differing(model, tabulate(model, "n"), 0.3) == 0


@pytest.mark.parametrize("operator", ["Add", "Div", "Max", "Mod", "Mul", "Square", "Sub"])
@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8"])
def test_whole_numbers_overflow_in_tables_as_they_do_in_the_model(kind, operator):
    model = integer_model(kind, operator)
    try:
        netlist = tabulate(model, "n")
    except OnnxModelError as error:
        # onnxruntime does not have every operator for every type.
        assert "is not implemented" in str(error)  # noqa: PT017 - either is right
        assert kind in str(error)  # noqa: PT017
        return
    assert differing(model, netlist, 1.0) == 0


@pytest.mark.parametrize("operator", ["Pow", "Mod", "Div"])
def test_few_bits_of_other_arithmetic_are_tables(operator):
    attributes = {"fmod": 1} if operator == "Mod" else {}
    model = float_model(operator, **attributes)
    assert differing(model, tabulate(model, "n"), 0.5) == 0


def float_model(operator, **attributes):
    from reference.typed_models import Writer

    writer = Writer(2)
    signals = writer.quantised("x", 0.5)
    left, right = (
        writer.node("Gather", signals, writer.constant([place], np.int64), axis=1)
        for place in range(2)
    )
    shifted = writer.node("Add", writer.node("Abs", right), writer.constant(0.7))
    made = writer.node(operator, writer.node("Abs", left), shifted, **attributes)
    return writer.model(writer.quantised(made, 0.25))


@pytest.mark.parametrize(
    ("kind", "bits", "largest"),
    [("float16", 11, 65504.0), ("bfloat16", 8, 3.39e38), ("float32", 24, 3.4e38)],
)
def test_facts_of_types(kind, bits, largest):
    import ml_dtypes

    dtype = ml_dtypes.bfloat16 if kind == "bfloat16" else np.dtype(kind)
    found = FloatType.of(dtype)
    assert (found.name, found.bits) == (kind, bits)
    assert found.largest == pytest.approx(largest, rel=1e-2)
    assert FloatType.of(np.int8) is None


@pytest.mark.parametrize(
    ("units", "reach", "added", "flaw"),
    [
        ([0.5], [1024.0], [True], ""),
        ([0.5], [1025.0], [True], "does not hold"),
        ([0.1], [8.0], [False], ""),
        ([2.0**-24], [1.0], [True], "does not hold"),
        ([2.0**-25], [2.0**-20], [True], "as small"),
        ([1.0], [70000.0], [False], "overflows"),
        ([np.inf], [0.0], [False], ""),
    ],
)
def test_what_float16_holds(units, reach, added, flaw):
    found = FloatType.of(np.float16).flaw_of_sums(np.array(units), np.array(reach), np.array(added))
    assert (flaw in found) if flaw else (found == "")


@QUICK
@given(st.integers(1, 200), st.integers(1, 60), st.integers(-20, 4), st.integers(0, 2**32 - 1))
def test_sums_without_a_flaw_are_exact_in_any_order(odd, terms, exponent, seed):
    """Naive: add float16 numbers one by one in a random order, and compare with whole numbers."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-8, 8, terms)
    unit = odd * 2.0**exponent
    reach = 8 * terms * unit
    facts = FloatType.of(np.float16)
    if facts.flaw_of_sums(np.array([unit]), np.array([reach]), np.array([True])):
        return
    total = np.float16(0)
    for step in rng.permutation(steps):
        total = np.float16(total + np.float16(step) * np.float16(unit))
    assert float(total) == float(steps.sum()) * unit


def test_powers_and_odd_parts():
    numbers = np.array([0.5, 3.0, 0.75, 1024.0, 1.5e-5])
    assert is_power_of_two(numbers).tolist() == [True, False, False, True, False]
    assert is_shift(np.array([0, -2, 3])).tolist() == [True, True, False]
    assert odd_part(numbers[:4]).tolist() == [1, 3, 3, 1]
