"""What holds for every family: gradients, tables, circuits, training, resuming."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.brevitas_models import SCALER, SCHEMA, TARGET, random_network
from reference.small_jets import separable_jets
from reference.small_ladder import climb_everything
from reference.small_runs import config_of, fit, trainer_of
from torch import nn

from logicjsc.core.errors import ConfigError
from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.describe import network_layers
from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine
from logicjsc.methods.gradient.families.added import AddedSettings
from logicjsc.methods.gradient.families.edges import EdgesSettings
from logicjsc.methods.gradient.families.family import find_family
from logicjsc.methods.gradient.families.lookup import LookupSettings
from logicjsc.methods.gradient.families.mlp import MlpSettings
from logicjsc.methods.gradient.families.polynomial import PolynomialSettings
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.neurons.layers import NeuronLayer
from logicjsc.methods.gradient.neurons.sparse import SparseLayer
from logicjsc.methods.gradient.start import start_from
from logicjsc.methods.loading import parse_config
from logicjsc.netlist import SumLayer
from logicjsc.netlist.passes import drop_dead_nodes

FAMILIES = {
    "polynomial": NetworkConfig(
        neuron="polynomial",
        hidden=(8, 6),
        input_bits=2,
        bits=2,
        fan_in=3,
        families={"polynomial": PolynomialSettings(degree=3)},
    ),
    "mlp": NetworkConfig(
        neuron="mlp", hidden=(8, 6), bits=2, fan_in=3, families={"mlp": MlpSettings(width=5)}
    ),
    "mlp, of both signs": NetworkConfig(
        neuron="mlp",
        activation="signed",
        hidden=(8, 6),
        bits=2,
        fan_in=3,
        families={"mlp": MlpSettings(width=5)},
    ),
    "added": NetworkConfig(
        neuron="added",
        hidden=(8, 6),
        bits=2,
        fan_in=2,
        families={"added": AddedSettings(terms=3)},
    ),
    "edges": NetworkConfig(
        neuron="edges",
        hidden=(6,),
        input_bits=3,
        bits=3,
        fan_in=(16, 6),
        families={"edges": EdgesSettings(units=4, bits=3)},
    ),
    "edges, scores are sums": NetworkConfig(
        neuron="edges",
        scores="sum",
        hidden=(6,),
        input_bits=3,
        bits=2,
        fan_in=5,
        families={"edges": EdgesSettings(bits=(4, 3))},
    ),
    "added, scores are sums": NetworkConfig(
        neuron=("linear", "added"),
        scores="sum",
        hidden=(6,),
        bits=2,
        fan_in=(3, 2),
        families={"added": AddedSettings(bits=3)},
    ),
    "lookup": NetworkConfig(
        neuron="lookup",
        scores="sum",
        hidden=(10,),
        thresholds=3,
        fan_in=3,
        families={"lookup": LookupSettings(votes=2)},
    ),
    "lookup, wires are learned": NetworkConfig(
        neuron="lookup",
        scores="sum",
        hidden=(6,),
        thresholds=3,
        families={"lookup": LookupSettings(votes=4, learned_wires=True)},
    ),
}
"""A small network of each family."""

ADDING = {family for family in FAMILIES if family.startswith(("added", "edges", "lookup"))}

every_family = pytest.mark.parametrize("family", FAMILIES)


def one_step(network, seed=0):
    """Send samples through a network in training and its loss back."""
    rng = np.random.default_rng(seed)
    samples = np.array(SCALER.mean) + np.array(SCALER.deviation) * rng.normal(size=(512, 16))
    scores = network.train()(torch.from_numpy(samples.astype(np.float32)))
    nn.functional.cross_entropy(scores, torch.arange(512) % 5).backward()


@every_family
def test_every_parameter_is_reached_by_the_gradient(family):
    torch.manual_seed(0)
    network = build_network(FAMILIES[family], SCALER, TARGET)
    one_step(network)
    missing = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all()
    ]
    assert missing == []
    still = [
        name
        for name, parameter in network.named_parameters()
        if name.startswith("layers.0.neurons") and not parameter.grad.any()
    ]
    assert still == []


@every_family
def test_a_small_network_climbs_the_ladder_as_tables_and_as_luts(
    family, tmp_path, monkeypatch, cache
):
    network = random_network(FAMILIES[family], 3)
    assert not all(isinstance(layer, SparseLayer) for layer in network.layers)
    # Behind the netlist, families differ by having sums or not.
    mapped = family in {"polynomial", "edges, scores are sums"}
    netlist = climb_everything(network, tmp_path, monkeypatch, cache, mapped=mapped)
    layers = network_layers(config_of(network=FAMILIES[family]), SCHEMA)
    live = drop_dead_nodes(netlist)  # without the edges that are masked
    rows = sum(layer["table_rows"] for layer in layers)
    # Contents are constants of the model, so that it shows which inputs make no difference.
    fewer = family.startswith("lookup") and 0.8 * rows < live.table_rows < rows
    assert live.table_rows == rows or fewer
    adds = any(isinstance(layer, SumLayer) for layer in netlist.layers)
    assert adds == (family in ADDING)


@every_family
def test_a_run_trains_on_brevitas_engine_and_resumes_to_the_same_weights(family, tmp_path):
    config = config_of(network=FAMILIES[family], epochs=2)
    _, run, epochs = fit(tmp_path / "whole", config=config)
    assert len(epochs) == 2
    trainer = trainer_of(tmp_path / "again", config=config)
    assert type(trainer.engine) is BrevitasEngine
    trainer._train_epoch()
    again = trainer_of(tmp_path / "unused", config=config)
    again.run, again.files = trainer.run, trainer.files
    again.restore()
    assert again.epoch == 1
    again.fit(lambda _: None)
    first, second = (
        torch.load(GradientFiles(entry).state)["members"][0]["model"] for entry in (run, again.run)
    )
    assert set(first) == set(second)
    assert all(torch.equal(first[name], second[name]) for name in first)


@every_family
def test_weights_are_taken_from_a_run_only_with_the_sources_they_read(family, tmp_path):
    wanted = FAMILIES[family]
    _, run, _ = fit(tmp_path / "first", config=config_of(network=wanted, epochs=1))
    start = start_from(str(run.path), build_network(wanted, SCALER, TARGET))
    assert start.fresh == ()
    # A skip gives the last layer more sources: what it reads means something else.
    skips = ((0, len(wanted.hidden) + 1),)
    wider = build_network(replace(wanted, skips=skips), SCALER, TARGET)
    start = start_from(str(run.path), wider)
    last = f"layers.{len(wanted.hidden)}.neurons."
    assert not any(name.startswith(last) for name in start.taken)
    assert any(name.startswith(last) for name in start.fresh)
    assert any(name.startswith("layers.0.") for name in start.taken)


@every_family
def test_the_fused_engine_refuses_what_it_does_not_know(family, tmp_path):
    name = family.partition(",")[0]
    with pytest.raises(ConfigError, match=rf"engine = 'fused' .* '{name}'; use 'auto'"):
        trainer_of(tmp_path / "run", config=config_of(network=FAMILIES[family], engine="fused"))


def test_families_may_differ_from_layer_to_layer():
    config = NetworkConfig(neuron=("linear", "polynomial", "linear"), hidden=(8, 6))
    layers = build_network(config, SCALER, TARGET).layers
    assert [type(layer) for layer in layers] == [SparseLayer, NeuronLayer, SparseLayer]


def test_one_family_per_layer_is_asked_for():
    text = '[network]\nhidden = [8, 6]\nneuron = ["linear", "polynomial"]\n'
    with pytest.raises(ConfigError, match=r"network\.neuron = .* has 2 entries; .* has 3 layers"):
        parse_config(text, source="file", name="name")


def test_unknown_families_are_refused():
    known = "added, edges, linear, lookup, mlp, polynomial"
    sentence = rf"network\.neuron = 'cubic' is no family of neurons; use one of {known}$"
    with pytest.raises(ConfigError, match=rf"^file: {sentence}"):
        parse_config("[network]\nneuron = 'cubic'\n", source="file", name="name")
    with pytest.raises(ConfigError, match=rf"^{sentence}"):
        NetworkConfig(neuron="cubic")
    with pytest.raises(ConfigError, match=rf"^{sentence}"):
        find_family("cubic")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("neuron = 'lookup'\nscores = 'sum'", r"network\.neuron|set network\.thresholds"),
        ("neuron = 'lookup'\nthresholds = 4", r"needs network\.scores = 'sum'"),
        (
            "neuron = ['linear', 'lookup']\nhidden = [4]\nthresholds = 4\nscores = 'sum'",
            r"put no other neurons in front",
        ),
        ("connectivity = 'learned'", r"network\.connectivity = 'learned' is not one of"),
    ],
)
def test_lookup_neurons_among_others_are_refused(text, reason):
    with pytest.raises(ConfigError, match=reason):
        parse_config(f"[network]\n{text}\n", source="file", name="name")


def test_other_neurons_may_read_bits():
    text = "[network]\nneuron = ['lookup', 'linear']\nhidden = [6]\nthresholds = 4\n"
    config = parse_config(text, source="file", name="name").config.network
    scaler = Scaler.fit(separable_jets(100), thresholds=4)
    network = build_network(config, scaler, TARGET)
    assert network(torch.zeros(3, 16)).shape == (3, 5)


def test_scores_that_are_sums_need_neurons_that_add():
    text = "[network]\nscores = 'sum'\nneuron = ['edges', 'linear']\nhidden = [4]\n"
    with pytest.raises(ConfigError, match=r"network\.scores = 'sum' needs a last layer that adds"):
        parse_config(text, source="file", name="name")
    assert parse_config(text.replace("'linear'", "'added'"), source="file", name="name")


def test_the_scores_of_a_network_start_in_proportion_to_its_votes():
    config = NetworkConfig(
        neuron="lookup",
        scores="sum",
        hidden=(),
        thresholds=3,
        families={"lookup": LookupSettings(votes=16)},
    )
    assert build_network(config, SCALER, TARGET).score_scale.item() == 0.25
