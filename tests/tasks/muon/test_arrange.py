"""Tracks from the command, from arrays and from nowhere, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.tasks.muon import TRACKS
from logicjsc.tasks.muon.generator import make_tracks

HITS, ANGLES = make_tracks(400, 7)


def loaded(path, **settings):
    return load_all(DataConfig(str(path), task="muon", **settings))


def archive(path, hits=HITS, angles=ANGLES, **more):
    np.savez_compressed(path, X=hits, y=angles, **more)
    return path


def test_its_own_tracks_are_always_the_same():
    own = load_all(DataConfig(task="muon"))
    hits, angles = make_tracks(TRACKS, 0)
    np.testing.assert_array_equal(own.features, hits)
    np.testing.assert_array_equal(own.targets[:, 0], angles)
    assert own.source == "muon tracks, seed 0"
    assert own.fingerprint() == load_all(DataConfig(task="muon")).fingerprint()
    assert set(own.schema.feature_kinds) == {"bit"}
    assert (own.target.kind, own.target.names, own.target.core) == ("value", ("angle",), 30.0)


def test_the_command_makes_a_file_of_tracks(tmp_path):
    path = tmp_path / "tracks.npz"
    arguments = ["data", "generate-muons", "--tracks", "400", "--seed", "7", "--out", str(path)]
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["tracks"], report["seed"]) == (400, 7)
    assert report["hits_per_track"] == pytest.approx(HITS.sum() / 400)
    found = loaded(path)
    np.testing.assert_array_equal(found.features, HITS)
    np.testing.assert_array_equal(found.targets[:, 0], ANGLES)
    assert found.feature_names[51] == "layer1_strip01"
    shown = CliRunner().invoke(main, arguments)
    assert f"train on it with --data {path} --set data.task=muon" in shown.output
    refused = CliRunner().invoke(main, [*arguments[:-1], str(tmp_path / "tracks.csv")])
    assert refused.exit_code == 2
    assert "must end in .npz" in refused.output
    assert not (tmp_path / "tracks.csv").exists()


def test_arrays_of_other_shapes_are_the_same_tracks(tmp_path):
    wanted = loaded(archive(tmp_path / "a.npz")).fingerprint()
    for hits in (HITS.reshape(400, 7, 50), HITS.astype(bool), HITS.astype(np.float32)):
        assert loaded(archive(tmp_path / "b.npz", hits)).fingerprint() == wanted


def test_a_core_of_ones_own_goes_before_the_tasks(tmp_path):
    path = archive(tmp_path / "a.npz")
    assert loaded(path).target.core == 30.0
    assert loaded(path, core=10.0).target.core == 10.0
    assert load_dataset(DataConfig(str(path), target="y", core=5.0)).schema.target.core == 5.0
    assert load_dataset(DataConfig(str(path), target="y")).schema.target.core == 0.0


@pytest.mark.parametrize(
    ("hits", "angles", "message"),
    [
        (HITS[:, :349], ANGLES, "has other columns than a column 'angle' and 7 x 50 strips, which"),
        (HITS.reshape(400, 14, 25), ANGLES, "has other columns than a column 'angle' and 7 x 50"),
        (HITS * 2, ANGLES, r"strip 'x.*' is 2 in row \d+ .*; a strip answers, 1, or does not, 0"),
        (HITS, np.where(np.arange(400) == 3, np.nan, ANGLES), "column 'y' is nan in row 3"),
        (HITS, np.array(["steep"] * 400), "column 'y' holds 'steep' in row 0 .* is no number"),
    ],
)
def test_what_are_no_tracks_is_named(tmp_path, hits, angles, message):
    with pytest.raises(DataError, match=message):
        loaded(archive(tmp_path / "a.npz", hits, angles))


def test_a_trained_network_has_a_resolution(tmp_path):
    path = archive(tmp_path / "tracks.npz")
    run = tmp_path / "run"
    arguments = ["train", "--data", str(path), "--set", "data.task=muon", "--out", str(run)]
    arguments += ["--set", "training.epochs=2", "--set", "network.hidden=[8]"]
    arguments += ["--set", "network.bits=[1,8]", "--set", "network.fan_in=[6,6]"]
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["core"] == 30.0
    assert report["core_rmse"]["angle"] <= 30.0 < report["rmse"]["angle"]
    assert 0 < report["core_fraction"]["angle"] < 1
    shown = CliRunner().invoke(main, ["test", str(run)], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    assert "root mean squared error within +-30" in shown.output
    assert "samples within +-30" in shown.output
