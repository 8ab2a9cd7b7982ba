"""Trees, forests and boosted trees of scikit-learn, as objects."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import check_size
from logicjsc.frontend.trees.ensemble import (
    LEAF,
    NO_MISSING,
    Array,
    Ensemble,
    Link,
    Tree,
    least_right,
)
from logicjsc.frontend.trees.names import own_labels, own_names
from logicjsc.frontend.trees.trial import Decide

_SINGLE: Final = ("DecisionTreeClassifier", "DecisionTreeRegressor")
_EXTRA: Final = ("ExtraTreeClassifier", "ExtraTreeRegressor")
_FORESTS: Final = (
    *("RandomForestClassifier", "RandomForestRegressor"),
    *("ExtraTreesClassifier", "ExtraTreesRegressor"),
)
_BOOSTED: Final = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HISTOGRAM: Final = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")

KNOWN: Final = (*_SINGLE, *_EXTRA, *_FORESTS, *_BOOSTED, *_HISTOGRAM)

_BINARY = 2
_LOG_LOSSES: Final = ("poisson", "gamma")


def read_scikit(model: Any) -> tuple[Ensemble, Decide]:  # noqa: ANN401 - scikit-learn is untyped
    """The trees of a fitted estimator, and its own decisions.

    Raises:
        ImportedModelError: it is no model of trees, is not fitted, or has something that sums of
            leaves do not hold.
    """
    name = type(model).__name__
    if name not in KNOWN:
        raise ImportedModelError(
            f"{name} is no model of trees that is known; use one of {', '.join(KNOWN)}"
        )
    if not hasattr(model, "n_features_in_"):
        raise ImportedModelError(f"the {name} is not fitted; call fit first")
    classes = getattr(model, "classes_", None)
    if isinstance(classes, list):
        raise ImportedModelError(
            f"the {name} decides {len(classes)} targets at once; fit one model for each"
        )
    if classes is not None and len(classes) < _BINARY:
        raise ImportedModelError(f"the {name} knows one class only; fit it on two or more")
    if name in _HISTOGRAM:
        ensemble = _histogram(model, classes)
    elif name in _BOOSTED:
        ensemble = _boosted(model, classes)
    else:
        ensemble = _averaged(model, classes)

    def decide(features: Array) -> Array:
        given: Any = features
        if hasattr(model, "feature_names_in_"):
            import pandas as pd

            given = pd.DataFrame(features, columns=model.feature_names_in_)
        found = np.asarray(model.predict(given))
        return found if classes is None else np.searchsorted(classes, found)

    return ensemble, decide


def _ends(model: Any, classes: Array | None) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {
        "library": f"scikit-learn {type(model).__name__}",
        "features": int(model.n_features_in_),
        "feature_names": own_names(getattr(model, "feature_names_in_", ())),
        "class_names": () if classes is None else own_labels(classes),
        "kind": "value" if classes is None else "binary" if len(classes) == _BINARY else "classes",
    }


def _averaged(model: Any, classes: Array | None) -> Ensemble:  # noqa: ANN401 - as above
    """Forests vote with probabilities, or average values."""
    inner = [entry.tree_ for entry in getattr(model, "estimators_", [model])]
    check_size(len(inner), sum(tree.node_count for tree in inner))
    ends, count = _ends(model, classes), len(inner)
    if classes is None:
        outputs = int(inner[0].n_outputs)
        trees = tuple(_tree(tree, tree.value[:, :, 0], tuple(range(outputs))) for tree in inner)
        return Ensemble(**ends, trees=trees, base=np.zeros(outputs), scale=1 / count)
    shares = [
        tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True) for tree in inner
    ]
    if ends["kind"] == "classes":
        columns = tuple(range(len(classes)))
        trees = tuple(_tree(tree, part, columns) for tree, part in zip(inner, shares, strict=True))
        return Ensemble(**ends, trees=trees, base=np.zeros(len(classes)), scale=1 / count, unit=1.0)
    trees = tuple(_tree(tree, part[:, 1:]) for tree, part in zip(inner, shares, strict=True))
    # Affirmed if the mean probability of yes is above one half; a tie goes to the first class.
    base = np.array([-count / 2])
    return Ensemble(**ends, trees=trees, base=base, scale=1 / count, shift=0.5, unit=1.0)


def _boosted(model: Any, classes: Array | None) -> Ensemble:  # noqa: ANN401 - as above
    init = model.init_
    if init != "zero" and type(init).__name__ not in {"DummyClassifier", "DummyRegressor"}:
        raise ImportedModelError(
            f"the model starts from a {type(init).__name__} of its own, which is no constant; fit "
            f"it with init=None or init='zero'"
        )
    rows, outputs = model.estimators_.shape
    inner = [
        (model.estimators_[row, output].tree_, output)
        for row in range(rows)
        for output in range(outputs)
    ]
    check_size(len(inner), sum(tree.node_count for tree, _ in inner))
    start = np.zeros((1, model.n_features_in_), np.float32)
    base = np.asarray(model._raw_predict_init(start), np.float64).reshape(-1)  # noqa: SLF001 - as it has it
    trees = tuple(
        _tree(tree, tree.value[:, :, 0] * model.learning_rate, (output,)) for tree, output in inner
    )
    return Ensemble(**_ends(model, classes), trees=trees, base=base, from_zero=True)


def _histogram(model: Any, classes: Array | None) -> Ensemble:  # noqa: ANN401 - as above
    grids = model._predictors  # noqa: SLF001 - there is no public way to its trees
    inner = [(tree.nodes, output) for row in grids for output, tree in enumerate(row)]
    check_size(len(inner), sum(len(nodes) for nodes, _ in inner))
    if getattr(model, "is_categorical_", None) is not None:
        raise ImportedModelError(
            "the model splits categories into sets; one-hot encode them and fit with "
            "categorical_features=None"
        )
    trees = []
    for nodes, output in inner:
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            Tree(
                np.where(leaf, LEAF, nodes["feature_idx"]).astype(np.int32),
                least_right(np.where(leaf, 0.0, nodes["num_threshold"]), strict=True),
                nodes["left"].astype(np.int32),
                nodes["right"].astype(np.int32),
                np.where(leaf, nodes["value"], 0.0)[:, None],
                (output,),
            )
        )
    base = np.asarray(model._baseline_prediction, np.float64).reshape(-1)  # noqa: SLF001 - as above
    link: Link = "exp" if classes is None and model.loss in _LOG_LOSSES else "identity"
    missing = any(nodes["missing_go_to_left"].any() for nodes, _ in inner)
    notes = (NO_MISSING,) if missing else ()
    return Ensemble(**_ends(model, classes), trees=tuple(trees), base=base, link=link, notes=notes)


def _tree(tree: Any, values: Array, outputs: tuple[int, ...] = (0,)) -> Tree:  # noqa: ANN401 - as above
    leaf = tree.children_left < 0
    return Tree(
        np.where(leaf, LEAF, tree.feature).astype(np.int32),
        least_right(np.where(leaf, 0.0, tree.threshold), strict=True),
        tree.children_left.astype(np.int32),
        tree.children_right.astype(np.int32),
        np.where(leaf[:, None], values, 0.0).astype(np.float64),
        outputs,
    )
