"""Trees of CatBoost: objects and what it saves as JSON."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.temporary import temporary_folder
from logicjsc.core.texts import read_json
from logicjsc.dataset.schema import TargetKind
from logicjsc.frontend.trees.checks import MOST_DEPTH, check_size
from logicjsc.frontend.trees.ensemble import LEAF, Array, Ensemble, Link, Tree, least_right
from logicjsc.frontend.trees.fields import entries, inner, number, numbers, whole
from logicjsc.frontend.trees.names import own_labels, own_names
from logicjsc.frontend.trees.trial import Decide

_LOSSES: Final[dict[str, tuple[TargetKind, Link]]] = {
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), ("binary", "identity")),
    **dict.fromkeys(("MultiClass", "MultiClassOneVsAll"), ("classes", "identity")),
    **dict.fromkeys(("Poisson", "Tweedie", "LogLinQuantile"), ("value", "exp")),
    **dict.fromkeys(
        (
            *("RMSE", "MultiRMSE", "MAE", "Quantile", "MAPE", "Huber", "Expectile", "Lq"),
            *("YetiRank", "PairLogit", "QueryRMSE", "QuerySoftMax", "StochasticRank"),
        ),
        ("value", "identity"),
    ),
}

_DEEPEST: Final = 16
"""Splits of an oblivious tree; CatBoost allows no more either."""


def read_catboost(model: Any) -> tuple[Ensemble, Decide]:  # noqa: ANN401 - CatBoost is untyped here
    """The trees of a fitted model.

    Raises:
        ImportedModelError: it is not fitted, or has something that sums of leaves do not hold.
    """
    if not model.is_fitted():
        raise ImportedModelError(f"the {type(model).__name__} is not fitted; call fit first")
    with temporary_folder("catboost") as folder:
        file = folder / "model.json"
        try:
            model.save_model(str(file), format="json")
        except Exception as error:  # CatBoost's own type, which only an import would name
            raise ImportedModelError(
                f"CatBoost cannot save the model as JSON: {str(error).strip().splitlines()[0]}"
            ) from error
        ensemble = read_saved(read_json(file))

    def decide(features: Array) -> Array:
        raw = model.predict(features, prediction_type="RawFormulaVal")
        raw = np.asarray(raw, np.float64).reshape(len(features), -1)
        return ensemble.decide(raw)

    return ensemble, decide


def read_saved(saved: Any) -> Ensemble:  # noqa: ANN401 - whatever a file holds
    """The trees of a model that was saved with ``format="json"``.

    Raises:
        ImportedModelError: it is none, or has something that sums of leaves do not hold.
    """
    info = inner(saved, "model_info")
    loss = _loss(info)
    if loss not in _LOSSES:
        raise ImportedModelError(
            f"loss function {loss!r} is not known, so what its sums mean is not either; train with "
            f"one of {', '.join(_LOSSES)}"
        )
    kind, link = _LOSSES[loss]
    columns = entries(inner(saved, "features_info", "float_features"), "float_features")
    for key in ("categorical_features", "text_features", "embedding_features"):
        if saved["features_info"].get(key):
            raise ImportedModelError(f"it has {key}; encode them as numbers, such as one-hot")
    flat = [whole(inner(column, "flat_feature_index"), "flat_feature_index") for column in columns]
    if sorted(flat) != list(range(len(flat))):
        raise ImportedModelError("flat_feature_index does not number the features; save it again")
    scale, bias = _scale_and_bias(inner(saved, "scale_and_bias"))
    outputs = len(bias)
    if (outputs > 1) != (kind == "classes") and loss != "MultiRMSE":
        raise ImportedModelError(f"{outputs} outputs do not fit loss function {loss!r}")
    oblivious = "oblivious_trees" in saved
    trees = entries(saved["oblivious_trees"] if oblivious else inner(saved, "trees"), "trees")
    check_size(len(trees), len(trees))
    outputs_of = tuple(range(outputs))
    read, nodes = [], 0
    for place, tree in enumerate(trees):
        made = _oblivious if oblivious else _nested
        read.append(made(tree, f"tree {place}", flat, outputs_of, scale))
        nodes += len(read[-1].features)
        check_size(len(trees), nodes)
    names = own_names([str(column.get("feature_id") or "") for column in columns])
    labels = [] if kind == "value" else inner(info, "class_params", "class_names")
    return Ensemble(
        library=f"CatBoost {loss}",
        kind=kind,
        trees=tuple(read),
        base=np.array(bias),
        features=len(columns),
        feature_names=names,
        class_names=own_labels(entries(labels, "class_names")),
        link=link,
    )


def _loss(info: Any) -> str:  # noqa: ANN401 - a file's
    params = inner(info, "params")
    if isinstance(params, str):
        try:
            params = json.loads(params)
        except (ValueError, RecursionError) as error:
            raise ImportedModelError("model_info.params is no JSON; save it again") from error
    return str(inner(params, "loss_function", "type"))


def _scale_and_bias(saved: Any) -> tuple[float, list[float]]:  # noqa: ANN401 - a file's
    """Scale of the leaves, and bias of each output."""
    pair = entries(saved, "scale_and_bias")
    if len(pair) != 2:  # noqa: PLR2004 - scale and bias
        raise ImportedModelError("scale_and_bias is no pair; save the model again")
    bias = pair[1] if isinstance(pair[1], list) else [pair[1]]
    return number(pair[0], "scale"), [number(entry, "bias") for entry in bias]


def _split(saved: Any, name: str, flat: list[int]) -> tuple[int, float]:  # noqa: ANN401 - a file's
    """Feature and border of a split."""
    kind = saved.get("split_type", "FloatFeature") if isinstance(saved, Mapping) else saved
    if kind != "FloatFeature":
        raise ImportedModelError(
            f"{name} has a split of type {kind}, on categories; encode them as numbers, such as "
            f"one-hot"
        )
    feature = whole(inner(saved, "float_feature_index"), "float_feature_index")
    if not 0 <= feature < len(flat):
        raise ImportedModelError(
            f"{name} reads feature {feature}, the model has {len(flat)}; save it again"
        )
    return flat[feature], number(inner(saved, "border"), "border")


def _oblivious(
    saved: Any,  # noqa: ANN401 - a file's
    name: str,
    flat: list[int],
    outputs: tuple[int, ...],
    scale: float,
) -> Tree:
    """All nodes of a level compare the same; split ``i`` decides bit ``i`` of the leaf's number."""
    splits = [
        _split(entry, name, flat) for entry in entries(inner(saved, "splits") or [], "splits")
    ]
    depth, leaves = len(splits), 1 << min(len(splits), _DEEPEST)
    values = numbers(inner(saved, "leaf_values"), f"{name}: leaf_values", np.float64)
    if depth > _DEEPEST or len(values) != leaves * len(outputs):
        raise ImportedModelError(
            f"{name} has {depth} splits and {len(values)} leaf values for {len(outputs)} outputs; "
            f"save the model again"
        )
    # Nodes in the order of a heap: children of node i are 2 i + 1 and 2 i + 2.
    nodes = 2 * leaves - 1
    level = np.repeat(np.arange(depth + 1), 1 << np.arange(depth + 1))
    heap = np.arange(nodes)
    way = heap + 1 - (1 << level)  # splits from the root on, the first one most significant
    number_of = np.zeros(leaves, np.int64)
    for bit in range(depth):
        number_of |= (way[leaves - 1 :] >> (depth - 1 - bit) & 1) << bit
    columns = np.zeros((nodes, len(outputs)))
    columns[leaves - 1 :] = values.reshape(leaves, len(outputs))[number_of] * scale
    features = np.array([*(feature for feature, _ in splits), LEAF])[level]
    borders = least_right(np.array([*(border for _, border in splits), 0.0]), strict=True)[level]
    inside = level < depth
    return Tree(
        features.astype(np.int32),
        borders,
        np.where(inside, 2 * heap + 1, 0).astype(np.int32),
        np.where(inside, 2 * heap + 2, 0).astype(np.int32),
        columns,
        outputs,
    )


def _nested(
    saved: Any,  # noqa: ANN401 - a file's
    name: str,
    flat: list[int],
    outputs: tuple[int, ...],
    scale: float,
) -> Tree:
    """Trees of other growing policies are tables in tables."""
    features, borders, left, right, values = [], [], [], [], []
    waiting, made = deque([(saved, 0)]), 1
    while waiting:
        node, depth = waiting.popleft()
        if depth > MOST_DEPTH:
            raise ImportedModelError(f"{name} is deeper than {MOST_DEPTH} splits; limit its depth")
        if isinstance(node, Mapping) and "split" in node:
            feature, border = _split(node["split"], name, flat)
            waiting += [(inner(node, "left"), depth + 1), (inner(node, "right"), depth + 1)]
            left.append(made)
            right.append(made + 1)
            values.append([0.0] * len(outputs))
            made += 2
        else:
            feature, border = LEAF, 0.0
            given = inner(node, "value")
            row = given if isinstance(given, list) else [given]
            if len(row) != len(outputs):
                raise ImportedModelError(f"{name}: a leaf has {len(row)} values; save it again")
            left.append(0)
            right.append(0)
            values.append([number(entry, f"{name}: a leaf") * scale for entry in row])
        features.append(feature)
        borders.append(border)
    return Tree(
        np.array(features, np.int32),
        least_right(np.array(borders), strict=True),
        np.array(left, np.int32),
        np.array(right, np.int32),
        np.array(values, np.float64),
        outputs,
    )
