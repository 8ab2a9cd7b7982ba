"""Families of a user's own: registered by name, configured, trained, and made a circuit."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from reference.brevitas_models import SCALER, TARGET, random_network
from reference.small_ladder import climb_everything
from reference.small_runs import config_of, fit
from torch import nn

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, setting
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.families import family
from logicjsc.methods.gradient.families.family import (
    Family,
    family_sections,
    find_family,
    known_families,
    register_family,
    register_module,
)
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.neurons.grouped import GroupedLinear, gather_sources
from logicjsc.methods.loading import config_to_toml, parse_config


class Waves(nn.Module):
    """Sines of weighted sums."""

    def __init__(self, connections, sources, rate=1.0):
        super().__init__()
        self.register_buffer("connections", torch.from_numpy(connections))
        self.sources, self.rate = sources, rate
        self.linear = GroupedLinear(len(connections), connections.shape[1], 1)

    def forward(self, values):
        sums = self.linear(gather_sources(values, self.connections)).squeeze(2)
        return torch.sin(self.rate * sums)


@dataclass(frozen=True)
class WavesSettings(Section):
    """Settings of such neurons."""

    rate: float = setting(2.0, "of the sine", above=0.0)


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(family, "_registered", {})


def test_the_families_of_the_package_are_found_by_their_files():
    names = ["added", "edges", "linear", "lookup", "mlp", "polynomial"]
    assert list(known_families()) == names
    assert all(find_family(name).name == name for name in names)
    assert [name for name in names if find_family(name).linear] == ["linear"]
    assert [name for name in names if find_family(name).adds] == ["added", "edges", "lookup"]
    assert set(family_sections()) == set(names) - {"linear"}


def test_a_module_becomes_a_family_and_a_circuit(tmp_path, monkeypatch, cache):
    register_module("waves", Waves)
    config = NetworkConfig(neuron="waves", hidden=(8,), bits=2, fan_in=3)
    network = random_network(config, 3)
    assert [type(layer.neurons) for layer in network.layers] == [Waves, Waves]
    assert network.layers[0].neurons.sources == 16
    climb_everything(network, tmp_path, monkeypatch, cache, mapped=False)


def test_a_run_of_it_is_trained_and_read_back(tmp_path):
    register_module("waves", Waves)
    config = config_of(NetworkConfig(neuron=("waves", "linear"), hidden=(8,), bits=2, fan_in=3))
    result, run, _ = fit(tmp_path / "run", config=config)
    assert result.best.validation.accuracy > 0.3
    saved = checkpoint.load_model(run).network
    assert type(saved.layers[0].neurons) is Waves


def test_its_settings_are_a_section():
    def make(place):
        return Waves(place.connections, place.sources, place.settings.rate)

    register_family(Family("waves", "sines of weighted sums", make, WavesSettings))
    text = "[network]\nneuron = 'waves'\nhidden = [4]\n[network.waves]\nrate = 3.5\n"
    loaded = parse_config(text, source="file", name="name")
    network = build_network(loaded.config.network, SCALER, TARGET)
    assert [layer.neurons.rate for layer in network.layers] == [3.5, 3.5]
    again = parse_config(config_to_toml("gradient", loaded.config), source="again", name="name")
    assert again.config == loaded.config
    usual = build_network(NetworkConfig(neuron="waves", hidden=(4,)), SCALER, TARGET)
    assert usual.layers[0].neurons.rate == 2.0
    with pytest.raises(ConfigError, match=r"^file: network\.waves\.rate = 0\.0 must be above 0$"):
        parse_config(text.replace("3.5", "0.0"), source="file", name="name")


def test_a_family_that_is_not_registered_has_neither_name_nor_section():
    with pytest.raises(ConfigError, match=r"network\.neuron = 'waves' is no family of neurons"):
        NetworkConfig(neuron="waves")
    with pytest.raises(ConfigError, match=r"unknown key network\.waves"):
        parse_config("[network.waves]\nrate = 1.0\n", source="file", name="name")


def test_one_of_the_same_name_replaces_it():
    register_module("polynomial", Waves)
    neurons = find_family("polynomial").make(
        family.Place(4, np.array([[0, 2], [1, 3]]), family.NoSettings())
    )
    assert type(neurons) is Waves
    assert neurons(torch.zeros(5, 4)).shape == (5, 2)
