"""Studies, databases, folders and runs of others are refused, never continued or added to."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager

import optuna
import pytest
from reference.one_process import work_in_this_process
from reference.small_jets import separable_jets, write_jets

from logicjsc import __version__
from logicjsc.core.errors import ConfigError, OutputError, RunError
from logicjsc.explore.study import ownership, worker
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.storage import Patience, embedded_url, open_storage
from logicjsc.explore.study.study import export_trial, run_study

SEARCH = """
base = "small.toml"
trials = 2
objectives = ["accuracy", "luts"]
sampler = "random"
[set]
data.path = "samples.npz"
[space]
"network.fan_in" = { low = 2, high = 3 }
"network.hidden" = { choices = [[], [8]] }
"training.learning_rate" = { low = 3e-3, high = 3e-2, log = true }
"""
PRUNED = SEARCH.replace("[set]", 'pruner = "median"\n[set]')
GRID = """
base = "small.toml"
seeds = [0]
[set]
data.path = "samples.npz"
[grid]
"training.epochs" = [1]
"""
SMALL = """
[data]
task = "jets"
[network]
input_bits = 2
[training]
epochs = 1
batch_size = 64
device = "cpu"
"""
NOW = Patience("test", 1)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch, cache):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def written(inside, text=SEARCH, name="my"):
    (inside / f"{name}.toml").write_text(text)
    return load_study(inside / f"{name}.toml")


@contextmanager
def database(inside):
    storage = open_storage(f"sqlite:///{inside}/shared.db")
    try:
        yield storage
    finally:
        storage.engine.dispose()


def foreign(storage, name, directions=("maximize", "minimize"), trial=None, **attributes):
    """A study of another program."""
    study = optuna.create_study(storage=storage, study_name=name, directions=list(directions))
    for key, value in attributes.items():
        study.set_user_attr(key, value)
    if trial is not None:
        study.optimize(trial, n_trials=2)
    return study


def our_parameters(trial):
    trial.suggest_int("network.fan_in", 2, 3)
    trial.suggest_float("training.learning_rate", 3e-3, 3e-2, log=True)
    return 0.5, 10


def other_parameters(trial):
    return trial.suggest_float("x", 0, 1), 1


STUDIES = {
    "one objective": {"directions": ("minimize",), "trial": lambda t: t.suggest_float("x", 0, 1)},
    "one objective, empty": {"directions": ("maximize",)},
    "other directions": {"directions": ("minimize", "minimize")},
    "three objectives": {"directions": ("maximize", "minimize", "minimize")},
    "other parameters": {"trial": other_parameters},
    "our parameters": {"trial": our_parameters},
    "other attributes": {"owner": "somebody"},
    "a mark of another kind": {"definition": "mine"},
    "an old mark": {"definition": ["0" * 16, "0" * 16]},
    "a mark of numbers": {"definition": [1, 2, 3]},
    "a queue": {},
}


@pytest.mark.parametrize("kind", STUDIES)
@pytest.mark.parametrize("text", [SEARCH, GRID])
def test_a_study_that_logicjsc_did_not_begin_is_refused_and_left_alone(inside, kind, text):
    study = written(inside, text)
    name = study.name_in_storage
    options = dict(STUDIES[kind])
    if study.is_grid and kind not in {"one objective", "other directions", "three objectives"}:
        options.setdefault("directions", ("maximize",))
        if "trial" in options:
            made = options["trial"]
            options["trial"] = lambda trial: made(trial)[0]
    if study.is_grid and kind == "one objective, empty":
        options["directions"] = ("minimize",)
    with database(inside) as storage:
        other = foreign(storage, name, **options)
        if kind == "a queue":
            other.enqueue_trial({"x": 1})
        before = [trial.state for trial in other.get_trials()]
    url = f"sqlite:///{inside}/shared.db"
    for call in (
        lambda: run_study(study, url, inside / "out", 1),
        lambda: export_trial(study, url, inside / "out", number=0, out=inside / "trial"),
    ):
        with pytest.raises(ConfigError, match=f"holds a study named '{name}' that is not this one"):
            call()
    with database(inside) as storage:
        again = optuna.load_study(study_name=name, storage=storage)
        assert [trial.state for trial in again.get_trials()] == before
        assert set(again.user_attrs) == options.keys() - {"directions", "trial"}
    assert not (inside / "out" / "runs").exists()


def test_the_study_of_hopeless_trainings_is_looked_at_as_well(inside):
    study = written(inside, PRUNED)
    with database(inside) as storage:
        foreign(storage, "my/pruning", ("minimize",))
        with pytest.raises(ConfigError, match="named 'my/pruning' that is not this one"):
            ownership.open_study(study, storage, NOW, "samples")
        assert optuna.get_all_study_names(storage) == ["my/pruning"]


def test_one_that_was_killed_before_it_was_marked_goes_on(inside):
    study = written(inside)
    with database(inside) as storage:
        foreign(storage, "my")
        foreign(storage, "my/pruning", ("maximize",))
        opened = ownership.open_study(study, storage, NOW, "samples")
        assert opened.user_attrs["definition"] == [study.identity, "samples", __version__]
        assert ownership.open_study(study, storage, NOW, "samples").user_attrs == opened.user_attrs
        opened = ownership.open_study(written(inside, PRUNED, "p"), storage, NOW, "samples")
        assert optuna.load_study(study_name="p/pruning", storage=storage).user_attrs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda mark: [mark[0], "others", mark[2]], "that was begun on other samples"),
        (lambda mark: ["others", *mark[1:]], "that was begun with other settings"),
        (lambda mark: [*mark[:2], "0.0.1"], "that was begun by logicjsc 0.0.1, and this is "),
    ],
)
@pytest.mark.parametrize("text", [SEARCH, GRID])
def test_a_study_of_other_settings_samples_or_versions_is_refused(inside, text, change, message):
    study = written(inside, text)
    with database(inside) as storage:
        opened = ownership.open_study(study, storage, NOW, "samples")
        opened.set_user_attr("definition", change(opened.user_attrs["definition"]))
        with pytest.raises(ConfigError, match=message):
            ownership.open_study(study, storage, NOW, "samples")


@pytest.mark.parametrize(
    "text",
    [
        SEARCH.replace("high = 3 ", "high = 4 "),
        SEARCH.replace('"luts"', '"latency"'),
        SEARCH.replace("[set]", "[set]\ntraining.epochs = 2"),
        SEARCH.replace('"network.hidden" = { choices = [[], [8]] }', ""),
    ],
)
def test_every_part_of_the_settings_tells_studies_apart(inside, text):
    with database(inside) as storage:
        ownership.open_study(written(inside), storage, NOW, "samples")
        with pytest.raises(ConfigError, match="begun with other settings"):
            ownership.open_study(written(inside, text), storage, NOW, "samples")


@pytest.mark.parametrize(
    "intruder", [other_parameters, lambda t: (t.suggest_int("network.fan_in", 2, 9), 1)]
)
def test_trials_of_others_in_a_study_of_ours_are_seen(inside, intruder):
    study = written(inside)
    with database(inside) as storage:
        opened = ownership.open_study(study, storage, NOW, "samples")
        opened.optimize(intruder, n_trials=1)
        with pytest.raises(ConfigError, match="its trial 0 has a parameter"):
            ownership.open_study(study, storage, NOW, "samples")


def test_what_our_own_trials_say_is_what_is_expected(inside, monkeypatch):
    work_in_this_process(monkeypatch)
    study = written(inside)
    report = run_study(study, None, inside / "out", 1)
    assert report.states() == {"complete": 2}
    assert run_study(study, None, inside / "out", 1).states() == {"complete": 2}


def test_a_worker_sees_that_its_samples_have_changed(inside):
    study = written(inside)
    url = embedded_url(inside)
    storage = open_storage(url)
    ownership.open_study(study, storage, NOW, worker.fingerprint_of(study))
    storage.engine.dispose()
    write_jets(inside / "samples.npz", separable_jets(500))
    with pytest.raises(ConfigError, match="that was begun on other samples"):
        worker.work(worker.WorkerTask(study, url, inside, 0), lambda _: None)


class TestFilesOfOthers:
    """In the place of a study's folder, database and runs."""

    def test_a_database_of_another_program(self, inside):
        path = inside / "notes.db"
        with closing(sqlite3.connect(path)) as opened, opened:
            opened.execute("CREATE TABLE notes (text TEXT)")
        before = path.read_bytes()
        with pytest.raises(ConfigError, match=r"is a database of another program .*'notes'"):
            run_study(written(inside), f"sqlite:///{path}", inside / "out", 1)
        assert path.read_bytes() == before

    @pytest.mark.parametrize("content", [b"Dear diary", b"\0" * 500, b"{}"])
    def test_a_file_that_is_no_database(self, inside, content):
        (inside / "out").mkdir()
        (inside / "out" / "study.txt").write_text("my: runs and results of logicjsc study\n")
        (inside / "out" / "study.db").write_bytes(content)
        with pytest.raises(ConfigError, match="is no database of studies; move it away"):
            run_study(written(inside), None, inside / "out", 1)
        assert (inside / "out" / "study.db").read_bytes() == content

    def test_an_empty_file_becomes_one(self, inside):
        ownership.refuse_foreign_database(inside / "nowhere.db")
        (inside / "empty.db").touch()
        ownership.refuse_foreign_database(inside / "empty.db")

    @pytest.mark.parametrize(
        ("says", "holds"),
        [
            ("other: runs and results of logicjsc study\n", "'other'"),
            ("my thesis\n", "something else"),
            ("", "something else"),
        ],
    )
    def test_a_folder_of_another_study(self, inside, says, holds):
        (inside / "out").mkdir()
        (inside / "out" / "study.txt").write_text(says)
        (inside / "out" / "results.md").write_text("theirs")
        with pytest.raises(OutputError, match=f"out holds {holds}, not study 'my'"):
            run_study(written(inside), None, inside / "out", 1)
        assert (inside / "out" / "results.md").read_text() == "theirs"

    def test_runs_in_the_place_of_ours(self, inside):
        study = written(inside, GRID)
        path = worker.run_path(inside / "out", study.first)
        path.mkdir(parents=True)
        (path / "thesis.tex").write_text("mine")
        with pytest.raises(OutputError, match="was not written by logicjsc"):
            worker.train_once(study.first, path)
        assert (path / "thesis.tex").read_text() == "mine"
        (path / "thesis.tex").unlink()
        (path / "config.toml").write_text("what one left that was killed as it began")
        worker.train_once(study.first, path)
        header, config = path / "run.json", (path / "config.toml").read_text()
        saved = header.read_text()
        for old, new, what in (
            ('"fingerprint": "', '"fingerprint": "0', "was made from other samples"),
            (f'"logicjsc": "{__version__}"', '"logicjsc": "0.0.1"', "was made by logicjsc 0.0.1"),
        ):
            header.write_text(saved.replace(old, new))
            with pytest.raises(RunError, match=f"{what} than the trial that belongs there"):
                worker.train_once(study.first, path)
        header.write_text(saved)
        (path / "config.toml").write_text(config.replace("epochs = 1", "epochs = 9"))
        with pytest.raises(RunError, match="has other settings than the trial"):
            worker.train_once(study.first, path)
        (path / "config.toml").write_text(config)
        worker.train_once(study.first, path)
        assert json.loads(header.read_text())["state"] == "finished"
