"""``logicjsc search``: one machine or many, and what happens when one of them dies."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import optuna
import pytest
from reference.inline_pool import run_inline
from reference.postgresql import Server
from reference.small_jets import separable_jets, write_jets

from logicjsc.artefacts.circuit import build_netlist
from logicjsc.artefacts.sources import Source
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist.passes import simplify

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
SMALL = '[network]\ninput_bits = 2\n[training]\nepochs = 3\nbatch_size = 64\ndevice = "cpu"\n'


@pytest.fixture
def inside(tmp_path, monkeypatch):
    """A working directory with samples, a small config and a search."""
    monkeypatch.chdir(tmp_path)
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "my.toml").write_text(SEARCH)
    return tmp_path


@pytest.fixture(scope="module")
def server():
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


def start(file, *arguments, folder):
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "logicjsc", "search", file, "--jobs", "1", *arguments],
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def wait_until(condition, *programs, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        assert all(program.poll() is None for program in programs)
        time.sleep(0.05)


def test_a_search_on_one_machine_finds_a_front_whose_points_become_circuits(
    inside, cli, monkeypatch
):
    monkeypatch.setattr("logicjsc.explore.search.search.run_tasks", run_inline)
    report = cli.json("search", "my.toml", "--jobs", "1")
    assert report["states"] == {"complete": 5}
    assert report["objectives"] == {
        "accuracy": "maximize", "luts": "minimize", "latency": "minimize"
    }  # fmt: skip
    trials = {trial["number"]: trial for trial in report["trials"]}
    for trial in trials.values():
        hidden = trial["settings"]["network.hidden"]
        assert trial["values"]["latency"] == len(hidden) + 1
        result = json.loads(
            (inside / "runs" / "my" / "trials" / trial["run"] / "result.json").read_text()
        )
        assert trial["values"]["accuracy"] == result["validation"]["accuracy"]
    for number in report["front"]:
        mine = trials[number]["values"]
        for other in trials.values():
            theirs = other["values"]
            assert not (
                theirs["accuracy"] >= mine["accuracy"]
                and theirs["luts"] <= mine["luts"]
                and theirs["latency"] <= mine["latency"]
                and theirs != mine
            )
    folder = inside / "runs" / "my"
    assert (folder / "pareto.png").read_bytes().startswith(b"\x89PNG")
    assert len((folder / "trials.csv").read_text().splitlines()) == 6

    # Once more: nothing is repeated, and the same report is written again.
    before = {path: path.stat().st_mtime_ns for path in folder.glob("trials/*/result.json")}
    again = cli("search", "my.toml", "--jobs", "1")
    assert "trials: 5 complete; 0 were lost on the way" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before

    number = report["front"][0]
    exported = cli.json("search", "my.toml", "--export", number)
    assert exported["run"] == f"runs/my-{number}"
    assert exported["validation"]["accuracy"] == trials[number]["values"]["accuracy"]
    circuit = cli.json("export-verilog", exported["run"], "--out", "circuit")
    assert cli.json("info", "circuit")["name"] == f"my-{number}"
    assert circuit["latency_cycles"] == trials[number]["values"]["latency"]
    assert "there is no trial 99 to export; the front is:" in cli.refused(
        "search", "my.toml", "--export", "99"
    )

    # The same name with another space is another search.
    (inside / "my.toml").write_text(SEARCH.replace("high = 4", "high = 3"))
    message = cli.refused("search", "my.toml", "--jobs", "1")
    assert "a search named 'my' that was begun with other settings" in message


def test_a_search_without_a_single_good_trial_is_an_error(inside, cli, monkeypatch):
    monkeypatch.setattr("logicjsc.explore.search.search.run_tasks", run_inline)
    text = SEARCH.replace("[set]", "[set]\ntraining.batch_size = 4096")
    (inside / "my.toml").write_text(text.replace("trials = 5", "trials = 2"))
    # A second time nothing is left to do, and the reason is still the same.
    for _ in range(2):
        message = cli.refused("search", "my.toml", "--jobs", "1")
        assert "all 2 trials of my.toml failed, trial 0 because " in message
        assert "training.batch_size = 4096 is larger than" in message
        lines = (inside / "runs" / "my" / "trials.csv").read_text().splitlines()
        assert [line.split(",")[1] for line in lines] == ["state", "failed", "failed"]


def test_workers_map_what_they_have_trained(inside, cli, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    text = SEARCH.replace("trials = 5", 'trials = 1\nestimate = "map"')
    (inside / "my.toml").write_text(text)
    report = cli.json("search", "my.toml", "--jobs", "1")
    assert report["states"] == {"complete": 1}
    (trial,) = report["trials"]
    run = Source("run", inside / "runs" / "my" / "trials" / trial["run"])
    netlist = simplify(build_netlist(run), "low")[0]
    assert trial["values"]["luts"] == map_netlist(netlist, effort="low", jobs=1).luts


def test_two_workers_share_postgresql_and_one_is_killed(inside, cli, server):
    text = SEARCH.replace("[set]", "[set]\ntraining.epochs=30")
    (inside / "my.toml").write_text(text)
    folders = [inside / "one", inside / "two"]
    for folder in folders:
        folder.mkdir()
    workers = [
        start(
            "my.toml", "--storage", server.url, "--folder", folder / "runs", "--json", folder=folder
        )
        for folder in folders
    ]
    # Whoever is first in the middle of a training is killed, together with its process.
    victims = []

    def in_the_middle():
        victims[:] = [
            index
            for index, folder in enumerate(folders)
            for path in (folder / "runs" / "trials").glob("*/metrics.jsonl")
            if 1 < len(path.read_text().splitlines()) < 20
        ]
        return bool(victims)

    wait_until(in_the_middle, *workers)
    os.killpg(workers[victims[0]].pid, signal.SIGKILL)
    workers[victims[0]].wait()
    survivor = 1 - victims[0]
    assert workers[survivor].wait(120) == 0
    report = json.loads((folders[survivor] / "out").read_text())
    assert report["states"] == {"complete": 5}
    assert report["lost"] == 1
    retried = [trial for trial in report["trials"] if trial["retry_of"] is not None]
    assert len(retried) == 1
    assert "secret" not in json.dumps(report)

    # In the database: every place was used once, and the lost trial's settings were not lost.
    storage = optuna.storages.RDBStorage(server.url.replace("postgresql", "postgresql+psycopg"))
    study = optuna.load_study(study_name="my", storage=storage)
    trials = study.get_trials()
    storage.engine.dispose()
    assert [trial.number for trial in trials] == list(range(6))
    failed = [trial for trial in trials if trial.state.name == "FAIL"]
    assert [trial.number for trial in failed] == [retried[0]["retry_of"]]
    assert trials[retried[0]["number"]].params == failed[0].params
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert len(complete) == 5
    assert len({json.dumps(trial.params) for trial in complete}) == 5

    # On a machine that did none of the trials, a run is trained again.
    number = report["front"][0]
    exported = cli.json(
        "search", "my.toml", "--storage", server.url, "--folder", "elsewhere",
        "--export", number, "--out", "again",
    )  # fmt: skip
    assert exported["validation"]["accuracy"] == pytest.approx(exported["values"]["accuracy"])


def test_a_storage_that_goes_away_in_the_middle_is_waited_for(inside, server):
    text = SEARCH.replace("trials = 5", "trials = 2").replace("[set]", "[set]\ntraining.epochs=30")
    (inside / "outage.toml").write_text(text)
    program = start("outage.toml", "--storage", server.url, "--json", folder=inside)
    begun = (inside / "runs" / "outage" / "trials").glob
    wait_until(lambda: any(begun("*/metrics.jsonl")), program)
    server.stop()
    time.sleep(1.5)
    server.start()
    assert program.wait(120) == 0
    report = json.loads((inside / "out").read_text())
    assert (report["states"], report["lost"]) == ({"complete": 2}, 0)


def test_nobody_at_the_other_end_is_one_sentence_without_the_password(inside, cli):
    url = "postgresql://samples:secret@127.0.0.1:9/x"
    message = cli.refused("search", "my.toml", "--storage", url, code=3)
    assert re.search(
        r"the storage postgresql://samples:\*\*\*@127.0.0.1:9/x cannot be used: ", message
    )
    assert "secret" not in message
