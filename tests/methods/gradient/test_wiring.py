"""Runs that learn their connections: what they keep, resume, refuse, and make in the end."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.naive_wiring import learning_network, random_samples
from reference.small_jets import small_splits
from reference.small_runs import NETWORK, config_of, finish, fit, trainer_of, unnamed
from torch import nn

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import NetworkConfig, learning_epochs
from logicjsc.methods.gradient.engines.engine import make_engine
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.network.selection import SelectingLinear, layers_of
from logicjsc.methods.gradient.neurons.sparse import SparseLinear
from logicjsc.methods.gradient.objective import Objective
from logicjsc.methods.gradient.population import member_configs
from logicjsc.methods.gradient.processes import Processes
from logicjsc.methods.gradient.wiring import change_connections, settle, source_gradients
from logicjsc.netlist import evaluate

KINDS = ("dense-top-k", "prune-and-regrow", "straight-through")


def learning(kind, **training):
    """A config of five epochs, three of which learn connections."""
    settings = {
        "epochs": 5,
        "connectivity_fraction": 0.6,
        "connectivity_sparsity": 1e-3,
        **training,
    }
    return config_of(replace(NETWORK, connectivity=kind), **settings)


def connections_of(network):
    return [layer.linear.connections.clone() for layer in layers_of(network)]


def same_bits(ours, theirs):
    if isinstance(ours, torch.Tensor):
        return torch.equal(ours, theirs)
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same_bits(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same_bits, ours, theirs))
    return bool(ours == theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_ends_as_an_ordinary_network_and_its_netlist_says_the_same(tmp_path, kind):
    splits = small_splits()
    report, run, epochs = fit(tmp_path / "run", splits, learning(kind))
    assert 3 < report.best.step <= 5 == len(epochs)
    best = max((entry.validation_rank, -entry.validation_loss) for entry in epochs[3:])
    assert report.best.validation.accuracy == pytest.approx(best[0])
    network = checkpoint.load_model(run).network
    fan_ins = [3, 5]
    fixed = learning_network(replace(NETWORK, connectivity="covering"))
    learned = connections_of(network)
    for layer, fan_in in zip(layers_of(network), fan_ins, strict=True):
        assert type(layer.linear) is SparseLinear
        assert layer.linear.weight.shape[1] == layer.linear.connections.shape[1] == fan_in
    assert not all(map(torch.equal, learned, connections_of(fixed)))
    netlist = netlist_of(identify(run.path))
    for layer, connections, start in zip(netlist.layers, learned, (0, 16), strict=True):
        assert np.array_equal(layer.inputs, connections.numpy() + start)
    features = splits.test.features
    codes = evaluate(netlist, netlist.encoder.encode(features))
    expected = network.output_codes(torch.from_numpy(features)).numpy()
    assert np.array_equal(codes, expected % 16)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("dense-top-k", {}),
        ("dense-top-k", {"averaging": "exponential", "engine": "brevitas"}),
        ("prune-and-regrow", {"averaging": "exponential"}),
        ("prune-and-regrow", {"connectivity_regrow": "random", "engine": "brevitas"}),
        ("straight-through", {"averaging": "exponential"}),
        ("straight-through", {"averaging": "stochastic", "average_start": 0.6}),
    ],
)
def test_a_run_that_is_interrupted_after_any_epoch_goes_on_to_the_same_bits(
    tmp_path, kind, settings
):
    splits, config = small_splits(train=200), learning(kind, **settings)
    whole = trainer_of(tmp_path / "whole", splits, config)
    expected = finish(whole)
    path = tmp_path / "parts"
    trainer = trainer_of(path, splits, config)
    for epoch in range(5):
        trainer._train_epoch()
        trainer = Trainer(trainer.run, config, splits)
        trainer.restore()
        assert trainer.epoch == epoch + 1
    assert unnamed(finish(trainer)) == unnamed(expected)
    for name in ("state.pt", "checkpoint.pt"):
        assert same_bits(checkpoint.load(path / name), checkpoint.load(whole.run.path / name))


@pytest.mark.parametrize("kind", KINDS)
def test_while_connections_are_learned_nothing_is_kept_and_patience_waits(tmp_path, kind):
    trainer = trainer_of(tmp_path / "run", config=learning(kind, patience=1, epochs=10))
    assert trainer.learning_epochs == 6
    for _ in range(6):
        assert trainer.running == [True]
        trainer._train_epoch()
    assert not GradientFiles(trainer.run).checkpoint.exists()
    trainer._train_epoch()
    assert trainer.best[0][2] == 7
    assert GradientFiles(trainer.run).checkpoint.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_members_of_a_population_learn_as_if_alone(tmp_path, kind):
    config = learning(kind, population=2, epochs=4, connectivity_fraction=0.5)
    _, run, _ = fit(tmp_path / "population", config=config)
    members = checkpoint.load(GradientFiles(run).state)["members"]
    for index, single in enumerate(member_configs(config)):
        _, own, _ = fit(tmp_path / str(index), config=single)
        (alone,) = checkpoint.load(GradientFiles(own).state)["members"]
        assert same_bits(alone, members[index])
    assert not same_bits(members[0]["model"], members[1]["model"])


@pytest.mark.parametrize("kind", KINDS)
def test_engines_learn_alike(tmp_path, kind):
    reports = [
        fit(tmp_path / engine, small_splits(train=1500), learning(kind, engine=engine))[0]
        for engine in ("fused", "brevitas")
    ]
    fused, brevitas = (report.best for report in reports)
    assert fused.sizes == brevitas.sizes
    assert fused.test.accuracy == pytest.approx(brevitas.test.accuracy, abs=0.05)


@pytest.mark.parametrize("kind", ["dense-top-k", "straight-through"])
def test_what_is_kept_keeps_weights_and_moments(tmp_path, kind):
    trainer = trainer_of(tmp_path / "run", config=learning(kind))
    trainer._train_epoch()
    (member,) = trainer.members
    wide = [layer.linear for layer in layers_of(member.network)]
    states = [copy.deepcopy(member.optimiser.state[linear.weight]) for linear in wide]
    biases = [copy.deepcopy(member.optimiser.state[linear.bias]) for linear in wide]
    assert isinstance(wide[0], SelectingLinear) == (kind == "straight-through")
    settle(member)
    assert member.sparsity == 0.0
    for layer, old, state, bias in zip(
        layers_of(member.network), wide, states, biases, strict=True
    ):
        new = member.optimiser.state[layer.linear.weight]
        assert new["step"] == state["step"] == 400 // 32
        for neuron, sources in enumerate(layer.linear.connections.tolist()):
            for k, source in enumerate(sources):
                assert layer.linear.weight[neuron, k] == old.weight[neuron, source]
                for key in ("exp_avg", "exp_avg_sq"):
                    assert new[key][neuron, k] == state[key][neuron, source]
        assert same_bits(member.optimiser.state[layer.linear.bias], bias)
    groups = member.optimiser.param_groups
    ours = [parameter for group in groups for parameter in group["params"]]
    assert {id(entry) for entry in ours} == {id(entry) for entry in member.network.parameters()}


@pytest.mark.parametrize("regrow", ["gradient", "random"])
def test_an_exchange_keeps_what_stays_and_new_weights_begin_at_zero(tmp_path, regrow):
    config = learning("prune-and-regrow", connectivity_regrow=regrow, averaging="exponential")
    trainer = trainer_of(tmp_path / "run", config=config)
    trainer._train_epoch()
    (member,) = trainer.members
    before = copy.deepcopy(member)
    change_connections(member, 1, trainer.dataset, trainer.objective)
    grown = 0
    for layer, old in zip(layers_of(member.network), layers_of(before.network), strict=True):
        new, state = member.optimiser.state[layer.linear.weight], before.optimiser.state
        was = state[old.linear.weight]
        for neuron, sources in enumerate(layer.linear.connections.tolist()):
            former = old.linear.connections[neuron].tolist()
            for k, source in enumerate(sources):
                figures = [layer.linear.weight[neuron, k], new["exp_avg"][neuron, k]]
                if source in former:
                    at = former.index(source)
                    assert figures == [old.linear.weight[neuron, at], was["exp_avg"][neuron, at]]
                    assert new["exp_avg_sq"][neuron, k] == was["exp_avg_sq"][neuron, at]
                    continue
                grown += 1
                assert figures == [0.0, 0.0]
                mean = was["exp_avg_sq"][neuron].mean()
                assert new["exp_avg_sq"][neuron, k] == pytest.approx(mean)
    # 0.3 (1 + cos(pi / 3)) / 2 of 10 times 3 and of 5 times 5 connections.
    assert grown == round(0.225 * 30) + round(0.225 * 25)
    assert same_bits(member.averaged.state_dict(), member.network.state_dict())


@pytest.mark.parametrize("epoch", [0, 3, 5, 6])
def test_connections_stay_between_the_exchanges(tmp_path, epoch):
    config = learning("prune-and-regrow", epochs=10, connectivity_interval=2)
    trainer = trainer_of(tmp_path / "run", config=config)
    (member,) = trainer.members
    before = copy.deepcopy(member.network.state_dict())
    change_connections(member, epoch, trainer.dataset, trainer.objective)
    assert same_bits(dict(member.network.state_dict()), dict(before))


def test_gradients_of_sources_are_those_of_a_network_that_reads_everything():
    config = replace(NETWORK, hidden=(10, 6), fan_in=(3, 4, 5), bits=2, skips=((0, 2),))
    network = learning_network(config)
    features, labels = random_samples(300)
    batch = torch.arange(7, 300)
    objective = Objective(smoothing=0.1)
    before = copy.deepcopy(network.state_dict())
    found = source_gradients(network, features, labels, batch, objective)
    assert same_bits(dict(network.state_dict()), dict(before))
    wide = copy.deepcopy(network).train()
    for layer in layers_of(wide):
        sources, neurons = layer.linear.sources, len(layer.linear.weight)
        everything = SparseLinear(sources, np.tile(np.arange(sources), (neurons, 1)))
        with torch.no_grad():
            everything.weight.copy_(layer.linear.dense_weight())
            everything.bias.copy_(layer.linear.bias)
        layer.linear = everything
    scores = wide(features[batch])
    nn.functional.cross_entropy(scores, labels[batch], label_smoothing=0.1).backward()
    for gradient, layer in zip(found, layers_of(wide), strict=True):
        torch.testing.assert_close(gradient, layer.linear.weight.grad, rtol=1e-4, atol=1e-6)
        assert gradient.abs().max() > 1e-4


def test_sparsity_leaves_fewer_sources(tmp_path):
    counted = []
    for strength in (0.0, 0.1):
        config = learning("dense-top-k", connectivity_sparsity=strength)
        trainer = trainer_of(tmp_path / str(strength), config=config)
        for _ in range(3):
            trainer._train_epoch()
        weight = layers_of(trainer.members[0].network)[0].linear.weight.detach()
        counted.append(float((weight.abs().sum(dim=1) ** 2 / (weight**2).sum(dim=1)).mean()))
    assert counted[1] < counted[0] - 1


def test_fixed_connectivity_learns_nothing():
    for kind in ("covering", "random"):
        assert learning_epochs(learning(kind)) == 0
    assert learning_epochs(learning("dense-top-k", epochs=40, connectivity_fraction=0.3)) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_share_steps_learn_no_connections(tmp_path, kind):
    with pytest.raises(ConfigError, match="by 2 processes that share each step; start one"):
        Trainer(
            trainer_of(tmp_path / "run").run, learning(kind), small_splits(), Processes(0, 2, 0)
        )


def test_the_fused_engine_of_cuda_learns_no_connections(tmp_path):
    trainer = trainer_of(tmp_path / "run", config=learning("dense-top-k", engine="fused"))
    with pytest.raises(ConfigError, match=r"does not learn .*'dense-top-k' on CUDA; use 'auto'"):
        make_engine(
            trainer.config, trainer.members, trainer.dataset, trainer.scaler, torch.device("cuda")
        )


def test_a_fan_in_beyond_the_sources_is_refused(tmp_path):
    network = NetworkConfig(hidden=(4,), fan_in=(3, 5), connectivity="straight-through")
    with pytest.raises(ConfigError, match=r"network\.fan_in = 5 is larger than .* \(4 sources\)"):
        trainer_of(tmp_path / "run", config=config_of(network, epochs=4))
