"""Trees of LightGBM: objects, saved text models and dumped JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.dataset.schema import TargetKind
from logicjsc.frontend.trees.checks import check_size
from logicjsc.frontend.trees.ensemble import (
    LEAF,
    NO_MISSING,
    Array,
    Ensemble,
    Link,
    Tree,
    indices,
    least_right,
)
from logicjsc.frontend.trees.fields import entries, inner, number, numbers, whole
from logicjsc.frontend.trees.names import own_labels, own_names
from logicjsc.frontend.trees.trial import Decide

_OBJECTIVES: Final[dict[str, tuple[TargetKind, Link]]] = {
    "binary": ("binary", "identity"),
    "multiclass": ("classes", "identity"),
    "multiclassova": ("classes", "identity"),
    **dict.fromkeys(("cross_entropy", "xentropy"), ("value", "sigmoid")),
    **dict.fromkeys(("cross_entropy_lambda", "xentlambda"), ("value", "softplus")),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), ("value", "exp")),
    **dict.fromkeys(
        (
            *("regression", "regression_l1", "huber", "fair", "quantile", "mape"),
            *("lambdarank", "rank_xendcg"),
        ),
        ("value", "identity"),
    ),
}

_ZERO_UP_TO: Final = np.float32(1e-35)

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_ZERO = 1, 2, 1
"""Of the decision type: two bits, and the number above them that says zeros count as missing."""


def read_booster(model: Any) -> tuple[Ensemble, Decide]:  # noqa: ANN401 - LightGBM is untyped here
    """The trees of a ``Booster`` or of one of the scikit-learn estimators.

    Raises:
        ImportedModelError: it is not fitted, or has something that sums of leaves do not hold.
    """
    import lightgbm

    booster, classes = model, None
    if not isinstance(model, lightgbm.Booster):
        try:
            booster = model.booster_
        except Exception as error:  # its NotFittedError is scikit-learn's where that is installed
            raise ImportedModelError(
                f"the {type(model).__name__} is not fitted; call fit first"
            ) from error
        classes = getattr(model, "classes_", None)
    names = () if classes is None else own_labels(classes)
    ensemble = read_text(booster.model_to_string(), names)

    def decide(features: Array) -> Array:
        value = ensemble.kind == "value"
        found = np.asarray(booster.predict(features, raw_score=not value), np.float64)
        found = found.reshape(len(features), -1)
        return found if value else ensemble.decide(found)

    return ensemble, decide


def read_text(text: str, class_names: tuple[str, ...] = ()) -> Ensemble:
    """The trees of a saved text model.

    Raises:
        ImportedModelError: it is none, or has something that sums of leaves do not hold.
    """
    model, ended, _ = text.partition("\nend of trees")
    if not ended:
        raise ImportedModelError(
            "it has no line 'end of trees'; the file is of another kind or truncated"
        )
    check_size(model.count("\nTree="), model.count("\nTree="))
    head, *blocks = re.split(r"^Tree=\d+\n", model, flags=re.MULTILINE)
    sizes = _fields(head)
    sizes["average_output"] = bool(re.search(r"^average_output$", head, re.MULTILINE))
    names = str(sizes.get("feature_names", "")).split()
    count = len(str(sizes.get("tree_sizes", "")).split())
    if count and count != len(blocks):
        raise ImportedModelError(f"it has {len(blocks)} of {count} trees; save the model again")
    return _ensemble(sizes, names, [_from_lists(_fields(block)) for block in blocks], class_names)


def read_dumped(saved: Any, class_names: tuple[str, ...] = ()) -> Ensemble:  # noqa: ANN401 - a file's
    """The trees of a dumped model, as ``Booster.dump_model`` gives it.

    Raises:
        ImportedModelError: it is none, or has something that sums of leaves do not hold.
    """
    info = entries(inner(saved, "tree_info"), "tree_info")
    check_size(len(info), len(info))
    trees = [_from_nodes(inner(tree, "tree_structure")) for tree in info]
    return _ensemble(
        saved, entries(inner(saved, "feature_names"), "feature_names"), trees, class_names
    )


def _fields(block: str) -> dict[str, Any]:
    lines = (line.partition("=") for line in block.splitlines())
    return {key: value for key, equals, value in lines if equals}


def _ensemble(
    head: Mapping[str, Any],
    names: list[Any],
    trees: list[tuple[Tree, bool]],
    class_names: tuple[str, ...],
) -> Ensemble:
    check_size(len(trees), sum(len(tree.features) for tree, _ in trees))
    objective, *options = str(head.get("objective", "")).split() or [""]
    if objective not in _OBJECTIVES:
        raise ImportedModelError(
            f"{f'objective {objective!r}' if objective else 'an objective of its own'} is not "
            f"known, so what its sums mean is not either; train with one of "
            f"{', '.join(_OBJECTIVES)}"
        )
    kind, link = _OBJECTIVES[objective]
    link = "square" if "sqrt" in options else link
    outputs = whole(inner(head, "num_tree_per_iteration"), "num_tree_per_iteration")
    if outputs < 1 or len(trees) % outputs or (outputs > 1) != (kind == "classes"):
        raise ImportedModelError(
            f"{len(trees)} trees, {outputs} in a round, do not fit objective {objective!r}; save "
            f"the model again"
        )
    placed = tuple(
        replace(tree, outputs=(place % outputs,)) for place, (tree, _) in enumerate(trees)
    )
    averaged = head.get("average_output") is True
    return Ensemble(
        library=f"LightGBM {objective}",
        kind=kind,
        trees=placed,
        base=np.zeros(outputs),
        features=whole(inner(head, "max_feature_idx"), "max_feature_idx") + 1,
        feature_names=own_names(names, "Column_"),
        class_names=class_names if kind != "value" else (),
        scale=outputs / len(trees) if averaged else 1.0,
        link=link,
        notes=(NO_MISSING,) if any(missing for _, missing in trees) else (),
    )


def _from_lists(fields: Mapping[str, Any]) -> tuple[Tree, bool]:
    """A tree from its block of a text model, and whether it has ways for missing values."""
    leaves = whole(inner(fields, "num_leaves"), "num_leaves")
    if whole(fields.get("num_cat", 0), "num_cat"):
        raise ImportedModelError(_CATEGORIES)
    if whole(fields.get("is_linear", 0), "is_linear"):
        raise ImportedModelError(_LINEAR)
    values = _listed(fields, "leaf_value", np.float64)
    splits = leaves - 1
    if leaves < 1 or len(values) != leaves:
        raise ImportedModelError(f"a tree of {leaves} leaves has {len(values)}; save it again")
    if not splits:
        return _tree([], [], [], [], values), False
    features = _listed(fields, "split_feature", np.int64)
    thresholds = _listed(fields, "threshold", np.float64)
    kinds = _listed(fields, "decision_type", np.int64)
    children = [_listed(fields, name, np.int64) for name in ("left_child", "right_child")]
    if any(len(entry) != splits for entry in (features, thresholds, kinds, *children)):
        raise ImportedModelError(f"the lists of a tree of {leaves} leaves differ in length")
    if (kinds & _CATEGORICAL).any():
        raise ImportedModelError(_CATEGORIES)
    if (kinds >> 2 & 3 == _MISSING_ZERO).any():
        raise ImportedModelError(_ZERO)
    # A leaf is a negative child; here leaves follow the splits.
    left, right = (np.where(entry < 0, splits - 1 - entry, entry) for entry in children)
    return _tree(features, thresholds, left, right, values), bool((kinds & _DEFAULT_LEFT).any())


_CATEGORIES: Final = (
    "it splits categories into sets; one-hot encode them and train without categorical_feature"
)
_LINEAR: Final = "its leaves are linear models; train with linear_tree=false"
_ZERO: Final = "it takes zeros for missing values; train with zero_as_missing=false"


def _listed(fields: Mapping[str, Any], name: str, dtype: type[Any]) -> Array:
    return numbers(str(inner(fields, name)).split(), name, dtype)


def _from_nodes(root: Any) -> tuple[Tree, bool]:  # noqa: ANN401 - a file's
    """The same from a tree of nested tables."""
    rows = list(_nodes(root))
    splits = [(node, left, right) for node, left, right in rows if left >= 0]
    leaves = [number(inner(node, "leaf_value"), "leaf_value") for node, left, _ in rows if left < 0]
    number_of, split, leaf = [], 0, len(splits)
    for _, left, _ in rows:
        number_of.append(split if left >= 0 else leaf)
        split, leaf = split + (left >= 0), leaf + (left < 0)
    if any("leaf_const" in node for node, left, _ in rows if left < 0):
        raise ImportedModelError(_LINEAR)
    for node, _, _ in splits:
        if inner(node, "decision_type") != "<=":
            raise ImportedModelError(_CATEGORIES)
        if node.get("missing_type") == "Zero":
            raise ImportedModelError(_ZERO)
    tree = _tree(
        [whole(inner(node, "split_feature"), "split_feature") for node, _, _ in splits],
        [number(inner(node, "threshold"), "threshold") for node, _, _ in splits],
        [number_of[left] for _, left, _ in splits],
        [number_of[right] for _, _, right in splits],
        leaves,
    )
    return tree, any(node.get("default_left") for node, _, _ in splits)


def _nodes(root: Any) -> Iterator[tuple[Any, int, int]]:  # noqa: ANN401 - a file's
    """Nodes in the order of levels, with the places of their children; -1 of leaves."""
    level, first = [root], 0
    while level:
        following: list[Any] = []
        start = first + len(level)
        for node in level:
            if isinstance(node, Mapping) and "left_child" in node:
                place = start + len(following)
                following += [node["left_child"], inner(node, "right_child")]
                yield node, place, place + 1
            else:
                yield node, -1, -1
        level, first = following, start


def _tree(features: Any, thresholds: Any, left: Any, right: Any, values: Any) -> Tree:  # noqa: ANN401 - lists or arrays
    """Splits first, then leaves."""
    splits, leaves = len(features), len(values)
    none = np.zeros(leaves)
    borders = np.concatenate([thresholds, none])
    least = least_right(borders, strict=True)
    # Numbers up to here count as 0, on either side.
    least = np.where((borders >= -_ZERO_UP_TO) & (borders < 0), -_ZERO_UP_TO, least)
    above = np.nextafter(_ZERO_UP_TO, np.float32(1))
    least = np.where((borders >= 0) & (borders <= _ZERO_UP_TO), above, least)
    return Tree(
        np.concatenate([indices(features), np.full(leaves, LEAF)]).astype(np.int32),
        least.astype(np.float32),
        np.concatenate([indices(left), none]).astype(np.int32),
        np.concatenate([indices(right), none]).astype(np.int32),
        np.concatenate([np.zeros(splits), values])[:, None],
    )
