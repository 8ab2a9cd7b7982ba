"""Trees in ONNX files: of every exporter, with what they write around them."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import Asked, find_importer, read_model
from logicjsc.frontend.onnx.files import holds_trees
from logicjsc.frontend.trees.onnx_graph import read_onnx
from logicjsc.frontend.trees.trial import trial_rows
from logicjsc.netlist import digest_of, evaluate

from .conftest import BINARY, FEATURES, fitted, imported

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what exporters say of each other while they are imported
    import onnxmltools
    import skl2onnx
    from onnxmltools.convert.common.data_types import FloatTensorType

INPUT = [("features", FloatTensorType([None, 4]))]


def exported(name, folder, **options):
    """The ONNX file of a fitted model, as its own exporter writes it."""
    model, file = fitted(name), folder / f"{name.replace(' ', '-')}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name.startswith("catboost"):
            model.save_model(str(file), format="onnx")
            return file
        if name.startswith("sk"):
            proto = skl2onnx.to_onnx(model, FEATURES[:1], options=options or None)
        elif name.startswith("xgboost"):
            proto = onnxmltools.convert_xgboost(model, initial_types=INPUT)
        else:
            proto = onnxmltools.convert_lightgbm(model, initial_types=INPUT)
    onnx.save(proto, file)
    return file


EXPORTED = [
    *("sk boosted binary", "sk boosted classes", "sk boosted values", "sk forest binary"),
    *("sk forest classes", "sk forest values", "sk extra trees", "sk tree classes"),
    *("sk tree values", "xgboost binary", "xgboost classes", "xgboost values"),
    *("lightgbm binary", "lightgbm classes", "lightgbm values", "lightgbm counts"),
    *("catboost binary", "catboost classes", "catboost values"),
]


@pytest.mark.parametrize("name", EXPORTED)
def test_with_many_bits_onnxruntime_decides_the_same_of_every_row(tmp_path, name):
    file = exported(name, tmp_path)
    found = imported(file, leaf_bits=24)
    assert found.facts["random_rows_compared_with"] == "the model"
    assert found.facts["random_rows"] == 10_000
    assert found.facts["random_rows_decided_otherwise"] == 0
    ensemble, decide = read_onnx(onnx.load(file))
    rows = trial_rows(ensemble, 2000, seed=9)
    netlist = found.netlist
    decided = netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(rows)))
    theirs = decide(rows).reshape(decided.shape)
    if ensemble.kind == "value":
        assert np.abs(decided - theirs).max() <= 2e-5 * np.abs(theirs).max()
    else:
        assert (decided == theirs).all()


def test_labels_without_a_map_of_probabilities_are_taken_too(tmp_path):
    file = exported("sk forest classes", tmp_path, zipmap=False)
    assert imported(file, leaf_bits=24).facts["random_rows_decided_otherwise"] == 0


def test_words_for_classes_are_their_names(tmp_path):
    netlist = imported(exported("sk boosted classes", tmp_path)).netlist
    assert netlist.decoder.class_names == ("low", "middle", "top")
    assert netlist.encoder.feature_names == ("x0", "x1", "x2", "x3")


def test_the_kind_onnx_hands_trees_over(tmp_path):
    file = exported("lightgbm classes", tmp_path)
    assert holds_trees(onnx.load(file))
    other = read_model("onnx", file, Asked("trees", find_importer("onnx").settings()))
    assert digest_of(other.netlist) == digest_of(imported(file).netlist)


def test_an_average_that_an_exporter_got_wrong_is_refused(tmp_path):
    """This one divides a probability by the number of trees that were asked for."""
    import lightgbm

    model = lightgbm.LGBMClassifier(
        boosting_type="rf", bagging_freq=1, bagging_fraction=0.5, n_estimators=3, verbose=-1
    ).fit(FEATURES, BINARY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        proto = onnxmltools.convert_lightgbm(model, initial_types=INPUT)
    onnx.save(proto, tmp_path / "rf.onnx")
    with pytest.raises(ImportedModelError, match=r"decides \d+\.\d % of random rows otherwise"):
        imported(tmp_path / "rf.onnx")


STUMPS = {
    "nodes_treeids": [0, 0, 0, 1, 1, 1],
    "nodes_nodeids": [0, 1, 2, 0, 1, 2],
    "nodes_featureids": [0, 0, 0, 1, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"] * 2,
    "nodes_values": [0.5, 0.0, 0.0, 1.0, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 0, 1, 0, 0],
    "nodes_falsenodeids": [2, 0, 0, 2, 0, 0],
    "target_treeids": [0, 0, 1, 1],
    "target_nodeids": [1, 2, 1, 2],
    "target_ids": [0, 0, 0, 0],
    "target_weights": [1.0, 2.0, 4.0, 8.0],
    "n_targets": 1,
}


def regressor(folder, after=(), constants=(), kind=TensorProto.FLOAT, before=(), **changed):
    """A file of two stumps."""
    given = {**STUMPS, **changed}
    start = before[-1].output[0] if before else "x"
    nodes = [
        *before,
        helper.make_node("TreeEnsembleRegressor", [start], ["t"], domain="ai.onnx.ml", **given),
        *after,
    ]
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("x", kind, [None, 2])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in constants],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


@pytest.mark.parametrize(
    "modes",
    [("BRANCH_LT", "BRANCH_LEQ"), ("BRANCH_GT", "BRANCH_GTE"), ("BRANCH_EQ", "BRANCH_NEQ")],
)
def test_every_comparison_is_that_of_onnxruntime(tmp_path, modes):
    given = [modes[0], "LEAF", "LEAF", modes[1], "LEAF", "LEAF"]
    file = regressor(tmp_path, nodes_modes=given)
    ensemble, decide = read_onnx(onnx.load(file))
    netlist = imported(file).netlist
    near = [np.nextafter(np.float32(v), np.float32(w)) for v in (0.5, 1.0) for w in (-9, 9)]
    values = np.float32([-1, 0.5, 1, 2, *near])
    rows = np.stack(np.meshgrid(values, values), axis=-1).reshape(-1, 2)
    made = netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(rows)))
    assert (made == decide(rows)).all()
    assert (ensemble.raw(rows) == decide(rows)).all()


def test_scales_and_functions_behind_values_are_folded(tmp_path):
    after = [
        helper.make_node("Mul", ["t", "by"], ["u"]),
        helper.make_node("Add", ["u", "more"], ["v"]),
        helper.make_node("Exp", ["v"], ["y"]),
    ]
    file = regressor(tmp_path, after, [("by", -0.25), ("more", 0.5)], base_values=[0.5])
    found = imported(file)
    assert found.facts["random_rows_decided_otherwise"] == 0
    scores = found.netlist.decoder.decode(
        evaluate(found.netlist, found.netlist.encoder.encode(np.float32([[0, 0], [1, 2]])))
    )
    raw = np.array([0.5 + 1 + 4, 0.5 + 2 + 8])
    assert scores[:, 0] == pytest.approx(np.exp(-0.25 * raw + 0.5))


@pytest.mark.parametrize("how", ["SUM", "AVERAGE"])
def test_sums_and_averages_are_those_of_onnxruntime(tmp_path, how):
    file = regressor(tmp_path, aggregate_function=how, base_values=[0.5])
    assert imported(file).facts["random_rows_decided_otherwise"] == 0


def test_features_in_float64_are_compared_as_they_are(tmp_path):
    cast = helper.make_node("Cast", ["x"], ["c"], to=TensorProto.FLOAT)
    file = regressor(tmp_path, before=[cast], kind=TensorProto.DOUBLE)
    assert imported(file).facts["random_rows_decided_otherwise"] == 0


_scaler = helper.make_node(
    "Scaler", ["x"], ["c"], domain="ai.onnx.ml", offset=[0.0, 0.0], scale=[1.0, 2.0]
)

BAD = {
    "scaler": ({"before": [_scaler]}, "operator Scaler stands before the trees"),
    "clipped": (
        {"after": [helper.make_node("Floor", ["t"], ["y"])]},
        "operator Floor follows the trees",
    ),
    "integers": ({"kind": TensorProto.INT64}, "its input holds INT64; export it with float32"),
    "minimum": ({"aggregate_function": "MIN"}, "joined by MIN and NONE"),
    "probit": ({"post_transform": "PROBIT"}, "joined by SUM and PROBIT"),
    "members": (
        {"nodes_modes": ["BRANCH_MEMBER", "LEAF", "LEAF"] * 2},
        "mode BRANCH_MEMBER, which is no comparison with one number",
    ),
    "lengths": ({"nodes_values": [0.5]}, "lists of nodes differ in length"),
    "leaves": ({"target_weights": [1.0]}, "lists of leaves differ in length"),
    "circle": ({"nodes_truenodeids": [0, 0, 0, 1, 0, 0]}, "lead in a circle, are torn apart"),
    "child": ({"nodes_truenodeids": [7, 0, 0, 1, 0, 0]}, "leads to node 7, which does not exist"),
    "twice": ({"nodes_nodeids": [0, 1, 1, 0, 1, 2]}, "a node twice"),
    "no leaf": ({"target_nodeids": [0, 2, 1, 2]}, "a weight is given for node 0 of tree 0"),
    "target": ({"target_ids": [0, 0, 0, 3]}, "adds to output 3 of 1"),
    "feature": ({"nodes_featureids": [9, 0, 0, 1, 0, 0]}, "reads a feature that does not exist"),
    "NaN": ({"nodes_values": [float("nan"), 0, 0, 1.0, 0, 0]}, "a threshold is NaN"),
    "NaN leaf": ({"target_weights": [float("nan"), 2.0, 4.0, 8.0]}, "leaf 1 is not finite"),
    "many targets": ({"n_targets": 1 << 40}, "targets; export the model again"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_graphs_are_one_sentence_each(tmp_path, case):
    changed, sentence = BAD[case]
    with pytest.raises(ImportedModelError, match=sentence) as refusal:
        imported(regressor(tmp_path, **changed))
    assert "\n" not in str(refusal.value)


def test_files_that_hold_no_trees_are_sent_elsewhere(tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 2])],
    )
    onnx.save(helper.make_model(graph, ir_version=8), tmp_path / "net.onnx")
    with pytest.raises(ImportedModelError, match="holds no trees; import it as an ONNX network"):
        imported(tmp_path / "net.onnx")
    (tmp_path / "torn.onnx").write_bytes(b"\x08\x08once")
    with pytest.raises(ImportedModelError, match="not a valid ONNX model"):
        imported(tmp_path / "torn.onnx")
