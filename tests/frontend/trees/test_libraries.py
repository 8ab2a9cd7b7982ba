"""Trees of every library decide what the library decides, within the stated rounding."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.checks import folded
from logicjsc.frontend.trees.importer import _read
from logicjsc.frontend.trees.quantise import quantise
from logicjsc.frontend.trees.trial import differing, places_of, trial_rows
from logicjsc.netlist import evaluate

from .conftest import BINARY, FEATURES, RECIPES, VALUES, fitted, imported

ROWS = 4_000


@pytest.mark.parametrize("name", RECIPES)
def test_with_many_bits_no_decision_differs_from_the_librarys_own(name):
    ensemble, decide = _read(fitted(name))
    rows = trial_rows(ensemble, ROWS, seed=3)
    netlist = imported(fitted(name), leaf_bits=24).netlist
    scores = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(rows)))
    theirs = decide(rows)
    if ensemble.kind == "value":
        exact = ensemble.score(ensemble.raw(rows))
        # The library adds in float32, and the netlist rounds to fine steps.
        assert np.abs(scores - exact).max() <= 2e-5 * np.abs(exact).max()
        assert np.abs(theirs.reshape(exact.shape) - exact).max() <= 2e-5 * np.abs(exact).max()
    else:
        assert (netlist.decoder.decide(scores) == theirs.reshape(-1)).all()


@pytest.mark.parametrize(
    ("name", "bits"), [(name, (3, 8)[number % 2]) for number, name in enumerate(RECIPES)]
)
def test_scores_are_within_half_a_step_for_each_tree(name, bits):
    ensemble, _ = _read(fitted(name))
    rows = trial_rows(ensemble, 2000, seed=4)
    found = imported(fitted(name), leaf_bits=bits)
    codes = evaluate(found.netlist, found.netlist.encoder.encode(rows))
    scores = found.netlist.decoder.decode(codes).astype(np.float64)
    raw = ensemble.raw(rows)
    trees = len(ensemble.trees) / (ensemble.outputs if ensemble.kind == "classes" else 1)
    if len(ensemble.trees[0].outputs) > 1:
        trees = len(ensemble.trees)
    bound = (trees + 1) * found.facts["leaf_step"] / 2
    assert found.facts["score_error_at_most"] <= bound * ensemble.scale * (1 + 1e-9)
    slack = bound * (1 + 1e-6) + 1e-6 * np.abs(raw).max()
    if ensemble.kind == "classes":  # all scores may have one number in common
        scores, raw = (part - part[:, :1] for part in (scores / ensemble.scale, raw))
        assert np.abs(scores - raw).max() <= 2 * slack
        return
    least, most = ensemble.score(raw - slack), ensemble.score(raw + slack)
    margin = 1e-6 * np.abs(most).max()
    assert (scores >= least - margin).all()
    assert (scores <= most + margin).all()


@pytest.mark.parametrize("name", RECIPES)
def test_the_netlist_adds_exactly_what_the_rounded_leaves_add(name):
    found = imported(fitted(name), leaf_bits=6, table_bits=5).netlist
    ensemble, decide = _read(fitted(name))
    trees = tuple(folded(tree) for tree in ensemble.trees)
    ensemble = type(ensemble)(**{**ensemble.__dict__, "trees": trees})
    quantised = quantise(ensemble, 6)
    rows = trial_rows(ensemble, 3000, seed=5)
    sums = quantised.sums(places_of(ensemble, rows))
    codes = evaluate(found, found.encoder.encode(rows)).astype(np.int64)
    width = int(found.widths[found.outputs[0]])
    signed = bool(found.decoder.signed)
    made = codes - ((codes >> (width - 1) & 1) << width) * signed
    assert (made == sums).all()
    counted = differing(quantised, sums, decide(rows))
    if ensemble.kind != "value":
        decided = found.decoder.classify(codes)
        assert counted == (decided != decide(rows).reshape(-1)).sum()
    else:
        assert counted == 0


def test_early_stopping_counts_as_the_model_itself_counts():
    model = xgboost.XGBRegressor(n_estimators=40, max_depth=2, early_stopping_rounds=1, n_jobs=1)
    noise = np.random.default_rng(1).normal(size=200)
    model.fit(FEATURES[:200], noise, eval_set=[(FEATURES[200:], VALUES[200:])], verbose=False)
    used = model.get_booster().best_iteration + 1
    assert used < model.get_booster().num_boosted_rounds()
    assert imported(model).facts["trees"] == used
    whole = imported(model.get_booster())
    assert whole.facts["trees"] > used
    assert any("best iteration" in note for note in whole.notes)


def test_leaves_that_need_no_rounding_are_exact_with_any_bits():
    found = imported(fitted("sk tree binary"), leaf_bits=1)
    assert not found.facts["leaves_are_rounded"]
    assert found.facts["score_error_at_most"] == 0
    assert found.facts["random_rows_decided_otherwise"] == 0


def test_missing_values_have_no_way_and_a_note_says_so():
    assert any("missing values" in note for note in imported(fitted("lightgbm binary")).notes)


def unfit(make, targets=BINARY, features=FEATURES):
    return lambda: make().fit(features, targets)


def _sk(name, **given):
    import sklearn.ensemble

    return lambda: getattr(sklearn.ensemble, name)(**given)


def _light(**given):
    import lightgbm

    return lambda: lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, **given)


def _cat(**given):
    import catboost

    return lambda: catboost.CatBoostClassifier(
        iterations=2, verbose=0, allow_writing_files=False, **given
    )


def _xg(kind="Classifier", **given):
    return lambda: getattr(xgboost, f"XGB{kind}")(n_estimators=2, n_jobs=1, **given)


def _categories():
    import pandas as pd

    kinds = pd.Categorical(np.array(list("abcd"))[np.arange(400) % 4])
    return pd.DataFrame({"kind": kinds, "size": FEATURES[:, 0]})


_TWO = np.stack([BINARY, 1 - BINARY], axis=1)

REFUSED = {
    "not fitted": (_sk("RandomForestClassifier"), "not fitted"),
    "not fitted, xgboost": (_xg(), "not fitted"),
    "not fitted, lightgbm": (_light(), "not fitted"),
    "not fitted, catboost": (_cat(), "not fitted"),
    "no trees": (_sk("VotingClassifier", estimators=[]), "VotingClassifier is no model of trees"),
    "linear": (unfit(_xg("Regressor", booster="gblinear")), "gblinear.* has no trees"),
    "several labels": (unfit(_xg(), _TWO), "several labels at once"),
    "several targets": (unfit(_sk("RandomForestClassifier"), _TWO), "decides 2 targets at once"),
    "finite missing": (unfit(_xg(missing=-1.0)), "fit it with missing=nan"),
    "zero missing": (unfit(_light(zero_as_missing=True), VALUES), "zero_as_missing=false"),
    "linear leaves": (unfit(_light(linear_tree=True), VALUES), "linear_tree=false"),
    "categories, lightgbm": (
        unfit(_light(), VALUES + 9 * (np.arange(400) % 4 == 2), _categories()),
        "splits categories into sets; one-hot",
    ),
    "categories, xgboost": (
        unfit(
            _xg(enable_categorical=True, max_cat_to_onehot=1), np.arange(400) % 4 > 1, _categories()
        ),
        "splits categories into sets; one-hot",
    ),
    "categories, histogram": (
        unfit(
            _sk("HistGradientBoostingClassifier", max_iter=2, categorical_features=[3]),
            BINARY,
            np.abs(FEATURES),
        ),
        "splits categories into sets; one-hot",
    ),
    "categories, catboost": (
        unfit(_cat(cat_features=[0]), BINARY, _categories()),
        "CatBoost cannot save|categorical_features; encode them",
    ),
    "own start": (
        unfit(
            _sk(
                "GradientBoostingClassifier",
                init=_sk("RandomForestClassifier", n_estimators=2)(),
                n_estimators=2,
            )
        ),
        "no constant; fit it with init=None",
    ),
    "own objective": (
        unfit(_light(objective=lambda y, p: (p - y, np.ones_like(p))), VALUES),
        "an objective of its own is not known",
    ),
    "several labels, catboost": (
        unfit(_cat(loss_function="MultiLogloss"), _TWO),
        "loss function 'MultiLogloss' is not known",
    ),
    "no splits": (
        unfit(_sk("GradientBoostingClassifier", n_estimators=2), BINARY, np.zeros((400, 2))),
        "no tree of the model splits",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", REFUSED)
def test_what_no_netlist_holds_is_refused_by_name(case):
    make, sentence = REFUSED[case]
    with pytest.raises(ImportedModelError, match=sentence) as refusal:
        imported(make())
    assert "\n" not in str(refusal.value)


def test_an_object_of_another_library_is_refused():
    with pytest.raises(ImportedModelError, match="no model of sklearn, xgboost"):
        imported(object())
