"""Small models of every library, trained once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from logicjsc.frontend.importer import Asked, read_model
from logicjsc.frontend.trees.importer import TreesSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what libraries say of each other while they are imported
    import catboost
    import lightgbm
    import sklearn.ensemble
    import sklearn.tree
    import xgboost

_rng = np.random.default_rng(0)
FEATURES = _rng.normal(size=(400, 4)).astype(np.float32)
FEATURES[:, 3] = np.round(FEATURES[:, 3])  # thresholds at and around 0
_signal = FEATURES[:, 0] + 0.3 * FEATURES[:, 2] + 0.2 * _rng.normal(size=400)
BINARY = (_signal > 0).astype(int)
CLASSES = np.digitize(_signal, [-0.5, 0.5])
WORDS = np.array(["low", "middle", "top"])[CLASSES]
VALUES = 2 * FEATURES[:, 0] + np.sin(3 * FEATURES[:, 1])
COUNTS = np.abs(VALUES)

_sk, _tree = sklearn.ensemble, sklearn.tree
_LIGHT = {"n_estimators": 6, "num_leaves": 9, "verbose": -1, "n_jobs": 1}
_CAT = {
    "iterations": 6,
    "depth": 3,
    "verbose": 0,
    "allow_writing_files": False,
    "thread_count": 1,
}
_XG = {"n_estimators": 6, "max_depth": 4, "n_jobs": 1}
_SOME = {"n_estimators": 6, "random_state": 0}

RECIPES = {
    "sk boosted binary": (lambda: _sk.GradientBoostingClassifier(**_SOME), BINARY),
    "sk boosted exponential": (
        lambda: _sk.GradientBoostingClassifier(loss="exponential", **_SOME),
        BINARY,
    ),
    "sk boosted classes": (lambda: _sk.GradientBoostingClassifier(**_SOME), WORDS),
    "sk boosted from zero": (
        lambda: _sk.GradientBoostingClassifier(init="zero", **_SOME),
        CLASSES,
    ),
    "sk boosted values": (lambda: _sk.GradientBoostingRegressor(**_SOME), VALUES),
    "sk forest binary": (lambda: _sk.RandomForestClassifier(**_SOME), BINARY),
    "sk forest classes": (
        lambda: _sk.RandomForestClassifier(max_depth=5, **_SOME),
        CLASSES,
    ),
    "sk forest values": (lambda: _sk.RandomForestRegressor(max_depth=5, **_SOME), VALUES),
    "sk forest two values": (
        lambda: _sk.RandomForestRegressor(max_depth=4, **_SOME),
        np.stack([VALUES, COUNTS], axis=1),
    ),
    "sk extra trees": (lambda: _sk.ExtraTreesClassifier(max_depth=6, **_SOME), BINARY),
    "sk tree binary": (_tree.DecisionTreeClassifier, BINARY),
    "sk tree classes": (lambda: _tree.DecisionTreeClassifier(max_depth=3), CLASSES),
    "sk tree values": (lambda: _tree.DecisionTreeRegressor(max_depth=7), VALUES),
    "sk histogram binary": (
        lambda: _sk.HistGradientBoostingClassifier(max_iter=6),
        BINARY,
    ),
    "sk histogram classes": (
        lambda: _sk.HistGradientBoostingClassifier(max_iter=6),
        CLASSES,
    ),
    "sk histogram counts": (
        lambda: _sk.HistGradientBoostingRegressor(max_iter=6, loss="poisson"),
        COUNTS,
    ),
    "xgboost binary": (lambda: xgboost.XGBClassifier(**_XG), BINARY),
    "xgboost classes": (lambda: xgboost.XGBClassifier(**_XG), CLASSES),
    "xgboost values": (lambda: xgboost.XGBRegressor(**_XG), VALUES),
    "xgboost vectors of classes": (
        lambda: xgboost.XGBClassifier(multi_strategy="multi_output_tree", **_XG),
        CLASSES,
    ),
    "xgboost vectors of values": (
        lambda: xgboost.XGBRegressor(multi_strategy="multi_output_tree", **_XG),
        np.stack([VALUES, COUNTS], axis=1),
    ),
    "xgboost counts": (
        lambda: xgboost.XGBRegressor(objective="count:poisson", **_XG),
        COUNTS,
    ),
    "xgboost forest": (lambda: xgboost.XGBRFClassifier(**_XG), BINARY),
    "xgboost dart": (
        lambda: xgboost.XGBClassifier(booster="dart", rate_drop=0.5, **_XG),
        BINARY,
    ),
    "xgboost log-odds": (
        lambda: xgboost.XGBClassifier(objective="binary:logitraw", **_XG),
        BINARY,
    ),
    "xgboost two values": (
        lambda: xgboost.XGBRegressor(**_XG),
        np.stack([VALUES, COUNTS], axis=1),
    ),
    "lightgbm binary": (lambda: lightgbm.LGBMClassifier(**_LIGHT), BINARY),
    "lightgbm classes": (lambda: lightgbm.LGBMClassifier(**_LIGHT), CLASSES),
    "lightgbm one against all": (
        lambda: lightgbm.LGBMClassifier(objective="multiclassova", **_LIGHT),
        WORDS,
    ),
    "lightgbm values": (lambda: lightgbm.LGBMRegressor(**_LIGHT), VALUES),
    "lightgbm counts": (
        lambda: lightgbm.LGBMRegressor(objective="poisson", **_LIGHT),
        COUNTS,
    ),
    "lightgbm roots": (lambda: lightgbm.LGBMRegressor(reg_sqrt=True, **_LIGHT), VALUES),
    "lightgbm entropy": (
        lambda: lightgbm.LGBMRegressor(objective="cross_entropy_lambda", **_LIGHT),
        BINARY,
    ),
    "lightgbm forest": (
        lambda: lightgbm.LGBMClassifier(
            boosting_type="rf", bagging_freq=1, bagging_fraction=0.5, **_LIGHT
        ),
        CLASSES,
    ),
    "catboost binary": (lambda: catboost.CatBoostClassifier(**_CAT), BINARY),
    "catboost classes": (lambda: catboost.CatBoostClassifier(**_CAT), WORDS),
    "catboost values": (lambda: catboost.CatBoostRegressor(**_CAT), VALUES),
    "catboost counts": (
        lambda: catboost.CatBoostRegressor(loss_function="Poisson", **_CAT),
        COUNTS,
    ),
    "catboost by leaves": (
        lambda: catboost.CatBoostClassifier(grow_policy="Lossguide", **_CAT),
        CLASSES,
    ),
    "catboost two values": (
        lambda: catboost.CatBoostRegressor(loss_function="MultiRMSE", **_CAT),
        np.stack([VALUES, COUNTS], axis=1),
    ),
}
"""How each model is made, and what it is fitted to."""

_fitted: dict[str, object] = {}


def fitted(name):
    """A model of the recipes, fitted once."""
    if name not in _fitted:
        make, targets = RECIPES[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries
            _fitted[name] = make().fit(FEATURES, targets)
    return _fitted[name]


def imported(model, dataset=None, name="trees", **settings):
    """What the importer makes of a model."""
    return read_model("trees", model, Asked(name, TreesSettings(**settings), dataset))


@pytest.fixture
def binary_booster():
    return fitted("xgboost binary").get_booster()
