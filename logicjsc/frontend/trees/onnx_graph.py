"""ONNX files of one ensemble of trees, with what exporters write around it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import onnx
from onnx import numpy_helper

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.trees.ensemble import Array, Ensemble, Link
from logicjsc.frontend.trees.onnx_classes import labels_of, read_classes
from logicjsc.frontend.trees.onnx_ensemble import as_regressor
from logicjsc.frontend.trees.onnx_nodes import attributes_of, trees_of_node
from logicjsc.frontend.trees.trial import Decide

_CLASSIFIER: Final = "TreeEnsembleClassifier"
_REGRESSOR: Final = "TreeEnsembleRegressor"
_ENSEMBLE: Final = "TreeEnsemble"

_NOTHING: Final = ("Identity", "Cast", "Reshape", "Squeeze", "Flatten")
"""Operators that keep every number as it is."""

_AFTER_CLASSES: Final = (
    *(*_NOTHING, "ZipMap", "Normalizer", "ArgMax", "ArrayFeatureExtractor", "Concat"),
    *("Add", "Sub", "Mul", "Div", "Neg", "Sigmoid", "Softmax"),
)
"""Operators between classes and outputs; that they keep the decision is seen by running them."""

_FUNCTIONS: Final[dict[str, Link]] = {"Exp": "exp", "Sigmoid": "sigmoid"}
_POST: Final[dict[str, Link]] = {"NONE": "identity", "LOGISTIC": "sigmoid"}
_TYPES: Final = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.DOUBLE: np.float64}
_LABELS: Final = (onnx.TensorProto.INT64, onnx.TensorProto.INT32, onnx.TensorProto.STRING)
_BINARY = 2


@dataclass(frozen=True, eq=False)
class _Ends:
    """The input of a graph: its name, its type, and the number of its features."""

    name: str
    dtype: Any
    features: int


def read_onnx(model: onnx.ModelProto) -> tuple[Ensemble, Decide]:
    """The trees of a model, and the decisions of onnxruntime.

    Raises:
        ImportedModelError: something stands around the trees that changes numbers, or the trees
            have something that sums of leaves do not hold.
    """
    found = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(found) != 1 or found[0].op_type not in {_CLASSIFIER, _REGRESSOR, _ENSEMBLE}:
        names = ", ".join(node.op_type for node in found) or "none"
        raise ImportedModelError(
            f"it has the tree nodes {names}; one {_CLASSIFIER}, {_REGRESSOR} or {_ENSEMBLE} is "
            f"possible"
        )
    node = found[0]
    given, ends = attributes_of(node), _ends(model, node)
    if node.op_type == _ENSEMBLE:
        given = as_regressor(given)
    is_classifier = node.op_type == _CLASSIFIER
    ensemble = (
        read_classes(given, ends.features)
        if is_classifier
        else _regressor(given, ends, model, node)
    )
    if is_classifier:
        strange = {entry.op_type for entry in model.graph.node} - {_CLASSIFIER, *_AFTER_CLASSES}
        if strange:
            raise ImportedModelError(
                f"operator {min(strange)} stands beside the trees; export the trees alone"
            )
    return ensemble, _decisions(model, ends, given, ensemble)


def _ends(model: onnx.ModelProto, node: onnx.NodeProto) -> _Ends:
    """The input that the trees read, through nothing but casts."""
    constants = {entry.name for entry in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in constants]
    if len(inputs) != 1:
        raise ImportedModelError(
            f"it has {len(inputs)} inputs; export it with one that holds all features"
        )
    producers = {name: entry for entry in model.graph.node for name in entry.output}
    at, seen = node.input[0], 0
    while at in producers and seen <= len(producers):
        before, seen = producers[at], seen + 1
        if before.op_type not in {"Identity", "Cast"}:
            raise ImportedModelError(
                f"operator {before.op_type} stands before the trees; export them alone and fit "
                f"them on features that are transformed beforehand"
            )
        at = before.input[0]
    kind = inputs[0].type.tensor_type
    if kind.elem_type not in _TYPES:
        name = onnx.TensorProto.DataType.Name(kind.elem_type)
        raise ImportedModelError(f"its input holds {name}; export it with float32 features")
    axes = kind.shape.dim
    features = int(axes[-1].dim_value) if len(axes) == _BINARY else 0
    if features < 1:
        ids = attributes_of(node).get("nodes_featureids", [0])
        features = max([*ids, 0]) + 1
    return _Ends(inputs[0].name, _TYPES[kind.elem_type], features)


def _regressor(
    given: dict[str, Any], ends: _Ends, model: onnx.ModelProto, node: onnx.NodeProto
) -> Ensemble:
    targets = int(given.get("n_targets", 1))
    how = bytes(given.get("aggregate_function", b"SUM")).decode("ascii", "replace")
    post = bytes(given.get("post_transform", b"NONE")).decode("ascii", "replace")
    if how not in {"SUM", "AVERAGE"} or post not in _POST:
        raise ImportedModelError(
            f"its trees are joined by {how} and {post}; SUM or AVERAGE and "
            f"{' or '.join(_POST)} are possible"
        )
    if not 1 <= targets <= 1 << 16:
        raise ImportedModelError(f"it has {targets:,} targets; export the model again")
    read = trees_of_node(given, "target", targets)
    base = read.base if len(read.base) else np.zeros(1)
    if len(base) not in {1, targets}:
        raise ImportedModelError(f"{len(base)} base values for {targets} targets")
    count = len(read.trees) if how == "AVERAGE" else 1
    ensemble = Ensemble(
        library="ONNX trees",
        kind="value",
        trees=read.trees,
        base=np.broadcast_to(base, (targets,)) * count,  # added once, whatever is averaged
        features=ends.features,
        scale=1 / count,
        link=_POST[post],
    )
    return _after_values(ensemble, model, node.output[0])


def _after_values(ensemble: Ensemble, model: onnx.ModelProto, tensor: str) -> Ensemble:
    """Fold what follows a regressor into scale, shift and link."""
    constants = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    for node in model.graph.node:
        if tensor not in node.input:
            continue
        if node.op_type == "ArgMax" and ensemble.kind == "value":
            ensemble = _classes(ensemble, node)
        elif node.op_type in _FUNCTIONS and ensemble.link == "identity":
            ensemble = replace(ensemble, link=_FUNCTIONS[node.op_type])
        elif node.op_type in {"Add", "Sub", "Mul", "Div"} and ensemble.link == "identity":
            ensemble = _scaled(ensemble, node, tensor, constants)
        elif node.op_type not in _NOTHING:
            raise ImportedModelError(
                f"operator {node.op_type} follows the trees; export the trees alone"
            )
        tensor = node.output[0]
    return ensemble


def _classes(ensemble: Ensemble, node: onnx.NodeProto) -> Ensemble:
    """An ensemble whose greatest value decides, whatever increasing function is behind the sums."""
    given = attributes_of(node)
    if given.get("axis", 0) not in {1, -1} or given.get("select_last_index", 0):
        raise ImportedModelError(
            "operator ArgMax follows the trees, but not along the classes with the first winning"
        )
    if len(ensemble.base) < _BINARY or ensemble.scale <= 0:
        raise ImportedModelError(
            "operator ArgMax follows trees that have one value or a negative factor; export the "
            "trees alone"
        )
    return replace(ensemble, kind="classes", scale=1.0, shift=0.0, link="identity")


def _scaled(
    ensemble: Ensemble, node: onnx.NodeProto, tensor: str, constants: dict[str, Array]
) -> Ensemble:
    other = next((name for name in node.input if name != tensor), "")
    value = constants.get(other)
    if value is None or value.size != 1 or node.input[0] != tensor:
        raise ImportedModelError(
            f"operator {node.op_type} follows the trees with more than one number; export the "
            f"trees alone"
        )
    by = float(value.reshape(-1)[0])
    if not math.isfinite(by) or not by:
        raise ImportedModelError(f"operator {node.op_type} follows the trees with {by}")
    if node.op_type in {"Add", "Sub"}:
        return replace(ensemble, shift=ensemble.shift + (by if node.op_type == "Add" else -by))
    factor = by if node.op_type == "Mul" else 1 / by
    return replace(ensemble, scale=ensemble.scale * factor, shift=ensemble.shift * factor)


def _decisions(
    model: onnx.ModelProto, ends: _Ends, given: dict[str, Any], ensemble: Ensemble
) -> Decide:
    """What onnxruntime makes of features: by the output of labels if there is one."""
    session = Session(model)
    kinds = [entry.type.tensor_type.elem_type for entry in model.graph.output]
    labels = [place for place, kind in enumerate(kinds) if kind in _LABELS]
    values = [place for place, kind in enumerate(kinds) if kind in _TYPES]
    if not labels and not values:
        raise ImportedModelError("it has no output of labels or numbers; export it with one")
    index = {label: place for place, label in enumerate(labels_of(given))}

    def decide(features: Array) -> Array:
        outputs = session.run_whole({ends.name: features.astype(ends.dtype)})
        if ensemble.kind == "value":
            return np.asarray(outputs[values[0]], np.float64).reshape(len(features), -1)
        if labels:
            found = np.asarray(outputs[labels[0]]).reshape(-1)
            return np.array([index.get(label, -1) for label in found.tolist()]) if index else found
        return np.asarray(np.argmax(outputs[values[0]], axis=1))

    return decide
