"""Opening an ONNX model: what is read, what is folded, what is refused by name."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from reference.damaged_files import HTML_PAGE
from reference.onnx_builder import Builder
from reference.onnx_models import FOREIGN, foreign_model

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of


def model_of(*nodes, constants=None, features=(None, 4), output="y", opset=17):
    """A model straight from nodes; ``features`` is the input's shape."""
    graph = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, features)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(v), name) for name, v in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model


def model_with_function(name, body):
    """A model whose only node calls a function of its own."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    model = model_of(helper.make_node(name, ["x"], ["y"], domain="mine"))
    model.functions.append(helper.make_function("mine", name, ["a"], ["b"], [body], imports))
    model.opset_import.append(imports[1])
    return model


class TestLoading:
    def test_what_was_saved_is_loaded(self, tmp_path):
        model = foreign_model("skip_connections").model
        helper.set_model_props(model, {"colour": "grün"})
        onnx.save(model, tmp_path / "model.onnx")
        loaded = load_onnx(tmp_path / "model.onnx")
        assert loaded == model
        assert metadata_of(loaded) == {"colour": "grün"}

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(OnnxModelError, match=r"there is no ONNX model .*gone\.onnx"):
            load_onnx(tmp_path / "gone.onnx")

    def test_a_folder_is_refused(self, tmp_path):
        with pytest.raises(OnnxModelError, match="is not a valid ONNX model"):
            load_onnx(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"\x00" * 100, HTML_PAGE, b"PK\x03\x04", b"{}"])
    @pytest.mark.parametrize("suffix", ["onnx", "json", "txt"])
    def test_a_file_that_is_no_onnx_is_refused(self, tmp_path, content, suffix):
        path = tmp_path / f"model.{suffix}"
        path.write_bytes(content)
        with pytest.raises(OnnxModelError, match=rf"model\.{suffix} is not a valid ONNX model \("):
            load_onnx(path)

    def test_a_file_cut_anywhere_is_refused(self, tmp_path):
        content = foreign_model("dense_transposed").model.SerializeToString()
        path = tmp_path / "model.onnx"
        for end in range(0, len(content) - 1, 37):
            path.write_bytes(content[:end])
            with pytest.raises(OnnxModelError, match="is not a valid ONNX model"):
                Graph(load_onnx(path))


class TestShape:
    def test_constants_are_folded_and_shapes_are_those_of_one_sample(self):
        graph = Graph(foreign_model("quantised_weights").model)
        assert graph.features == 4
        assert [node.op_type for node in graph.nodes].count("DequantizeLinear") == 3
        weight = graph.constants["t3"]
        assert weight.shape == (5, 4)
        np.testing.assert_array_equal(weight * 4, np.rint(weight * 4))
        assert graph.shapes["x"] == (1, 4)
        assert graph.shapes[graph.output] == (1, 3)
        assert graph.dtypes["t2"] == np.float32

    @pytest.mark.parametrize("opset", [13, 17, 21])
    @pytest.mark.parametrize("kind", FOREIGN)
    def test_every_tensor_has_the_shape_that_onnx_infers(self, kind, opset):
        model = foreign_model(kind, opset).model
        graph = Graph(model)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        checked = 0
        for entry in inferred.graph.value_info:
            if entry.name in graph.shapes:
                sizes = [axis.dim_value for axis in entry.type.tensor_type.shape.dim]
                assert list(graph.shapes[entry.name][1:]) == sizes[1:]
                kind_of = helper.np_dtype_to_tensor_dtype(graph.dtypes[entry.name])
                assert kind_of == entry.type.tensor_type.elem_type
                checked += 1
        assert checked >= len(graph.nodes) - 1

    def test_initialisers_listed_as_inputs_stay_constants(self):
        model = foreign_model("one_layer").model
        for tensor in model.graph.initializer:
            model.graph.input.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
        assert Graph(model).features == 4

    @pytest.mark.parametrize("name", ["Add", "Anything"])
    def test_local_functions_are_written_out(self, name):
        graph = Graph(model_with_function(name, helper.make_node("Relu", ["a"], ["b"])))
        assert [node.op_type for node in graph.nodes] == ["Relu"]
        (result,) = graph.subgraph([], ["y"]).run({"x": np.array([[-1, 2, -3, 4]], np.float32)})
        np.testing.assert_array_equal(result, [[0, 2, 0, 4]])

    def test_functions_that_call_themselves_are_refused(self):
        model = model_with_function("Echo", helper.make_node("Echo", ["a"], ["b"], domain="mine"))
        with pytest.raises(OnnxModelError, match=r"local functions cannot be used \(Cycle"):
            Graph(model)


class TestSubgraph:
    def test_a_part_runs_from_tensors_to_tensors(self):
        foreign = foreign_model("dense_transposed")
        graph = Graph(foreign.model)
        x = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
        middle = next(node.output[0] for node in graph.nodes if node.op_type == "Gemm")
        (sums,) = graph.subgraph([], [middle]).run({"x": x})
        (scores,) = graph.subgraph([], [graph.output]).run({"x": x})
        part = graph.subgraph([middle], [graph.output])
        assert part.inputs == [middle]
        np.testing.assert_array_equal(part.run({middle: sums})[0], scores)

    def test_sources_that_do_not_matter_are_no_inputs(self):
        graph = Graph(foreign_model("dense_transposed").model)
        names = [node.output[0] for node in graph.nodes]
        assert graph.subgraph([names[2], names[5]], [names[6]]).inputs == [names[5]]

    def test_the_features_come_in_where_a_path_leads_past_the_sources(self):
        builder = Builder(2)
        left, right = builder.node("Neg", "x"), builder.node("Abs", "x")
        total = builder.node("Add", left, right)
        graph = Graph(builder.proto(total, 2))
        assert graph.subgraph([left], [total]).inputs == [left, "x"]


class TestRefusals:
    def test_two_inputs(self):
        model = model_of(helper.make_node("Add", ["x", "z"], ["y"]))
        model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [None, 4]))
        with pytest.raises(OnnxModelError, match="2 inputs and 1 outputs; one input of features"):
            Graph(model)

    def test_two_outputs(self):
        model = model_of(helper.make_node("Neg", ["x"], ["y"]))
        model.graph.output.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4]))
        with pytest.raises(OnnxModelError, match=r"1 inputs and 2 outputs; .* one output of class"):
            Graph(model)

    @pytest.mark.parametrize("shape", [(None,), (None, None), (None, 2, None), (None, 0), None])
    def test_inputs_that_are_no_table_of_features(self, shape):
        model = model_of(helper.make_node("Neg", ["x"], ["y"]), features=shape)
        with pytest.raises(
            OnnxModelError, match=r"'x' must be a float32 matrix \[samples, features"
        ):
            Graph(model)

    def test_samples_that_are_joined(self):
        node = helper.make_node("Reshape", ["x", "shape"], ["y"])
        model = model_of(node, constants={"shape": np.array([-1, 8])}, features=(None, 4))
        with pytest.raises(OnnxModelError, match=r"Reshape"):
            Graph(model)

    def test_a_batch_of_one_that_is_only_declared_is_accepted(self):
        foreign = foreign_model("one_layer")
        foreign.model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
        assert Graph(foreign.model).shapes["x"] == (1, 4)

    @pytest.mark.parametrize("features", [17, 23, 16])
    def test_features_taken_for_the_batch(self, features):
        node = helper.make_node("Transpose", ["x"], ["y"], perm=[1, 0])
        with pytest.raises(OnnxModelError, match="'y' does not keep the batch"):
            Graph(model_of(node, features=(None, features)))

    @pytest.mark.parametrize(
        ("node", "constants"),
        [
            (helper.make_node("Softmax", ["x"], ["y"], axis=0), {}),
            (
                helper.make_node("Slice", ["x", "last", "first", "axis", "back"], ["y"]),
                {"last": [-1], "first": [-(2**31)], "axis": [0], "back": [-1]},
            ),
        ],
    )
    def test_operations_across_the_samples_of_a_batch(self, node, constants):
        constants = {name: np.array(value, np.int64) for name, value in constants.items()}
        with pytest.raises(OnnxModelError, match=r"'y' of one sample depends on the other samples"):
            Graph(model_of(node, constants=constants))

    def test_control_flow(self):
        branch = helper.make_graph(
            [helper.make_node("Neg", ["x"], ["b"])],
            "branch",
            [],
            [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
        )
        node = helper.make_node(
            "If", ["c"], ["y"], name="choice", then_branch=branch, else_branch=branch
        )
        with pytest.raises(OnnxModelError, match=r"'choice' \(If\) .* without control flow"):
            Graph(model_of(node, constants={"c": np.array(True)}))

    def test_random_numbers(self):
        node = helper.make_node("RandomUniformLike", ["x"], ["y"], name="noise")
        with pytest.raises(
            OnnxModelError, match=r"'noise' \(RandomUniformLike\).* evaluation mode"
        ):
            Graph(model_of(node))

    def test_sparse_initialisers(self):
        model = foreign_model("one_layer").model
        dense = numpy_helper.from_array(np.ones(1, np.float32), "few")
        places = numpy_helper.from_array(np.zeros(1, np.int64), "places")
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(dense, places, [9]))
        with pytest.raises(OnnxModelError, match="'few' is stored sparse; store it as a dense"):
            Graph(model)

    def test_initialisers_of_the_wrong_size(self):
        model = foreign_model("one_layer").model
        model.graph.initializer[0].dims[:] = [7]
        name = model.graph.initializer[0].name
        with pytest.raises(OnnxModelError, match=f"initialiser '{name}' cannot be read"):
            Graph(model)

    def test_unknown_operators(self):
        with pytest.raises(OnnxModelError, match=r"onnxruntime refuses the model: .*Wonder"):
            Graph(model_of(helper.make_node("Wonder", ["x"], ["y"])))
