"""``logicjsc anneal``: what it finds, what it leaves behind, and that it repeats itself."""

import json

import pytest
from reference.small_jets import separable_jets, write_jets

from logicjsc.netlist import evaluate, load_netlist

SMALL = """
[data]
path = "samples.npz"
feature_bits = 6
[network]
layers = [3]
[annealing]
sweeps = 4
starts = 2
threshold_price = 1e-3
"""


@pytest.fixture
def inside(tmp_path, monkeypatch, simulators):
    monkeypatch.chdir(tmp_path)
    write_jets(tmp_path / "samples.npz", separable_jets(3000))
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def test_a_network_is_found_tested_and_made_a_proven_circuit(inside, cli):
    report = cli.json("anneal", "small.toml")
    assert report["netlist"] == "runs/small/netlist.npz"
    assert json.loads((inside / "runs/small/result.json").read_text()) == report
    assert [start["seed"] for start in report["starts"]] == [0, 1]
    best = max(report["starts"], key=lambda start: start["validation_accuracy"])
    assert best["test_accuracy"] == pytest.approx(report["test"]["accuracy"])
    assert report["best"] == best
    assert best["luts"] <= 6
    assert report["test"]["accuracy"] > 0.9
    assert cli.json("test", report["netlist"], "--data", "samples.npz")["accuracy"] > 0.9
    netlist = load_netlist(inside / report["netlist"])
    assert netlist.inputs == best["thresholds"] == best["comparator_luts"]
    fresh = separable_jets(500, 5)
    codes = evaluate(netlist, netlist.encoder.encode(fresh.features))
    assert (netlist.decoder.classify(codes) == fresh.labels).mean() > 0.9
    mapped = cli.json("map", report["netlist"], "--jobs", "1")
    assert mapped["lut"] == best["luts"]
    cli("export-verilog", report["netlist"], "--out", "circuit", "--encoder", "--argmax")
    assert "every rung holds" in cli("verify", "circuit").stdout


def test_the_same_settings_find_the_same_network(inside, cli):
    first = cli.json("anneal", "small.toml")
    assert "already" in cli.refused("anneal", "small.toml")
    second = cli.json("anneal", "small.toml", "--overwrite")
    other = cli.json("anneal", "small.toml", "--set", "annealing.seed=7", "--out", "other")
    assert first["netlist_digest"] == second["netlist_digest"] != other["netlist_digest"]
    assert (inside / "other" / "annealing.toml").is_file()
    shown = cli("anneal", "small.toml", "--overwrite").stdout
    assert "test accuracy" in shown


def test_a_foreign_directory_is_left_alone(inside, cli):
    (inside / "runs" / "small").mkdir(parents=True)
    (inside / "runs" / "small" / "precious.txt").write_text("mine")
    assert "was not written by logicjsc" in cli.refused("anneal", "small.toml")
    assert "there is no annealing 'nothing'" in cli.refused("anneal", "nothing")
