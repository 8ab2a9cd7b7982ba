"""scikit-learn's own checks, and that what predicts is the circuit."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import logicjsc as lj

EXCEPTIONS = {
    "check_sample_weight_equivalence_on_dense_data": "batches are drawn at random, so a sample of "
    "weight two and a sample that is there twice meet other samples on the way",
}

LEARNED = {"check_classifiers_train", "check_regressors_train"}
"""Checks that ask for a certain accuracy."""

QUICK = {"training.epochs": 1, "network.hidden": [], "network.bits": 3, "network.fan_in": 1}
"""Enough for the others; building and exporting layers takes longer than training them."""


@parametrize_with_checks(
    [
        lj.LogicClassifier(settings={"training.epochs": 10}),
        lj.LogicRegressor(settings={"training.epochs": 30}),
    ],
    expected_failed_checks=lambda _: EXCEPTIONS,
)
def test_checks_of_scikit_learn(estimator, check):
    if getattr(check, "func", check).__name__ not in LEARNED:
        estimator = clone(estimator).set_params(settings=QUICK)
    check(estimator)


def test_a_classifier_ends_in_a_circuit(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    features, labels = load_breast_cancer(return_X_y=True)
    features = features[:, 20:26]
    model = lj.LogicClassifier(random_state=0, settings={"training.epochs": 40})
    model.fit(features, labels)
    assert model.score(features, labels) > 0.9
    netlist = model.netlist_
    names = netlist.predict(features.astype(np.float32))
    assert (names == model.predict(features).astype(str)).all()
    assert netlist.emit(tmp_path / "circuit", argmax=True).verify().ok


def test_a_regressor_knows_several_values():
    features, value = load_diabetes(return_X_y=True)
    both = np.stack([value, -value], axis=1)
    model = lj.LogicRegressor(random_state=0, settings={"training.epochs": 30})
    predicted = model.fit(features, both).predict(features)
    assert predicted.shape == both.shape
    assert model.score(features, both) > 0.3


def test_it_works_inside_the_tools_of_scikit_learn():
    features, labels = load_breast_cancer(return_X_y=True)
    model = lj.LogicClassifier(random_state=0, settings={"training.epochs": 3})
    assert cross_val_score(model, features, labels, cv=2).min() > 0.6
    grid = {"settings": [{"training.epochs": 1}, {"training.epochs": 4}]}
    assert GridSearchCV(model, grid, cv=2).fit(features, labels).best_params_ in [
        {"settings": entry} for entry in grid["settings"]
    ]


def test_what_cannot_be_learned_is_refused():
    with pytest.raises(ValueError, match="one class only"):
        lj.LogicClassifier().fit(np.eye(30), np.zeros(30))
    with pytest.raises(ValueError, match=r"network\.hiden"):
        lj.LogicClassifier(settings={"network.hiden": 3}).fit(np.eye(30), np.arange(30) % 2)
