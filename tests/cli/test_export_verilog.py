"""``logicjsc export-verilog``: registers where asked, and never from stale artefacts."""

import json
import shutil
from dataclasses import replace

import pytest

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import load_circuit
from logicjsc.netlist import digest_of, load_netlist, save_netlist


@pytest.fixture
def run(road, tmp_path):
    """A copy of the run, to change."""
    shutil.copytree(road.run, tmp_path / "run")
    return tmp_path / "run"


def test_the_report_tells_size_latency_and_digest(road):
    report = road.reports["export-verilog"]
    netlist = load_netlist(road.run / "netlist.npz")
    assert report["netlist_digest"] == digest_of(netlist)
    assert report["table_rows"] == netlist.table_rows == 12 * 2**6 + 5 * 2**8
    assert report["nodes"] == 17
    assert report["latency_cycles"] == 2
    files = list(road.circuit.glob("*.v"))
    assert report["verilog_bytes"] == sum(file.stat().st_size for file in files)
    assert report["circuit"] == str(road.circuit)
    assert (road.circuit / f"{report['top']}.v") in files


@pytest.mark.parametrize(
    ("options", "latency"),
    [
        ((), 2),
        (("--pipeline", "0"), 1),
        (("--pipeline", "2"), 1),
        (("--pipeline", "0", "--no-register-outputs"), 0),
        (("--register-inputs",), 3),
        (("--pipeline", "0", "--register-inputs", "--no-register-outputs"), 1),
    ],
)
def test_registers_stand_where_asked(cli, road, tmp_path, options, latency):
    out = tmp_path / "circuit"
    report = cli.json("export-verilog", road.run / "netlist.npz", "--out", out, *options)
    assert report["latency_cycles"] == latency
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["latency_cycles"] == latency
    assert load_circuit(out).latency_cycles == latency
    assert (out / "pipeline_register.v").exists() == (latency > 0)


@pytest.mark.parametrize("artefact", ["model.onnx", "netlist.npz"])
def test_every_artefact_leads_to_the_same_tables(cli, road, tmp_path, artefact):
    cli("export-verilog", road.run / artefact, "--out", tmp_path / "circuit")
    ours, theirs = (load_circuit(path).netlist for path in (tmp_path / "circuit", road.circuit))
    for one, other in zip(ours.layers, theirs.layers, strict=True):
        assert (one.tables == other.tables).all()
        assert (one.inputs == other.inputs).all()


def test_the_default_place_is_named_after_the_run(cli, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = cli.json("export-verilog", "run")
    assert report["circuit"] == "hw/build/run"
    assert load_circuit(tmp_path / "hw" / "build" / "run").netlist.name == "small"


def test_writing_again_replaces_the_circuit_whole(cli, road, run, tmp_path, listing):
    out = tmp_path / "circuit"
    cli("export-verilog", run, "--out", out)
    (out / "leftover.v").write_text("module leftover; endmodule\n")
    cli("export-verilog", run, "--out", out)
    assert listing(out) == listing(road.circuit)


def test_missing_artefacts_are_made_on_the_way(cli, run, road, tmp_path):
    (run / "model.onnx").unlink()
    (run / "netlist.npz").unlink()
    report = cli.json("export-verilog", run, "--out", tmp_path / "circuit")
    assert (run / "model.onnx").read_bytes() == (road.run / "model.onnx").read_bytes()
    assert load_netlist(run / "netlist.npz").table_rows == report["table_rows"]


def test_current_artefacts_are_kept(cli, run, tmp_path):
    before = {name: (run / name).stat().st_mtime_ns for name in ("model.onnx", "netlist.npz")}
    cli("export-verilog", run, "--out", tmp_path / "circuit")
    for name, written in before.items():
        assert (run / name).stat().st_mtime_ns == written


def test_artefacts_of_former_weights_are_made_anew(cli, road, run, tmp_path):
    """Neither retraining nor weights put there by hand leave an old circuit standing."""
    old = road.reports["export-verilog"]["netlist_digest"]
    cli.json("train", road.config, "--seed", "3", "--out", tmp_path / "new")
    new = cli.json("export-verilog", tmp_path / "new", "--out", tmp_path / "c1")
    assert new["netlist_digest"] != old
    # The old ONNX model and netlist are still there, the weights are others.
    shutil.copy(tmp_path / "new" / "checkpoint.pt", run / "checkpoint.pt")
    swapped = cli.json("export-verilog", run, "--out", tmp_path / "c2")["netlist_digest"]
    assert swapped != old
    tables = [load_circuit(tmp_path / name).netlist.layers[-1].tables for name in ("c1", "c2")]
    assert (tables[0] == tables[1]).all()
    cli.json("train", road.config, "--seed", "4", "--out", run, "--overwrite")
    assert not (run / "netlist.npz").exists()
    again = cli.json("export-verilog", run, "--out", tmp_path / "c3")["netlist_digest"]
    assert again not in (old, swapped)


def test_a_lower_address_limit_refuses_wider_neurons(cli, run, tmp_path):
    message = cli.refused(
        "export-verilog", run / "model.onnx", "--max-address-bits", "7", "--out", tmp_path / "c"
    )
    assert "4 signals with 8 address bits, the limit is 7" in message
    assert not (tmp_path / "c").exists()


def test_a_higher_address_limit_serves_runs_as_it_does_models(cli, road, tmp_path):
    run = tmp_path / "wide"
    wide = ("--epochs", 1, "--set", "network.fan_in=[9,4]")
    cli("train", road.config, "--out", run, *wide)
    message = cli.refused("export-verilog", run, "--out", tmp_path / "c")
    assert "18 address bits, the limit is 16" in message
    report = cli.json("export-verilog", run, "--max-address-bits", 18, "--out", tmp_path / "c")
    assert report["table_rows"] == 12 * 2**18 + 5 * 2**8
    # What was made once is there for every other command.
    assert cli.json("info", run / "netlist.npz")["table_rows"] == report["table_rows"]


def test_people_get_a_table(cli, road, tmp_path):
    text = cli("export-verilog", road.run, "--out", tmp_path / "c").stdout
    assert "latency cycles" in text
    assert road.reports["export-verilog"]["netlist_digest"] in text


def test_ends_are_built_where_asked(cli, road, tmp_path):
    out = tmp_path / "circuit"
    options = ("--argmax", "--encoder-bits", "9", "--axi-stream")
    report = cli.json("export-verilog", road.run, "--out", out, *options)
    assert report["latency_cycles"] == 1 + 2 + 3 + 1
    assert "s_axis_tdata" in report["ports"]
    manifest = load_circuit(out).manifest
    assert (manifest.data_in, manifest.data_out) == ("in_features", "out_class")
    words = manifest.options.words
    assert words is not None
    assert words.widths == (9,) * 16
    assert {port.name: port.width for port in manifest.ports}["s_axis_tdata"] == 16 * 9
    # The netlist is the run's own: words belong to the circuit.
    assert report["netlist_digest"] == road.reports["export-verilog"]["netlist_digest"]


@pytest.mark.usefixtures("simulators")
def test_a_circuit_with_ends_is_verified_on_rounded_samples(cli, run, tmp_path):
    out = tmp_path / "circuit"
    cli("export-verilog", run, "--out", out, "--argmax", "--encoder-bits", "7")
    report = cli.json("verify", run, "--circuit", out)
    assert report["ok"] is True
    assert report["mismatches"] == 0
    compared = {rung["name"]: rung["vectors"] for rung in report["rungs"]}
    assert compared["features = codes, test samples"] == 10_000
    assert compared["features = codes, every word"] == 2**7
    assert compared["argmax = class, test samples"] == 10_000
    assert compared["netlist = whole circuit, test samples"] == 10_000


def test_an_encoder_needs_words_and_only_those_that_the_network_learned_from(cli, run, tmp_path):
    out = tmp_path / "c"
    message = cli.refused("export-verilog", run / "netlist.npz", "--encoder", "--out", out)
    assert "choose a width with --encoder-bits" in message
    netlist = load_netlist(run / "netlist.npz")
    words = FixedPoint.uniform(8, (0,) * 16, (-128,) * 16)
    encoder = replace(netlist.encoder, words=words)
    save_netlist(replace(netlist, encoder=encoder), tmp_path / "words.npz")
    source = tmp_path / "words.npz"
    message = cli.refused("export-verilog", source, "--encoder-bits", "9", "--out", out)
    assert "was trained on words of 8 bits" in message
    assert not out.exists()
    cli("export-verilog", source, "--encoder-bits", "8", "--out", out)
    assert load_circuit(out).manifest.options.words is None


def test_luts_and_flip_flops_are_reported(cli, road, tmp_path):
    netlist = road.run / "netlist.npz"
    tables = cli.json("export-verilog", netlist, "--out", tmp_path / "tables")
    assert "lut" not in tables
    assert tables["ff"] == load_circuit(tmp_path / "tables").manifest.ff > 0
    mapped = ("--mapped", "low", "--primitives", "xilinx", "--pipeline", "depth=2")
    report = cli.json("export-verilog", netlist, "--out", tmp_path / "mapped", *mapped)
    manifest = load_circuit(tmp_path / "mapped").manifest
    assert (manifest.options.lut_depth, manifest.options.primitives) == (2, "xilinx")
    assert report["lut"] >= report["lut_packed"] == manifest.lut_packed > 0
    assert report["latency_cycles"] == len(list((tmp_path / "mapped").glob("*_segment*.v")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pipeline", "depth=3"), "add --mapped"),
        (("--pipeline", "clock=3ns"), "add --mapped"),
        (("--pipeline", "clock=90ps", "--mapped", "low"), "no cut reaches a clock of 0.09 ns"),
        (("--pipeline", "clock=1ns", "--mapped", "low", "--part", "stratix"), "'stratix'"),
        (("--primitives", "lattice"), "add --mapped"),
    ],
)
def test_pipelines_and_cells_that_cannot_be_are_refused(cli, road, tmp_path, options, message):
    out = tmp_path / "circuit"
    netlist = road.run / "netlist.npz"
    assert message in cli.refused("export-verilog", netlist, "--out", out, *options)
    assert not out.exists()


@pytest.mark.parametrize("pipeline", ["depth=0", "depth=", "deep", "-1"])
def test_a_pipeline_is_a_number_of_layers_or_a_depth(cli, road, tmp_path, pipeline):
    out = tmp_path / "circuit"
    netlist = road.run / "netlist.npz"
    result = cli("export-verilog", netlist, "--out", out, "--pipeline", pipeline, code=2)
    assert f"'{pipeline}' is neither a number of layers nor depth=1" in result.stderr
    assert not out.exists()


def test_targets_are_written_beside_the_circuit_with_test_samples(cli, road, tmp_path):
    options = ("--for", "testbench", "--for-set", "testbench.vectors=50")
    report = cli.json("export-verilog", road.run, "--out", tmp_path / "c", *options)
    assert report["targets"] == "testbench"
    page = (tmp_path / "c" / "testbench" / "README.md").read_text()
    assert "have 54 lines, one vector each, of which the first\n25 are real samples" in page


def test_targets_are_listed_with_their_settings(cli):
    shown = cli("export-verilog", "--list-targets").stdout
    assert "testbench.vectors" in shown
    assert "whole number, at least 2" in shown


def test_targets_that_cannot_be_written_leave_nothing(cli, road, tmp_path):
    for options, sentence in (
        (("--for", "vhd"), "there is no target 'vhd'"),
        (("--for-set", "testbench.vectors=9"), "add --for testbench"),
        (("--for", "testbench", "--for-set", "testbench.vectors=1"), "must be at least 2"),
    ):
        out = tmp_path / "c"
        assert sentence in cli.refused("export-verilog", road.run, "--out", out, *options)
        assert not out.exists()


def test_the_interface_is_what_was_asked_for(cli, road, tmp_path):
    out = tmp_path / "circuit"
    stream = ("--axi-stream", "--tlast", "--tuser", 3, "--beats", 4, "--batch", 2)
    ends = ("--prefix", "my_", "--reset", "asynchronous", "--input-stages", 1)
    report = cli.json("export-verilog", road.run, "--out", out, *stream, *ends)
    assert report["top"].startswith("my_")
    interface = load_circuit(out).manifest.interface
    assert (interface.beats, interface.batch, interface.tuser) == (4, 2, 3)
    assert (interface.protocol, interface.reset) == ("axi4-stream", "asynchronous")
    said = cli.refused("export-verilog", road.run, "--out", out, "--axi-stream", "--clock-enable")
    assert "leave away one of clock_enable and axi_stream" in said
    assert load_circuit(out).manifest.interface == interface


@pytest.mark.parametrize("time", ["1.2", "fast", "0ns", "1.2us", "-1ns", ""])
def test_a_clock_is_a_time_with_its_unit(cli, road, tmp_path, time):
    out = tmp_path / "circuit"
    netlist = road.run / "netlist.npz"
    result = cli("export-verilog", netlist, "--out", out, "--pipeline", f"clock={time}", code=2)
    assert f"'{time}' is no time like 1.2ns or 1200ps" in result.stderr


def test_a_whole_circuit_is_cut_by_a_clock(cli, road, tmp_path):
    out = tmp_path / "circuit"
    netlist = road.run / "netlist.npz"
    ways = ("--whole", "--mapped", "low", "--pipeline", "clock=900ps", "--encoder-bits", "4")
    report = cli.json("export-verilog", netlist, "--out", out, *ways)
    assert "in_features" in report["ports"]
    assert "out_class" in report["ports"]
    manifest = load_circuit(out).manifest
    assert (manifest.options.clock_ps, manifest.options.part) == (900.0, "ultrascale-plus-routed")
    assert report["slack_ps"] >= 0
    assert 0 < report["estimated_ns"] <= 0.9 * report["latency_cycles"]
    timed = cli.json("timing", out, "--effort", "low")
    assert timed["pipelined"]["cycles"] == report["latency_cycles"]
    assert timed["pipelined"]["slack_ps"] >= 0
    assert "belongs to --mapped" in cli("export-verilog", netlist, "--whole", code=2).stderr
