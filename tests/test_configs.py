"""Every config that comes along is for its folder's task, and small ones are trained in seconds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from reference.small_tables import write_csv
from reference.task_files import beans, digits, flows

from logicjsc.cli.main import main
from logicjsc.dataset.task import find_task
from logicjsc.methods.loading import first_comment, load_config, shipped_configs

FOLDERS = {"nid-attacks": "nid"}
"""Folders of tasks that share one."""


@pytest.mark.parametrize("name", sorted(shipped_configs()))
def test_every_shipped_config_can_be_read_and_says_what_it_is(name):
    path = shipped_configs()[name]
    loaded = load_config(path)
    task = loaded.config.data.task
    assert find_task(task).name == task
    assert path.parent.name == FOLDERS.get(task, task)
    assert first_comment(path)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels, labels = digits(400)
    np.savez(tmp_path / "mnist.npz", X=pixels, y=labels)
    write_csv(tmp_path / "nid.csv", flows(400))
    write_csv(tmp_path / "beans.csv", beans(420))
    return tmp_path


def trained(*arguments):
    result = CliRunner().invoke(main, ["train", *arguments, "--json", "--out", "run"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("name", "file", "least"),
    [
        ("mnist-small", "mnist.npz", 0.2),
        ("nid-small", "nid.csv", 0.9),
        ("nid-attacks-small", "nid.csv", 0.1),
        ("beans-small", "beans.csv", 0.7),
    ],
)
@pytest.mark.usefixtures("place")
def test_small_configs_learn_from_files_of_their_task(name, file, least):
    report = trained(name, "--data", file, "--batch-size", "32", "--epochs", "12")
    assert report["accuracy"] >= least


@pytest.mark.parametrize(("name", "least"), [("wine", 0.9), ("moons", 0.95)])
@pytest.mark.usefixtures("place")
def test_first_examples_need_no_file(name, least):
    assert trained(name)["accuracy"] >= least


@pytest.mark.usefixtures("place")
def test_the_first_example_of_images_needs_no_file():
    assert trained("digits", "--epochs", "6")["accuracy"] > 0.8


@pytest.mark.usefixtures("place")
def test_the_small_network_of_tracks_learns_an_angle():
    result = CliRunner().invoke(
        main, ["data", "generate-muons", "--tracks", "2000", "--out", "muon.npz"]
    )
    assert result.exit_code == 0, result.output
    settings = ("--set", "network.hidden=[4]", "--set", "network.fan_in=[350,4]")
    report = trained(
        "muon-small", "--data", "muon.npz", *settings, "--batch-size", "50", "--epochs", "8"
    )
    assert report["core_rmse"]["angle"] < report["rmse"]["angle"] < 40
