"""Whole studies: grids and searches in processes that may be killed, on one storage or another.

A process takes seconds to import torch, so where processes are not the point there is only one.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import optuna
import pytest
from reference.one_process import work_in_this_process
from reference.postgresql import Server
from reference.small_jets import separable_jets, write_jets

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.errors import (
    ConfigError,
    DataError,
    OutputError,
    RunError,
    SearchError,
    ToolFailedError,
)
from logicjsc.core.run import Run
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.study import worker
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.study import export_trial, run_study
from logicjsc.methods.loading import load_config
from logicjsc.methods.train import train
from logicjsc.netlist import digest_of

GRID = """
base = "dense.toml"
seeds = [0, 1]
heartbeat_seconds = 0.5
patience_seconds = 60
[set]
"data.path" = "samples.npz"
[blocks.size]
title = "Batch size"
grid.training.batch_size = [32, 64, 4096]
[blocks.rate]
set.training.batch_size = 32
grid.training.learning_rate = [1e-3, 1e-2]
"""
DENSE = """
[data]
task = "jets"
[network]
kind = "dense"
hidden = []
[training]
epochs = 2
batch_size = 128
learning_rate = 1e-3
device = "cpu"
"""
SEARCH = """
base = "small.toml"
trials = 5
sampler = "random"
heartbeat_seconds = 0.5
patience_seconds = 60
[set]
data.path = "samples.npz"
[space]
"network.fan_in" = { low = 2, high = 4 }
"network.hidden" = { choices = [[], [8]] }
"training.learning_rate" = { low = 1e-3, high = 3e-2, log = true }
"""
SMALL = """
[data]
task = "jets"
[network]
input_bits = 2
[training]
epochs = 3
batch_size = 64
device = "cpu"
"""


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch, cache):
    """A working directory with samples and two small configs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    (tmp_path / "dense.toml").write_text(DENSE)
    (tmp_path / "small.toml").write_text(SMALL)
    worker._loaded.cache_clear()
    return tmp_path


@pytest.fixture
def one_process(monkeypatch):
    work_in_this_process(monkeypatch)


@pytest.fixture(scope="module")
def server():
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def written(inside, text, name="my"):
    (inside / f"{name}.toml").write_text(text)
    return load_study(inside / f"{name}.toml")


def done(study, folder, jobs=1, storage=None):
    return run_study(study, storage, folder, jobs)


def finished(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/result.json")}


def epochs_of(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["epoch"] for line in lines]


def test_a_failed_run_is_reported_and_the_others_are_kept_and_never_repeated(inside, one_process):
    folder = inside / "studies" / "my"
    report = done(written(inside, GRID), folder)
    # A batch of 4,096 does not fit; a rate of 1e-3 with batches of 32 stands in both blocks.
    assert report.states() == {"complete": 6, "failed": 2}
    assert all("training.batch_size = 4096" in row.error for row in report.trials if row.error)
    size, rate = report.blocks
    assert [point.spreads["test_accuracy"].count for point in size.points] == [2, 2, 0]
    assert size.points[0].runs == rate.points[0].runs
    for point in size.points[:2]:
        accuracies = [run.values["test_accuracy"] for run in point.runs]
        assert point.spreads["test_accuracy"].mean == pytest.approx(sum(accuracies) / 2)
        results = [Run(folder / "runs" / run.run).result() for run in point.runs]
        assert accuracies == [result["accuracy"] for result in results]
    names = {"results.md", "results.csv", "runs.csv", "trials.csv", "size.png", "rate.png"}
    assert {file.name for file in report.files} == names
    assert all(file.is_file() for file in report.files)
    assert "## Batch size" in (folder / "results.md").read_text()
    before = finished(folder)
    assert len(before) == 6

    # The next call tries again what failed, and that alone.
    again = done(written(inside, GRID), folder)
    assert (again.states(), again.lost) == (report.states(), 0)
    assert {row.run for row in again.trials if row.values} == {path.parent.name for path in before}
    assert finished(folder) == before

    # After the file was extended only what is new is trained.
    longer = GRID.replace(", 4096", "").replace("[0, 1]", "[0, 1, 2]")
    more = done(written(inside, longer), folder)
    assert more.states() == {"complete": 9}
    after = finished(folder)
    assert len(after) == 9
    assert {path: after[path] for path in before} == before
    # And nothing at all where nothing is new.
    assert done(written(inside, longer), folder).blocks == more.blocks
    assert finished(folder) == after


def test_what_is_mended_is_done_by_the_next_call(inside, one_process):
    text = GRID.replace(", 64, 4096", "")
    study = written(inside, text.replace("[set]", '[set]\ntraining.start_from = "run"'))
    folder = inside / "my"
    message = r"all 4 trials of .*my.toml failed, trial 0 because .*run.*mended, run it again$"
    with pytest.raises(SearchError, match=message):
        done(study, folder)
    assert (folder / "results.md").is_file()
    train(load_config(inside / "dense.toml", ["data.path=samples.npz"]), inside / "run")
    report = done(study, folder)
    assert (report.states(), report.lost) == ({"complete": 4}, 0)


SCRIPT = """
import json, sys
from pathlib import Path
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.study import run_study

if __name__ == "__main__":
    file, folder, storage = sys.argv[1:4]
    report = run_study(load_study(Path(file)), storage or None, Path(folder), 1)
    print(json.dumps(report.to_dict()))
"""


def start(inside, file, folder, storage=""):
    """Another machine: its own processes and its own folder."""
    (inside / "program.py").write_text(SCRIPT)
    outputs = (inside / f"{folder}.out", inside / f"{folder}.err")
    with outputs[0].open("w") as out, outputs[1].open("w") as err:
        return subprocess.Popen(
            [sys.executable, "program.py", file, folder, storage],
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def said(inside, folder):
    return json.loads((inside / f"{folder}.out").read_text())


def wait_until(condition, *programs, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        assert all(program.poll() is None for program in programs)
        time.sleep(0.02)


def in_the_middle(folder, most=25):
    """Whether a run in a folder has made some of its 30 epochs, and not nearly all."""
    counts = [len(path.read_text().splitlines()) for path in folder.glob("runs/*/metrics.jsonl")]
    return any(1 < count < most for count in counts)


LONG = GRID.replace(", 4096", "").replace("[set]", "[set]\ntraining.epochs = 30")


def test_a_study_killed_in_the_middle_goes_on_to_the_same_bits(inside):
    text = LONG.partition("[blocks.rate]")[0].replace("[0, 1]", "[0]").replace("[32, 64]", "[32]")
    study = written(inside, text.replace("epochs = 30", "epochs = 60"))
    program = start(inside, "my.toml", "folder")
    wait_until(lambda: in_the_middle(inside / "folder"), program)
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    (run,) = (inside / "folder").glob("runs/*/config.toml")
    assert not run.with_name("result.json").exists()
    report = done(study, inside / "folder")
    assert (report.states(), report.lost) == ({"complete": 1}, 1)
    assert epochs_of(run.parent) == list(range(1, 61))
    (loaded,) = study.entries
    whole = train(loaded, inside / "whole")
    values = report.blocks[0].points[0].runs[0].values
    assert values["test_loss"] == whole.best.test.loss
    assert values["validation_accuracy"] == whole.best.validation.accuracy


@pytest.mark.parametrize(
    ("kind", "text"),
    [("sqlite", SEARCH.replace("[set]", "[set]\ntraining.epochs = 30")), ("postgresql", LONG)],
)
def test_two_share_a_storage_and_one_is_killed(inside, server, kind, text):
    name = f"study-{kind}-{'search' if 'space' in text else 'grid'}"
    study = written(inside, text, name)
    url = server.url if kind == "postgresql" else f"sqlite:///{inside / 'shared.db'}"
    # SQLite is for processes of one machine, in one folder.
    folders = ["one", "two"] if kind == "postgresql" else ["one", "one"]
    programs = [start(inside, f"{name}.toml", folders[0], url)]
    if kind == "sqlite":
        wait_until((inside / "one" / "study.txt").is_file, *programs)
        (inside / "one.out").rename(inside / "first.out")
    programs.append(start(inside, f"{name}.toml", folders[1], url))
    # The first one is killed in the middle of a training, together with its process.
    wait_until(lambda: in_the_middle(inside / folders[0]), *programs)
    os.killpg(programs[0].pid, signal.SIGKILL)
    programs[0].wait()
    assert programs[1].wait(180) == 0, (inside / f"{folders[1]}.err").read_text()
    report = said(inside, folders[1])
    assert report["states"] == {"complete": study.trials}
    assert "secret" not in json.dumps(report)
    retried = [trial for trial in report["trials"] if trial["retry_of"] is not None]
    assert len(retried) == report["lost"] >= 1

    # In the storage: every place is complete once, and the lost trial's settings were not lost.
    storage = optuna.storages.RDBStorage(url.replace("postgresql", "postgresql+psycopg"))
    trials = optuna.load_study(study_name=study.name_in_storage, storage=storage).get_trials()
    storage.engine.dispose()
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert len(complete) == study.trials
    for trial in retried:
        assert trials[trial["number"]].params == trials[trial["retry_of"]].params
        assert trials[trial["retry_of"]].state.name == "FAIL"
    runs = [trial.user_attrs["run"] for trial in complete]
    assert len(set(runs)) == study.trials
    if study.is_grid:
        expected = {worker.run_path(inside, entry).name for entry in study.entries}
        assert set(runs) == expected
    for path in {path for folder in folders for path in finished(inside / folder)}:
        assert epochs_of(path.parent) == list(range(1, 31))


def test_what_other_machines_did_is_not_done_again(inside, server, one_process):
    text = GRID.replace(", 4096", "")
    study = written(inside, text, "many")
    first = done(study, inside / "one", storage=server.url)
    # On another machine nothing is left to do; an export makes the run again.
    report = done(study, inside / "two", storage=server.url)
    assert report.blocks == first.blocks
    assert finished(inside / "two") == {}
    row = export_trial(
        study, server.url, inside / "two", number=first.trials[0].number, out=inside / "again"
    )
    assert Run(inside / "again").result()["validation"]["accuracy"] == row.values["accuracy"]
    # After the file was extended, it makes what is new.
    longer = written(inside, text.replace("[0, 1]", "[0, 1, 2]"), "many")
    before = finished(inside / "two")
    more = done(longer, inside / "two", storage=server.url)
    assert more.states() == {"complete": 9}
    assert len(finished(inside / "two")) == len(before) + 3
    assert more.blocks[0].points[0].runs[:2] == first.blocks[0].points[0].runs


def test_a_storage_that_goes_away_in_the_middle_is_waited_for(inside, server):
    text = LONG.partition("[blocks.rate]")[0].replace("[32, 64]", "[32]")
    study = written(inside, text, "outage")
    program = start(inside, "outage.toml", "folder", server.url)
    wait_until(lambda: in_the_middle(inside / "folder"), program)
    server.stop()
    time.sleep(1.5)
    server.start()
    assert program.wait(120) == 0, (inside / "folder.err").read_text()
    report = said(inside, "folder")
    assert (report["states"], report["lost"]) == ({"complete": study.trials}, 0)


def test_a_search_finds_a_front_whose_points_become_circuits(inside, one_process):
    study, folder = written(inside, SEARCH), inside / "studies" / "my"
    report = done(study, folder, jobs=2)
    assert report.states() == {"complete": 5}
    assert report.to_dict()["objectives"] == {
        "accuracy": "maximize", "luts": "minimize", "latency": "minimize"
    }  # fmt: skip
    for row in report.trials:
        assert row.values["latency"] == len(row.settings["network.hidden"]) + 1
        result = Run(folder / "runs" / row.run).result()
        assert row.values["accuracy"] == result["validation"]["accuracy"]
    for row in report.front_rows:
        mine = row.values
        for theirs in (other.values for other in report.trials):
            assert not (
                theirs["accuracy"] >= mine["accuracy"]
                and theirs["luts"] <= mine["luts"]
                and theirs["latency"] <= mine["latency"]
                and theirs != mine
            )
    assert (folder / "pareto.png").read_bytes().startswith(b"\x89PNG")
    assert len((folder / "trials.csv").read_text().splitlines()) == 6

    # Once more: nothing is repeated, and the same report is written again.
    before = finished(folder)
    assert done(study, folder).trials == report.trials
    assert finished(folder) == before
    # More trials go on where it was.
    more = done(written(inside, SEARCH.replace("trials = 5", "trials = 6")), folder)
    assert more.trials[:5] == report.trials
    assert len(more.trials) == 6

    number = report.front[0]
    row = export_trial(study, None, folder, number=number, out=inside / "mine")
    assert row == report.row(number)
    netlist = netlist_of(identify(inside / "mine"))
    assert netlist.name == "mine"
    circuit = write_circuit(netlist, inside / "circuit", CircuitOptions())
    assert circuit.latency_cycles == row.values["latency"]
    with pytest.raises(RunError, match="there is no trial 99 to export; the front is: "):
        export_trial(study, None, folder, number=99, out=inside / "none")
    with pytest.raises(RunError, match="nowhere holds no study; run logicjsc study"):
        export_trial(study, None, inside / "nowhere", number=0, out=inside / "none")

    # The same name with another space, or on other samples, is another search.
    with pytest.raises(ConfigError, match="named 'my' that was begun with other settings"):
        done(written(inside, SEARCH.replace("high = 4", "high = 3")), folder)
    write_jets(inside / "samples.npz", separable_jets(500))
    worker._loaded.cache_clear()
    with pytest.raises(ConfigError, match="named 'my' that was begun on other samples"):
        done(written(inside, SEARCH), folder)


def test_a_search_without_a_single_good_trial_is_an_error(inside, one_process):
    text = SEARCH.replace("[set]", "[set]\ntraining.batch_size = 4096")
    study = written(inside, text.replace("trials = 5", "trials = 2"))
    # A second time nothing is left to do, and the reason is still the same.
    for _ in range(2):
        with pytest.raises(SearchError, match=r"all 2 trials of .* failed, trial 0 bec") as caught:
            done(study, inside / "my")
        assert "training.batch_size = 4096 is larger than" in str(caught.value)
        assert str(caught.value).endswith("under another name")
        lines = (inside / "my" / "trials.csv").read_text().splitlines()
        assert [line.split(",")[1] for line in lines] == ["state", "failed", "failed"]


ANNEAL = """
base = "luts.toml"
seeds = [0, 3]
objectives = ["accuracy", "luts"]
measures = ["luts", "test_accuracy", "training_loss"]
[grid]
"network.layers" = [[3], [6]]
"""
LUTS = """
method = "anneal"
[data]
task = "jets"
path = "samples.npz"
feature_bits = 6
[anneal]
sweeps = 3
starts = 2
"""
PRUNE = """
base = "sizes.toml"
objectives = ["loss"]
measures = ["luts", "test_accuracy", "validation_loss"]
[grid]
"network.hidden" = [3, 4]
"""
SIZES = """
method = "prune"
[data]
task = "jets"
path = "samples.npz"
feature_bits = 8
[network]
edge_bits = 3
score_bits = 3
[prune]
luts = [150, 100]
dense_steps = 40
round_steps = 3
round_fraction = 0.1
final_steps = 6
batch_size = 32
judged_samples = 1000
learning_rate = 0.2
"""


@pytest.mark.parametrize(
    ("base", "config", "text"), [("luts.toml", LUTS, ANNEAL), ("sizes.toml", SIZES, PRUNE)]
)
def test_any_method_has_grids_and_its_runs_are_exported_whole(
    inside, one_process, base, config, text
):
    (inside / base).write_text(config)
    study, folder = written(inside, text), inside / "my"
    report = done(study, folder, jobs=2)
    assert report.states() == {"complete": study.trials}
    (block,) = report.blocks
    for point in block.points:
        assert point.spreads["luts"].count == point.spreads["test_accuracy"].count > 0
        assert point.spreads["luts"].mean > 0
    before = finished(folder)
    assert done(study, folder).blocks == report.blocks
    assert finished(folder) == before
    row = report.front_rows[0]
    export_trial(study, None, folder, number=row.number, out=inside / "mine")
    made = folder / "runs" / row.run
    assert Run(inside / "mine").result() == Run(made).result()
    mine, theirs = (netlist_of(identify(path)) for path in (inside / "mine", made))
    best = Run(inside / "mine").result()["found"][Run(inside / "mine").result()["kept"]]
    assert digest_of(mine) == digest_of(theirs) == best["netlist_digest"]
    circuit = write_circuit(mine, inside / "circuit", CircuitOptions())
    assert circuit.latency_cycles > 0


def test_foreign_folders_and_storages_that_are_not_there_are_refused(inside):
    study = written(inside, GRID)
    (inside / "other").mkdir()
    (inside / "other" / "thesis.tex").write_text("")
    with pytest.raises(OutputError, match="was not written by logicjsc"):
        done(study, inside / "other")
    url = "postgresql://samples:secret@127.0.0.1:9/x"
    with pytest.raises(
        ToolFailedError, match=r"storage postgresql://samples:\*\*\*@127.0.0.1:9/x cannot be used: "
    ) as caught:
        done(study, inside / "my", storage=url)
    assert "secret" not in str(caught.value)


def test_samples_that_are_missing_or_unfit_leave_nothing_behind(inside, one_process):
    study = written(inside, GRID.replace('"accuracy"', '"loss"'))
    shutil.move(inside / "samples.npz", inside / "gone.npz")
    with pytest.raises(DataError, match=r"there are no samples at samples\.npz"):
        done(study, inside / "my")
    (inside / "values.toml").write_text(DENSE.replace('"jets"', '"diabetes"'))
    text = GRID.replace("dense.toml", "values.toml").replace('"data.path" = "samples.npz"', "")
    with pytest.raises(ConfigError, match="predict values, which have no accuracy; use objectives"):
        done(written(inside, text), inside / "my")
    assert not (inside / "my").exists()
    losses = 'objectives = ["loss"]' + text.replace(", 64, 4096", "").replace("[0, 1]", "[0]")
    report = done(written(inside, losses), inside / "my")
    assert report.states() == {"complete": 2}
    assert report.blocks[0].points[0].spreads["validation_accuracy"].count == 0
    assert report.blocks[0].points[0].spreads["validation_loss"].count == 1
