"""Training that is killed for real and goes on, to the same bits as if nothing had happened."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.run import Run
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.files import GradientFiles

EPOCHS = 8

# Small batches make an epoch of tiny steps long enough to be killed in the middle of. An average
# and patience reach from one epoch into the next.
CONFIG = f"""
[data]
task = "jets"
[network]
hidden = [8]
bits = [2, 4]
[training]
epochs = {EPOCHS}
batch_size = 4
averaging = "exponential"
label_smoothing = 0.1
patience = 7
device = "cpu"
"""


def command(*arguments):
    return [sys.executable, "-m", "logicjsc", "train", *map(str, arguments)]


def lines_of(file):
    return file.read_text().splitlines() if file.is_file() else []


def wait_until(condition, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.005)


def start(config, path, condition, signal_number, delay):
    """Start a run, wait for a moment and a bit longer, and hit it; its exit code and complaints."""
    files = GradientFiles(Run(path))
    with subprocess.Popen(
        command(config, "--out", path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until(lambda: condition(files), process)
            time.sleep(delay)
            process.send_signal(signal_number)
            _, complaints = process.communicate(timeout=120)
        finally:
            process.kill()
    return process.returncode, complaints


def resume(path):
    """Go on in this process, which knows nothing of the killed one."""
    result = CliRunner().invoke(main, ["train", "--resume", str(path)])
    assert result.exit_code == 0, result.output


def assert_equal(ours, theirs, place=""):
    """Equal to the last bit, tensors included."""
    assert type(ours) is type(theirs), place
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs), place
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), place
        for key in ours:
            assert_equal(ours[key], theirs[key], f"{place}.{key}")
    elif isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs), place
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_equal(*pair, f"{place}[{index}]")
    else:
        assert ours == theirs, place


def assert_same_outcome(path, expected):
    for name in ("checkpoint.pt", "state.pt"):
        assert_equal(checkpoint.load(path / name), checkpoint.load(expected / name), name)
    metrics = [
        [{**json.loads(line), "seconds": 0} for line in lines_of(folder / "metrics.jsonl")]
        for folder in (path, expected)
    ]
    assert len(metrics[1]) == EPOCHS
    assert metrics[0] == metrics[1]
    assert (path / "config.toml").read_text() == (expected / "config.toml").read_text()
    assert (path / "run.json").read_text() == (expected / "run.json").read_text()
    results = [json.loads((folder / "result.json").read_text()) for folder in (path, expected)]
    for result, folder in zip(results, (path, expected), strict=True):
        assert result.pop("seconds") > 0
        for entry in (result, *result["found"]):
            assert entry.pop("name") == folder.name
    assert results[0] == results[1]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "small.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture(scope="module")
def uninterrupted(config, tmp_path_factory):
    """A run that nobody disturbed."""
    path = tmp_path_factory.mktemp("runs") / "whole"
    result = CliRunner().invoke(main, ["train", str(config), "--out", str(path)])
    assert result.exit_code == 0, result.output
    return path


def test_a_run_killed_in_the_middle_of_an_epoch_goes_on_to_the_same_bits(
    config, uninterrupted, tmp_path
):
    path = tmp_path / "killed"
    code, _ = start(
        config,
        path,
        lambda files: len(lines_of(files.metrics)) >= 1,
        signal.SIGKILL,
        0.2,
    )
    assert code == -signal.SIGKILL
    assert 1 <= len(lines_of(path / "metrics.jsonl")) < EPOCHS
    assert not (path / "result.json").exists()
    resume(path)
    assert_same_outcome(path, uninterrupted)


def test_a_run_killed_before_its_first_epoch_ended_starts_anew(config, uninterrupted, tmp_path):
    path = tmp_path / "killed"
    code, _ = start(
        config,
        path,
        lambda files: any(files.tensorboard.glob("events.*")),
        signal.SIGKILL,
        0.05,
    )
    assert code == -signal.SIGKILL
    assert not (path / "metrics.jsonl").exists()
    assert not (path / "state.pt").exists()
    resume(path)
    assert_same_outcome(path, uninterrupted)


def test_an_interrupted_run_says_how_to_go_on_and_does(config, uninterrupted, tmp_path):
    path = tmp_path / "stopped"
    code, complaints = start(
        config, path, lambda files: len(lines_of(files.metrics)) >= 1, signal.SIGINT, 0.2
    )
    assert code == 130
    assert f"stopped; go on with: logicjsc train --resume {path}\n" in complaints
    assert "Traceback" not in complaints
    assert 1 <= len(lines_of(path / "metrics.jsonl")) < EPOCHS
    resume(path)
    assert_same_outcome(path, uninterrupted)


def test_a_kill_between_metrics_and_state_repeats_that_epoch(uninterrupted, tmp_path):
    path = tmp_path / "run"
    shutil.copytree(uninterrupted, path)
    whole = lines_of(path / "metrics.jsonl")
    # As if killed after a line was written and half of another, before the state was.
    with (path / "metrics.jsonl").open("a") as stream:
        stream.write(whole[0] + "\n" + whole[1][:20])
    (path / "result.json").unlink()
    resume(path)
    assert lines_of(path / "metrics.jsonl") == whole
    assert_same_outcome(path, uninterrupted)
    names = [sorted(entry.name for entry in folder.iterdir()) for folder in (path, uninterrupted)]
    assert names[0] == names[1]
