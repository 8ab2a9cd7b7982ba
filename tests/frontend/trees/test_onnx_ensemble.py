"""The node TreeEnsemble of ai.onnx.ml 5, against onnxruntime."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.onnx_graph import read_onnx
from logicjsc.netlist import evaluate

from .conftest import imported

# Tree 0: x0 <= 0.5 leads to leaf 0, else x1 < 1 to leaves 1 and 2.
# Tree 1: x1 > 0 leads to leaf 3, else to leaf 4.
FOREST = {
    "nodes_featureids": [0, 1, 1],
    "nodes_splits": [0.5, 1.0, 0.0],
    "nodes_modes": [0, 1, 3],
    "nodes_truenodeids": [0, 1, 3],
    "nodes_trueleafs": [1, 1, 1],
    "nodes_falsenodeids": [1, 2, 4],
    "nodes_falseleafs": [0, 1, 1],
    "tree_roots": [0, 2],
    "leaf_targetids": [0, 1, 0, 1, 0],
    "leaf_weights": [1.0, 2.0, 4.0, 8.0, 0.5],
    "n_targets": 2,
}
TENSORS = {"nodes_splits": np.float32, "nodes_modes": np.uint8, "leaf_weights": np.float32}


def forest(folder, after=(), **changed):
    """A file of two trees."""
    given = {
        name: numpy_helper.from_array(np.array(value, TENSORS[name])) if name in TENSORS else value
        for name, value in {**FOREST, **changed}.items()
    }
    trees = helper.make_node("TreeEnsemble", ["x"], ["t"], domain="ai.onnx.ml", **given)
    nodes = [trees, *after]
    kind = TensorProto.INT64 if after and after[-1].op_type == "ArgMax" else TensorProto.FLOAT
    shape = [None, None] if kind == TensorProto.FLOAT else [None]
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info(nodes[-1].output[0], kind, shape)],
    )
    opsets = [helper.make_opsetid("", 19), helper.make_opsetid("ai.onnx.ml", 5)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), folder / "model.onnx")
    return folder / "model.onnx"


ROWS = np.stack(np.meshgrid(*[np.float32([-1, 0, 0.25, 0.5, 0.75, 1, 2])] * 2), -1).reshape(-1, 2)


@pytest.mark.parametrize("aggregate", [0, 1])
@pytest.mark.parametrize("modes", [[0, 1, 3], [2, 3, 0], [4, 5, 1]])
def test_values_are_those_of_onnxruntime(tmp_path, aggregate, modes):
    file = forest(tmp_path, aggregate_function=aggregate, nodes_modes=modes)
    _, decide = read_onnx(onnx.load(file))
    found = imported(file, leaf_bits=16)
    netlist = found.netlist
    scores = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(ROWS)))
    np.testing.assert_allclose(scores, decide(ROWS), rtol=1e-6)
    assert found.facts["random_rows_decided_otherwise"] == 0


@pytest.mark.parametrize("post", [0, 2])
def test_an_argmax_behind_the_trees_makes_classes(tmp_path, post):
    argmax = helper.make_node("ArgMax", ["t"], ["y"], axis=1, keepdims=0)
    file = forest(tmp_path, [argmax], post_transform=post)
    _, decide = read_onnx(onnx.load(file))
    netlist = imported(file).netlist
    made = netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(ROWS)))
    np.testing.assert_array_equal(made, decide(ROWS))
    assert set(made.tolist()) == {0, 1}


BAD = {
    "lengths": ({"nodes_splits": [0.5]}, "lists of nodes differ in length"),
    "leaves": ({"leaf_targetids": [0]}, "lists of leaves differ in length"),
    "circle": ({"nodes_falsenodeids": [0, 2, 4]}, "lead in a circle or join"),
    "shared root": ({"tree_roots": [0, 1]}, "lead in a circle or join"),
    "child": ({"nodes_falsenodeids": [7, 2, 4]}, "leads to node 7, which does not exist"),
    "leaf": ({"nodes_falsenodeids": [1, 9, 4]}, "leads to leaf 9, which does not exist"),
    "members": ({"nodes_modes": [6, 1, 3]}, "mode BRANCH_MEMBER"),
    "mode": ({"nodes_modes": [9, 1, 3]}, "mode 9 stands for nothing"),
    "minimum": ({"aggregate_function": 2}, "joined by MIN and NONE"),
    "target": ({"leaf_targetids": [0, 1, 5, 1, 0]}, "adds to output 5 of 2"),
    "last wins": (
        {
            "after": [
                helper.make_node("ArgMax", ["t"], ["y"], axis=1, select_last_index=1, keepdims=0)
            ]
        },
        "not along the classes with the first winning",
    ),
    "one value": (
        {
            "after": [helper.make_node("ArgMax", ["t"], ["y"], axis=1, keepdims=0)],
            "n_targets": 1,
            "leaf_targetids": [0] * 5,
        },
        "trees that have one value",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_ensembles_are_one_sentence_each(tmp_path, case):
    changed, sentence = BAD[case]
    with pytest.raises(ImportedModelError, match=sentence) as refusal:
        imported(forest(tmp_path, **changed))
    assert "\n" not in str(refusal.value)
