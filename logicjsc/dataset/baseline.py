"""What to expect of samples: quick models that know nothing of circuits."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.dataset.metrics import Metrics, measure
from logicjsc.dataset.samples import Array, Samples

_TREES: Final = 100
_LEAVES: Final = 63
_STEPS: Final = 200
_MOST_SAMPLES: Final = 20_000
_QUICK_TREES: Final = 40
_RECIPE: Final = 1
"""Counts up where kept figures would be made otherwise."""


def linear_baseline(train: Samples, test: Samples) -> Metrics:
    """Metrics of a linear model of standardised features (logistic or ridge regression)."""
    from sklearn.linear_model import LogisticRegression, Ridge

    # In float64: squares of large features overflow float32.
    wide = train.features.astype(np.float64)
    mean, deviation = wide.mean(axis=0), wide.std(axis=0)
    deviation[deviation == 0] = 1
    inputs = [((p.features - mean) / deviation).astype(np.float32) for p in (train, test)]

    def make() -> Any:  # noqa: ANN401 - scikit-learn ships no types
        if train.target.kind == "value":
            return Ridge()
        return LogisticRegression(max_iter=_STEPS)

    return measure(_scores(make, inputs[0], inputs[1], train), test)


def tree_baseline(train: Samples, test: Samples, trees: int = _TREES) -> Metrics:
    """Metrics of gradient-boosted trees (scikit-learn's histogram implementation)."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    def make() -> Any:  # noqa: ANN401 - scikit-learn ships no types
        kind = (
            HistGradientBoostingRegressor
            if train.target.kind == "value"
            else HistGradientBoostingClassifier
        )
        return kind(max_iter=trees, max_leaf_nodes=_LEAVES, early_stopping=False, random_state=0)

    return measure(_scores(make, train.features, test.features, train), test)


def quick_baselines(train: Samples, test: Samples) -> dict[str, dict[str, Any]]:
    """Metrics of both models, trained on part of the samples if there are many; kept in the cache.

    Returns:
        `Metrics.to_dict` by name of the model: ``linear model``, ``boosted trees``.
    """
    path = entry("baselines", [_RECIPE, train.fingerprint(), test.fingerprint()])
    kept = read_entry(path)
    if isinstance(kept, dict):
        return kept
    rows = np.random.default_rng(0).permutation(len(train))[:_MOST_SAMPLES]
    part = train.take(np.sort(rows), "train")
    found = {
        "linear model": linear_baseline(part, test).to_dict(),
        "boosted trees": tree_baseline(part, test, _QUICK_TREES).to_dict(),
    }
    write_entry(path, found)
    return found


def _scores(make: Any, inputs: Array, asked: Array, train: Samples) -> Array:  # noqa: ANN401 - makes a model
    """Scores of what is asked, ``[samples, outputs]``, by one model for each output if need be."""
    target = train.target
    with warnings.catch_warnings():
        # That a quick model has not converged is no news.
        warnings.simplefilter("ignore")
        if target.kind == "classes":
            model = make().fit(inputs, train.targets)
            scores = np.full((len(asked), target.outputs), -np.inf, np.float32)
            found = model.predict_proba(asked)
            scores[:, model.classes_] = np.log(np.maximum(found, np.finfo(np.float32).tiny))
            return np.where(np.isfinite(scores), scores, np.float32(-100.0))
        columns = train.targets.reshape(len(train), -1).T
        return np.stack([_column(make, inputs, column, asked) for column in columns], axis=1)


def _column(make: Any, inputs: Array, column: Array, asked: Array) -> Array:  # noqa: ANN401 - makes a model
    if len(np.unique(column)) == 1:
        return np.full(len(asked), column[0] if column.dtype.kind == "f" else 2.0 * column[0] - 1.0)
    model = make().fit(inputs, column)
    if column.dtype.kind == "f":
        return np.asarray(model.predict(asked), np.float32)
    likely = np.clip(model.predict_proba(asked)[:, 1], 1e-7, 1 - 1e-7)
    return np.asarray(np.log(likely / (1 - likely)), np.float32)
