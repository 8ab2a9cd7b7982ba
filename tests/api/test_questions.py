"""A finished network is asked: every entry says and does the same, or refuses the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from reference.small_tables import chosen, lamps

import logicjsc as lj
from logicjsc.core.errors import DataError, LogicjscError
from logicjsc.dataset import Samples
from logicjsc.dataset.provenance import Provenance
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.netlist.scoring import metrics_of, scores_of

COLUMNS = chosen(lamps(200), "size", "hits", "lit", "colour", "sort")
SETTINGS = {
    "network.hidden": [4],
    "network.input_bits": 2,
    "network.bits": [2, 3],
    "network.fan_in": [2, 2],
    "training.epochs": 1,
    "training.device": "cpu",
}
ENTRIES = ("Netlist.scores", "Netlist.predict", "FastNetwork.scores", "FastNetwork.classify")
FEATURES = ("size", "hits", "lit", "colour=blue", "colour=green", "colour=red")


@pytest.fixture(scope="module")
def asked(tmp_path_factory, cache):
    """Everything that can be asked, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        folder = tmp_path_factory.mktemp("asked")
        data = lj.load_dataset(pd.DataFrame(COLUMNS), target="sort", feature_bits=6)
        run = lj.train(None, data, folder / "run", progress=False, settings=SETTINGS)
        net = run.netlist()
        fast = FastNetwork.open(net.emit_c(folder / "c"))
    return {
        "Netlist.scores": net.scores,
        "Netlist.predict": net.predict,
        "FastNetwork.scores": fast.scores,
        "FastNetwork.classify": fast.classify,
        "tables": net.tables,
        "data": data,
    }


def rows(count=4, **changed):
    """Features as an array; ``changed`` are values of row 2."""
    found = np.zeros((count, len(FEATURES)))
    found[:, 0] = np.arange(count)
    found[:, 3] = 1
    for name, value in changed.items():
        found[2, FEATURES.index(name)] = value
    return found


REFUSED = {
    "NaN": (rows(size=np.nan), "feature 'size' of sample 2 is NaN"),
    "infinity": (rows(hits=np.inf), "feature 'hits' of sample 2 is inf"),
    "beyond float32": (rows(size=-1e39), r"feature 'size' of sample 2 is -1e\+39"),
    "half a bit": (rows(lit=0.5), "feature 'lit' of sample 2 is 0.5; it is a bit"),
    "no bit": (rows(lit=2), "feature 'lit' of sample 2 is 2; it is a bit"),
    "part of a category": (
        rows() * np.array([1, 1, 1, 0.5, 1, 1]),
        "feature 'colour=blue' of sample 0 is 0.5; it is a bit",
    ),
    "masked": (np.ma.masked_equal(rows(size=77), 77), "feature 'size' of sample 2 is masked"),
    "texts": (rows().astype(str), "features must be numbers, not <U32"),
    "objects": (rows().astype(object), "features must be numbers, not object"),
    "few features": (rows()[:, :5], r"features have shape \[4, 5\], the network takes \[samples"),
    "one sample alone": (rows()[0], r"features have shape \[6\]"),
    "nothing": ([], r"features have shape \[0\]"),
    "frame, NaN": (
        pd.DataFrame(COLUMNS).assign(size=[1.0] * 9 + [np.nan] + [1.0] * 190),
        "feature 'size' of sample 9 is NaN",
    ),
    "frame, no bit": (pd.DataFrame(COLUMNS).assign(lit=3), "feature 'lit' of sample 0 is 3"),
    "frame, text": (
        pd.DataFrame(COLUMNS).assign(size="large"),
        "the data frame: column 'size' holds 'large' in row 0",
    ),
    "frame, a column less": (
        pd.DataFrame(COLUMNS).drop(columns="hits"),
        "the data frame lacks 'hits'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_refuses_in_the_same_sentence(asked, entry, name):
    data, message = REFUSED[name]
    with pytest.raises(DataError, match=message):
        asked[entry](data)


def answers(asked, data):
    """Scores and decisions by every entry, which must agree."""
    scores, names = asked["Netlist.scores"](data), asked["Netlist.predict"](data)
    fast, classes = asked["FastNetwork.scores"](data), asked["FastNetwork.classify"](data)
    np.testing.assert_array_equal(scores, fast)
    known = asked["tables"].decoder.class_names
    assert [known[place] for place in classes.tolist()] == names.tolist()
    return scores


FRAME = pd.DataFrame(COLUMNS).drop(columns="sort")


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.iloc[:, ::-1],
        FRAME.assign(more="text", sort="cold"),
        FRAME.set_index(np.arange(200)[::-1] % 7),
        pl.from_pandas(FRAME),
        FRAME.astype({"lit": bool, "size": "float64", "hits": "Int64"}),
        FRAME.astype({"colour": "category"}),
    ],
)
def test_columns_of_a_frame_are_taken_by_name(asked, frame):
    np.testing.assert_array_equal(answers(asked, frame), answers(asked, FRAME))


@pytest.mark.parametrize(
    "form", [np.asfortranarray, lambda x: np.repeat(x, 2, axis=0)[::2], list, np.float32, np.copy]
)
def test_the_form_of_an_array_changes_nothing(asked, form):
    np.testing.assert_array_equal(answers(asked, form(rows(9))), answers(asked, rows(9)))


def test_no_samples_have_no_answers(asked):
    assert answers(asked, np.empty((0, 6))).shape == (0, 3)


def test_a_category_that_no_training_sample_had_is_none(asked):
    strange = FRAME.assign(colour="violet")
    none = np.zeros((200, 6))
    none[:, :3] = FRAME[["size", "hits", "lit"]]
    np.testing.assert_array_equal(answers(asked, strange), answers(asked, none))


@pytest.mark.parametrize("far", [1e6, 1e30, np.finfo(np.float32).max])
def test_words_saturate(asked, far):
    words = asked["tables"].encoder.words
    size = words.steps()[0] * np.array([words.lows[0], words.highs[0]])
    for edge, beyond in zip(size, (-far, far), strict=True):
        np.testing.assert_array_equal(
            answers(asked, rows(size=beyond)), answers(asked, rows(size=edge))
        )


def test_samples_with_targets_are_checked_as_they_are_made(asked):
    schema = asked["data"].schema
    for name in ("NaN", "infinity", "beyond float32", "no bit"):
        with pytest.raises(DataError, match=r"of sample 2|but sample 2"):
            Samples(REFUSED[name][0], np.zeros(4, int), schema)
    samples = asked["data"].test
    scores = scores_of(asked["tables"], samples)
    np.testing.assert_array_equal(scores, answers(asked, samples.features))
    assert metrics_of(asked["tables"], samples).samples == len(samples)


def test_a_file_with_such_values_is_refused_where_it_is_read(asked, tmp_path):
    known = Provenance.in_netlist(asked["tables"].provenance)
    path = tmp_path / "new.csv"
    for column, value in (("size", "inf"), ("size", "1e39"), ("size", ""), ("lit", "2")):
        frame = pd.DataFrame(COLUMNS).astype(object)
        frame.loc[5, column] = value
        frame.to_csv(path, index=False)
        with pytest.raises(LogicjscError, match=f"'?{column}'? .*(row|sample) 5"):
            known.part("test", path)


def test_the_classifier_names_row_and_column_as_well():
    frame = pd.DataFrame({"a": np.arange(30.0) % 7, "b": np.arange(30) % 2})
    classes = (frame["a"] > 3).to_numpy()
    model = lj.LogicClassifier(settings=SETTINGS, random_state=0)
    for value, shown in ((np.nan, "NaN"), (np.inf, "inf"), (1e39, r"1e\+39")):
        broken = frame.copy()
        broken.loc[4, "a"] = value
        message = f"feature 'a' of sample 4 is {shown}; features must be finite"
        with pytest.raises(ValueError, match=message):
            model.fit(broken, classes)
        fitted = model.fit(frame, classes)
        for ask in (fitted.predict, fitted.decision_function, fitted.predict_proba):
            with pytest.raises(ValueError, match=message):
                ask(broken)
    with pytest.raises(ValueError, match="feature 'b' of sample 0 is 3; it is a bit"):
        fitted.predict(frame.assign(b=3))
    with pytest.raises(ValueError, match="same order as they were in fit"):
        fitted.predict(frame[["b", "a"]])


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0, 0]], r"expects \d+ input codes"),
        ("codes", "expects"),
        ([[0.5]], "expects"),
        ([[1], [2, 3]], "must be an array of integers"),
    ],
)
def test_codes_that_are_none_are_refused(asked, codes, message):
    from logicjsc.netlist import evaluate

    fast = asked["FastNetwork.classify"].__self__
    for ask in (fast.evaluate, lambda codes: evaluate(asked["tables"], codes)):
        with pytest.raises(LogicjscError, match=message):
            ask(codes)
