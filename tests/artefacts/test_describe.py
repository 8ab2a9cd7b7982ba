"""What is said of anything that a command takes or makes."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest
from reference.small_points import sample_netlist

from logicjsc.artefacts.describe import describe
from logicjsc.artefacts.sources import STUDY, identify, zoo_points
from logicjsc.core.errors import CircuitError, LogicjscError, NetlistError, RunError
from logicjsc.core.run import Run
from logicjsc.methods.loading import load_config, shipped_configs, shipped_studies
from logicjsc.methods.result import Recorded
from logicjsc.netlist import SumLayer, digest_of, load_netlist, save_netlist


def told(path):
    """A description, as JSON has it."""
    description = describe(identify(path))
    entries = json.loads(json.dumps(description.to_dict()))
    assert entries["kind"] == description.kind == identify(path).kind
    assert entries["layers"] == json.loads(json.dumps(list(description.layers)))
    # Rows of a table have the same columns.
    assert len({tuple(layer) for layer in description.layers}) <= 1
    return entries


class TestConfigs:
    def test_a_config_has_the_shape_that_its_samples_give_it(self, made):
        found = told(made.config)
        assert found["method"] == "gradient"
        assert found["samples"] == str(made.table)
        # A category of three values is three features.
        assert found["shape"] == "6-6-1"
        assert [layer["address_bits"] for layer in found["layers"]] == [6, 12]
        assert found["table_rows"] == 6 * 2**6 + 2**12

    def test_without_its_samples_it_has_less_of_one(self, made):
        made.table.unlink()
        found = told(made.config)
        assert (found["samples"], found["network"]) == (str(made.table), "sparse")
        assert "shape" not in found
        assert found["layers"] == []

    def test_a_config_without_samples_says_so(self, tmp_path):
        (tmp_path / "some.toml").write_text("[network]\nhidden = [3]\n")
        assert told(tmp_path / "some.toml")["samples"] == "not named"

    def test_every_config_that_travels_can_be_described(self):
        methods = set()
        for name, path in shipped_configs().items():
            found = told(path)
            methods.add(found["method"])
            assert found["samples"] == load_config(path).config.data.task, name
        assert methods == {"gradient", "anneal", "prune"}
        assert told(shipped_configs()["jsc-s"])["table_rows"] == 10_560

    def test_the_definition_of_a_study_is_its_settings(self):
        found = told("lab")
        assert found["kind"] == "study definition"
        assert found["base"] == "jsc-tiny"
        assert found["seeds"] == [0, 1, 2]
        for path in shipped_studies().values():
            told(path)


class TestRuns:
    def test_a_finished_run_tells_what_it_reached(self, made):
        found = told(made.run)
        kept = Recorded.of(Run.open(made.run)).best["test"]
        assert found["state"] == "finished"
        assert found["complete"] is True
        assert found["samples"] == str(made.table)
        assert found["target"] == "binary: no, yes"
        assert found["shape"] == "6-6-1"
        assert found["steps"] == 12
        measured = {key: value for key, value in found.items() if key.startswith("test")}
        assert kept["accuracy"] in measured.values()
        assert kept["samples"] in measured.values()
        assert {"model.onnx", "netlist.npz", "result.json", "run.json"} <= set(found["artefacts"])

    def test_it_needs_none_of_its_samples(self, made):
        before = told(made.run)
        made.table.unlink()
        assert told(made.run) == before

    def test_a_failed_run_tells_why(self, made, tmp_path):
        shutil.copytree(made.run, tmp_path / "run")
        (tmp_path / "run" / "result.json").unlink()
        run = Run.open(tmp_path / "run")
        run.write_header(replace(run.header(), state="running"))
        assert told(tmp_path / "run")["state"] == "running"
        run.fail("the loss was NaN")
        found = told(tmp_path / "run")
        assert (found["state"], found["failure"]) == ("failed", "the loss was NaN")
        assert found["complete"] is False
        assert not [key for key in found if key.startswith("test")]

    def test_a_damaged_one_is_refused(self, made, tmp_path):
        shutil.copytree(made.run, tmp_path / "run")
        (tmp_path / "run" / "run.json").write_text("{")
        with pytest.raises(RunError, match=r"run\.json is damaged"):
            told(tmp_path / "run")


def of_netlist(found):
    """What every description that has a netlist says of it."""
    names = ("digest", "inputs", "outputs", "nodes", "depth", "table_rows", "table_bits", "classes")
    return {name: found[name] for name in (*names, "samples", "layers")}


class TestNetlists:
    def test_netlist_circuit_and_c_code_say_the_same_of_it(self, made):
        netlist = load_netlist(made.netlist)
        found = told(made.netlist)
        assert found["digest"] == digest_of(netlist)
        assert (found["inputs"], found["outputs"]) == (6, 1)
        assert found["nodes"] == sum(layer["nodes"] for layer in found["layers"]) == 7
        assert found["table_rows"] == sum(layer["table_rows"] for layer in found["layers"])
        assert found["table_rows"] == netlist.table_rows
        assert found["samples"] == str(made.table)
        assert made.dataset.fingerprint() in found.values()
        assert found["classes"] == ["no", "yes"]
        assert "dataset" not in found["provenance"]
        assert of_netlist(told(made.circuit)) == of_netlist(told(made.library)) == of_netlist(found)

    def test_a_circuit_tells_its_size_and_latency(self, made):
        found = told(made.circuit)
        files = sorted(made.circuit.glob("*.v"))
        assert (found["top"], found["latency_cycles"]) == ("run", 2)
        assert found["verilog_files"] == len(files)
        assert found["verilog_bytes"] == sum(file.stat().st_size for file in files)
        text = (made.circuit / "run.v").read_text()
        assert re.search(rf"input +wire \[{found['input_bits'] - 1}:0\] +in_codes", text)
        assert re.search(rf"output +wire \[{found['output_bits'] - 1}:0\] +out_codes", text)

    def test_c_code_tells_its_function_and_types(self, made):
        found = told(made.library)
        header = (made.library / "run.h").read_text()
        assert f"{found['function']}(" in header
        assert f"const {found['codes']} *" in header
        assert found["source_bytes"] == (made.library / "run.c").stat().st_size
        assert found["gates"] > 0

    def test_a_model_tells_its_quantisers_and_its_samples(self, made):
        found = told(made.onnx)
        assert (found["features"], found["outputs"]) == (6, 1)
        assert found["samples"] == str(made.table)
        assert found["producer"].startswith("pytorch ")
        assert "dataset" not in found["metadata"]
        assert json.loads(found["metadata"]["class_names"]) == ["no", "yes"]
        assert sum(layer["signals"] for layer in found["layers"]) >= 6 + 6 + 1

    def test_a_netlist_that_does_not_know_its_samples_says_so(self, tmp_path):
        netlist = replace(sample_netlist(), provenance={}, decoder=None)
        save_netlist(netlist, tmp_path / "bare.npz")
        found = told(tmp_path / "bare.npz")
        assert found["samples"] == "not known"
        assert found["classes"] == []
        assert found["encoder"] is True

    def test_layers_of_sums_have_no_tables(self, tmp_path):
        netlist = sample_netlist()
        signals = netlist.signals
        sums = SumLayer(
            "total", 2, [[signals - 5, signals - 1]], [[0, 1]], [[False, True]], [3], [7], [True]
        )
        netlist = replace(netlist, layers=(*netlist.layers, sums), outputs=[signals], decoder=None)
        save_netlist(netlist, tmp_path / "sums.npz")
        table, total = told(tmp_path / "sums.npz")["layers"]
        assert (table["kind"], total["kind"]) == ("table", "sum")
        assert (total["fan_in"], total["address_bits"], total["table_rows"]) == (2, 0, 0)
        # Three of the five tables are read by nobody.
        assert (table["nodes"], table["live_nodes"]) == (5, 2)

    def test_a_damaged_one_is_refused_with_its_name(self, made, tmp_path):
        shutil.copytree(made.circuit, tmp_path / "circuit")
        (tmp_path / "circuit" / "run.v").unlink()
        with pytest.raises(CircuitError, match=r"run\.v"):
            told(tmp_path / "circuit")
        (tmp_path / "net.npz").write_bytes(b"PK")
        with pytest.raises(NetlistError, match=r"net\.npz is not a netlist"):
            told(tmp_path / "net.npz")
        (tmp_path / "model.onnx").write_bytes(b"no model")
        with pytest.raises(LogicjscError, match=r"model\.onnx"):
            told(tmp_path / "model.onnx")


class TestZooAndStudies:
    def test_a_point_tells_what_was_measured_and_its_netlist(self, point):
        found = told(point)
        assert found["title"] == "small"
        assert found["test.samples"] == 10_000
        assert found["core.depth"] == 3
        netlist = told(point / "netlist.npz")
        assert of_netlist(found) == of_netlist(netlist)
        assert found["digest"] == found["netlist_digest"]

    def test_every_point_that_travels_can_be_described(self):
        for name, folder in zoo_points().items():
            found = told(name)
            assert found["title"]
            assert found["digest"] == digest_of(load_netlist(folder / "netlist.npz"))

    def test_the_folder_of_a_study_lists_what_is_in_it(self, tmp_path):
        folder = tmp_path / "grid"
        (folder / "runs").mkdir(parents=True)
        (folder / STUDY).write_text("grid: runs and results of logicjsc study\n")
        (folder / ".lock").write_text("")
        found = told(folder)
        assert (found["kind"], found["name"]) == ("study", "grid")
        assert found["files"] == ["runs", "study.txt"]
