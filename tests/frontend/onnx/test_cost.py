"""Models that would take too much: named before they run; others are not held up."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from reference.onnx_models import FOREIGN, foreign_model
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx import cost
from logicjsc.frontend.onnx.cost import check_cost
from logicjsc.frontend.onnx.files import load_onnx
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.tabulate import tabulate


def signals(features=4):
    writer = Writer(features)
    return writer, writer.quantised("x", 0.5)


def blown_up(kind):
    """A model of few bytes, and the node that makes much of it."""
    writer, values = signals()
    if kind == "ConstantOfShape":
        large = writer.node(kind, writer.constant([3 * 10**9], np.int64))
    elif kind == "Range":
        ends = (writer.constant(end, np.int64) for end in (0, 4 * 10**9, 1))
        large = writer.node(kind, *ends)
    elif kind == "Resize":
        box = writer.node("Unsqueeze", values, writer.constant([2], np.int64))
        large = writer.node(kind, box, "", writer.constant([1, 1, 3e8]), mode="nearest")
    elif kind == "Pad":
        large = writer.node(kind, values, writer.constant([0, 0, 0, 2 * 10**9], np.int64))
    elif kind == "MatMul":
        box = writer.node("Unsqueeze", values, writer.constant([2], np.int64))
        large = writer.node(kind, box, writer.constant(np.ones((1, 8_000_000), np.int8)))
    elif kind == "Concat":
        large = values
        for _ in range(30):
            large = writer.node(kind, large, large, axis=1)
    else:
        large = writer.node(kind, values, writer.constant([1, 5 * 10**8], np.int64))
    axes = writer.constant([0], np.int64)
    return writer.model(writer.quantised(writer.node("ReduceMax", large, axes), 0.5))


@pytest.mark.parametrize(
    "kind", ["ConstantOfShape", "Range", "Resize", "Pad", "MatMul", "Concat", "Tile"]
)
def test_what_blows_up_is_named_before_it_runs(kind, monkeypatch):
    monkeypatch.setattr(cost, "_try_apart", None)
    with pytest.raises(OnnxModelError, match=rf"\({kind}\) makes .* MiB, .* check the sizes"):
        check_cost(blown_up(kind), "x")


def test_products_of_many_steps_are_named():
    writer, values = signals()
    wide = writer.node("Tile", values, writer.constant([1, 2500], np.int64))
    weights = writer.node("ConstantOfShape", writer.constant([10**4, 10**4], np.int64))
    for _ in range(500):
        wide = writer.node("MatMul", wide, weights)
    with pytest.raises(OnnxModelError, match=r"\(MatMul\) takes .* multiplications"):
        check_cost(writer.model(wide), "x")


@pytest.mark.parametrize("kind", FOREIGN)
def test_ordinary_models_are_not_tried_apart(kind, monkeypatch):
    monkeypatch.setattr(cost, "_try_apart", None)
    assert check_cost(foreign_model(kind).model, "x") > 0


def test_shapes_behind_shapes_are_known_without_a_trial(monkeypatch):
    monkeypatch.setattr(cost, "_try_apart", None)
    writer, values = signals()
    for _ in range(3):
        size = writer.node("Gather", writer.node("Shape", values), writer.constant(0, np.int64))
        rows = writer.node("Unsqueeze", size, writer.constant([0], np.int64))
        target = writer.node("Concat", rows, writer.constant([-1], np.int64), axis=0)
        values = writer.node("Relu", writer.node("Reshape", values, target))
    model = writer.model(writer.quantised(values, 0.5))
    assert check_cost(model, "x") > 0
    graph = Graph(model)
    assert {node.op_type for node in graph.nodes}.isdisjoint({"Shape", "Gather", "Concat"})
    assert tabulate(model, "n").inputs == 4


def test_a_model_of_unknown_size_is_tried_in_a_process_of_its_own(monkeypatch):
    """Its memory is limited there: this process goes on."""
    monkeypatch.setattr(cost, "_shapes_of", lambda _model: ({}, {}))
    monkeypatch.setattr(cost, "_TRIAL_MEMORY", 1 << 29)
    writer, values = signals()
    large = writer.node("Tile", values, writer.constant([1, 3 * 10**6], np.int64))
    model = writer.model(writer.node("ReduceMax", large, writer.constant([1], np.int64)))
    with pytest.raises(OnnxModelError, match=r"\(Tile\).*too much memory|within 0.5 GiB"):
        check_cost(model, "x")


def test_wide_layers_are_refused_by_node():
    writer = Writer(4)
    wide = writer.quantised(writer.node("Tile", "x", writer.constant([1, 2000], np.int64)), 0.5)
    model = writer.model(writer.quantised(writer.node("LpNormalization", wide, axis=1), 0.5))
    with pytest.raises(OnnxModelError, match=r"\(LpNormalization\) connects .* smaller"):
        QuantisedModel(Graph(model))


class TestFiles:
    def external(self, folder, **facts):
        model = foreign_model("one_layer").model
        tensor = numpy_helper.from_array(np.ones((2, 2), np.float32), "outside")
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": "outside.bin", **facts}.items():
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        model.graph.initializer.append(tensor)
        (folder / "model.onnx").write_bytes(model.SerializeToString())
        return folder / "model.onnx"

    def test_initialisers_in_another_file_are_read(self, tmp_path):
        (tmp_path / "outside.bin").write_bytes(np.ones(4, np.float32).tobytes())
        model = load_onnx(self.external(tmp_path))
        assert isinstance(model, onnx.ModelProto)

    def test_a_file_that_is_missing_is_named(self, tmp_path):
        with pytest.raises(OnnxModelError, match=r"outside\.bin.*keep .*together"):
            load_onnx(self.external(tmp_path))

    @pytest.mark.parametrize("facts", [{}, {"length": 36 * 10**9}])
    def test_a_file_of_many_bytes_is_not_read(self, tmp_path, facts):
        with (tmp_path / "outside.bin").open("wb") as stream:
            stream.truncate(36 * 10**9)  # no byte of it is on the disk
        with pytest.raises(OnnxModelError, match=r"'outside' .* larger than 1 GiB"):
            load_onnx(self.external(tmp_path, **facts))

    def test_a_shape_of_many_elements_is_not_made(self, tmp_path):
        model = foreign_model("one_layer").model
        tensor = model.graph.initializer.add()
        tensor.name, tensor.data_type = "huge", TensorProto.FLOAT
        tensor.dims.extend([10**6, 10**6])
        (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(OnnxModelError, match=r"'huge' of shape .* larger than 1 GiB"):
            load_onnx(tmp_path / "model.onnx")
