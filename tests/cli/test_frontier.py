"""From a run to a committed point, and from points to the table and the picture."""

import json
import re
import shutil
import tomllib

import pytest

from logicjsc.artefacts.sources import POINT
from logicjsc.dataset import DataConfig
from logicjsc.dataset.load import load_test, save_samples
from logicjsc.explore.zoo import add
from logicjsc.explore.zoo.checks import Check
from logicjsc.explore.zoo.points import NETLIST


@pytest.fixture(scope="session")
def zoo(road, cli, cache, tmp_path_factory):
    """The road's run as a point, committed by the command."""
    zoo = tmp_path_factory.mktemp("frontier") / "zoo"
    # A copy, because what is added is verified anew and the run keeps the verdict.
    run = shutil.copytree(road.run, zoo.parent / "runs" / road.run.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        road.reports["zoo add"] = cli.json(
            "zoo", "add", run, "--into", zoo / "small", "--effort", "low", "--jobs", 1,
            "--title", "Small", "--samples-of", "bundled sample",
        )  # fmt: skip
    return zoo


@pytest.fixture
def own(zoo, tmp_path, simulators):
    """A copy of the zoo to change."""
    return shutil.copytree(zoo, tmp_path / "zoo")


def test_a_run_becomes_a_point_that_holds(road, own, cli):
    point, trained = road.reports["zoo add"], road.reports["train"]
    assert point["header"]["command"] == "logicjsc train zoo/small/config.toml --out runs/small"
    assert point["test"]["samples"] == trained["samples"]
    assert point["test"]["correct"] == round(trained["accuracy"] * trained["samples"])
    figures = point["figures"]
    assert 0 < figures["core"]["lut"] < figures["encoded"]["lut"] < figures["whole"]["lut"]
    assert figures["whole"]["lut"] == figures["encoded"]["lut"] + figures["decision"]
    assert tomllib.loads((own / "small" / POINT).read_text())["title"] == "Small"
    assert str(road.folder) not in (own / "small" / POINT).read_text()
    checks = cli.json("zoo", "verify", own / "small")[str(own / "small")]
    assert all(check["ok"] for check in checks)
    assert "every point holds" in cli("zoo", "verify", own / "small").output


def test_a_point_that_does_not_hold_ends_with_one(own, cli):
    path = own / "small" / POINT
    path.write_text(re.sub(r"\nlut = \d+", "\nlut = 1", path.read_text(), count=1))
    assert "DIFFERS" in cli("zoo", "verify", own / "small", code=1).output


def test_a_point_that_gets_no_smaller_is_not_touched(own, cli):
    path = own / "small" / POINT
    path.write_text(re.sub(r"\nlut = \d+", "\nlut = 1", path.read_text(), count=1))
    before = path.read_bytes()
    areas = cli.json("zoo", "improve", own / "small", "--seconds", 0)[str(own / "small")]
    assert (areas["core_before"], areas["core"]) == (1, 1)
    assert areas["whole"] == areas["whole_before"]
    assert path.read_bytes() == before
    said = cli("map", own / "small", "--across-nodes", "--seconds", 1, "--seed", 3).output
    assert "LUTs, depth" in said


def test_table_and_picture_and_page(own, cli, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- frontier: begin -->\n<!-- frontier: end -->\n")
    report = cli.json("frontier", own, "--out", tmp_path / "out", "--docs", page)
    (row,) = report["rows"]
    assert (row["name"], row["front_core"], row["front_whole"]) == ("Small", True, True)
    low, high = row["accuracy_95_percent"]
    assert low < row["accuracy"] < high
    assert {table["samples"] for table in report["published"]} == {
        "OpenML 42468",
        "re-created jets",
    }
    assert (tmp_path / "page.png").read_bytes() == (tmp_path / "out/frontier.png").read_bytes()
    assert "| Small |" in (tmp_path / "out/frontier.md").read_text()
    assert "![accuracy against LUTs](page.png)" in page.read_text()
    output = cli("frontier", own).output
    assert "theirs, on OpenML 42468, by Vivado" in output
    assert "CERNBox" not in output


def test_runs_stand_beside_points(road, own, cli, tmp_path):
    # The run's netlist is the point's, so it is no second network.
    assert len(cli.json("frontier", own, road.run)["rows"]) == 1


def test_cernbox_is_shown_on_request_and_alone(own, road, cli, tmp_path):
    assert (
        "needs the samples of that set in --data"
        in cli("frontier", own, "--published", "cernbox", code=2).stderr
    )
    save_samples(load_test(DataConfig(task="jets")), tmp_path / "samples" / "samples_test.npz")
    report = cli.json("frontier", own, "--published", "cernbox", "--data", tmp_path / "samples")
    assert {table["samples"] for table in report["published"]} == {"CERNBox"}


def test_nothing_is_written_for_a_network_of_unknown_origin(own, cli, tmp_path, listing):
    netlist = own / "small" / NETLIST
    sentence = cli.refused("zoo", "add", netlist, "--into", tmp_path / "new")
    assert "add --config and --command" in sentence
    sentence = cli.refused(
        "zoo", "add", netlist, "--into", tmp_path / "new", "--config", own / "small/config.toml"
    )
    assert "add --command" in sentence
    assert not (tmp_path / "new").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert "was not written by logicjsc" in cli.refused(
        "zoo", "add", netlist, "--into", tmp_path / "other"
    )


def test_a_check_that_does_not_hold_leaves_nothing_behind(
    road, cli, tmp_path, simulators, monkeypatch
):
    monkeypatch.setattr(add, "_climb", lambda *_: None)
    monkeypatch.setattr(
        add, "check_point", lambda *_, **__: iter([Check("rung", False, "1 differs")])
    )
    sentence = cli.refused(
        "zoo", "add", road.run, "--into", tmp_path / "new", "--effort", "low", "--jobs", 1, code=3
    )
    assert "rung does not hold (1 differs); nothing was written" in sentence
    assert not list(tmp_path.iterdir())


def test_the_seed_that_validates_best_is_the_point(road, cli, tmp_path, simulators):
    other = shutil.copytree(road.run, tmp_path / "other")
    config = (other / "config.toml").read_text()
    (other / "config.toml").write_text(config.replace("\nseed = 0", "\nseed = 7", 1))
    result = json.loads((other / "result.json").read_text())
    result["found"][0]["seed"] = 7
    result["found"][0]["validation"]["accuracy"] = 0.99
    (other / "result.json").write_text(json.dumps(result))
    arguments = ("zoo", "add", road.run, "--into", tmp_path / "new", "--seed-run")
    assert "seed 7 validates better than the point's seed 0" in cli.refused(*arguments, other)
    (other / "config.toml").write_text(config.replace("epochs = 2", "epochs = 3"))
    assert "with other settings" in cli.refused(*arguments, other)
    (other / "result.json").unlink()
    (other / "config.toml").write_text(config.replace("\nseed = 0", "\nseed = 7", 1))
    assert "is not finished" in cli.refused(*arguments, other)
