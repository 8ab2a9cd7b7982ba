"""Models of other types and shapes get float32 features, and see what these stand for."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.inputs import input_form, with_float_features
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate

TYPES = {
    "double": TensorProto.DOUBLE,
    "float16": TensorProto.FLOAT16,
    "int8": TensorProto.INT8,
    "uint8": TensorProto.UINT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
}


def typed_model(kind, shape=("N", 4)):
    writer = Writer(4)
    flat = writer.node("Flatten", "x", axis=1) if len(shape) > 2 else "x"
    model = writer.model(
        writer.quantised(writer.cast(flat, "float"), 0.5, bits=4), features=list(shape)
    )
    model.graph.input[0].type.tensor_type.elem_type = TYPES[kind]
    return model


@pytest.mark.parametrize("kind", TYPES)
def test_the_model_gets_the_numbers_in_its_own_type(kind):
    model = typed_model(kind)
    form = input_form(model)
    rng = np.random.default_rng(0)
    x = rng.normal(0, 3, (300, 4)).astype(np.float32)
    x[:6, 0] = [3e38, -3e38, 300.7, -300.7, 1e-40, 70000]
    (theirs,) = run_once(model, {"x": form.convert(x)})
    (ours,) = run_once(with_float_features(model, form), {"x": x})
    np.testing.assert_array_equal(ours, theirs)
    netlist = tabulate(model, "typed")
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, theirs)


def test_conversion_is_what_it_says():
    form = input_form(typed_model("uint8"))
    features = np.array([[0.9, 3.7, -5, 400]], np.float32)
    assert form.convert(features).tolist() == [[0, 3, 0, 255]]
    bits = input_form(typed_model("bool"))
    assert bits.convert(np.array([[0, 0.5, 1, 7]], np.float32)).tolist() == [[0, 0, 1, 1]]


@pytest.mark.parametrize("shape", [("N", 2, 2), (1, 1, 4), ("N", 1, 2, 2)])
def test_samples_of_several_axes_are_flattened_as_numpy_does(shape):
    model = typed_model("double", shape)
    form = input_form(model)
    assert form.features == 4
    x = np.random.default_rng(1).normal(0, 3, (1, 4)).astype(np.float32)
    (theirs,) = run_once(model, {"x": x.reshape(1, *shape[1:]).astype(np.float64)})
    netlist = tabulate(model, "shaped")
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, theirs)


def test_what_is_no_number_or_has_no_fixed_size_is_refused():
    model = typed_model("double")
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING
    with pytest.raises(OnnxModelError, match="its type is string"):
        input_form(model)
    with pytest.raises(OnnxModelError, match="fixed number of features"):
        input_form(typed_model("double", ("N", "M")))
    with pytest.raises(OnnxModelError, match="fixed number of features"):
        input_form(typed_model("double", (4,)))


@pytest.mark.parametrize("shape", [(4, "N"), (2, "N", 3), (2, 3, "N")])
@pytest.mark.parametrize("product", [False, True])
def test_samples_may_lie_on_any_axis_of_the_input(shape, product):
    writer = Writer(4)
    axis, rank = shape.index("N"), len(shape)
    features = int(np.prod([length for length in shape if length != "N"]))
    number = "x"
    if product and rank == 2:  # codes that have their samples on the second axis
        weights = np.random.default_rng(0).normal(size=(3, features)).astype(np.float32)
        number = writer.node("MatMul", writer.constant(weights), writer.quantised("x", 0.5, 2))
    order = [axis, *(other for other in range(rank) if other != axis)]
    flat = writer.node("Flatten", writer.node("Transpose", number, perm=order), axis=1)
    model = writer.model(writer.quantised(flat, 0.5), features=list(shape))
    netlist = tabulate(model, "turned")
    x = np.random.default_rng(1).normal(size=(200, features)).astype(np.float32)
    given = np.moveaxis(x.reshape(200, *(n for n in shape if n != "N")), 0, axis)
    (theirs,) = run_once(model, {"x": given})
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, theirs)
