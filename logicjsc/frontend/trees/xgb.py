"""Trees of XGBoost: objects, and what it saves as JSON or UBJSON."""

from __future__ import annotations

import json
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
from logicjsc.frontend.trees.fields import entries, inner, number, numbers, optional, whole
from logicjsc.frontend.trees.names import own_labels, own_names
from logicjsc.frontend.trees.trial import Decide

_MOST_OUTPUTS: Final = 1 << 16

_CLASSES: Final = ("multi:softmax", "multi:softprob")
_LOGISTIC: Final = ("binary:logistic", "reg:logistic")
_BINARY: Final = ("binary:logistic", "binary:logitraw", "binary:hinge")
_LOG: Final = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_PLAIN: Final = (
    *("reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror"),
    *("reg:linear", "reg:quantileerror", "rank:pairwise", "rank:ndcg", "rank:map"),
)


def read_booster(model: Any) -> tuple[Ensemble, Decide]:  # noqa: ANN401 - XGBoost is untyped here
    """The trees of a ``Booster`` or of one of the scikit-learn estimators.

    Raises:
        ImportedModelError: it is not fitted, or has something that sums of leaves do not hold.
    """
    import xgboost

    classes, rounds = None, 0
    booster = model
    if not isinstance(model, xgboost.Booster):
        missing = getattr(model, "missing", np.nan)
        if missing is not None and not np.isnan(missing):
            raise ImportedModelError(
                f"the model takes {missing} for a missing value; fit it with missing=nan"
            )
        try:
            booster = model.get_booster()
        except Exception as error:  # its NotFittedError is scikit-learn's where that is installed
            raise ImportedModelError(
                f"the {type(model).__name__} is not fitted; call fit first"
            ) from error
        classes = getattr(model, "classes_", None)
        if booster.attr("best_iteration") is not None:
            rounds = int(booster.best_iteration) + 1
    saved = json.loads(bytes(booster.save_raw("json")))
    ensemble = read_saved(saved, rounds, () if classes is None else own_labels(classes))

    def decide(features: Array) -> Array:
        matrix = xgboost.DMatrix(
            features, feature_names=booster.feature_names, feature_types=booster.feature_types
        )
        value = ensemble.kind == "value"
        found = booster.predict(matrix, output_margin=not value, iteration_range=(0, rounds))
        found = np.asarray(found, np.float64).reshape(len(features), -1)
        return found if value else ensemble.decide(found)

    return ensemble, decide


def read_saved(
    saved: Any,  # noqa: ANN401 - whatever a file holds
    rounds: int = 0,
    class_names: tuple[str, ...] = (),
) -> Ensemble:
    """The trees of a saved model.

    Args:
        saved: the document.
        rounds: how many rounds of boosting count; 0: all.
        class_names: those that the model itself does not know.

    Raises:
        ImportedModelError: it is none, or has something that sums of leaves do not hold.
    """
    learner = inner(saved, "learner")
    name, weights, model = _booster(inner(learner, "gradient_booster"))
    shape = inner(learner, "learner_model_param")
    features = whole(inner(shape, "num_feature"), "num_feature")
    objective = str(inner(learner, "objective", "name"))
    kind, link = _kind_of(objective)
    classes = max(whole(optional(shape, "num_class", 0), "num_class"), 1)
    outputs = classes * max(whole(optional(shape, "num_target", 1), "num_target"), 1)
    if outputs > _MOST_OUTPUTS:
        raise ImportedModelError(f"it has {outputs:,} outputs, the limit is {_MOST_OUTPUTS:,}")
    if kind == "binary" and outputs > 1:
        raise ImportedModelError(
            f"objective {objective!r} with {outputs} targets decides several labels at once; train "
            f"one model for each"
        )
    trees = entries(inner(model, "trees"), "the list of trees")
    info = numbers(inner(model, "tree_info"), "tree_info", np.int64)
    if len(info) != len(trees) or (info.size and not 0 <= info.min() <= info.max() < outputs):
        raise ImportedModelError("tree_info does not fit its trees; save the model again")
    vectors = any(_leaf_size(tree) > 1 for tree in trees)
    if rounds:
        per_round = (1 if vectors else outputs) * max(
            whole(optional(inner(model, "gbtree_model_param"), "num_parallel_tree", 1), "trees"), 1
        )
        trees = trees[: rounds * per_round]
    check_size(len(trees), len(trees))
    nodes = sum(len(entries(inner(tree, "left_children"), "left_children")) for tree in trees)
    check_size(len(trees), nodes)
    read = tuple(
        _tree(
            tree,
            f"tree {place}",
            tuple(range(outputs)) if vectors else (int(info[place]),),
            weights[place] if weights else 1.0,
        )
        for place, tree in enumerate(trees)
    )
    base = _base_scores(inner(shape, "base_score"), objective, outputs)
    missing = any(numbers(tree["default_left"], "default_left", np.int64).any() for tree in trees)
    notes = [NO_MISSING] if missing else []
    if objective == "binary:logitraw":
        notes.append("a log-odds above 0 means yes; XGBClassifier.predict compares it with 0.5")
    names = entries(optional(learner, "feature_names", []), "feature_names")
    best = optional(optional(learner, "attributes", {}), "best_iteration", None)
    if best is not None and not rounds:
        notes.append(f"all trees are taken, also those after the best iteration, {best}")
    return Ensemble(
        library=f"XGBoost {name}",
        kind=kind,
        trees=read,
        base=base,
        features=features,
        feature_names=own_names(names, "f"),
        class_names=class_names if kind != "value" else (),
        link=link,
        notes=tuple(notes),
    )


def _booster(saved: Any) -> tuple[str, list[float], Any]:  # noqa: ANN401 - as above
    """Name of the booster, weight of each tree if it has some, and its model."""
    name = inner(saved, "name")
    if name == "dart":
        given = entries(inner(saved, "weight_drop"), "weight_drop")
        with np.errstate(over="ignore"):
            drops = [float(np.float32(number(entry, "weight_drop"))) for entry in given]
        model = inner(saved, "gbtree", "model") if "gbtree" in saved else inner(saved, "model")
        if len(drops) != len(inner(model, "trees")):
            raise ImportedModelError("weight_drop does not fit its trees; save the model again")
        return name, drops, model
    if name != "gbtree":
        raise ImportedModelError(f"booster {name!r} has no trees; train it with booster='gbtree'")
    return name, [], inner(saved, "model")


def _kind_of(objective: str) -> tuple[TargetKind, Link]:
    if objective in _CLASSES:
        return "classes", "identity"
    if objective in _BINARY:
        return "binary", "identity"
    if objective in _LOGISTIC:
        return "value", "sigmoid"
    if objective in _LOG:
        return "value", "exp"
    if objective in _PLAIN:
        return "value", "identity"
    raise ImportedModelError(
        f"objective {objective!r} is not known, so what its sums mean is not either; train with "
        f"one of {', '.join((*_BINARY, *_CLASSES, *_LOG, *_PLAIN))}"
    )


def _base_scores(saved: Any, objective: str, outputs: int) -> Array:  # noqa: ANN401 - as above
    """Base score of each output as a sum of leaves has it; saved is what it predicts."""
    texts = str(saved).strip("[]").split(",")
    given = np.array([number(text, "base_score") for text in texts])
    if len(given) not in {1, outputs}:
        raise ImportedModelError(f"base_score has {len(given)} entries for {outputs} outputs")
    given = np.broadcast_to(given, (outputs,)).astype(np.float64)
    logistic, log = objective in _LOGISTIC, objective in _LOG
    if logistic and ((given <= 0) | (given >= 1)).any():
        raise ImportedModelError(f"base_score is {saved}, no probability between 0 and 1")
    if log and (given <= 0).any():
        raise ImportedModelError(f"base_score is {saved}, which has no logarithm")
    if logistic:
        return np.asarray(-np.log(1 / given - 1))
    return np.asarray(np.log(given)) if log else given


def _leaf_size(saved: Any) -> int:  # noqa: ANN401 - as above
    """Numbers in a leaf."""
    return whole(
        optional(optional(saved, "tree_param", {}), "size_leaf_vector", 1), "size_leaf_vector"
    )


def _tree(
    saved: Any,  # noqa: ANN401 - as above
    name: str,
    outputs: tuple[int, ...],
    weight: float,
) -> Tree:
    left = numbers(inner(saved, "left_children"), f"{name}: left_children", np.int64)
    right = numbers(inner(saved, "right_children"), f"{name}: right_children", np.int64)
    features = numbers(inner(saved, "split_indices"), f"{name}: split_indices", np.int64)
    values = numbers(inner(saved, "split_conditions"), f"{name}: split_conditions", np.float64)
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)  # saved with as many digits as tell these apart
    kinds = numbers(saved.get("split_type", []), f"{name}: split_type", np.int64)
    inner(saved, "default_left")
    if kinds.any():
        raise ImportedModelError(
            f"{name} splits categories into sets; one-hot encode them and train without "
            f"enable_categorical"
        )
    if not len(left) == len(right) == len(features) == len(values):
        raise ImportedModelError(f"{name}: its lists differ in length; save the model again")
    leaf = left == -1
    added = values[:, None]
    if len(outputs) > 1:
        added = _vectors(saved, name, np.where(leaf, right, -1), len(outputs))
        right = np.where(leaf, -1, right)
    return Tree(
        np.where(leaf, LEAF, indices(features)),
        least_right(np.where(leaf, 0.0, values), strict=False),
        indices(left),
        indices(right),
        np.where(leaf[:, None], added.astype(np.float64) * weight, 0.0),
        outputs,
    )


def _vectors(saved: Any, name: str, rows: Array, outputs: int) -> Array:  # noqa: ANN401 - as above
    """Leaves that are vectors, as XGBoost 3 saves them: rows of a list of their own.

    Args:
        saved: the tree.
        name: of the tree, for messages.
        rows: which row each leaf is, int64 ``[nodes]``; -1 of other nodes.
        outputs: numbers in a row.
    """
    if _leaf_size(saved) != outputs:
        raise ImportedModelError(
            f"{name} has leaves of {_leaf_size(saved)} numbers for {outputs} outputs; save the "
            f"model again"
        )
    if "leaf_weights" not in saved:
        raise ImportedModelError(
            f"{name} has vectors for leaves but no leaf_weights, which XGBoost saves from version "
            f"3.1 on; save the model with it, or train with multi_strategy='one_output_per_tree'"
        )
    given = numbers(inner(saved, "leaf_weights"), f"{name}: leaf_weights", np.float64)
    with np.errstate(over="ignore"):
        given = given.astype(np.float32)
    count = int(rows.max(initial=-1)) + 1
    if given.size < count * outputs or given.size % outputs:
        raise ImportedModelError(f"{name}: its leaf_weights lack a leaf; save the model again")
    return np.asarray(given.reshape(-1, outputs)[rows] if count else np.zeros((len(rows), outputs)))
