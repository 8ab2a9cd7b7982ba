"""What a node ``TreeEnsembleClassifier`` decides, as onnxruntime has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.ensemble import Ensemble, Tree
from logicjsc.frontend.trees.names import own_labels
from logicjsc.frontend.trees.onnx_nodes import NodeTrees, trees_of_node

_BINARY = 2
_HALF = 0.5
_LEAST_SHARE = 1 - 1e-4
_FLOAT32 = 2.0**-22
"""What float32 leaves of a number up to 1, and some to spare."""


def labels_of(given: Mapping[str, Any]) -> list[int | str]:
    """Labels of the classes in their order."""
    texts = [label.decode("utf-8", "replace") for label in given.get("classlabels_strings", ())]
    return list(given.get("classlabels_int64s") or ()) or texts


def read_classes(given: Mapping[str, Any], features: int) -> Ensemble:
    """The trees of a classifier.

    Args:
        given: attributes of the node.
        features: their number.

    Raises:
        ImportedModelError: there are fewer than two classes, or its lists are damaged.
    """
    labels = labels_of(given)
    if len(labels) < _BINARY:
        raise ImportedModelError(f"it has {len(labels)} class labels; two or more are needed")
    read = trees_of_node(given, "class", len(labels))
    votes = _votes(read) if given.get("post_transform", b"NONE") == b"NONE" else None
    if votes is not None:
        return _of_votes(votes, len(labels), len(read.used), features, own_labels(labels))
    base = read.base if len(read.base) else np.zeros(1)
    common: dict[str, Any] = {
        "library": "ONNX trees",
        "features": features,
        "class_names": own_labels(labels),
    }
    if len(labels) > _BINARY:
        if len(base) not in {1, len(labels)}:
            raise ImportedModelError(f"{len(base)} base values for {len(labels)} classes")
        base = np.broadcast_to(base, (len(labels),)).copy()
        return Ensemble(kind="classes", trees=read.trees, base=base, **common)
    if len(read.used) == 1:
        # One sum for both classes: a probability if no leaf is negative, else a log-odds.
        trees = tuple(replace(tree, outputs=(0,)) for tree in read.trees)
        shift = _HALF if (read.weights >= 0).all() else 0.0
        return Ensemble(kind="binary", trees=trees, base=base[-1:] - shift, shift=shift, **common)
    trees, base = _differences(read.trees), np.array([base[-1] - base[0]])
    return Ensemble(kind="binary", trees=trees, base=base, **common)


def _votes(read: NodeTrees) -> tuple[Tree, ...] | None:
    """Trees with leaves as probabilities, if all of them together give probabilities.

    An exporter writes a share of the trees' number in float32. Multiplied by that number again,
    a vote is whole and a tie is one.
    """
    count = len(read.trees)
    if len(read.base) or (read.weights < 0).any():
        return None
    # All shares of a leaf are 1 together; of one class alone, the largest is.
    totals = np.concatenate([tree.values[tree.is_leaf].sum(axis=1) for tree in read.trees]) * count
    least = totals.max() if len(read.used) == 1 else totals.min()
    if totals.max() > 1 + _FLOAT32 or least < _LEAST_SHARE:
        return None
    return tuple(
        replace(tree, values=np.rint(tree.values * count / _FLOAT32) * _FLOAT32)
        for tree in read.trees
    )


def _of_votes(
    trees: tuple[Tree, ...], classes: int, used: int, features: int, names: tuple[str, ...]
) -> Ensemble:
    count = len(trees)
    common: dict[str, Any] = {
        "library": "ONNX trees",
        "features": features,
        "class_names": names,
        "scale": 1 / count,
        "unit": 1.0,
    }
    if classes > _BINARY:
        return Ensemble(kind="classes", trees=trees, base=np.zeros(classes), **common)
    if used == 1:
        trees, base = tuple(replace(tree, outputs=(0,)) for tree in trees), -count * _HALF
        return Ensemble(kind="binary", trees=trees, base=np.array([base]), shift=_HALF, **common)
    return Ensemble(kind="binary", trees=_differences(trees), base=np.zeros(1), **common)


def _differences(given: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Trees of the second class less the first."""
    sign = {0: -1.0, 1: 1.0}
    trees = []
    for tree in given:
        signs = np.array([sign[output] for output in tree.outputs])
        trees.append(replace(tree, values=(tree.values * signs).sum(axis=1)[:, None], outputs=(0,)))
    return tuple(trees)
