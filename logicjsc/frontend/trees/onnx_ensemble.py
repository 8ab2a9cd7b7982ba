"""The node ``TreeEnsemble`` of ai.onnx.ml 5, put in the form of its predecessors.

Nodes that compare and leaves stand in lists of their own, and what earlier versions spell out is a
number: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import check_size
from logicjsc.frontend.trees.ensemble import Array

_MODES: Final = (
    *(b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GTE", b"BRANCH_GT", b"BRANCH_EQ", b"BRANCH_NEQ"),
    b"BRANCH_MEMBER",
)
_AGGREGATES: Final = (b"AVERAGE", b"SUM", b"MIN", b"MAX")
_POST: Final = (b"NONE", b"SOFTMAX", b"LOGISTIC", b"SOFTMAX_ZERO", b"PROBIT")

_WAYS: Final = (
    ("true", "nodes_truenodeids", "nodes_trueleafs"),
    ("false", "nodes_falsenodeids", "nodes_falseleafs"),
)


def as_regressor(given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a ``TreeEnsemble`` as those of a ``TreeEnsembleRegressor``.

    Raises:
        ImportedModelError: lists differ in length, or a number stands for nothing.
    """
    features = _whole(given, "nodes_featureids")
    splits = np.asarray(given.get("nodes_splits", ()), np.float64).reshape(-1)
    modes = [_named(_MODES, mode, "mode") for mode in _whole(given, "nodes_modes").tolist()]
    ways = [(_whole(given, children), _whole(given, leaves)) for _, children, leaves in _WAYS]
    targets = _whole(given, "leaf_targetids")
    weights = np.asarray(given.get("leaf_weights", ()), np.float64).reshape(-1)
    if any(len(entry) != len(features) for entry in (splits, modes, *ways[0], *ways[1])):
        raise ImportedModelError("its lists of nodes differ in length; export the model again")
    if len(targets) != len(weights):
        raise ImportedModelError("its lists of leaves differ in length; export the model again")
    roots = _whole(given, "tree_roots").tolist()
    check_size(len(roots), len(features) + len(weights))
    rows: list[tuple[int, int, int, bytes, float, int, int]] = []
    leaves: list[tuple[int, int, int, float]] = []
    seen = np.zeros(len(features), np.bool_)
    for tree, root in enumerate(roots):
        waiting, made = [(root, 0)], 1
        while waiting:
            at, name = waiting.pop()
            if not 0 <= at < len(features):
                raise ImportedModelError(
                    f"tree {tree} leads to node {at}, which does not exist; export the model again"
                )
            if seen[at]:
                raise ImportedModelError(
                    f"the nodes of tree {tree} lead in a circle or join; export the model again"
                )
            seen[at] = True
            names = []
            for children, is_leaf in ways:
                child = int(children[at])
                names.append(made)
                if not is_leaf[at]:
                    waiting.append((child, made))
                elif 0 <= child < len(weights):
                    leaves.append((tree, made, int(targets[child]), float(weights[child])))
                else:
                    raise ImportedModelError(
                        f"tree {tree} leads to leaf {child}, which does not exist; export the "
                        f"model again"
                    )
                made += 1
            yes, no = names
            rows.append((tree, name, int(features[at]), modes[at], float(splits[at]), yes, no))
    rows += [(tree, name, 0, b"LEAF", 0.0, 0, 0) for tree, name, _, _ in leaves]
    nodes = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
    ends = ("treeids", "nodeids", "ids", "weights")
    return {
        **{f"nodes_{key}": list(entry) for key, entry in _columns(nodes, rows)},
        **{f"target_{key}": list(entry) for key, entry in _columns(ends, leaves)},
        "n_targets": given.get("n_targets", 1),
        "aggregate_function": _named(
            _AGGREGATES, int(given.get("aggregate_function", 1)), "aggregate_function"
        ),
        "post_transform": _named(_POST, int(given.get("post_transform", 0)), "post_transform"),
    }


def _columns(names: tuple[str, ...], rows: list[Any]) -> list[tuple[str, Any]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return list(zip(names, columns, strict=True))


def _whole(given: Mapping[str, Any], name: str) -> Array:
    return np.asarray(given.get(name, ()), np.int64).reshape(-1)


def _named(names: tuple[bytes, ...], number: int, what: str) -> bytes:
    if not 0 <= number < len(names):
        raise ImportedModelError(f"{what} {number} stands for nothing; export the model again")
    return names[number]
