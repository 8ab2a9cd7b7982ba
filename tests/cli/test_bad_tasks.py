"""Files that are not of the config's task, and what is wrong with those that are: one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from reference.small_tables import write_csv
from reference.task_files import beans, digits, flows

CONFIG = """
[data]
task = "{task}"
[network]
hidden = [4]
input_bits = 1
bits = [1, 4]
fan_in = [2, 2]
[training]
epochs = 1
batch_size = 16
device = "cpu"
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with small files of each task."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "beans.csv", beans())
    write_csv(tmp_path / "flows.csv", flows())
    pixels, labels = digits(200)
    np.savez(tmp_path / "digits.npz", X=pixels, y=labels)
    np.savez(tmp_path / "small.npz", X=pixels[:, :20, :20], y=labels)
    np.savez(tmp_path / "colour.npz", X=np.stack([pixels] * 3, axis=3), y=labels)
    np.savez(tmp_path / "bright.npz", X=pixels.astype(np.int32) * 2, y=labels)
    kept = labels != 3
    np.savez(tmp_path / "nine.npz", X=pixels[kept], y=labels[kept])
    for task in ("mnist", "nid", "nid-attacks", "beans"):
        (tmp_path / f"{task}.toml").write_text(CONFIG.format(task=task))
    return tmp_path


@pytest.mark.parametrize(
    ("task", "file", "message"),
    [
        ("nid", "beans.csv", "beans.csv has no column 'dur', which those of task 'nid' have; it"),
        ("nid", "beans.csv", "looks like samples of task 'beans': set data.task = 'beans'"),
        ("beans", "flows.csv", "it looks like samples of task 'nid': set data.task = 'nid'"),
        (
            "nid-attacks",
            "digits.npz",
            "looks like samples of task 'mnist': set data.task = 'mnist'",
        ),
        ("mnist", "beans.csv", "beans.csv has 16 columns that are not its pixels"),
        ("mnist", "small.npz", "small.npz has images of 20 x 20 pixels, and task 'mnist' takes"),
        ("mnist", "colour.npz", "colour.npz has images of 28 x 28 pixels in 3 colours, and task"),
        ("mnist", "bright.npz", "; pixels are whole numbers from 0 to 255, so scale them first"),
    ],
)
def test_a_file_that_is_not_of_the_configs_task(cli, place, task, file, message):
    train = cli.refused("train", f"{task}.toml", "--data", file, "--out", "run")
    info = cli.refused("data", "info", file, "--task", task)
    assert message in train
    assert message in info
    assert not (place / "run").exists()


def test_a_class_without_samples(cli, place):
    message = cli.refused("train", "mnist.toml", "--data", "nine.npz", "--out", "run")
    assert "nine.npz holds no samples of class '3', so there is nothing to learn it from" in message
    assert not (place / "run").exists()


@pytest.mark.parametrize(
    ("task", "file"),
    [
        ("mnist", "digits.npz"),
        ("nid", "flows.csv"),
        ("nid-attacks", "flows.csv"),
        ("beans", "beans.csv"),
    ],
)
def test_a_file_of_the_configs_task_is_trained_on(cli, place, task, file):

    report = cli.json("train", f"{task}.toml", "--data", file, "--out", "run")
    assert report["accuracy"] >= 0
    assert cli.json("test", "run")["data"].endswith(file)
