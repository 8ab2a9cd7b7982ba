"""``logicjsc sweep``: every run once, whatever happens on the way."""

import json
import signal
import subprocess
import sys
import time

import pytest
from reference.inline_pool import run_inline
from reference.small_jets import separable_jets, write_jets

SWEEP = """
base = "dense.toml"
seeds = [0, 1]
[set]
"data.path" = "samples.npz"
"training.device" = "cpu"
[blocks.size]
title = "Batch size"
grid.training.batch_size = [32, 64, 4096]
[blocks.rate]
set.training.batch_size = 32
grid.training.learning_rate = [1e-3, 1e-2]
"""


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """A working directory with samples, a config of two epochs, and a sweep."""
    monkeypatch.chdir(tmp_path)
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    (tmp_path / "dense.toml").write_text(
        '[network]\nkind = "dense"\nhidden = []\n[training]\nepochs = 2\nbatch_size = 128\n'
    )
    (tmp_path / "my.toml").write_text(SWEEP)
    return tmp_path


def finished(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/result.json")}


def test_a_failed_run_is_reported_and_the_others_are_kept_and_never_repeated(
    inside, cli, monkeypatch
):
    monkeypatch.setattr("logicjsc.explore.sweep.sweep.run_tasks", run_inline)
    # A batch of 4,096 does not fit; a rate of 1e-3 with batches of 32 stands in both blocks.
    result = cli("sweep", "my.toml", "--jobs", "1", "--json", code=2)
    assert "error: 2 of 8 runs failed; the same command tries them again" in result.stderr
    report = json.loads(result.stdout)
    folder = inside / "runs" / "my"
    assert (report["trained"], report["found"], len(report["failed"])) == (6, 0, 2)
    assert all("training.batch_size = 4096" in entry["failure"] for entry in report["failed"])
    size, rate = report["blocks"]
    assert [point["test_accuracy"]["count"] for point in size["points"]] == [2, 2, 0]
    assert size["points"][0]["runs"] == rate["points"][0]["runs"]
    for point in size["points"][:2]:
        accuracies = [run["test_accuracy"] for run in point["runs"]]
        assert point["test_accuracy"]["mean"] == pytest.approx(sum(accuracies) / 2)
        results = [
            json.loads((inside / run["run"] / "result.json").read_text()) for run in point["runs"]
        ]
        assert accuracies == [result["accuracy"] for result in results]
    names = {"results.md", "results.csv", "runs.csv", "size.png", "rate.png"}
    assert {file.rpartition("/")[2] for file in report["files"]} == names
    assert "## Batch size" in (folder / "results.md").read_text()

    before = finished(folder)
    assert len(before) == 6
    (inside / "my.toml").write_text(SWEEP.replace(", 4096", "").replace("[0, 1]", "[0, 1, 2]", 1))
    result = cli("sweep", "my.toml", "--jobs", "1")
    assert "3 runs trained, 6 found finished" in result.stdout
    after = finished(folder)
    assert len(after) == 9
    assert {path: after[path] for path in before} == before


def test_a_sweep_killed_in_the_middle_goes_on_to_the_same_bits(inside, cli):
    (inside / "my.toml").write_text(
        'base = "dense.toml"\nset.data.path = "samples.npz"\n[grid]\n"training.epochs" = [60]'
    )
    arguments = ["sweep", "my.toml", "--jobs", "1", "--json"]
    program = subprocess.Popen(
        [sys.executable, "-m", "logicjsc", *arguments], stdout=subprocess.DEVNULL
    )
    folder = inside / "runs" / "my" / "runs"
    deadline = time.monotonic() + 60
    while not any(len(p.read_text().splitlines()) > 3 for p in folder.glob("*/metrics.jsonl")):
        assert time.monotonic() < deadline
        assert program.poll() is None
        time.sleep(0.02)
    program.send_signal(signal.SIGKILL)
    program.wait()
    (run,) = folder.glob("*/config.toml")
    assert not run.with_name("result.json").exists()
    report = cli.json("sweep", "my.toml", "--jobs", "1")
    assert report["trained"] == 1
    lines = [json.loads(line) for line in run.with_name("metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == list(range(1, 61))
    whole = cli.json(
        "train", "dense.toml", "--set", "data.path=samples.npz", "--epochs", "60", "--out", "whole"
    )
    (point,) = report["blocks"][0]["points"]
    assert point["test_loss"]["mean"] == whole["loss"]
    assert point["validation_accuracy"]["mean"] == whole["validation"]["accuracy"]


def test_two_sweeps_in_one_folder_and_foreign_folders_are_refused(inside, cli):
    from filelock import FileLock

    (inside / "other").mkdir()
    (inside / "other" / "thesis.tex").write_text("")
    assert "was not written by logicjsc" in cli.refused("sweep", "my.toml", "--out", "other")
    (inside / "busy").mkdir()
    (inside / "busy" / "sweep.txt").write_text("")
    with FileLock(inside / "busy" / ".lock"):
        message = cli.refused("sweep", "my.toml", "--out", "busy")
    assert "another logicjsc sweep works in busy" in message


def test_a_mistake_in_the_file_leaves_nothing_behind(inside, cli, listing):
    (inside / "my.toml").write_text(SWEEP.replace("batch_size = [32", 'batch_size = ["x"'))
    before = listing(inside)
    message = cli.refused("sweep", "my.toml")
    assert message == "error: my.toml: training.batch_size = 'x' must be a whole number"
    assert listing(inside) == before
