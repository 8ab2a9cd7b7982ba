"""``logicjsc info``: what anything is, and how big."""

import json
import re

import pytest
from reference.random_netlists import random_netlist

from logicjsc.core.run import Header, Run
from logicjsc.methods.loading import load_config
from logicjsc.netlist import digest_of, load_netlist, save_netlist


@pytest.mark.parametrize(
    ("name", "rows"), [("jsc-s", 10_560), ("jsc-m", 675_840), ("jsc-l", 2_195_456)]
)
def test_the_published_networks_have_their_published_size(cli, name, rows):
    report = cli.json("info", name)
    assert report["kind"] == "config"
    assert report["table_rows"] == rows == sum(layer["table_rows"] for layer in report["layers"])


@pytest.mark.parametrize(
    ("name", "parameters"), [("jsc-tiny", 127), ("jsc-toy", 327), ("jsc-test", 11_015)]
)
def test_the_dense_models_have_their_known_size(cli, name, parameters):
    report = cli.json("info", name)
    assert (report["network"], report["trainable_parameters"]) == ("dense", parameters)
    assert report["table_rows"] == 0


def test_a_config_file_is_described_by_layer(cli, road):
    report = cli.json("info", road.config)
    assert report["shape"] == "16-12-5"
    assert report["path"] == str(road.config)
    assert [layer["address_bits"] for layer in report["layers"]] == [6, 8]
    assert report["trainable_parameters"] == road.reports["train"]["sizes"]["trainable_parameters"]
    assert (report["method"], report["samples"]) == ("gradient", "jets")


def test_a_config_without_samples_is_described_without_layers(cli, tmp_path):
    (tmp_path / "plain.toml").write_text("[network]\nhidden = [8, 6]\n")
    report = cli.json("info", tmp_path / "plain.toml")
    assert (report["kind"], report["samples"]) == ("config", "not named")
    assert (report["network"], report["hidden"]) == ("sparse", "8-6")
    assert report["layers"] == []


def test_skips_of_other_widths_count_as_the_widest(cli, road, tmp_path):
    config = tmp_path / "skip.toml"
    config.write_text(
        '[data]\ntask = "jets"\n'
        "[network]\nhidden = [8, 6]\ninput_bits = 3\nbits = [1, 2, 4]\nfan_in = [2, 3, 4]\n"
        "skips = [[0, 2]]\n"
    )
    layers = cli.json("info", config)["layers"]
    assert [layer["address_bits"] for layer in layers] == [6, 9, 8]
    assert [layer["table_rows"] for layer in layers] == [8 * 2**6, 6 * 2**9, 5 * 2**8]


def test_a_run_tells_how_far_it_is_and_what_it_reached(cli, road):
    report = cli.json("info", road.run)
    trained = road.reports["train"]
    assert report["kind"] == "run"
    assert report["epochs"] == "2 of 2"
    assert report["complete"] is True
    assert report["state"] == "finished"
    assert (report["best_step"], report["steps"]) == (trained["best_step"], 2)
    assert report["test_accuracy"] == trained["accuracy"]
    assert report["test_samples"] == trained["samples"]
    assert report["trainable_parameters"] == trained["sizes"]["trainable_parameters"]
    assert report["target"] == "classes: g, q, t, w, z"
    assert "bundled sample" in report["samples"]
    made = ["checkpoint.pt", "model.onnx", "netlist.npz", "verify.json"]
    assert [name for name in report["artefacts"] if name in made] == made


def test_an_unfinished_run_says_so(cli, tmp_path, road):
    loaded = load_config(road.config)
    header = Header("gradient", dataset=Run(road.run).header().dataset)
    run = Run.create(tmp_path / "run", header, loaded.to_toml(), overwrite=False)
    report = cli.json("info", run.path)
    assert (report["epochs"], report["complete"]) == ("0 of 2", False)
    assert report["state"] == "running"
    assert report["artefacts"] == ["config.toml", "run.json"]
    assert "test_accuracy" not in report
    line = (road.run / "metrics.jsonl").read_text().splitlines()[0]
    (run.path / "metrics.jsonl").write_text(f"{line}\n")
    assert cli.json("info", run.path)["epochs"] == "1 of 2"
    run.fail("the disk is full")
    report = cli.json("info", run.path)
    assert (report["state"], report["failure"]) == ("failed", "the disk is full")


def test_what_is_made_without_samples_says_so(cli, road, tmp_path):
    report = cli.json("info", road.run / "netlist.npz")
    known = Run(road.run).header().dataset
    assert (report["samples"], report["samples_fingerprint"]) == (
        known["source"],
        known["fingerprint"],
    )
    save_netlist(random_netlist(3, inputs=5, stages=2, nodes=4, outputs=5), tmp_path / "n.npz")
    report = cli.json("info", tmp_path / "n.npz")
    assert report["samples"] == "not known"
    assert "samples_fingerprint" not in report


def test_the_settings_of_any_method_are_described(cli, tmp_path):
    (tmp_path / "found.toml").write_text('method = "anneal"\n[network]\nlayers = [3]\n')
    report = cli.json("info", tmp_path / "found.toml")
    assert (report["kind"], report["method"]) == ("config", "anneal")
    assert report["network.layers"] == [3]


def test_studies_and_their_definitions_are_known(cli, tmp_path):
    report = cli.json("info", "lab")
    assert report["kind"] == "study definition"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.txt").touch()
    (tmp_path / "mine" / "trials.csv").touch()
    report = cli.json("info", tmp_path / "mine")
    assert (report["kind"], report["name"]) == ("study", "mine")
    assert report["files"] == ["study.txt", "trials.csv"]


def test_a_point_of_the_zoo_is_known_by_its_name(cli):
    report = cli.json("info", "jsc-lut-3")
    assert report["kind"] == "point"
    assert report["digest"] == report["netlist_digest"]
    assert report["classes"] == ["g", "q", "t", "w", "z"]
    assert report["core.lut"] > 0
    assert report["layers"]


def test_an_onnx_model_lists_its_quantisers(cli, road):
    report = cli.json("info", road.run / "model.onnx")
    assert (report["kind"], report["features"], report["outputs"]) == ("onnx", 16, 5)
    quantisers = [(layer["signals"], layer["bits"], layer["signed"]) for layer in report["layers"]]
    assert quantisers == [(16, 2, True), (12, 2, False), (5, 4, True)]


def test_a_netlist_lists_its_layers(cli, road):
    path = road.run / "netlist.npz"
    report = cli.json("info", path)
    netlist = load_netlist(path)
    assert (report["kind"], report["digest"]) == ("netlist", digest_of(netlist))
    assert (report["inputs"], report["outputs"], report["nodes"]) == (16, 5, 17)
    assert report["classes"] == ["g", "q", "t", "w", "z"]
    assert report["table_bits"] == 12 * 2**6 * 2 + 5 * 2**8 * 4
    assert [layer["fan_in"] for layer in report["layers"]] == [3, 4]
    live = sum(layer["live_nodes"] for layer in report["layers"])
    assert report["nodes"] - report["dead_nodes"] == live


def test_a_circuit_tells_ports_and_latency(cli, road):
    report = cli.json("info", road.circuit)
    exported = road.reports["export-verilog"]
    assert report["kind"] == "circuit"
    for key in ("top", "latency_cycles", "verilog_bytes", "table_rows"):
        assert report[key] == exported[key]
    assert (report["input_bits"], report["output_bits"]) == (32, 20)


def test_people_get_tables_for_everything(cli, road):
    for thing, kind in (
        ("jsc-s", "config"),
        (road.run, "run"),
        (road.run / "model.onnx", "onnx"),
        (road.run / "netlist.npz", "netlist"),
        (road.circuit, "circuit"),
    ):
        text = cli("info", thing).stdout
        # A title is folded to the width of its table.
        assert re.search(rf" is a {kind}\b", " ".join(text.split()))
        assert "layers" in text
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_what_is_unknown_is_refused_with_what_is_known(cli, tmp_path):
    assert "there is nothing at" in cli.refused("info", tmp_path / "missing.npz")
    message = cli.refused("info", "jsc-x")
    assert "there is nothing at jsc-x, and no config, study or point of the zoo has" in message
    (tmp_path / "notes.txt").write_text("hello")
    message = cli.refused("info", tmp_path / "notes.txt")
    assert "is not a run, an ONNX model (.onnx), a netlist (.npz), a config (.toml)" in message
    assert "is not a run" in cli.refused("info", tmp_path)
