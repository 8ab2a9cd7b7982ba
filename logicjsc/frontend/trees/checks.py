"""What a reader found is checked once, and freed of what decides nothing."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.ensemble import LEAF, Ensemble, Tree

MOST_NODES: Final = 2_000_000
"""Of all trees together; more would take a netlist of gigabytes."""

MOST_TREES: Final = 20_000

MOST_DEPTH: Final = 256
"""Splits on a way from root to leaf."""


def check_ensemble(ensemble: Ensemble) -> Ensemble:
    """Refuse what no circuit can hold; hands the ensemble back, its sizes told first.

    Raises:
        ImportedModelError: there are no trees or too many nodes, a child pointer leads nowhere or
            in a circle, a threshold or leaf is no number, or a feature does not exist.
    """
    nodes = sum(len(tree.features) for tree in ensemble.trees)
    check_size(len(ensemble.trees), nodes)
    if ensemble.features < 1:
        raise ImportedModelError("the model has no features; it decides the same of every sample")
    if not np.isfinite(ensemble.base).all() or not math.isfinite(ensemble.scale):
        raise ImportedModelError("the base score is not finite; train the model again")
    classes = ensemble.outputs + (ensemble.kind == "binary")
    for names, count, what in (
        (ensemble.class_names, classes, "classes"),
        (ensemble.feature_names, ensemble.features, "features"),
    ):
        if names and len(names) != count:
            raise ImportedModelError(
                f"the model has {count} {what} but {len(names)} names for them; save it again"
            )
    for number, tree in enumerate(ensemble.trees):
        _check_tree(tree, f"tree {number}", ensemble)
    return ensemble


def check_size(trees: int, nodes: int) -> None:
    """Refuse too many trees or nodes before they are read.

    Raises:
        ImportedModelError: there are none, or too many.
    """
    if trees < 1:
        raise ImportedModelError("the model has no trees; train it first")
    if trees > MOST_TREES or nodes > MOST_NODES:
        raise ImportedModelError(
            f"the model has {trees:,} trees with {nodes:,} nodes, the limits are {MOST_TREES:,} "
            f"and {MOST_NODES:,}; train fewer or smaller trees"
        )


def _check_tree(tree: Tree, name: str, ensemble: Ensemble) -> None:
    nodes = len(tree.features)
    shapes = {len(tree.thresholds), len(tree.left), len(tree.right), len(tree.values)}
    if not nodes or shapes != {nodes}:
        raise ImportedModelError(
            f"{name}: its lists of features, thresholds, children and leaves differ in length, or "
            f"are empty; the file is damaged, save it again"
        )
    leaves = tree.is_leaf
    wrong = np.flatnonzero(~leaves & ((tree.features < 0) | (tree.features >= ensemble.features)))
    if wrong.size:
        raise ImportedModelError(
            f"{name}: node {wrong[0]} reads a feature that does not exist, the model has "
            f"{ensemble.features}; save it again"
        )
    if np.isnan(tree.thresholds[~leaves]).any():
        node = np.flatnonzero(np.isnan(tree.thresholds) & ~leaves)[0]
        raise ImportedModelError(f"{name}: the threshold of node {node} is NaN; train it again")
    bad = np.flatnonzero(leaves & ~np.isfinite(tree.values).all(axis=1))
    if bad.size:
        raise ImportedModelError(f"{name}: leaf {bad[0]} is not finite; train the model again")
    _check_children(tree, name)


def _check_children(tree: Tree, name: str) -> None:
    """Walk down from the root level by level: a circle never ends within the greatest depth."""
    inner = ~tree.is_leaf
    for children in (tree.left, tree.right):
        wild = np.flatnonzero(inner & ((children < 0) | (children >= len(inner))))
        if wild.size:
            raise ImportedModelError(
                f"{name}: node {wild[0]} leads to a node that does not exist; the file is damaged, "
                f"save it again"
            )
    # A node on two ways is one level's once, so a level never holds more than all nodes.
    level = np.array([0])
    for _ in range(MOST_DEPTH + 1):
        level = level[inner[level]]
        if not level.size:
            return
        level = np.unique(np.concatenate([tree.left[level], tree.right[level]]))
    raise ImportedModelError(
        f"{name}: its nodes lead in a circle, or it is deeper than {MOST_DEPTH} splits; train with "
        f"a maximal depth"
    )


def folded(tree: Tree) -> Tree:
    """The same tree without orphans, and without splits that no finite number tells apart."""
    always = tree.thresholds <= -np.finfo(np.float32).max
    never = tree.thresholds == np.inf
    left = np.where(tree.is_leaf, 0, np.where(always, tree.right, tree.left))
    right = np.where(tree.is_leaf, 0, np.where(never, tree.left, tree.right))
    target = np.arange(len(left))
    passing = (left == right) & ~tree.is_leaf
    # Ways are no longer than the depth: follow those that pass until nothing moves.
    for _ in range(MOST_DEPTH + 1):
        moved = np.where(passing[target], left[target], target)
        if (moved == target).all():
            break
        target = moved
    kept: dict[int, int] = {}
    order: list[int] = []
    waiting = [int(target[0])]
    while waiting:
        node = waiting.pop()
        if node in kept:
            continue
        kept[node] = len(order)
        order.append(node)
        if tree.features[node] != LEAF:
            waiting += [int(target[right[node]]), int(target[left[node]])]
    rows = np.array(order)
    number = np.zeros(len(left), np.int32)
    number[rows] = np.arange(len(rows))
    leaf = tree.features[rows] == LEAF
    return Tree(
        tree.features[rows].astype(np.int32),
        np.where(leaf, np.inf, tree.thresholds[rows]).astype(np.float32),
        np.where(leaf, 0, number[target[left[rows]]]),
        np.where(leaf, 0, number[target[right[rows]]]),
        np.where(leaf[:, None], tree.values[rows], 0.0),
        tree.outputs,
    )
