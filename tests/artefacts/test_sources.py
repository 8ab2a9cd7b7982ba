"""What paths and names stand for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from logicjsc.artefacts.sources import STUDY, Source, identify, zoo_points
from logicjsc.core.errors import ConfigError, RunError
from logicjsc.methods.loading import shipped_configs, shipped_studies


def test_every_kind_of_thing_is_known_by_its_path(made, point, tmp_path):
    kinds = {
        made.run: "run",
        made.onnx: "onnx",
        made.netlist: "netlist",
        made.circuit: "circuit",
        made.library: "library",
        made.config: "config",
        point: "point",
        point / "netlist.npz": "netlist",
        point / "config.toml": "config",
    }
    study = tmp_path / "study"
    study.mkdir()
    (study / STUDY).write_text("small\n")
    kinds[study] = "study"
    for path, kind in kinds.items():
        assert identify(path) == Source(kind, path)
        assert identify(str(path)) == Source(kind, path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "config"),
        ('[data]\ntask = "jets"\n', "config"),
        ('base = "jsc-s"\n[grid]\n"training.seed" = [0, 1]\n', "study definition"),
        (
            'base = "jsc-s"\n[space]\n"training.epochs" = { low = 1, high = 3 }\n',
            "study definition",
        ),
        ('base = "jsc-s"\n[blocks.one.grid]\n"training.epochs" = [1]\n', "study definition"),
    ],
)
def test_a_toml_file_is_a_config_unless_it_holds_what_only_studies_do(tmp_path, text, kind):
    path = tmp_path / "some.toml"
    path.write_text(text)
    assert identify(path).kind == kind


def test_every_config_that_travels_is_one_and_every_study():
    assert {identify(path).kind for path in shipped_configs().values()} == {"config"}
    assert {identify(path).kind for path in shipped_studies().values()} == {"study definition"}


class TestNames:
    def test_of_configs_studies_and_points_of_the_zoo(self):
        assert identify("jsc-s") == Source("config", shipped_configs()["jsc-s"])
        assert identify("lab") == Source("study definition", shipped_studies()["lab"])
        for name, folder in zoo_points().items():
            assert identify(name) == Source("point", folder)

    def test_a_point_goes_before_the_config_it_was_made_by(self):
        both = set(zoo_points()) & set(shipped_configs())
        assert both
        assert {identify(name).kind for name in both} == {"point"}

    def test_what_lies_there_goes_before_a_name(self, made, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        shutil.copytree(made.run, tmp_path / "jsc-s")
        assert identify("jsc-s") == Source("run", Path("jsc-s"))
        (tmp_path / "lab").mkdir()
        with pytest.raises(RunError, match="lab is not a run"):
            identify("lab")

    def test_of_nothing(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(RunError, match="there is nothing at jsc-x, and no config, study or po"):
            identify("jsc-x")
        with pytest.raises(RunError, match=r"there is nothing at runs/jsc-s, and no config"):
            identify("runs/jsc-s")


class TestRefusals:
    def test_a_folder_without_a_mark(self, tmp_path):
        with pytest.raises(RunError, match=f"{tmp_path} is not a run, an ONNX model"):
            identify(tmp_path)

    @pytest.mark.parametrize("name", ["some.txt", "some.csv", "some", "some.NPZ", "run.json"])
    def test_a_file_of_another_kind(self, tmp_path, name):
        (tmp_path / name).write_text("{}")
        with pytest.raises(RunError, match=f"{name} is not a run, an ONNX model"):
            identify(tmp_path / name)

    def test_a_damaged_toml_file(self, tmp_path):
        (tmp_path / "some.toml").write_text("[data\n")
        with pytest.raises(ConfigError, match=r"some\.toml"):
            identify(tmp_path / "some.toml")

    def test_a_mark_that_is_no_file(self, tmp_path):
        (tmp_path / "run.json").mkdir()
        with pytest.raises(RunError, match="is not a run"):
            identify(tmp_path)


def test_what_is_made_is_called_after_its_folder_or_file(made, tmp_path, monkeypatch):
    assert made.source("run").name == "run"
    assert made.source("onnx").name == "model"
    assert made.source("circuit").name == "circuit"
    assert made.source("run").netlist_beside("small") == made.run / "run-small.npz"
    assert made.source("netlist").netlist_beside("small") == made.run / "netlist-small.npz"
    assert made.source("circuit").netlist_beside("small") == made.folder / "circuit-small.npz"
    monkeypatch.chdir(made.run)
    assert identify(".").name == "run"


def test_points_of_the_zoo_are_folders_that_hold_one():
    points = zoo_points()
    assert len(points) >= 15
    for name, folder in points.items():
        assert folder.name == name
        assert (folder / "netlist.npz").is_file()
