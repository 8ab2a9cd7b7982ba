"""Saved models give the trees of their objects; everything else is one clear sentence."""

from __future__ import annotations

import json
import pickle
import struct
import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import kind_of
from logicjsc.frontend.trees import files
from logicjsc.frontend.trees.checks import MOST_DEPTH, check_ensemble, folded
from logicjsc.frontend.trees.importer import _read
from logicjsc.frontend.trees.trial import trial_rows
from logicjsc.frontend.trees.ubj import read_ubj

from .conftest import fitted, imported


def saved(name, folder, suffix):
    """The file of a fitted model in one of its library's forms."""
    model, file = fitted(name), folder / f"model{suffix}"
    if name.startswith("xgboost"):
        model.save_model(str(file))
    elif name.startswith("catboost"):
        model.save_model(str(file), format="json")
    elif suffix == ".json":
        file.write_text(json.dumps(model.booster_.dump_model()))
    else:
        model.booster_.save_model(str(file))
    return file


FORMS = [
    *(
        (name, suffix)
        for name in ("xgboost classes", "xgboost dart")
        for suffix in (".json", ".ubj")
    ),
    *(
        (name, suffix)
        for name in ("lightgbm binary", "lightgbm classes", "lightgbm forest", "lightgbm roots")
        for suffix in (".json", ".txt")
    ),
    *((f"catboost {kind}", ".json") for kind in ("binary", "classes", "counts", "by leaves")),
]


@pytest.mark.parametrize(("name", "suffix"), FORMS)
def test_a_saved_model_is_the_object(tmp_path, name, suffix):
    file = saved(name, tmp_path, suffix)
    assert kind_of(file) == "trees"
    ensemble, _ = _read(fitted(name))
    read, decide = files.read_file(file)
    assert decide is None
    rows = trial_rows(ensemble, 500)
    assert (read.raw(rows) == ensemble.raw(rows)).all()
    assert (read.score(read.raw(rows)) == ensemble.score(ensemble.raw(rows))).all()
    facts = imported(file).facts
    assert facts["random_rows_compared_with"] == "the model's trees"


def changed(base, *path, to):
    """A saved document with one thing changed."""
    document = json.loads(base)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def documents():
    """A saved model of each library, as bytes."""
    import catboost

    model: catboost.CatBoost = fitted("catboost classes")
    from logicjsc.core.temporary import temporary_folder

    with temporary_folder("test") as folder:
        model.save_model(str(folder / "m.json"), format="json")
        cat = (folder / "m.json").read_bytes()
    booster = fitted("xgboost binary").get_booster()
    light = fitted("lightgbm classes").booster_
    return {
        "xgb": bytes(booster.save_raw("json")),
        "ubj": bytes(booster.save_raw("ubj")),
        "lgb": light.model_to_string().encode(),
        "dump": json.dumps(light.dump_model()).encode(),
        "cat": cat,
    }


_TREES = ("learner", "gradient_booster", "model", "trees")


class _Harm:
    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


BAD = {
    "empty": (lambda _: b"", "neither JSON nor a text model"),
    "not text": (lambda _: b"\xff\xfe\xfa", "no UTF-16"),
    "latin": (lambda _: b"tree\nn\xe4me", "no UTF-8: line 2"),
    "prose": (lambda _: b"once upon a time", "neither JSON nor a text model"),
    "pickle": (lambda _: pickle.dumps(_Harm()), "is a pickle, .* never loaded"),
    "binary catboost": (lambda _: b"CBM1\x00\x01", "CatBoost's binary format"),
    "other JSON": (lambda _: b'{"format": "ALIR"}', "no model of XGBoost, LightGBM or CatBoost"),
    "a list": (lambda _: b"[1, 2]", "no model of XGBoost, LightGBM or CatBoost"),
    "deep JSON": (lambda _: b"[" * 200_000, "nested too deeply"),
    "truncated xgboost": (lambda d: d["xgb"][:-90], "neither JSON .* truncated"),
    "truncated ubj": (lambda d: d["ubj"][:-90], "ends too early"),
    "longer ubj": (lambda d: d["ubj"] + b"Z", "follows the end"),
    "huge ubj array": (lambda _: b"{L" + bytes(7) + b"\x01a[$d#L" + b"\x7f" * 8, "ends too early"),
    "deep ubj": (lambda _: b"{U\x01a" + b"[" * 9999, "nested deeper than 64"),
    "truncated lightgbm": (lambda d: d["lgb"][:900], "no line 'end of trees'"),
    "lightgbm, a tree lost": (
        lambda d: b"Tree=".join(d["lgb"].split(b"Tree=")[:-1]) + b"\nend of trees",
        "trees; save the model again",
    ),
    "truncated dump": (lambda d: d["dump"][:-90], "neither JSON .* truncated"),
    "circle": (
        lambda d: changed(d["xgb"], *_TREES, 2, "left_children", 1, to=0),
        "tree 2: its nodes lead in a circle",
    ),
    "no such child": (
        lambda d: changed(d["xgb"], *_TREES, 2, "left_children", 1, to=2**40),
        "tree 2: node 1 leads to a node that does not exist",
    ),
    "no such feature": (
        lambda d: changed(d["xgb"], *_TREES, 1, "split_indices", 0, to=4),
        "tree 1: node 0 reads a feature that does not exist, the model has 4",
    ),
    "negative feature": (
        lambda d: changed(d["xgb"], *_TREES, 1, "split_indices", 0, to=-1),
        "tree 1: node 0 reads a feature that does not exist",
    ),
    "half a feature": (
        lambda d: changed(d["xgb"], *_TREES, 1, "split_indices", 0, to=0.5),
        "split_indices is no list of numbers",
    ),
    "NaN threshold": (
        lambda d: changed(d["xgb"], *_TREES, 1, "split_conditions", 0, to=float("nan")),
        "tree 1: the threshold of node 0 is NaN",
    ),
    "NaN leaf": (
        lambda d: changed(d["xgb"], *_TREES, 1, "split_conditions", -1, to=float("nan")),
        "tree 1: leaf .* is not finite",
    ),
    "infinite base": (
        lambda d: changed(d["xgb"], "learner", "learner_model_param", "base_score", to="1e999"),
        "base_score is 1e999",
    ),
    "short list": (
        lambda d: changed(d["xgb"], *_TREES, 0, "right_children", to=[1]),
        "its lists differ in length",
    ),
    "own objective": (
        lambda d: changed(d["xgb"], "learner", "objective", "name", to="mine"),
        "objective 'mine' is not known",
    ),
    "categories": (
        lambda d: changed(d["xgb"], *_TREES, 0, "split_type", 0, to=1),
        "splits categories into sets; one-hot",
    ),
    "names too few": (
        lambda d: changed(d["xgb"], "learner", "feature_names", to=["a"]),
        "4 features but 1 names",
    ),
    "no trees": (lambda d: changed(d["xgb"], *_TREES, to=[]), "does not fit its trees"),
    "a million trees": (
        lambda d: changed(
            changed(d["xgb"], *_TREES, to=[0] * 1_000_000),
            *_TREES[:-1],
            "tree_info",
            to=[0] * 1_000_000,
        ),
        "1,000,000 trees .* limits are 20,000",
    ),
    "a million trees of lightgbm": (
        lambda _: b"tree\n" + b"\nTree=1\n" * 1_000_000 + b"\nend of trees",
        "1,000,000 trees .* limits are 20,000",
    ),
    "huge leaf": (
        lambda d: changed(d["dump"], "tree_info", 0, "tree_structure", to={"leaf_value": 1e308}),
        "differ so much in size",
    ),
    "catboost, other number of leaves": (
        lambda d: changed(d["cat"], "oblivious_trees", 0, "leaf_values", to=[1.0]),
        "tree 0 has 3 splits and 1 leaf values for 3 outputs",
    ),
    "catboost, on categories": (
        lambda d: changed(
            d["cat"], "oblivious_trees", 0, "splits", 0, "split_type", to="OneHotFeature"
        ),
        "tree 0 has a split of type OneHotFeature",
    ),
    "catboost, no such feature": (
        lambda d: changed(d["cat"], "oblivious_trees", 0, "splits", 0, "float_feature_index", to=9),
        "tree 0 reads feature 9, the model has 4",
    ),
    "catboost, too many splits": (
        lambda d: changed(
            d["cat"],
            "oblivious_trees",
            0,
            "splits",
            to=[{"float_feature_index": 0, "border": 0.5}] * 60,
        ),
        "tree 0 has 60 splits",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_one_sentence_each(tmp_path, documents, case):
    make, sentence = BAD[case]
    file = tmp_path / "model.json"
    file.write_bytes(make(documents))
    started = time.monotonic()
    with pytest.raises(ImportedModelError, match=sentence) as refusal:
        imported(file)
    assert time.monotonic() - started < 5
    assert str(refusal.value).startswith(str(file))
    assert "\n" not in str(refusal.value)


_ODD = [
    None,
    -1,
    2**40,
    10**30,
    1e400,
    "x",
    "",
    [],
    {},
    [[1]],
    0.5,
    True,
    "1",
    0,
    1,
    [None],
    {"a": 1},
]


def _places(document, above=()):
    """Every place of a document; of long texts that nobody reads none."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        if key not in {"output_options", "training", "catboost_version_info"}:
            yield (*above, key)
            if isinstance(value, dict | list):
                yield from _places(value, (*above, key))


@pytest.mark.parametrize("kind", ["xgb", "dump", "cat"])
@given(data=st.data())
def test_whatever_stands_in_a_document_it_is_read_or_refused(documents, kind, data):
    places = sorted(_places(json.loads(documents[kind])), key=repr)
    place, odd = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(_ODD))
    with suppress(ImportedModelError):
        ensemble = check_ensemble(files.read_content(changed(documents[kind], *place, to=odd)))
        tuple(map(folded, ensemble.trees))


@given(data=st.data())
def test_whatever_byte_of_a_file_changes_it_is_read_or_refused(documents, data):
    content = bytearray(documents[data.draw(st.sampled_from(["ubj", "lgb"]))])
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ImportedModelError):
        check_ensemble(files.read_content(bytes(content)))


def test_a_pickle_is_refused_by_its_name_and_never_opened(tmp_path):
    file = tmp_path / "model.joblib"
    file.write_bytes(pickle.dumps(_Harm()))
    with pytest.raises(ImportedModelError, match=r"a pickle, .* never loaded; save the model in"):
        imported(file)


def test_a_file_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_BYTES", 1 << 20)
    file = tmp_path / "model.json"
    with file.open("wb") as stream:
        stream.truncate(3 << 20)
    with pytest.raises(ImportedModelError, match="takes 3 MiB, the limit is 1 MiB"):
        imported(file)
    with pytest.raises(ImportedModelError, match="there is no file"):
        imported(tmp_path / "none.json")
    with pytest.raises(ImportedModelError, match="cannot be read"):
        files.read_file(tmp_path)


def test_a_chain_deeper_than_the_limit_is_refused(tmp_path, documents):
    tree = {"leaf_value": 0.0}
    for _ in range(MOST_DEPTH + 1):
        split = {"split_feature": 0, "threshold": 0.5, "decision_type": "<="}
        tree = {**split, "left_child": {"leaf_value": 1.0}, "right_child": tree}
    file = tmp_path / "model.json"
    file.write_bytes(changed(documents["dump"], "tree_info", 0, "tree_structure", to=tree))
    with pytest.raises(ImportedModelError, match=f"deeper than {MOST_DEPTH} splits"):
        imported(file)


def test_a_leaf_without_splits_is_part_of_the_base(tmp_path, documents):
    file = tmp_path / "model.json"
    bare = changed(documents["dump"], "tree_info", 0, "tree_structure", to={"leaf_value": 0.25})
    file.write_bytes(bare)
    ensemble = files.read_content(bare)
    rows = trial_rows(ensemble, 200)
    assert (ensemble.trees[0].leaf_of(rows) == 0).all()
    assert imported(file, leaf_bits=12).facts["trees"] == len(ensemble.trees)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=4),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part),
        max_leaves=12,
    )
)
def test_ubjson_is_read_as_it_was_written(document):
    assert read_ubj(as_ubj(document)) == document


def as_ubj(value):
    """Universal Binary JSON of a document, written plainly."""
    if value is None or isinstance(value, bool):
        return {None: b"Z", True: b"T", False: b"F"}[value]
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, str):
        return b"S" + _text(value)
    if isinstance(value, list):
        return b"[" + b"".join(map(as_ubj, value)) + b"]"
    return b"{" + b"".join(_text(key) + as_ubj(part) for key, part in value.items()) + b"}"


def _text(value):
    held = value.encode()
    return b"L" + struct.pack(">q", len(held)) + held


def test_typed_arrays_of_ubjson_become_numpy_arrays():
    held = read_ubj(b"[$d#U\x02" + struct.pack(">2f", 0.5, -1))
    assert isinstance(held, np.ndarray)
    assert held.tolist() == [0.5, -1]
