"""``logicjsc verify``: every rung counted, and every difference an exit code of 1."""

import json
import re
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from logicjsc.netlist import load_netlist

pytestmark = pytest.mark.usefixtures("simulators")


@pytest.fixture
def copy(road, tmp_path):
    """A copy of run and circuit, to change."""
    shutil.copytree(road.run, tmp_path / "run")
    shutil.copytree(road.circuit, tmp_path / "circuit")
    return tmp_path


def flip_a_bit(circuit):
    """Change one bit of one table in the Verilog of the last layer."""
    path = max(circuit.glob("*_layer*.v"))
    text, count = re.subn(
        r"(= \d+'h[0-9a-f_]*)([0-9a-f])",
        lambda match: f"{match[1]}{int(match[2], 16) ^ 1:x}",
        path.read_text(),
        count=1,
    )
    assert count == 1
    path.write_text(text)


def test_every_rung_of_a_run_compares_and_holds(road):
    report = road.reports["verify"]
    assert report["ok"] is True
    assert report["mismatches"] == 0
    assert report["samples"] == 10_000
    assert report["vectors"] >= 110_000
    rungs = {rung["name"]: rung for rung in report["rungs"]}
    for name, vectors in (
        ("torch = ONNX, test samples", 10_000),
        ("ONNX = netlist, test samples", 10_000),
        ("ONNX = netlist, every table row", 12 * 2**6 + 5 * 2**8),
        ("netlist = Verilog, test samples", 10_000),
    ):
        assert rungs[name]["vectors"] == vectors
    assert all(rung["ok"] and rung["mismatches"] == 0 for rung in rungs.values())
    assert json.loads((road.run / "verify.json").read_text()) == report
    assert report["netlist_digest"] == road.reports["export-verilog"]["netlist_digest"]


def test_a_circuit_is_verified_by_itself_and_keeps_the_verdict(cli, copy):
    report = cli.json("verify", copy / "circuit")
    assert report["ok"]
    assert all("torch" not in rung["name"] for rung in report["rungs"])
    assert json.loads((copy / "circuit" / "verify.json").read_text()) == report


def test_people_get_one_line_per_rung(cli, copy):
    text = cli("verify", copy / "run", "--circuit", copy / "circuit").stdout
    assert text.endswith("every rung holds\n")
    assert re.search(r"netlist = Verilog, test samples +│ +10,?000 │ +0 │", text)
    assert "on 10,000 samples, Verilator" in " ".join(text.split())


def test_one_flipped_bit_of_verilog_is_a_difference(cli, copy):
    flip_a_bit(copy / "circuit")
    report = cli.json("verify", copy / "run", "--circuit", copy / "circuit", code=1)
    assert report["ok"] is False
    assert report["mismatches"] > 0
    failed = {rung["name"].partition(",")[0] for rung in report["rungs"] if not rung["ok"]}
    assert failed == {"netlist = Verilog"}
    assert json.loads((copy / "run" / "verify.json").read_text())["ok"] is False
    text = cli("verify", copy / "circuit", code=1).stdout
    assert "DIFFERS" in text
    assert "NOT equal" in text


def test_weights_changed_after_the_export_need_another_circuit(cli, copy, road):
    cli("train", road.config, "--seed", "9", "--out", copy / "other")
    shutil.copy(copy / "other" / "checkpoint.pt", copy / "run" / "checkpoint.pt")
    # Model and netlist of the former weights are still there and stand for nothing.
    message = cli.refused("verify", copy / "run", "--circuit", copy / "circuit")
    assert "circuit belongs to another netlist than" in message
    assert f"logicjsc export-verilog {copy / 'run'}" in message


def test_an_onnx_model_that_is_not_of_the_weights_is_a_difference(cli, copy):
    model = onnx.load(copy / "run" / "model.onnx")
    changed = 0
    for constant in model.graph.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype == np.float32 and values.ndim > 1:
            constant.CopyFrom(numpy_helper.from_array(-values, constant.name))
            changed += 1
    assert changed
    onnx.save(model, copy / "run" / "model.onnx")
    # It says that it is of the checkpoint, so circuits are made of it.
    cli("export-verilog", copy / "run", "--out", copy / "circuit")
    report = cli.json("verify", copy / "run", "--circuit", copy / "circuit", code=1)
    failed = [rung for rung in report["rungs"] if not rung["ok"]]
    assert {rung["name"].partition(",")[0] for rung in failed} == {"torch = ONNX"}
    assert failed[0]["mismatches"] > 1000


def test_the_circuit_of_another_netlist_is_refused(cli, copy, road):
    run = copy / "other"
    cli("train", road.config, "--seed", "9", "--out", run)
    before = (run / "result.json").read_text()
    # With a netlist of its own or still without.
    for _ in range(2):
        message = cli.refused("verify", run, "--circuit", copy / "circuit")
        assert f"circuit belongs to another netlist than {run}" in message
        assert f"logicjsc export-verilog {run}" in message
        cli("export-verilog", run, "--out", copy / "other-circuit")
    assert not (run / "verify.json").exists()
    assert (run / "result.json").read_text() == before


def test_a_run_without_a_circuit_is_told_how_to_get_one(cli, copy, monkeypatch):
    monkeypatch.chdir(copy)
    message = cli.refused("verify", "run")
    assert "there is no circuit in hw/build/run; write it with logicjsc export-verilog" in message


@pytest.mark.parametrize(
    ("name", "rungs"),
    [
        ("model.onnx", {"ONNX = netlist", "netlist = Verilog"}),
        ("netlist.npz", {"netlist = Verilog"}),
    ],
)
def test_other_artefacts_are_compared_from_where_they_stand(cli, copy, road, name, rungs):
    cli("export-verilog", road.run / name, "--out", copy / "circuit")
    report = cli.json("verify", road.run / name, "--circuit", copy / "circuit")
    assert report["ok"]
    assert report["samples"] == 10_000
    assert {rung["name"].partition(",")[0] for rung in report["rungs"]} == rungs
    assert json.loads((copy / "circuit" / "verify.json").read_text()) == report


def test_what_has_no_circuit_is_no_subject(cli, road):
    assert "is a config; a run, model, netlist, circuit or point of the zoo is needed" in (
        cli.refused("verify", road.config)
    )


def test_mixed_up_parts_of_a_circuit_are_refused(cli, copy, road):
    netlist = load_netlist(road.run / "netlist.npz")
    manifest = copy / "circuit" / "manifest.json"
    wrong = manifest.read_text().replace(road.reports["export-verilog"]["netlist_digest"], "0" * 64)
    manifest.write_text(wrong)
    message = cli.refused("verify", copy / "circuit")
    assert "belongs to netlist" in message
    assert "write the circuit again" in message
    assert netlist.name == "small"
