"""One verb for all methods: runs that say alike what they are, end as if nothing had happened."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
from reference.small_jets import separable_jets, write_jets

from logicjsc.core.errors import (
    ConfigError,
    DataError,
    OtherSamplesError,
    OutputError,
    RunError,
    TrainingError,
)
from logicjsc.core.run import Header, Run
from logicjsc.dataset.load import load_dataset
from logicjsc.dataset.provenance import Provenance
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.loading import load_config, parse_config
from logicjsc.methods.method import find_method
from logicjsc.methods.result import Recorded
from logicjsc.methods.train import resume, train
from logicjsc.netlist import digest_of, load_netlist
from logicjsc.netlist.scoring import metrics_of
from logicjsc.tasks.jets.names import CLASS_NAMES

SETTINGS = {
    "gradient": """
[network]
hidden = [8]
bits = [2, 4]
[training]
epochs = 3
batch_size = 8
engine = "brevitas"
averaging = "exponential"
device = "cpu"
""",
    "anneal": """
[network]
layers = [10, 6]
[anneal]
sweeps = 40
starts = 3
""",
    "prune": """
[network]
hidden = 4
segments = 0
edge_bits = 3
score_bits = 3
[prune]
luts = [300, 200]
dense_steps = 20
round_steps = 10
round_fraction = 0.05
final_steps = 20
batch_size = 64
judged_samples = 1000
learning_rate = 0.2
""",
}
METHODS = tuple(SETTINGS)


@pytest.fixture(autouse=True)
def _cached(cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with samples, and a config of each method."""
    folder = tmp_path_factory.mktemp("methods")
    write_jets(folder / "samples.npz", separable_jets(2000, noise=1.5))
    for method, settings in SETTINGS.items():
        data = f"[data]\ntask = 'jets'\npath = '{folder / 'samples.npz'}'\n"
        (folder / f"{method}.toml").write_text(f"method = '{method}'\n{data}{settings}")
    return folder


class Seen(list):
    """Numbers and scores of steps; `stop_after` interrupts or fails behind one."""

    def __init__(self, stop_after=0, error=KeyboardInterrupt):
        self.stop_after, self.error, self.states = stop_after, error, set()
        self.run = None

    def __call__(self, step):
        self.append((step.number, step.score))
        if self.run is not None:
            self.states.add(self.run.header().state)
        if step.number == self.stop_after:
            raise self.error


def loaded_of(folder, method, *assignments):
    return load_config(folder / f"{method}.toml", assignments)


@pytest.fixture(scope="module")
def whole(folder, cache):
    """A run of each method that nobody disturbed: where it is, its result, and its steps."""
    runs = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        for method in METHODS:
            seen = Seen()
            seen.run = Run(folder / "runs" / method)
            result = train(loaded_of(folder, method), seen.run.path, on_step=seen)
            runs[method] = (seen.run, result, seen)
    return runs


def plain_result(run):
    """What ``result.json`` says, but for the run's name and its time."""
    text = (run.path / "result.json").read_text().replace(f'"{run.name}-', '"')
    result = json.loads(text)
    assert result.pop("seconds") > 0
    assert result.pop("name") == run.name
    for entry in result["found"]:
        del entry["name"]
        # A netlist's digest covers its name.
        del entry["netlist_digest"]
    return result


def contents(run):
    """All numbers that a method keeps of its networks, by file."""
    kept = {"stands for the run": find_method(run.header().method).netlist(run)}
    for entry in Recorded.of(run).found:
        if entry["file"]:
            kept[entry["file"].replace(f"{run.name}-", "")] = load_netlist(run.path / entry["file"])
    kept = {name: digest_of(replace(netlist, name="any")) for name, netlist in kept.items()}
    if (run.path / "checkpoint.pt").is_file():
        kept["checkpoint"] = checkpoint.load_model(run).digest
    return kept


def assert_same_outcome(run, expected):
    assert plain_result(run) == plain_result(expected)
    assert contents(run) == contents(expected)
    assert run.config_file.read_text() == expected.config_file.read_text()
    header, other = run.header(), expected.header()
    files = tuple(name.replace(f"{run.name}-", f"{expected.name}-") for name in header.files)
    assert replace(header, files=files) == other


class TestSchema:
    def test_all_methods_write_the_same_keys(self, whole):
        results = [plain_result(run) for run, _, _ in whole.values()]
        assert len({tuple(sorted(result)) for result in results}) == 1
        assert len({tuple(sorted(result["found"][0])) for result in results}) == 1
        headers = [json.loads((run.path / "run.json").read_text()) for run, _, _ in whole.values()]
        assert {tuple(header) for header in headers} == {tuple(asdict(Header("any")))}

    @pytest.mark.parametrize("method", METHODS)
    def test_a_run_says_what_made_it(self, folder, whole, method):
        run, _, _ = whole[method]
        header, dataset = run.header(), load_dataset(loaded_of(folder, method).config.data)
        assert (header.method, header.state, header.failure) == (method, "finished", "")
        provenance = Provenance.from_dict(header.dataset)
        assert provenance == replace(Provenance.of(dataset), config=provenance.config)
        assert provenance.dataset().fingerprint() == dataset.fingerprint()
        assert "split" in header.seeds
        assert len(header.seeds) > 1
        assert {"logicjsc", "numpy", "torch"} <= header.versions.keys()

    @pytest.mark.parametrize("method", METHODS)
    def test_the_config_is_complete_and_reads_back(self, folder, whole, method):
        run, _, _ = whole[method]
        assert run.config_file.read_text().startswith(f'method = "{method}"\n')
        read = load_config(run.config_file)
        assert (read.method, read.name) == (method, run.name)
        assert read.config == loaded_of(folder, method).config
        # Nothing is left to defaults, which another version may have changed.
        assert {origin for _, _, origin in read.rows()} == {str(run.config_file)}

    @pytest.mark.parametrize("method", METHODS)
    def test_the_result_is_what_was_returned(self, folder, whole, method):
        run, result, _ = whole[method]
        assert json.loads(run.result_file.read_text()) == json.loads(json.dumps(result.to_dict()))
        recorded = Recorded.of(run)
        dataset = load_dataset(loaded_of(folder, method).config.data)
        assert recorded.fingerprint == dataset.fingerprint()
        best = result.best
        assert result.found[result.kept] is best
        for entry in (recorded.values, recorded.best["test"]):
            assert entry["accuracy"] == best.test.accuracy
            assert entry["samples"] == len(dataset.test)
        ranks = [entry.validation.accuracy for entry in result.found]
        assert best.validation.accuracy == (ranks[0] if method == "prune" else max(ranks))

    @pytest.mark.parametrize("method", METHODS)
    def test_figures_are_those_of_the_networks_on_disk(self, folder, whole, method):
        run, result, _ = whole[method]
        finder, dataset = find_method(method), load_dataset(loaded_of(folder, method).config.data)
        assert finder.metrics(run, dataset.test) == result.best.test
        netlist = finder.netlist(run)
        assert metrics_of(netlist, dataset.test).accuracy == result.best.test.accuracy
        assert Provenance.in_netlist(netlist.provenance).fingerprint == dataset.fingerprint()
        for entry in result.found:
            if method == "gradient":
                assert (entry.file, entry.netlist_digest) == ("", "")
                continue
            own = load_netlist(run.path / entry.file)
            assert digest_of(own) == entry.netlist_digest
            assert metrics_of(own, dataset.test) == entry.test
            assert metrics_of(own, dataset.validation) == entry.validation
            assert Recorded.of(run).of_file(entry.file)["name"] == entry.name

    @pytest.mark.parametrize("method", METHODS)
    def test_every_file_of_a_run_is_accounted_for(self, whole, method):
        run, _, _ = whole[method]
        shared = {"run.json", "config.toml", "result.json", "netlist.npz"}
        found = {entry.name for entry in run.path.iterdir()}
        assert found <= {*shared, *run.header().files}

    @pytest.mark.parametrize("method", METHODS)
    def test_a_run_is_running_until_it_is_finished(self, whole, method):
        run, result, seen = whole[method]
        assert seen.states == {"running"}
        assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
        assert run.header().state == "finished"
        assert result.name == run.name == method


class TestFailure:
    @pytest.mark.parametrize("method", METHODS)
    def test_a_failed_run_says_why_and_goes_on_to_the_same_bits(
        self, folder, whole, tmp_path, method
    ):
        expected, _, steps = whole[method]
        run = Run(tmp_path / "failed")
        failing = Seen(2, TrainingError("the roof leaks"))
        with pytest.raises(TrainingError, match="the roof leaks"):
            train(loaded_of(folder, method), run.path, on_step=failing)
        assert (run.header().state, run.header().failure) == ("failed", "the roof leaks")
        assert not run.is_finished
        again = Seen()
        again.run = run
        resume(run.path, on_step=again)
        assert again.states == {"running"}
        assert again == steps
        assert_same_outcome(run, expected)

    def test_training_that_diverges_fails(self, folder, tmp_path):
        loaded = loaded_of(folder, "gradient", "training.learning_rate=1e30")
        with pytest.raises(TrainingError, match=r"lower training\.learning_rate") as caught:
            train(loaded, tmp_path / "run")
        header = Run.open(tmp_path / "run").header()
        assert (header.state, header.failure) == ("failed", str(caught.value))

    def test_a_failure_while_a_run_goes_on_is_one_too(self, folder, tmp_path):
        run = Run(tmp_path / "run")
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, "gradient"), run.path, on_step=Seen(1))
        assert run.header().state == "running"
        state = run.path / "state.pt"
        state.write_bytes(state.read_bytes()[:-100])
        with pytest.raises(RunError, match=r"state\.pt is damaged") as caught:
            resume(run.path)
        assert (run.header().state, run.header().failure) == ("failed", str(caught.value))

    @pytest.mark.parametrize(
        ("method", "assignment", "sentence"),
        [
            ("gradient", "training.batch_size=5000", "is larger than the 1440 training samples"),
            ("gradient", "network.fan_in=17", r"network\.fan_in = 17 is larger than"),
            ("gradient", "teacher.run=runs/none", "runs/none is not a run"),
            ("gradient", "data.path=none.npz", r"none\.npz"),
            ("anneal", "data.path=none.npz", r"none\.npz"),
            ("prune", "data.path=none.npz", r"none\.npz"),
            ("prune", "teacher.folds=5000 teacher.members=1", r"teacher\.folds = 5000"),
        ],
    )
    def test_a_mistake_leaves_no_run_and_nothing_else_behind(
        self, folder, tmp_path, method, assignment, sentence
    ):
        loaded = loaded_of(folder, method, *assignment.split())
        with pytest.raises((ConfigError, DataError, RunError, TrainingError), match=sentence):
            train(loaded, tmp_path / "runs" / "mine")
        assert not list(tmp_path.iterdir())


COMMAND = [sys.executable, "-m", "logicjsc", "train"]

BEGUN = {"gradient": "metrics.jsonl", "anneal": "seed-0.npz", "prune": "state.npz"}
"""What is there as soon as a run has something to go on from."""


class TestResume:
    @pytest.mark.parametrize("method", METHODS)
    def test_a_run_that_is_killed_goes_on_to_the_same_bits(self, folder, whole, tmp_path, method):
        expected, _, steps = whole[method]
        run = Run(tmp_path / "killed")
        command = [*COMMAND, str(folder / f"{method}.toml"), "--out", str(run.path)]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            deadline = time.monotonic() + 120
            while not (run.path / BEGUN[method]).is_file():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "the moment never came"
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert run.header().state == "running"
        assert not run.is_finished
        with pytest.raises(RunError, match="is not finished; go on with"):
            run.result()
        seen = Seen()
        resume(run.path, on_step=seen)
        assert seen == steps
        assert_same_outcome(run, expected)

    @pytest.mark.parametrize("method", METHODS)
    def test_a_run_that_is_interrupted_twice_goes_on_to_the_same_bits(
        self, folder, whole, tmp_path, method
    ):
        expected, _, steps = whole[method]
        run, dataset = (
            Run(tmp_path / "stopped"),
            load_dataset(loaded_of(folder, method).config.data),
        )
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, method), run.path, dataset, on_step=Seen(1))
        with pytest.raises(KeyboardInterrupt):
            resume(run.path, dataset, on_step=Seen(2))
        assert run.header().state == "running"
        seen = Seen()
        resume(run.path, dataset, on_step=seen)
        assert seen == steps
        assert_same_outcome(run, expected)

    @pytest.mark.parametrize("method", METHODS)
    def test_a_finished_run_that_goes_on_stays_as_it_is(self, folder, whole, tmp_path, method):
        expected, _, steps = whole[method]
        run = Run(tmp_path / "again")
        train(loaded_of(folder, method), run.path)
        seen = Seen()
        resume(run.path, on_step=seen)
        assert seen == steps
        assert_same_outcome(run, expected)

    def test_a_finished_run_that_cannot_go_on_stays_as_it_is(self, folder, tmp_path):
        run = Run(tmp_path / "run")
        train(loaded_of(folder, "gradient", "training.epochs=1"), run.path)
        (run.path / "state.pt").write_bytes(b"damaged")
        before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
        with pytest.raises(RunError, match=r"state\.pt is damaged"):
            resume(run.path)
        assert {file: file.read_bytes() for file in before} == before

    def test_an_area_that_is_not_defined_comes_back(self, tmp_path):
        """Of a class that no test sample has; what a run has found so far is kept as JSON."""
        jets = separable_jets(1200, noise=1.5)
        tests = separable_jets(400, 7)
        rows = np.flatnonzero(tests.targets != 4)
        write_jets(tmp_path / "samples" / "train.npz", jets)
        write_jets(tmp_path / "samples" / "test.npz", tests.take(rows, "test"))
        data = f"[data]\ntask = 'jets'\npath = '{tmp_path / 'samples'}'\n"
        text = f"method = 'prune'\n{data}{SETTINGS['prune']}"
        loaded = parse_config(text, source="own.toml", name="own")
        expected, run = Run(tmp_path / "whole"), Run(tmp_path / "stopped")
        steps = Seen()
        train(loaded, expected.path, on_step=steps)
        assert json.loads(expected.result_file.read_text())["auc"][CLASS_NAMES[4]] is None
        with pytest.raises(KeyboardInterrupt):
            train(loaded, run.path, on_step=Seen(len(steps) - 1))
        resume(run.path)
        assert plain_result(run) == plain_result(expected)

    def test_what_is_no_run_is_refused(self, folder, tmp_path):
        for path in (tmp_path, tmp_path / "none", folder / "samples.npz"):
            with pytest.raises(RunError, match=r"is not a run: it has no run\.json"):
                resume(path)

    @pytest.mark.parametrize("method", METHODS)
    def test_other_samples_are_refused(self, folder, tmp_path, method):
        run = Run(tmp_path / "run")
        other = write_jets(tmp_path / "samples.npz", separable_jets(2000, noise=1.5))
        loaded = loaded_of(folder, method, f"data.path={other}")
        dataset = load_dataset(loaded.config.data)
        with pytest.raises(KeyboardInterrupt):
            train(loaded, run.path, on_step=Seen(1))
        before = run.header()
        spoiled = replace(
            dataset, train=replace(dataset.train, targets=dataset.train.targets[::-1])
        )
        with pytest.raises(OtherSamplesError, match=r"run was begun with other samples than those"):
            resume(run.path, spoiled)
        write_jets(other, separable_jets(2000, seed=9, noise=1.5))
        with pytest.raises(OtherSamplesError, match=r"samples\.npz are not those it was made from"):
            resume(run.path)
        other.unlink()
        with pytest.raises(DataError, match=r"cannot be had .*samples\.npz"):
            resume(run.path)
        assert run.header() == before

    def test_a_method_that_is_not_there_is_named(self, folder, tmp_path):
        run = Run(tmp_path / "run")
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, "anneal"), run.path, on_step=Seen(1))
        text = run.config_file.read_text().replace('"anneal"', '"evolve"')
        run.config_file.write_text(text)
        with pytest.raises(ConfigError, match=r"config\.toml: method = 'evolve' is not known"):
            resume(run.path)


class TestPlaces:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_a_directory_of_somebody_else_is_refused(self, folder, tmp_path, method, overwrite):
        thesis = tmp_path / "theirs" / "thesis.tex"
        thesis.parent.mkdir()
        thesis.write_text("years of work")
        loaded = loaded_of(folder, method)
        with pytest.raises(OutputError, match="theirs exists and was not written by logicjsc"):
            train(loaded, thesis.parent, overwrite=overwrite)
        with pytest.raises(OutputError, match="exists and is not a directory"):
            train(loaded, thesis, overwrite=overwrite)
        assert [entry.name for entry in tmp_path.rglob("*")] == ["theirs", "thesis.tex"]
        assert thesis.read_text() == "years of work"

    @pytest.mark.parametrize("method", METHODS)
    def test_a_run_is_replaced_only_on_request(self, folder, tmp_path, method):
        run = Run(tmp_path / "run")
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, "gradient"), run.path, on_step=Seen(1))
        (run.path / "notes.txt").write_text("mine")
        before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
        with pytest.raises(RunError, match=r"run exists already; .*--resume .*--overwrite"):
            train(loaded_of(folder, method), run.path)
        assert {file: file.read_bytes() for file in before} == before
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, method), run.path, overwrite=True, on_step=Seen(1))
        assert run.header().method == method
        names = {file.name for file in run.path.iterdir()}
        assert {"notes.txt", "run.json", "config.toml"} < names
        former = {"checkpoint.pt", "state.pt", "metrics.jsonl", "tensorboard"}
        assert former & names == (former if method == "gradient" else set())

    def test_a_mistake_leaves_the_run_that_was_to_be_replaced(self, folder, tmp_path):
        run = Run(tmp_path / "run")
        train(loaded_of(folder, "gradient", "training.epochs=1"), run.path)
        before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
        for assignment in ("training.batch_size=5000", "training.start_from=none"):
            with pytest.raises((ConfigError, RunError)):
                train(loaded_of(folder, "gradient", assignment), run.path, overwrite=True)
        assert {file: file.read_bytes() for file in before} == before
        assert run.header().state == "finished"

    def test_nothing_of_a_run_that_was_killed_reaches_the_one_in_its_place(self, folder, tmp_path):
        """Networks of other settings would be taken for finished ones."""
        run, expected = Run(tmp_path / "run"), Run(tmp_path / "expected")
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, "anneal", "anneal.sweeps=2"), run.path, on_step=Seen(3))
        assert (run.path / "seed-2.npz").is_file()
        loaded = loaded_of(folder, "anneal", "anneal.sweeps=5")
        with pytest.raises(KeyboardInterrupt):
            train(loaded, run.path, overwrite=True, on_step=Seen(1))
        assert not (run.path / "seed-2.npz").exists()
        resume(run.path)
        train(loaded, expected.path)
        assert_same_outcome(run, expected)
