"""Run directories: started, opened and cleared without touching anything else."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError, OutputError, RunError
from logicjsc.methods.gradient.config import Config, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.rundir import RunDirectory

CONFIG = Config(
    network=NetworkConfig(hidden=(8, 4), fan_in=(3, 2, 4), skips=((0, 2),)),
    training=TrainingConfig(epochs=7, seed=3),
)


@pytest.fixture
def run(tmp_path):
    return RunDirectory.create(tmp_path / "runs" / "one", CONFIG, overwrite=False)


def listing(path):
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*"))


def test_a_new_run_holds_its_whole_config(run):
    assert listing(run.path) == ["config.toml"]
    assert RunDirectory.open(run.path).load_config() == CONFIG
    assert run.name == "one"


def test_the_name_is_that_of_the_directory_however_it_is_reached(run, monkeypatch):
    monkeypatch.chdir(run.path)
    assert RunDirectory.open(type(run.path)()).name == "one"


def test_an_empty_directory_becomes_a_run(tmp_path):
    (tmp_path / "empty").mkdir()
    assert RunDirectory.create(tmp_path / "empty", CONFIG, overwrite=False).load_config() == CONFIG


def test_a_run_that_exists_is_refused_with_three_ways_out(run):
    run.checkpoint.write_text("weights")
    with pytest.raises(RunError, match=r"one exists already; .*--resume .*--overwrite.*--out"):
        RunDirectory.create(run.path, Config(), overwrite=False)
    assert run.load_config() == CONFIG
    assert run.checkpoint.read_text() == "weights"


def test_overwriting_removes_the_former_runs_files_and_only_those(run):
    ours = [
        run.checkpoint,
        run.state,
        run.metrics,
        run.result,
        run.onnx,
        run.netlist,
        run.verification,
        run.tensorboard / "events.1",
    ]
    run.tensorboard.mkdir()
    for file in ours:
        file.write_text("old")
    (run.path / "notes.txt").write_text("mine")
    RunDirectory.create(run.path, Config(), overwrite=True)
    assert listing(run.path) == ["config.toml", "notes.txt"]
    assert run.load_config() == Config()


def test_a_run_without_all_its_files_can_be_overwritten(run):
    RunDirectory.create(run.path, Config(), overwrite=True)
    assert listing(run.path) == ["config.toml"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_directory_of_someone_else_is_never_written(tmp_path, overwrite):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"theirs exists and was not written by logicjsc"):
        RunDirectory.create(tmp_path / "theirs", CONFIG, overwrite=overwrite)
    with pytest.raises(OutputError, match="exists and is not a directory"):
        RunDirectory.create(tmp_path / "theirs" / "thesis.tex", CONFIG, overwrite=overwrite)
    assert listing(tmp_path) == ["theirs", "theirs/thesis.tex"]


def test_what_is_no_run_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RunError, match=r"is not a run directory: it has no config\.toml"):
            RunDirectory.open(path)


@pytest.mark.parametrize("content", [b"[training]\nepochs = 'many'\n", b"epochs =", b"\xff\xfe"])
def test_a_damaged_config_is_refused_by_name(run, content):
    run.config_file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        RunDirectory.open(run.path).load_config()


def test_metrics_grow_by_a_line_and_are_cut_to_a_number_of_epochs(run):
    run.truncate_metrics(3)
    assert not run.metrics.exists()
    entries = [{"epoch": epoch, "loss": 0.5 / epoch} for epoch in range(1, 6)]
    for entry in entries:
        run.append_metrics(entry)
    lines = run.metrics.read_text().splitlines()
    assert [json.loads(line) for line in lines] == entries
    # A line that was being written when the power failed.
    with run.metrics.open("a") as stream:
        stream.write('{"epoch": 6, "lo')
    run.truncate_metrics(5)
    assert run.metrics.read_text().splitlines() == lines
    run.truncate_metrics(2)
    assert run.metrics.read_text().splitlines() == lines[:2]
    run.truncate_metrics(0)
    assert run.metrics.read_text() == ""


def test_the_result_is_empty_until_training_is_complete(run):
    assert run.load_result() == {}
    run.result.write_text('{"accuracy": 0.5}')
    assert run.load_result() == {"accuracy": 0.5}


@pytest.mark.parametrize("content", [b'{"accuracy": 0.', b"\xff", b"[1]"])
def test_a_damaged_result_is_refused_by_name(run, content):
    run.result.write_bytes(content)
    with pytest.raises(RunError, match=r"result\.json is damaged.*--resume"):
        run.load_result()


HOLD = """
import sys, time
from pathlib import Path
from logicjsc.methods.gradient.rundir import RunDirectory
with RunDirectory(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(60)
"""


class TestLock:
    @pytest.fixture
    def holder(self, run):
        """Another process that works on the run."""
        command = [sys.executable, "-c", HOLD, str(run.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "held\n"
            yield process
            process.kill()

    @pytest.mark.usefixtures("holder")
    def test_a_second_process_is_refused(self, run):
        with (
            pytest.raises(RunError, match=r"another process works on .*one; wait until it ends"),
            run.locked(),
        ):
            pass

    @pytest.mark.usefixtures("holder")
    def test_other_runs_beside_it_go_on(self, run):
        with RunDirectory(run.path.with_name("two")).locked():
            pass

    def test_a_killed_process_holds_nothing(self, run, holder):
        holder.kill()
        holder.wait()
        with run.locked():
            pass

    def test_nothing_is_left_behind(self, run):
        before = listing(run.path.parent)
        with run.locked():
            assert listing(run.path) == ["config.toml"]
        assert listing(run.path.parent) == before

    @pytest.mark.usefixtures("holder")
    @pytest.mark.parametrize("arguments", [["train", "jsc-tiny", "--out"], ["train", "--resume"]])
    def test_the_command_says_so_in_a_sentence(self, run, arguments):
        before = (run.path / "config.toml").read_text()
        result = CliRunner().invoke(main, [*arguments, str(run.path)])
        assert result.exit_code == 2
        assert "another process works on" in result.output
        assert (run.path / "config.toml").read_text() == before
        assert listing(run.path) == ["config.toml"]
