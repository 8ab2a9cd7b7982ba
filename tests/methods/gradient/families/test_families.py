"""What holds for every family: gradients, tables, circuits, training, resuming."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.brevitas_models import SCALER, random_network
from reference.small_ladder import climb_everything
from reference.small_runs import config_of, fit, trainer_of
from torch import nn

from logicjsc.artefacts.describe import _config_layers
from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine
from logicjsc.methods.gradient.families.family import NeuronLayer, make_neurons
from logicjsc.methods.gradient.families.grouped import GroupedLinear, gather_sources
from logicjsc.methods.gradient.loading import parse_config
from logicjsc.methods.gradient.network.layers import SparseLayer
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.start import start_from
from logicjsc.netlist import SumLayer
from logicjsc.netlist.passes import drop_dead_nodes

FAMILIES = {
    "polynomial": NetworkConfig(
        neuron="polynomial", degree=3, hidden=(8, 6), input_bits=2, bits=2, fan_in=3
    ),
    "mlp": NetworkConfig(neuron="mlp", mlp_width=5, hidden=(8, 6), bits=2, fan_in=3),
    "mlp, of both signs": NetworkConfig(
        neuron="mlp", activation="signed", mlp_width=5, hidden=(8, 6), bits=2, fan_in=3
    ),
    "added": NetworkConfig(neuron="added", terms=3, hidden=(8, 6), bits=2, fan_in=2),
    "edges": NetworkConfig(
        neuron="edges", hidden=(6,), input_bits=3, bits=3, fan_in=(16, 6), term_bits=3, edge_units=4
    ),
    "edges, scores are sums": NetworkConfig(
        neuron="edges", scores="sum", hidden=(6,), input_bits=3, bits=2, fan_in=5, term_bits=(4, 3)
    ),
    "added, scores are sums": NetworkConfig(
        neuron=("linear", "added"), scores="sum", hidden=(6,), bits=2, fan_in=(3, 2), term_bits=3
    ),
    "lookup": NetworkConfig(
        neuron="lookup", scores="sum", hidden=(10,), thresholds=3, fan_in=3, terms=2
    ),
    "lookup, wires are learned": NetworkConfig(
        neuron="lookup", scores="sum", hidden=(6,), thresholds=3, terms=4, connectivity="learned"
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
    network = build_network(FAMILIES[family], SCALER, 5)
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
    layers = _config_layers(config_of(network=FAMILIES[family]))
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
    again.run = trainer.run
    again.restore()
    assert again.epoch == 1
    again.fit(lambda _: None)
    first, second = (torch.load(entry.state)["members"][0]["model"] for entry in (run, again.run))
    assert set(first) == set(second)
    assert all(torch.equal(first[name], second[name]) for name in first)


@every_family
def test_weights_are_taken_from_a_run_only_with_the_sources_they_read(family, tmp_path):
    wanted = FAMILIES[family]
    _, run, _ = fit(tmp_path / "first", config=config_of(network=wanted, epochs=1))
    start = start_from(str(run.path), build_network(wanted, SCALER, 5))
    assert start.fresh == ()
    # A skip gives the last layer more sources: what it reads means something else.
    skips = ((0, len(wanted.hidden) + 1),)
    wider = build_network(replace(wanted, skips=skips), SCALER, 5)
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
    layers = build_network(config, SCALER, 5).layers
    assert [type(layer) for layer in layers] == [SparseLayer, NeuronLayer, SparseLayer]


def test_one_family_per_layer_is_asked_for():
    text = '[network]\nhidden = [8, 6]\nneuron = ["linear", "polynomial"]\n'
    with pytest.raises(ConfigError, match=r"network\.neuron = .* has 2 entries; .* has 3 layers"):
        parse_config(text, source="file", name="name")


def test_unknown_families_are_refused():
    with pytest.raises(ConfigError, match=r"network\.neuron = 'cubic' is not one of 'linear'"):
        parse_config("[network]\nneuron = 'cubic'\n", source="file", name="name")
    with pytest.raises(ValueError, match="no neuron family 'cubic'"):
        make_neurons("cubic", NetworkConfig(), 2, np.zeros((2, 2), np.int64), 4)


def test_sources_are_gathered_neuron_by_neuron():
    values = torch.arange(12.0).view(2, 6).requires_grad_()
    connections = torch.tensor([[0, 5], [2, 2], [1, 0]])
    gathered = gather_sources(values, connections)
    assert gathered.tolist() == [[[0, 5], [2, 2], [1, 0]], [[6, 11], [8, 8], [7, 6]]]
    gathered.sum().backward()
    assert values.grad[0].tolist() == [2, 1, 2, 0, 0, 1]


@pytest.mark.parametrize("bias", [True, False])
def test_a_grouped_linear_map_equals_one_map_per_group(monkeypatch, bias):
    torch.manual_seed(1)
    linear = GroupedLinear(4, 3, 2, bias=bias)
    values = torch.randn(5, 4, 3)
    expected = torch.stack([values[:, group] @ linear.weight[group] for group in range(4)], dim=1)
    if linear.bias is not None:
        expected = expected + linear.bias
    for exporting in (False, True):
        monkeypatch.setattr(torch.onnx, "is_in_onnx_export", lambda exporting=exporting: exporting)
        torch.testing.assert_close(linear(values), expected)
