"""A study whose trials are made by the workers of a Dask cluster."""

import json
import os
import signal

import pytest
from reference.dask_cluster import Cluster
from reference.one_process import work_in_this_process
from reference.small_jets import separable_jets, write_jets

from logicjsc.core import notices
from logicjsc.core.executor import open_executor
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.study import run_study

GRID = """
base = "luts.toml"
seeds = [0, 1, 2, 3]
objectives = ["accuracy", "luts"]
heartbeat_seconds = 0.5
[set]
"data.path" = "samples.npz"
[blocks.size]
title = "Size"
[blocks.size.grid]
"anneal.sweeps" = [20]
"""
LUTS = """
method = "anneal"
[data]
task = "jets"
feature_bits = 6
[network]
layers = [6]
"""


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    cluster.start_scheduler()
    cluster.start_workers(2)
    yield cluster
    cluster.close()


def results(folder):
    """Everything that runs found, by run; without how long it took."""
    found = {}
    for file in folder.glob("runs/*/result.json"):
        result = json.loads(file.read_text())
        del result["seconds"]
        found[file.parent.name] = result
    return found


def test_a_grid_on_a_cluster_finds_the_same_though_a_worker_is_killed(
    cluster, tmp_path, monkeypatch, cache, capsys
):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setattr(notices, "_SAID", set())
    here = tmp_path / "here"  # the workers are somewhere else and see no samples
    here.mkdir()
    monkeypatch.chdir(here)
    write_jets(here / "samples.npz", separable_jets(300))
    (here / "luts.toml").write_text(LUTS)
    (here / "grid.toml").write_text(GRID)
    study = load_study(here / "grid.toml")
    killed = []

    def kill_one(finished, total, remark):
        if not killed:  # messages are few: the first may be the only one before the end
            killed.append(cluster.workers[0])
            os.kill(cluster.workers[0], signal.SIGKILL)

    with open_executor(cluster.address) as executor:
        report = run_study(study, None, here / "far", executor, kill_one)
    assert killed
    assert report.states() == {"complete": 4}
    assert "a SQLite file written by a cluster" in capsys.readouterr().err
    with monkeypatch.context() as patched:
        work_in_this_process(patched)
        run_study(study, None, here / "near", 1)
    assert len(results(here / "near")) == 4
    assert results(here / "far") == results(here / "near")
