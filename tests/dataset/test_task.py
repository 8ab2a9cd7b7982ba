"""Known tasks: what they name, and how another one is made known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from reference.small_tables import chosen, lamps, write_csv

import logicjsc as lj
from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset import DataConfig, Samples, Schema, Target, load_all, load_dataset
from logicjsc.dataset import task as tasks
from logicjsc.dataset.table import Table, table_of
from logicjsc.dataset.task import Task, find_task, known_tasks, register_task


@pytest.fixture
def register() -> Iterator[None]:
    """Forgets afterwards what a test registered."""
    before = dict(tasks._registered)
    yield register_task
    tasks._registered.clear()
    tasks._registered.update(before)


def lamp_table() -> Table:
    columns = chosen(lamps(), "size", "hits", "colour", "works")
    return table_of(
        [
            (name, np.array(column, object if isinstance(column[0], str) else None))
            for name, column in columns.items()
        ],
        "lamps",
    )


def test_the_tasks_that_travel_with_the_package():
    assert {"jets", "digits", "wine", "breast_cancer", "moons", "diabetes"} <= set(known_tasks())
    for name, task in known_tasks().items():
        assert task.name == name
        assert len(task.title) > 10
        assert find_task(name) == task


@pytest.mark.parametrize(
    ("name", "samples", "features", "kind", "outputs"),
    [
        ("digits", 1797, 64, "classes", 10),
        ("wine", 178, 13, "classes", 3),
        ("breast_cancer", 569, 30, "binary", 1),
        ("moons", 4000, 2, "binary", 1),
        ("diabetes", 442, 10, "value", 1),
    ],
)
def test_the_samples_of_scikit_learn(name, samples, features, kind, outputs):
    found = load_all(DataConfig(task=name))
    assert found.features.shape == (samples, features)
    assert (found.target.kind, found.target.outputs) == (kind, outputs)
    assert found.source == f"scikit-learn's {name}"
    assert load_all(DataConfig(path=name)).fingerprint() == found.fingerprint()


def test_pixels_are_words_and_classes_have_their_names():
    digits = load_all(DataConfig(task="digits"))
    assert digits.feature_names[:2] == ("pixel_0_0", "pixel_0_1")
    assert set(digits.schema.feature_kinds) == {"word"}
    assert digits.class_names == tuple("0123456789")
    assert load_all(DataConfig(task="breast_cancer")).class_names == ("benign", "malignant")


def test_a_task_that_is_not_known_is_refused_by_name():
    message = r"data.task = 'jet' is no known task; known: beans, breast_cancer, diabetes, "
    for ask in (find_task, lambda name: load_dataset(DataConfig(task=name))):
        with pytest.raises(ConfigError, match=message):
            ask("jet")


def test_no_samples_at_all_are_refused_with_all_that_could_be_named():
    message = r"which samples\? Name a file or folder with data.path \(--data FILE\), or one of: .*"
    with pytest.raises(ConfigError, match=message + "digits, jets"):
        load_dataset(DataConfig())


def test_a_task_from_outside_is_read_by_its_name(register):
    register(Task("lamps", "lamps that work or not", lamp_table, ("works",), source="our lamps"))
    assert lj.register_task is register_task
    assert "lamps" in known_tasks()
    dataset = load_dataset(DataConfig(task="lamps"))
    assert dataset.source == "lamps"
    assert dataset.schema.target == Target("binary", ("no", "yes"), "works")
    assert [column.kind for column in dataset.schema.columns] == ["number", "word", "category"]
    assert lj.load_dataset("lamps").fingerprint() == dataset.fingerprint()
    again = lj.load_dataset("lamps", target="colour")
    assert again.schema.target.names == ("blue", "green", "red")


def test_a_file_of_a_task_from_outside_needs_no_target(tmp_path, register):
    register(Task("lamps", "lamps that work or not", target=("works",)))
    path = write_csv(tmp_path / "a.csv", chosen(lamps(), "size", "hits", "works"))
    with pytest.raises(DataError, match=r"which column is predicted\? Name it with data.target"):
        load_dataset(DataConfig(str(path)))
    found = load_dataset(DataConfig(str(path), task="lamps"))
    assert found.schema.target.column == "works"
    named = load_dataset(DataConfig(str(path), task="lamps", target="hits", kind="value"))
    assert named.schema.target.column == "hits"
    with pytest.raises(ConfigError, match="task 'lamps' has no samples of its own; name some with"):
        load_dataset(DataConfig(task="lamps"))


def test_a_task_from_outside_may_arrange_its_own_samples(tmp_path, register):
    schema = Schema.numbers(("hits", "size"), Target("classes", ("off", "on"), "works"))

    def arrange(table: Table) -> Samples:
        features = np.stack([table.columns[name] for name in ("hits", "size")], axis=1)
        return Samples(features, table.columns["works"] == "yes", schema, table.source)

    register(
        Task(
            "lamps",
            "lamps",
            lamp_table,
            arrange=arrange,
            recognises=lambda table: "works" in table.names,
            source="our lamps",
        )
    )
    own = load_dataset(DataConfig(task="lamps"))
    assert own.schema == schema
    write_csv(tmp_path / "a.csv", chosen(lamps(60), "works", "size", "hits"))
    write_csv(tmp_path / "b.csv", chosen(lamps(40, 1), "size", "hits", "works"))
    write_csv(tmp_path / "notes.csv", {"what": ["a"], "why": ["b"]})
    found = load_all(DataConfig(str(tmp_path), task="lamps"))
    assert (len(found), found.schema) == (100, schema)
    assert lj.load_dataset(str(tmp_path), task="lamps").schema == schema


def test_a_registered_task_takes_the_place_of_one_of_the_same_name(register):
    register(Task("wine", "our own wines", lamp_table, ("works",)))
    assert load_dataset(DataConfig(task="wine")).source == "lamps"


def test_a_file_goes_before_a_task_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "wine", chosen(lamps(), "size", "hits", "works"))
    found = load_dataset(DataConfig(path="wine", target="works"))
    assert found.schema.feature_names == ("size", "hits")
