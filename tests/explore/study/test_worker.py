"""One worker: what it measures, what it does about trials that fail, and how it goes on."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from reference.small_jets import separable_jets, small_splits, write_jets
from reference.small_runs import config_of

from logicjsc.core.errors import ConfigError, ToolError
from logicjsc.core.files import shipped
from logicjsc.core.run import Header, Run
from logicjsc.dataset import DataConfig
from logicjsc.dataset.metrics import Metrics
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.study import worker
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.ledger import Ledger
from logicjsc.explore.study.ownership import open_study
from logicjsc.explore.study.report import make_report
from logicjsc.explore.study.results import measures_of, objectives_of
from logicjsc.explore.study.storage import Patience, embedded_url, open_storage
from logicjsc.map.estimate import estimate_luts
from logicjsc.methods.loading import LoadedConfig
from logicjsc.methods.result import Found, Result
from logicjsc.netlist import load_netlist, save_netlist

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

GRID = """
base = "jsc-s"
objectives = ["accuracy", "luts"]
[set]
data.path = "samples.npz"
network.hidden = []
training.device = "cpu"
training.epochs = 3
[grid]
"training.batch_size" = [64, 32, 4096]
"""


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch, cache):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    worker._loaded.cache_clear()


def load(tmp_path, text=SEARCH):
    (tmp_path / "my.toml").write_text(text)
    return load_study(tmp_path / "my.toml")


@pytest.fixture
def begin(tmp_path):
    """Begins a study; gives its worker's task and what reads its trials."""
    storages = []

    def begin(text=SEARCH):
        study, url = load(tmp_path, text), embedded_url(tmp_path)
        storages.append(open_storage(url))
        samples = worker.fingerprint_of(study)
        opened = open_study(study, storages[-1], Patience("test", 1), samples)
        task = worker.WorkerTask(study, url, tmp_path, 0)
        return task, lambda: make_report(study, opened, tmp_path, "test")

    yield begin
    for storage in storages:
        storage.engine.dispose()


def epochs_of(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["epoch"] for line in lines]


def test_a_trial_that_is_refused_is_reported_and_the_others_go_on(begin):
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
    assert any("step 3 of 3" in remark for _, remark in said)
    assert len({row.settings["training.learning_rate"] for row in rows}) == 4


def test_every_entry_of_a_grid_is_made_and_the_refused_one_is_named(begin, tmp_path):
    task, report = begin(GRID)
    worker.work(task, lambda _: None)
    found = report()
    assert found.states() == {"complete": 2, "failed": 1}
    ((done, other, refused),) = (block.points for block in found.blocks)
    for point, size in ((done, 64), (other, 32), (refused, 4096)):
        assert point.values == {"training.batch_size": size}
    assert "training.batch_size = 4096 is larger than" in refused.runs[0].failure
    for row in found.trials[:2]:
        path = tmp_path / "runs" / row.run
        assert epochs_of(path) == [1, 2, 3]
        assert row.measured == measures_of(path)
        assert row.values["accuracy"] == row.measured["validation_accuracy"]
        assert row.values["luts"] > 0
    assert done.runs[0].values == found.trials[0].measured


@pytest.mark.parametrize("text", [SEARCH.replace("4096", "32"), GRID.replace(", 4096", "")])
def test_an_interrupted_trial_goes_on_from_its_last_epoch(begin, tmp_path, text):
    task, report = begin(text)

    def hang_up(message):
        if "step 2 of" in message[1]:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        worker.work(task, hang_up)
    waiting = [row for row in report().trials if row.state == "waiting"]
    assert len(waiting) == 1
    worker.work(task, lambda _: None)
    found = report()
    assert found.states() == {"complete": task.study.trials}
    assert found.lost == 1
    again = next(row for row in found.trials if row.retry_of == 0)
    assert epochs_of(tmp_path / "runs" / again.run) == [1, 2, 3]


def test_what_a_worker_did_before_it_died_the_pruner_knows_as_well(begin):
    text = SEARCH.replace("4096", "32").replace("trials = 4", "trials = 1")
    text = text.replace("[set]", "[set]\ntraining.learning_rate = 1e-3")
    text = text.replace('"training.learning_rate" = { low = 1e-3, high = 1e-2 }', "")
    pruner = 'pruner = "threshold"\npruner_options = {{ upper = {} }}\n'
    task, report = begin(pruner.format("1.1") + text)

    def hang_up(message):
        if "step 3 of" in message[1]:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        worker.work(task, hang_up)
    # Now everything is pruned at once, before another epoch is trained.
    task, report = begin(pruner.format("0.0") + text)
    said = []
    worker.work(task, said.append)
    assert report().states() == {"pruned": 1}
    assert not any("step 3 of" in remark for _, remark in said)


def test_a_folder_that_was_no_run_yet_is_begun_anew(begin, tmp_path):
    task, report = begin(GRID.replace(", 32, 4096", ""))
    (loaded,) = task.study.entries
    path = worker.run_path(tmp_path, loaded)
    path.mkdir(parents=True)
    (path / "config.toml").write_text("half")
    worker.work(task, lambda _: None)
    assert report().states() == {"complete": 1}
    assert epochs_of(path) == [1, 2, 3]


def test_a_failed_entry_goes_on_where_it_failed(begin, tmp_path):
    task, report = begin(GRID.replace(", 32, 4096", ""))
    (loaded,) = task.study.entries
    path = worker.run_path(tmp_path, loaded)

    def stop(step):
        if step.number == 2:
            raise ConfigError("something that is mended later")

    with pytest.raises(ConfigError):
        worker.train_once(loaded, path, stop)
    assert Run.open(path).header().state == "failed"
    worker.work(task, lambda _: None)
    assert report().states() == {"complete": 1}
    assert epochs_of(path) == [1, 2, 3]
    assert Run.open(path).header().state == "finished"


def test_a_longer_grid_makes_only_what_is_new_on_any_machine(begin, tmp_path):
    task, report = begin(GRID.replace(", 32, 4096", ""))
    worker.work(task, lambda _: None)
    (first,) = report().trials
    path = tmp_path / "runs" / first.run
    before = (path / "result.json").stat().st_mtime_ns
    longer, report = begin(GRID.replace(", 4096", ""))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    worker.work(replace(longer, folder=elsewhere), lambda _: None)
    again, new = report().trials
    assert (again.run, again.values, again.measured) == (first.run, first.values, first.measured)
    assert [made.name for made in (elsewhere / "runs").iterdir() if made.is_dir()] == [new.run]
    # The first machine has it.
    whole, report = begin(GRID.replace("4096", "16"))
    worker.work(whole, lambda _: None)
    assert report().states() == {"complete": 3}
    assert (path / "result.json").stat().st_mtime_ns == before
    made = {path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()}
    assert made == {first.run, report().trials[2].run}


def test_a_run_is_named_by_every_setting_and_by_its_samples(tmp_path):
    def name(config, method="gradient", samples="samples.npz"):
        config = replace(config, data=replace(config.data, path=samples))
        return worker.run_path(tmp_path, LoadedConfig("any", method, config, {})).name

    write_jets(tmp_path / "other.npz", small_splits(validation=205).validation)
    config = config_of()
    names = {
        name(config),
        name(config, samples="other.npz"),
        name(config_of(seed=1)),
        name(config_of(weight_decay=0.5)),
    }
    assert len(names) == 4
    assert name(config_of()) in names
    # Other samples at the same place are another run.
    write_jets(tmp_path / "samples.npz", separable_jets(601))
    worker._loaded.cache_clear()
    assert name(config) not in names


def test_samples_of_all_entries_belong_to_a_grid(begin, tmp_path):
    write_jets(tmp_path / "other.npz", separable_jets(400))
    text = GRID.replace('"training.batch_size" = [64, 32, 4096]', "")
    text = text.replace('data.path = "samples.npz"', "training.batch_size = 64")
    text += '"data.path" = ["samples.npz", "other.npz"]'
    study = load(tmp_path, text)
    first = worker.fingerprint_of(study)
    assert worker.fingerprint_of(load(tmp_path, text)) == first
    write_jets(tmp_path / "other.npz", separable_jets(401))
    worker._loaded.cache_clear()
    assert worker.fingerprint_of(study) != first


@pytest.fixture
def example(tmp_path):
    """A finished run whose netlist is what was learned."""
    netlist = load_netlist(shipped("hw", "examples", "jsc-s", "netlist.npz"))
    run = Run.create(tmp_path / "run", Header("anneal"), 'method = "anneal"', overwrite=False)
    save_netlist(netlist, run.netlist_file)
    metrics = Metrics("classes", 10, 0.6, accuracy=0.7)
    run.finish(Result("anneal", "run", (Found("run", 0, metrics, metrics),)).to_dict())
    return run.path, netlist


@pytest.mark.parametrize("pipeline", [0, 1, 2, 3])
@pytest.mark.parametrize("argmax", [False, True])
def test_the_latency_is_that_of_the_written_circuit(example, tmp_path, pipeline, argmax):
    path, netlist = example
    settings = load(tmp_path).settings
    settings = replace(settings, objectives=("latency",), pipeline=pipeline, argmax=argmax)
    options = CircuitOptions(pipeline=pipeline, argmax=argmax)
    circuit = write_circuit(netlist, tmp_path / "circuit", options)
    assert objectives_of(path, settings) == [circuit.latency_cycles]


def test_luts_are_estimated_or_mapped(example, tmp_path):
    path, netlist = example
    found = {}
    for estimate in ("formula", "map"):
        settings = replace(load(tmp_path).settings, objectives=("luts",), estimate=estimate)
        (found[estimate],) = objectives_of(path, settings)
    assert found["formula"] == estimate_luts(netlist)
    assert 0 < found["map"] <= found["formula"]


def test_objectives_stand_in_the_order_of_the_file(example, tmp_path):
    settings = replace(load(tmp_path).settings, objectives=("loss", "luts", "accuracy"))
    assert objectives_of(example[0], settings) == [0.6, estimate_luts(example[1]), 0.7]


def test_what_is_not_the_trials_fault_ends_the_worker_and_puts_the_trial_back(begin, monkeypatch):
    task, report = begin(SEARCH.replace("4096", "32"))

    def fail(*_):
        raise ToolError("ABC is not installed")

    monkeypatch.setattr(worker, "objectives_of", fail)
    with pytest.raises(ToolError, match="ABC"):
        worker.work(task, lambda _: None)
    assert report().states() == {"waiting": 1}
    assert report().lost == 1


def test_a_mistake_of_ours_fails_the_trial_alone(begin, monkeypatch):
    task, report = begin(GRID.replace(", 4096", ""))
    measure = worker.objectives_of

    def fail(path, settings):
        if "batch_size = 64" in (path / "config.toml").read_text():
            raise ZeroDivisionError("by\nzero")
        return measure(path, settings)

    monkeypatch.setattr(worker, "objectives_of", fail)
    worker.work(task, lambda _: None)
    assert [row.error for row in report().trials] == ["ZeroDivisionError: by", ""]


def test_a_trial_that_was_taken_over_is_left_to_others(begin, tmp_path):
    task, report = begin(GRID.replace(", 32, 4096", ""))
    other = Ledger(task.study, task.storage, tmp_path, Patience("test", 1))

    def take_over(message):
        if "trial 0, step 2 of" in message[1]:
            with suppress(Exception):
                other._put_back(other.trials()[0], retries=1)

    worker.work(task, take_over)
    other.close()
    found = report()
    assert found.states() == {"complete": 1}
    assert [(row.number, row.retry_of) for row in found.trials] == [(1, 0)]
    assert epochs_of(tmp_path / "runs" / found.trials[0].run) == [1, 2, 3]


def test_networks_for_values_have_no_accuracy(tmp_path):
    text = GRID.replace('"accuracy", "luts"', '"accuracy"').replace(
        'data.path = "samples.npz"', 'data.path = "diabetes"\ndata.task = ""'
    )
    with pytest.raises(ConfigError, match=r"for scikit-learn's diabetes predict values, .* no acc"):
        worker.refuse_objectives(load(tmp_path, text))
    worker.refuse_objectives(load(tmp_path, text.replace('["accuracy"]', '["loss", "luts"]')))


def test_data_of_a_search_is_what_its_trials_share(tmp_path):
    study = load(tmp_path)
    assert study.first.config.data == DataConfig(path="samples.npz", task="jets")
    assert worker.fingerprint_of(study) == worker.fingerprint_of(study)
