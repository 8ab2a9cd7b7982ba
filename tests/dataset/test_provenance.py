"""Samples are found again through their provenance, and only if they are still the same."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference.small_jets import separable_jets, write_jets
from reference.small_tables import chosen, lamps, write_csv

from logicjsc.core.errors import DataError, OtherSamplesError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.load import from_memory
from logicjsc.dataset.provenance import KEY, Provenance, part_of
from logicjsc.dataset.task import known_tasks
from logicjsc.methods.loading import load_config, resolve_config
from logicjsc.methods.train import train

FEATURES = ("size", "hits", "lit", "colour")


def table(path: Path, rows: int = 120, seed: int = 0, target: str = "sort") -> Path:
    return write_csv(path, chosen(lamps(rows, seed), *FEATURES, target))


def of(path: Path, **settings: object) -> DataConfig:
    return DataConfig(path=str(path), target="sort", **settings)


def known(config: DataConfig) -> Provenance:
    """What was written down of the samples, read back."""
    saved = json.dumps(Provenance.of(load_dataset(config)).to_dict())
    return Provenance.from_dict(json.loads(saved))


def test_a_result_names_source_rule_and_fingerprint_of_its_samples(tmp_path):
    path = write_jets(tmp_path / "samples.npz", separable_jets(400))
    settings = [
        f"data.path={path}",
        "data.split=sklearn-80-20",
        "training.epochs=1",
        "training.batch_size=64",
        "training.device=cpu",
    ]
    loaded = load_config(resolve_config("jsc-s"), settings)
    result = train(loaded, tmp_path / "run")
    expected = {
        "source": str(path),
        "split": "sklearn-80-20",
        "fingerprint": load_dataset(loaded.config.data).fingerprint(),
    }
    assert result.dataset == expected
    assert json.loads((tmp_path / "run" / "result.json").read_text())["data"] == expected
    header = json.loads((tmp_path / "run" / "run.json").read_text())["dataset"]
    assert (header["source"], header["fingerprint"]) == (str(path), expected["fingerprint"])
    assert header["config"]["split"] == "sklearn-80-20"
    assert header["config"]["path"] == str(path)


@pytest.mark.parametrize("split", ["ours", "sklearn-80-20"])
def test_the_same_samples_come_back_divided_alike(tmp_path, split):
    config = of(table(tmp_path / "a.csv"), split=split, split_seed=3, validation_fraction=0.3)
    dataset = load_dataset(config)
    again = known(config).dataset()
    assert again.fingerprint() == dataset.fingerprint()
    assert again.schema == dataset.schema
    for part in ("train", "validation", "test"):
        found = known(config).part(part, None)
        assert found.part == part
        np.testing.assert_array_equal(found.features, part_of(dataset, part).features)
    assert len(known(config).part("all", None)) == 120


def test_a_path_means_the_same_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    table(tmp_path / "here" / "a.csv")
    table(tmp_path / "here" / "b.csv", seed=1)
    monkeypatch.chdir(tmp_path / "here")
    provenance = known(DataConfig(path="a.csv", test_path="b.csv", target="sort"))
    monkeypatch.chdir(tmp_path / "there")
    assert len(provenance.dataset().test) == 120
    assert provenance.config.path == str(tmp_path / "here" / "a.csv")
    assert provenance.config.test_path == str(tmp_path / "here" / "b.csv")


def test_samples_that_changed_are_refused_with_both_fingerprints(tmp_path):
    path = table(tmp_path / "a.csv")
    provenance = known(of(path))
    table(path, seed=1)
    now = load_dataset(of(path)).fingerprint()
    with pytest.raises(OtherSamplesError) as caught:
        provenance.dataset()
    assert str(caught.value) == (
        f"the samples in {path} are not those it was made from (fingerprint {now}, not "
        f"{provenance.fingerprint}); put the old ones back, or name others with --data"
    )
    with pytest.raises(OtherSamplesError):
        provenance.part("test", None)
    table(path)
    assert provenance.dataset().fingerprint() == provenance.fingerprint


def test_a_single_cell_or_the_order_of_two_rows_is_a_change(tmp_path):
    path = table(tmp_path / "a.csv")
    provenance = known(of(path))
    lines = path.read_text().splitlines()
    for changed in (
        [lines[0], lines[2], lines[1], *lines[3:]],
        [lines[0], "9" + lines[1], *lines[2:]],
        lines[:-1],
    ):
        path.write_text("\n".join(changed))
        with pytest.raises(OtherSamplesError):
            provenance.dataset()


def test_samples_that_are_gone_or_unreadable_are_refused(tmp_path):
    path = table(tmp_path / "a.csv")
    provenance = known(of(path))
    path.write_text("<html><title>404</title></html>")
    with pytest.raises(DataError, match=r"cannot be had \(.*web page.*\); name them with --data"):
        provenance.dataset()
    path.unlink()
    message = rf"cannot be had \(there are no samples at {path}\); name them with --data"
    with pytest.raises(DataError, match=message):
        provenance.dataset()


def test_the_same_samples_at_another_place_are_accepted_with_their_split(tmp_path):
    config = of(table(tmp_path / "a.csv"), split="sklearn-80-20", train_samples=50)
    provenance, dataset = known(config), load_dataset(config)
    (tmp_path / "a.csv").rename(tmp_path / "moved.csv")
    found = provenance.part("test", tmp_path / "moved.csv")
    assert found.part == "test"
    assert found.fingerprint() == dataset.test.fingerprint()
    moved = provenance.moved(tmp_path / "moved.csv")
    assert moved is not None
    assert moved.fingerprint() == dataset.fingerprint()
    assert len(moved.train) == 50


def test_the_same_samples_in_another_format_are_accepted(tmp_path):
    path = table(tmp_path / "a.csv")
    provenance = known(of(path))
    import pandas as pd

    pd.read_csv(path).to_parquet(tmp_path / "a.parquet")
    found = provenance.part("test", tmp_path / "a.parquet")
    assert (found.part, found.fingerprint()) == ("test", provenance.dataset().test.fingerprint())


def test_another_split_is_never_used_silently(tmp_path):
    path = table(tmp_path / "a.csv")
    ours, published = known(of(path)), known(of(path, split="sklearn-80-20"))
    reseeded = known(of(path, split_seed=1))
    tests = [entry.part("test", None).fingerprint() for entry in (ours, published, reseeded)]
    assert len(set(tests)) == 3
    # Whoever names the file gets the part of its own split, not of the default one.
    named = [entry.part("test", path).fingerprint() for entry in (ours, published, reseeded)]
    assert named == tests
    damaged = replace(published, config=replace(published.config, split="ours"))
    with pytest.raises(OtherSamplesError):
        damaged.dataset()


def test_other_samples_are_taken_whole_and_read_as_the_first_ones_were(tmp_path):
    provenance = known(of(table(tmp_path / "a.csv")))
    columns = chosen(lamps(40, seed=5), *FEATURES, "sort")
    columns["colour"][:3] = ["violet"] * 3
    other = write_csv(tmp_path / "other.csv", dict(reversed(columns.items())))
    assert provenance.moved(other) is None
    found = provenance.part("test", other)
    assert (len(found), found.part, found.schema) == (40, "all", provenance.schema)
    places = [found.feature_names.index(name) for name in ("size", "hits", "lit")]
    expected = np.array([columns["size"], columns["hits"], columns["lit"]], np.float32).T
    np.testing.assert_array_equal(found.features[:, places], expected)
    hot = found.features[:, 3:]
    assert not hot[:3].any()  # a value that no training sample had
    assert (hot[3:].sum(axis=1) == 1).all()
    names = [found.class_names[index] for index in found.targets.tolist()]
    assert names == columns["sort"]


def test_other_samples_of_a_folder_are_its_test_files_or_all(tmp_path):
    provenance = known(of(table(tmp_path / "a.csv")))
    folder = tmp_path / "folder"
    table(folder / "b.csv", 50, seed=1)
    table(folder / "c.csv", 30, seed=2)
    assert len(provenance.part("test", folder)) == 80
    table(folder / "test.csv", 20, seed=3)
    assert len(provenance.part("test", folder)) == 20
    assert len(provenance.divided(folder).test) == 20


@pytest.mark.parametrize("split", ["ours", "sklearn-80-20"])
def test_other_jets_of_a_folder_are_its_test_files_or_all(tmp_path, split):
    path = write_jets(tmp_path / "a.npz", separable_jets(300))
    provenance = known(DataConfig(path=str(path), task="jets", split=split))
    folder = tmp_path / "folder"
    write_jets(folder / "b.npz", separable_jets(200, 1))
    write_jets(folder / "c.npz", separable_jets(100, 2))
    found = provenance.part("test", folder)
    assert (len(found), found.part) == (300, "all")
    write_jets(folder / "test.npz", separable_jets(50, 3))
    assert len(provenance.part("test", folder)) == 50
    assert len(provenance.part("test", folder / "b.npz")) == 200
    (folder / "b.npz").unlink()
    (folder / "c.npz").unlink()
    assert len(provenance.part("test", folder)) == 50


def test_other_samples_with_other_columns_or_classes_are_refused_by_name(tmp_path):
    provenance = known(of(table(tmp_path / "a.csv")))
    columns = chosen(lamps(40, seed=5), *FEATURES, "sort")
    for gone in ("size", "colour", "sort"):
        left = {name: column for name, column in columns.items() if name != gone}
        path = write_csv(tmp_path / "other.csv", left)
        with pytest.raises(DataError, match=f"{path} lacks '{gone}', which {tmp_path}/a.csv has"):
            provenance.part("test", path)
    path = write_csv(tmp_path / "other.csv", {**columns, "sort": ["tepid", *columns["sort"][1:]]})
    with pytest.raises(DataError, match=f"{path}: 'sort' is tepid in row 0 .*'cold', 'hot', 'warm"):
        provenance.part("test", path)
    path = write_csv(tmp_path / "other.csv", {**columns, "hits": ["many", *columns["hits"][1:]]})
    with pytest.raises(DataError, match=f"{path}: column 'hits' holds 'many' in row 0"):
        provenance.part("test", path)


@pytest.mark.parametrize(("missing", "left"), [("refuse", 0), ("drop", 38), ("mean", 39)])
def test_missing_values_of_other_samples_are_treated_like_those_of_the_first(
    tmp_path, missing, left
):
    provenance = known(of(table(tmp_path / "a.csv"), missing=missing))
    columns = chosen(lamps(40, seed=5), *FEATURES, "sort")
    columns["size"][4] = None
    columns["sort"][7] = None
    path = write_csv(tmp_path / "other.csv", columns)
    if not left:
        with pytest.raises(DataError, match=f"{path}: column 'sort' has no value in row 7"):
            provenance.part("test", path)
        return
    found = provenance.part("test", path)
    assert len(found) == left
    if missing == "mean":
        mean = np.mean(provenance.dataset().train.features[:, 0], dtype=np.float64)
        assert found.features[4, 0] == pytest.approx(mean, rel=1e-6)


def test_the_samples_of_a_task_are_found_on_any_machine(tmp_path):
    provenance = known(DataConfig(task="wine", split_seed=2))
    assert provenance.config.path == ""
    elsewhere = provenance.without_paths()
    assert elsewhere == provenance
    assert elsewhere.dataset().fingerprint() == provenance.fingerprint
    # A task's name is another place of its samples.
    assert elsewhere.part("test", Path("wine")).part == "test"
    by_path = known(DataConfig(path="wine", split_seed=2))
    assert by_path.fingerprint == provenance.fingerprint
    assert by_path.dataset().fingerprint() == provenance.fingerprint


def test_the_samples_of_another_task_are_not_taken_for_those_of_this_one():
    with pytest.raises(DataError, match=r"lacks 'alcohol', .* which scikit-learn's wine has"):
        known(DataConfig(task="wine")).part("test", Path("breast_cancer"))


def test_what_was_named_by_a_path_does_not_travel(tmp_path):
    path = write_jets(tmp_path / "own.npz", separable_jets(300))
    provenance = known(DataConfig(path=str(path), task="jets")).without_paths()
    assert str(tmp_path) not in provenance.to_text()
    assert provenance.source == "own.npz"
    message = (
        r"the samples that it was made from \(own.npz\) do not travel with logicjsc; name them"
    )
    with pytest.raises(DataError, match=message):
        provenance.dataset()
    assert provenance.part("test", path).part == "test"
    generic = known(of(table(tmp_path / "a.csv"))).without_paths()
    with pytest.raises(DataError, match=r"cannot be had \(which samples\?"):
        generic.dataset()
    copy = shutil.copy(tmp_path / "a.csv", tmp_path / "copy.csv")
    assert generic.part("test", Path(copy)).part == "test"


def test_a_file_in_a_folder_that_was_named_leaves_its_name_alone(tmp_path):
    folder = tmp_path / "jets"
    folder.mkdir()
    write_jets(folder / "train.npz", separable_jets(300))
    write_jets(folder / "test.npz", separable_jets(100))
    provenance = known(DataConfig(path=str(folder), task="jets"))
    for source in (provenance.source, str(folder / "train.npz")):
        text = replace(provenance, source=source).without_paths().to_text()
        assert str(tmp_path) not in text


def test_samples_of_memory_are_gone_but_others_can_be_read_like_them(tmp_path):
    import pandas as pd

    frame = pd.DataFrame(chosen(lamps(), *FEATURES, "sort"))
    dataset = from_memory(frame, "sort", DataConfig())
    provenance = Provenance.from_dict(Provenance.of(dataset).to_dict())
    with pytest.raises(DataError, match=r"cannot be had .*; name them with --data"):
        provenance.dataset()
    path = table(tmp_path / "other.csv", 40, seed=1)
    found = provenance.part("test", path)
    assert (len(found), found.schema) == (40, dataset.schema)
    # The very same samples in a file are known by their fingerprint.
    same = provenance.part("test", table(tmp_path / "same.csv"))
    assert (same.part, same.fingerprint()) == ("test", dataset.test.fingerprint())


def test_other_samples_divided_by_the_same_rule(tmp_path):
    provenance = known(of(table(tmp_path / "a.csv"), split="sklearn-80-20", train_samples=30))
    other = table(tmp_path / "b.csv", 200, seed=8)
    dataset = provenance.divided(other)
    assert dataset.fingerprint() == load_dataset(of(other, split="sklearn-80-20")).fingerprint()
    assert len(dataset.train) + len(dataset.validation) == 160


def test_a_provenance_survives_a_netlist_and_damage_is_refused(tmp_path):
    provenance = known(of(table(tmp_path / "a.csv"), ignore=("lit",), missing="mean"))
    assert provenance.config.ignore == ("lit",)
    assert Provenance.in_netlist({KEY: provenance.to_text()}) == provenance
    assert Provenance.in_netlist({}) is None
    saved = provenance.to_dict()
    for key in saved:
        without = {name: value for name, value in saved.items() if name != key}
        with pytest.raises(DataError, match="the provenance of the samples is damaged"):
            Provenance.from_dict(without)
    for text in ("", "{", "[]", "3", '{"config": 3}', json.dumps({**saved, "config": {"x": 1}})):
        with pytest.raises(DataError, match="the provenance of the samples is damaged"):
            Provenance.in_netlist({KEY: text})
    with pytest.raises(DataError):
        Provenance.from_dict({**saved, "schema": {}})


def test_every_known_task_with_samples_is_found_again_by_its_provenance():
    for name, task in known_tasks().items():
        if task.table is not None:
            provenance = known(DataConfig(task=name))
            assert provenance.dataset().fingerprint() == provenance.fingerprint
            assert len(load_all(DataConfig(task=name))) == len(provenance.part("all", None))
