"""One worker: what it measures, what it does about trials that fail, and how it goes on."""

import json
from dataclasses import replace

import pytest
from reference.small_jets import separable_jets, write_jets

from logicjsc.core.errors import ToolError
from logicjsc.core.files import shipped
from logicjsc.dataset import load_dataset
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.search import worker
from logicjsc.explore.search.definition import load_search
from logicjsc.explore.search.ledger import open_study
from logicjsc.explore.search.report import make_report
from logicjsc.explore.search.storage import Patience, embedded_url, open_storage
from logicjsc.map.estimate import estimate_luts
from logicjsc.netlist import load_netlist

SEARCH = """
base = "jsc-s"
trials = 4
sampler = "random"
seed = 1
[set]
data.path = "samples.npz"
network.hidden = []
training.device = "cpu"
training.epochs = 3
[space]
"training.batch_size" = { choices = [64, 4096] }
"training.learning_rate" = { low = 1e-3, high = 1e-2 }
"""


@pytest.fixture
def search(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    (tmp_path / "my.toml").write_text(SEARCH)
    worker._fingerprint.cache_clear()
    return load_search(tmp_path / "my.toml")


@pytest.fixture
def begin(tmp_path):
    """Begins the search; gives its worker's task and what reads its trials."""
    storages = []

    def begin():
        search = load_search(tmp_path / "my.toml")
        url = embedded_url(tmp_path)
        storages.append(open_storage(url))
        samples = load_dataset(search.config({}).config.data).fingerprint()
        study = open_study(search, storages[-1], Patience("test", 1), samples)
        task = worker.WorkerTask(search.source, url, tmp_path, 0)
        return task, lambda: make_report(search, study.get_trials(), tmp_path, "test")

    yield begin
    for storage in storages:
        storage.engine.dispose()


def test_a_trial_that_is_refused_is_reported_and_the_others_go_on(search, begin):
    task, report = begin()
    said = []
    worker.work(task, said.append)
    rows = report().trials
    assert len(rows) == 4
    states = {row.settings["training.batch_size"]: row.state for row in rows}
    assert states == {64: "complete", 4096: "failed"}
    for row in rows:
        assert ("training.batch_size = 4096 is larger than" in row.error) == (row.state == "failed")
    assert said[-1] == (4, "0 open")
    assert any("epoch 3" in remark for _, remark in said)
    assert len({row.settings["training.learning_rate"] for row in rows}) == 4


def test_an_interrupted_trial_goes_on_from_its_last_epoch(search, begin, tmp_path):
    (tmp_path / "my.toml").write_text(SEARCH.replace("[64, 4096]", "[64, 32]"))
    task, report = begin()

    def hang_up(message):
        if "epoch 2" in message[1]:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        worker.work(task, hang_up)
    waiting = [row for row in report().trials if row.state == "waiting"]
    assert len(waiting) == 1
    worker.work(task, lambda _: None)
    rows = report().trials
    assert [row.state for row in rows] == ["complete"] * 4
    again = next(row for row in rows if row.retry_of == 0)
    run = tmp_path / "trials" / again.run
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]


@pytest.fixture
def example(monkeypatch):
    netlist = load_netlist(shipped("hw", "examples", "jsc-s", "netlist.npz"))
    monkeypatch.setattr("logicjsc.artefacts.circuit.build_netlist", lambda _: netlist)
    return netlist


@pytest.mark.parametrize("pipeline", [0, 1, 2, 3])
@pytest.mark.parametrize("argmax", [False, True])
def test_the_latency_is_that_of_the_written_circuit(search, example, tmp_path, pipeline, argmax):
    settings = replace(search.settings, objectives=("latency",), pipeline=pipeline, argmax=argmax)
    measured = worker.measure_objectives(tmp_path, replace(search, settings=settings))
    options = CircuitOptions(pipeline=pipeline, argmax=argmax)
    circuit = write_circuit(example, tmp_path / "circuit", options)
    assert measured == {"latency": circuit.latency_cycles}


def test_luts_are_estimated_or_mapped(search, example, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    found = {}
    for estimate in ("formula", "map"):
        settings = replace(search.settings, objectives=("luts",), estimate=estimate)
        changed = replace(search, settings=settings)
        found[estimate] = worker.measure_objectives(tmp_path, changed)["luts"]
    assert found["formula"] == estimate_luts(example)
    assert 0 < found["map"] <= found["formula"]


def test_what_is_not_the_trials_fault_ends_the_worker_and_puts_the_trial_back(
    search, begin, monkeypatch
):
    task, report = begin()

    def fail(*_):
        raise ToolError("ABC is not installed")

    monkeypatch.setattr(worker, "measure_objectives", fail)
    with pytest.raises(ToolError, match="ABC"):
        worker.work(task, lambda _: None)
    assert "waiting" in report().states()
