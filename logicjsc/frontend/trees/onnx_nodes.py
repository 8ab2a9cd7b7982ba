"""Trees of an ONNX node ``TreeEnsembleClassifier`` or ``TreeEnsembleRegressor``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import check_size
from logicjsc.frontend.trees.ensemble import LEAF, Array, Tree, indices, least_right

_STRICT: Final = ("BRANCH_LEQ", "BRANCH_GT")
"""Comparisons where a number equal to the threshold goes left."""

_TRUE_RIGHT: Final = ("BRANCH_GT", "BRANCH_GTE", "BRANCH_NEQ")
"""Comparisons whose true branch is the right one."""

_EQUAL: Final = ("BRANCH_EQ", "BRANCH_NEQ")
_KNOWN: Final = ("LEAF", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE", *_EQUAL)


@dataclass(frozen=True, eq=False)
class NodeTrees:
    """What a node says of its trees.

    Attributes:
        trees: the trees; outputs are class or target numbers.
        weights: everything that some leaf adds, float64.
        base: base values as given, float64; may be empty.
        used: outputs that some leaf adds to.
    """

    trees: tuple[Tree, ...]
    weights: Array
    base: Array
    used: tuple[int, ...]


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """Attributes of a node by name; those that are tensors as numpy arrays, under plain names."""
    found = {}
    for entry in node.attribute:
        value = helper.get_attribute_value(entry)
        if isinstance(value, onnx.TensorProto):
            value = numpy_helper.to_array(value)
        found[entry.name.removesuffix("_as_tensor")] = value
    return found


def trees_of_node(given: Mapping[str, Any], prefix: str, outputs: int) -> NodeTrees:
    """Read the lists of a node.

    Args:
        given: its attributes.
        prefix: of the lists of leaves: ``"class"`` or ``"target"``.
        outputs: number of classes or targets.

    Raises:
        ImportedModelError: lists differ in length, or name nodes, children or outputs that do not
            exist; or a comparison is not known.
    """
    owners, names, features, yes, no = (
        _whole(given, f"nodes_{name}")
        for name in ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
    )
    modes = np.array(
        [bytes(mode).decode("ascii", "replace") for mode in given.get("nodes_modes", ())]
    )
    values = np.asarray(given.get("nodes_values", ()), np.float64)
    lists = (owners, names, features, yes, no, values)
    if any(len(entry) != len(modes) for entry in lists):
        raise ImportedModelError("its lists of nodes differ in length; export the model again")
    kinds, first = np.unique(owners, return_index=True)
    check_size(len(kinds), len(modes))
    wrong = sorted(set(modes.tolist()) - set(_KNOWN))
    if wrong:
        raise ImportedModelError(
            f"it has nodes of mode {wrong[0]}, which is no comparison with one number; one-hot "
            f"encode categories"
        )
    place = {key: at for at, key in enumerate(zip(owners.tolist(), names.tolist(), strict=True))}
    if len(place) < len(modes):
        raise ImportedModelError("a tree has a node twice; export the model again")
    leaf = modes == "LEAF"
    if np.isnan(values[~leaf]).any():
        raise ImportedModelError("a threshold is NaN; train the model again")
    ways = _places(place, owners, yes, leaf), _places(place, owners, no, leaf)
    grown = _grown(owners, features, values, modes, ways)
    leaves = _leaves(given, prefix, outputs, place, leaf)
    order = kinds[np.argsort(first)]
    trees = tuple(_tree(owner, grown, leaves) for owner in _rows_by(order, grown.owners))
    weights = np.array([entry[1] for row in leaves.values() for entry in row])
    used = sorted({entry[0] for row in leaves.values() for entry in row})
    return NodeTrees(
        trees, weights, np.asarray(given.get("base_values", ()), np.float64), tuple(used)
    )


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Nodes of all trees: their tree, feature, least number that goes right, and children."""

    owners: Array
    features: Array
    thresholds: Array
    left: Array
    right: Array


def _whole(given: Mapping[str, Any], name: str) -> Array:
    return np.asarray(given.get(name, ()), np.int64)


def _places(
    place: Mapping[tuple[int, int], int], owners: Array, children: Array, leaf: Array
) -> Array:
    """Where children stand; 0 of leaves."""
    found = np.zeros(len(owners), np.int64)
    for at in np.flatnonzero(~leaf).tolist():
        key = int(owners[at]), int(children[at])
        if key not in place:
            raise ImportedModelError(
                f"a node of tree {key[0]} leads to node {key[1]}, which does not exist; export the "
                f"model again"
            )
        found[at] = place[key]
    return found


def _grown(
    owners: Array, features: Array, values: Array, modes: Array, ways: tuple[Array, Array]
) -> _Nodes:
    """Comparisons as ``feature >= threshold``; one for equality becomes two of them."""
    (yes, no), leaf = ways, modes == "LEAF"
    true_right = np.isin(modes, _TRUE_RIGHT)
    strict = np.isin(modes, _STRICT)
    values = np.where(leaf, 0.0, values)
    thresholds = np.where(
        strict, least_right(values, strict=True), least_right(values, strict=False)
    )
    left, right = np.where(true_right, no, yes), np.where(true_right, yes, no)
    equal = np.flatnonzero(np.isin(modes, _EQUAL))
    # From the number on: the new node sends what is greater to the same side as what is less.
    added = len(modes) + np.arange(len(equal))
    same, other = left[equal], right[equal]
    unequal = np.where(modes[equal] == "BRANCH_EQ", other, right[equal])
    is_equal = np.where(modes[equal] == "BRANCH_EQ", same, left[equal])
    left[equal], right[equal] = unequal, added
    return _Nodes(
        np.concatenate([owners, owners[equal]]),
        np.concatenate([np.where(leaf, LEAF, indices(features)), indices(features[equal])]),
        np.concatenate([thresholds, least_right(values[equal], strict=True)]),
        np.concatenate([left, is_equal]),
        np.concatenate([right, unequal]),
    )


def _leaves(
    given: Mapping[str, Any],
    prefix: str,
    outputs: int,
    place: Mapping[tuple[int, int], int],
    leaf: Array,
) -> dict[int, list[tuple[int, float]]]:
    """Outputs and weights by the place of a leaf."""
    owners, names, ids = (
        _whole(given, f"{prefix}_{name}") for name in ("treeids", "nodeids", "ids")
    )
    weights = np.asarray(given.get(f"{prefix}_weights", ()), np.float64)
    if not len(owners) == len(names) == len(ids) == len(weights) or not len(ids):
        raise ImportedModelError("its lists of leaves differ in length, or are empty; export again")
    if not 0 <= ids.min() <= ids.max() < outputs:
        worst = ids.max() if ids.max() >= outputs else ids.min()
        raise ImportedModelError(f"a leaf adds to output {worst} of {outputs}; export it again")
    rows: dict[int, list[tuple[int, float]]] = {}
    lists = (owners.tolist(), names.tolist(), ids.tolist(), weights.tolist())
    for owner, name, output, weight in zip(*lists, strict=True):
        at = place.get((owner, name), -1)
        if at < 0 or not leaf[at]:
            raise ImportedModelError(
                f"a weight is given for node {name} of tree {owner}, which is no leaf; export it "
                f"again"
            )
        rows.setdefault(at, []).append((output, weight))
    return rows


def _rows_by(order: Array, owners: Array) -> list[Array]:
    """Places of the nodes of each tree."""
    rows = np.argsort(owners, kind="stable")
    kinds, starts = np.unique(owners[rows], return_index=True)
    groups = dict(zip(kinds.tolist(), np.split(rows, starts[1:]), strict=True))
    return [groups[owner] for owner in order.tolist()]


def _tree(rows: Array, nodes: _Nodes, leaves: Mapping[int, list[tuple[int, float]]]) -> Tree:
    """One tree, from the places of its nodes in their order."""
    inside = nodes.features[rows] != LEAF
    children = np.concatenate([nodes.left[rows][inside], nodes.right[rows][inside]])
    roots = np.setdiff1d(rows, children)
    # Runtimes start at the node that is listed first.
    if roots.tolist() != [rows[0]]:
        raise ImportedModelError(
            f"the nodes of tree {nodes.owners[rows[0]]} lead in a circle, are torn apart, or do "
            f"not begin with its root; export the model again"
        )
    local = dict(zip(rows.tolist(), range(len(rows)), strict=True))
    found = {local[at]: leaves[at] for at in rows.tolist() if at in leaves}
    outputs = sorted({output for entry in found.values() for output, _ in entry}) or [0]
    values = np.zeros((len(rows), len(outputs)))
    for at, entry in found.items():
        for output, weight in entry:
            values[at, outputs.index(output)] += weight
    inside = nodes.features[rows] != LEAF
    left, right = (
        np.array(
            [
                local[at] if open_ else 0
                for at, open_ in zip(way[rows].tolist(), inside, strict=True)
            ]
        )
        for way in (nodes.left, nodes.right)
    )
    return Tree(
        nodes.features[rows],
        nodes.thresholds[rows].astype(np.float32),
        left.astype(np.int32),
        right.astype(np.int32),
        values,
        tuple(outputs),
    )
