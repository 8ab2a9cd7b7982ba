"""Networks of truth tables as scikit-learn estimators.

What predicts is the netlist, so that every answer is the circuit's, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_is_fitted,
    check_random_state,
    validate_data,
)

from logicjsc.api.netlists import Netlist
from logicjsc.api.runs import train
from logicjsc.core.errors import LogicjscError
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset import DataConfig, Dataset, Samples, Schema, Target
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Column
from logicjsc.dataset.values import checked_features
from logicjsc.netlist.scoring import ends_of

_FEWEST: Final = 20
"""Samples of which none are held out to choose by."""

_MOST_SEED: Final = 2**31 - 1


class _LogicEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What classifier and regressor have in common."""

    def __init__(
        self,
        config: Any = None,  # noqa: ANN401 - see `logicjsc.train`
        settings: Mapping[str, Any] | None = None,
        validation_fraction: float = 0.1,
        random_state: Any = None,  # noqa: ANN401 - scikit-learn's
    ) -> None:
        self.config = config
        self.settings = settings
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _train(
        self,
        features: Array,
        targets: Array,
        target: Target,
        weights: Array | None,
    ) -> None:
        """Train on samples of which some are held out, and keep the netlist."""
        with _as_value_errors():
            features = checked_features(features, self._names())
        random = check_random_state(self.random_state)
        seed = int(random.randint(_MOST_SEED))
        data = _dataset(
            features,
            targets,
            target,
            weights,
            self._names(),
            fraction=self.validation_fraction,
            random=random,
        )
        with _as_value_errors(), temporary_folder("fit") as folder:
            chosen = {"training.seed": seed} if self.config is None else {}
            settings = {**chosen, **(self.settings or {})}
            place = Path(folder, "run")
            run = train(self.config, data, place, progress=False, settings=settings)
            self.result_ = run.result
            self.netlist_ = run.netlist()

    def _names(self) -> tuple[str, ...]:
        given = getattr(self, "feature_names_in_", None)
        if given is not None:
            return tuple(map(str, given))
        return tuple(f"x{place}" for place in range(self.n_features_in_))

    def _scores(self, X: Any) -> Array:  # noqa: ANN401, N803 - scikit-learn's name
        check_is_fitted(self)
        # What is not finite is refused below, by row and column.
        features = validate_data(self, X, reset=False, dtype="numeric", ensure_all_finite=False)
        netlist: Netlist = self.netlist_
        with _as_value_errors():
            return netlist.scores(features)


class LogicClassifier(ClassifierMixin, _LogicEstimator):  # type: ignore[misc]  # as above
    """A classifier that is a network of truth tables.

    Args:
        config: a config's name, file or tables, see `logicjsc.train`; None chooses a small network
            that suits the samples.
        settings: more settings by dotted key, such as ``{"training.epochs": 20}``.
        validation_fraction: of the samples, held out to choose the best network by.
        random_state: seed of weights, batches and what is held out; of a config of your own, of
            what is held out.

    Attributes:
        classes_: labels of the classes.
        netlist_: the network (`logicjsc.Netlist`), for `map`, `emit` and `save`.
        result_: metrics and sizes; the "test" samples in it are those held out.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogicClassifier:  # noqa: ANN401, N803
        """Train on features ``[samples, features]`` and labels ``[samples]``.

        Raises:
            ValueError: they cannot be learned from.
        """
        # What is not finite is refused in training, by row and column.
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite=False)  # noqa: N806
        check_classification_targets(y)
        self.classes_ = unique_labels(y)
        if len(self.classes_) == 1:
            raise ValueError("there is one class only; a classifier needs at least two")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        names = tuple(str(label) for label in self.classes_.tolist())
        kind: Any = "binary" if len(names) == 2 else "classes"  # noqa: PLR2004 - yes and no
        self._train(X, np.searchsorted(self.classes_, y), Target(kind, names), weights)
        return self

    def predict(self, X: Any) -> Array:  # noqa: ANN401, N803
        """Labels of features ``[samples, features]``."""
        scores = self._scores(X)
        netlist: Netlist = self.netlist_
        _, decoder = ends_of(netlist.tables)
        found: Array = self.classes_[decoder.decide(scores)]
        return found

    def decision_function(self, X: Any) -> Array:  # noqa: ANN401, N803
        """Scores ``[samples, classes]``; of two classes ``[samples]``, above 0 for the second."""
        check_is_fitted(self)
        scores = self._scores(X)
        if len(self.classes_) > 2:  # noqa: PLR2004 - yes and no
            return scores
        netlist: Netlist = self.netlist_
        _, decoder = ends_of(netlist.tables)
        threshold = np.float32(decoder.thresholds[0])
        # A score at the threshold is the second class.
        return np.asarray(scores[:, 0] - np.nextafter(threshold, np.float32(-np.inf)), np.float64)

    def predict_proba(self, X: Any) -> Array:  # noqa: ANN401, N803
        """Probabilities ``[samples, classes]``: softmax or logistic function of the scores."""
        check_is_fitted(self)
        if len(self.classes_) > 2:  # noqa: PLR2004 - yes and no
            scores = self._scores(X).astype(np.float64)
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=1, keepdims=True))
        likely = 1 / (1 + np.exp(-np.clip(self.decision_function(X), -500, 500)))
        return np.stack([1 - likely, likely], axis=1)


class LogicRegressor(RegressorMixin, _LogicEstimator):  # type: ignore[misc]  # as above
    """A regressor that is a network of truth tables; arguments are those of `LogicClassifier`.

    Attributes:
        netlist_: the network (`logicjsc.Netlist`), for `map`, `emit` and `save`.
        result_: metrics and sizes; the "test" samples in it are those held out.
    """

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogicRegressor:  # noqa: ANN401, N803
        """Train on features ``[samples, features]`` and values ``[samples(, values)]``.

        Raises:
            ValueError: they cannot be learned from.
        """
        X, y = validate_data(  # noqa: N806
            self,
            X,
            y,
            dtype=np.float64,
            multi_output=True,
            y_numeric=True,
            ensure_all_finite=False,  # what is not finite is refused in training, by row and column
        )
        values = check_array(y, ensure_2d=False, dtype=np.float64)
        self._is_flat = values.ndim == 1
        columns = values.reshape(len(values), -1)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        names = tuple(f"y{place}" for place in range(columns.shape[1]))
        self._train(X, columns, Target("value", names), weights)
        return self

    def predict(self, X: Any) -> Array:  # noqa: ANN401, N803
        """Values of features ``[samples, features]``."""
        scores = self._scores(X).astype(np.float64)
        return scores[:, 0] if self._is_flat else scores


@contextmanager
def _as_value_errors() -> Iterator[None]:
    """scikit-learn expects ValueError where something was wrong with what was given."""
    try:
        yield
    except LogicjscError as error:
        raise ValueError(str(error)) from error


def _dataset(
    features: Array,
    targets: Array,
    target: Target,
    weights: Array | None,
    names: tuple[str, ...],
    *,
    fraction: float,
    random: np.random.RandomState,
) -> Dataset:
    """Training samples, and some that are held out; of few samples all are both."""
    are_bits = np.asarray(np.isin(features, (0, 1)).all(axis=0))
    columns = tuple(
        Column(name, "bit" if is_bit else "number")
        for name, is_bit in zip(names, are_bits.tolist(), strict=True)
    )
    if len(features) == 1:
        raise ValueError("one sample is too few to train on")
    with _as_value_errors():
        samples = Samples(features, targets, Schema(columns, target), "arrays", weights=weights)
    train = held_out = np.arange(len(samples))
    if len(samples) >= _FEWEST:
        order = random.permutation(len(samples))
        count = max(1, round(fraction * len(samples)))
        held_out, train = np.sort(order[:count]), np.sort(order[count:])
        missing = target.kind != "value" and len(np.unique(targets[train])) < len(target.names)
        if missing:
            train = np.arange(len(samples))
    chosen = samples.take(held_out, "validation")
    return Dataset(
        samples.take(train, "train"), chosen, samples.take(held_out, "test"), DataConfig()
    )
