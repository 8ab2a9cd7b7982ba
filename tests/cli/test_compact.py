"""``logicjsc compact``: what it keeps, what it leaves behind, and what it refuses."""

import json

import pytest

from logicjsc.dataset import load_dataset
from logicjsc.methods.prune.definition import load_compacting
from logicjsc.netlist import evaluate, load_netlist

SMALL = """
[data]
feature_bits = 6
train_samples = 2000
[network]
hidden = 4
windows = 1
segments = 0
edge_bits = 3
score_bits = 3
[compacting]
luts = [120, 40]
dense_steps = 150
round_steps = 3
round_part = 0.15
final_steps = 60
batch_size = 256
worth_samples = 1000
learning_rate = 0.2
"""

TAUGHT = [
    *("--set", "teacher.members=1"),
    *("--set", "teacher.folds=2"),
    *("--set", "teacher.width=8"),
    *("--set", "teacher.epochs=2"),
]


@pytest.fixture
def inside(tmp_path, monkeypatch, simulators):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def test_networks_are_kept_tested_and_mapped(inside, cli):
    report = cli.json("compact", "small.toml")
    assert json.loads((inside / "runs/small/result.json").read_text()) == report
    assert (inside / "runs/small/compacting.toml").is_file()
    assert [kept["wanted"] for kept in report["kept"]] == [120, 40]
    splits = load_dataset(load_compacting(inside / "small.toml").config.data)
    for kept in report["kept"]:
        assert kept["netlist"] == f"runs/small/small-{kept['wanted']}.npz"
        assert kept["luts"] <= kept["wanted"]
        netlist = load_netlist(inside / kept["netlist"])
        for samples, accuracy in (
            (splits.validation, kept["validation_accuracy"]),
            (splits.test, kept["test"]["accuracy"]),
        ):
            codes = evaluate(netlist, netlist.encoder.encode(samples.features))
            found = netlist.decoder.classify(codes) == samples.labels
            assert found.mean() == pytest.approx(accuracy)
            assert accuracy > 0.3
    rounds = [entry[0] for entry in report["rounds"]]
    assert rounds == sorted(rounds, reverse=True)
    smallest = report["kept"][-1]
    mapped = cli.json("map", smallest["netlist"], "--effort", "low", "--jobs", "1")
    assert mapped["netlist_digest"] == smallest["netlist_digest"]
    assert mapped["lut"] > 0


def test_the_same_settings_find_the_same_networks(inside, cli):
    first = cli.json("compact", "small.toml", "--set", "compacting.luts=[90]")
    assert "--overwrite" in cli.refused("compact", "small.toml")
    (inside / "runs/small/leftover.npz").write_text("of before")
    shown = cli("compact", "small.toml", "--set", "compacting.luts=[90]", "--overwrite").stdout
    again = json.loads((inside / "runs/small/result.json").read_text())
    assert again == first
    assert not (inside / "runs/small/leftover.npz").exists()
    assert "networks kept" in shown
    assert "next: logicjsc map runs/small/small-90.npz --adders carry" in shown


def test_a_teacher_changes_what_is_learned_and_is_asked_once(inside, cli, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(inside / "cache"))
    assert load_compacting(inside / "small.toml").config.teacher.members == 0
    alone = cli.json("compact", "small.toml", "--set", "compacting.luts=[90]")
    few = [*TAUGHT, "--set", "compacting.luts=[90]", "--overwrite"]
    taught = cli.json("compact", "small.toml", *few)
    assert taught["kept"][0]["netlist_digest"] != alone["kept"][0]["netlist_digest"]
    (kept,) = (inside / "cache" / "teacher").iterdir()
    before = kept.stat().st_mtime_ns
    assert cli.json("compact", "small.toml", *few) == taught
    assert kept.stat().st_mtime_ns == before


def test_a_teacher_that_cannot_be_trained_costs_no_run_of_before(inside, cli, listing):
    (inside / "runs" / "small").mkdir(parents=True)
    (inside / "runs" / "small" / "compacting.toml").write_text("")
    before = listing(inside)
    told = cli.refused(
        "compact", "small.toml", "--overwrite", *TAUGHT, "--set", "teacher.folds=5000"
    )
    assert "teacher.folds = 5000, but there are 2000 training samples" in told
    assert listing(inside) == before


def test_a_foreign_directory_is_left_alone(inside, cli, listing):
    (inside / "runs" / "small").mkdir(parents=True)
    (inside / "runs" / "small" / "precious.txt").write_text("mine")
    before = listing(inside)
    assert "was not written by logicjsc" in cli.refused("compact", "small.toml", "--overwrite")
    assert "there is no compacting 'nothing'" in cli.refused("compact", "nothing")
    assert listing(inside) == before


def test_jets_that_cannot_be_read_cost_no_run_of_before(inside, cli, listing):
    (inside / "runs" / "small").mkdir(parents=True)
    (inside / "runs" / "small" / "compacting.toml").write_text("")
    before = listing(inside)
    cli.refused("compact", "small.toml", "--overwrite", "--set", "data.path=missing.npz")
    assert listing(inside) == before
