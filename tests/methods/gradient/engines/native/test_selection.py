"""Selected sources and the sparsity regulariser in the compiled step, against the modules."""

import copy

import pytest
import torch
from reference.naive_wiring import SCALER, learning_network, random_samples
from torch import nn

from logicjsc.methods.gradient.averaging import measure_statistics as measure_through_modules
from logicjsc.methods.gradient.config import NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.engines.native.calls import (
    measure_statistics,
    scores_of,
    train_steps,
)
from logicjsc.methods.gradient.network.inputs import prepare_features
from logicjsc.methods.gradient.network.selection import layers_of, narrowed, sparsity_of
from logicjsc.methods.gradient.optimiser import make_optimiser

NETWORK = NetworkConfig(
    hidden=(11, 20),
    fan_in=(3, 4, 9),
    bits=(2, 3, 4),
    skips=((0, 2),),
    connectivity="straight-through",
)
DENSE = NetworkConfig(**{**vars(NETWORK), "connectivity": "dense-top-k"})
TRAINING = TrainingConfig(weight_decay=0.1, betas=(0.5, 0.999))
FEATURES, LABELS = random_samples(512)
PREPARED = prepare_features(SCALER)(FEATURES)


def through_modules(network, batches, rate, sparsity=0.0):
    """Steps through the modules: the network, its optimiser and its losses."""
    network = copy.deepcopy(network).train()
    optimiser = make_optimiser(network, TRAINING)
    losses = []
    for batch in batches:
        optimiser.param_groups[0]["lr"] = optimiser.param_groups[1]["lr"] = rate
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(FEATURES[batch]), LABELS[batch])
        losses.append(loss.item())
        (loss + sparsity * sparsity_of(network)).backward()
        for bias in (network.score_bias, *(layer.linear.bias for layer in layers_of(network))):
            bias.grad.zero_()  # nothing but rounding
        optimiser.step()
    return network, optimiser, torch.tensor(losses, dtype=torch.float64)


def compiled(network, batches, rate, threads=1, **options):
    """The same through the compiled step."""
    network = copy.deepcopy(network)
    optimiser = make_optimiser(network, TRAINING)
    rates = [rate] * len(batches)
    losses = train_steps(
        network, optimiser, PREPARED, LABELS, batches, rates=rates, threads=threads, **options
    )
    return network, optimiser, losses


def assert_same_gradients(ours, theirs):
    """After a first step, AdamW's first moment is half of the gradient."""
    for (name, parameter), other in zip(
        ours[0].named_parameters(), theirs[0].parameters(), strict=True
    ):
        gradient = 2 * ours[1].state[parameter]["exp_avg"]
        tolerance = 2e-5 * float(other.grad.abs().max()) + 2e-6
        torch.testing.assert_close(gradient, other.grad, rtol=0, atol=tolerance, msg=name)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("config", "sparsity"), [(NETWORK, 0.0), (DENSE, 0.0), (DENSE, 1e-2)])
def test_a_step_equals_that_of_the_modules(config, sparsity, seed):
    network = learning_network(config, seed)
    batches = torch.arange(512)[None]
    ours = compiled(network, batches, 1e-3, sparsity=sparsity)
    theirs = through_modules(network, batches, 1e-3, sparsity)
    torch.testing.assert_close(ours[2], theirs[2], rtol=1e-6, atol=1e-6)
    assert_same_gradients(ours, theirs)


def test_scores_that_move_select_other_sources():
    network = learning_network(NETWORK)
    batches = torch.stack([torch.arange(512).roll(step)[:256] for step in range(20)])
    ours, theirs = compiled(network, batches, 1e-3), through_modules(network, batches, 1e-3)
    changed = 0
    for before, layer, other in zip(*map(layers_of, (network, ours[0], theirs[0])), strict=True):
        found = [narrowed(entry.linear)[0] for entry in (before, layer, other)]
        changed += int((found[0].connections != found[1].connections).sum())
        assert torch.equal(found[1].connections, found[2].connections)
        torch.testing.assert_close(found[1].weight, found[2].weight, rtol=1e-3, atol=1e-3)
    assert changed > 0, "a selection that never changes is no test"


def test_the_number_of_threads_changes_no_bit():
    network = learning_network(NETWORK)
    batches = torch.stack([torch.arange(512).roll(step)[:99] for step in range(10)])
    one, many = (compiled(network, batches, 1e-2, threads) for threads in (1, 3))
    for ours, theirs in zip(
        one[0].state_dict().values(), many[0].state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_evaluation_and_statistics_use_what_is_selected():
    network = learning_network(NETWORK)
    with torch.no_grad():
        for layer in layers_of(network):
            layer.linear.scores.copy_(torch.randn_like(layer.linear.scores))
    other = copy.deepcopy(network)
    blocks = torch.arange(512).view(2, 256)
    measure_statistics(network, PREPARED, blocks, 1)
    measure_through_modules(other, FEATURES, blocks)
    for ours, theirs in zip(network.buffers(), other.buffers(), strict=True):
        if ours.is_floating_point():
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    scores = scores_of(network, PREPARED, 1)
    with torch.no_grad():
        expected = network.eval()(FEATURES)
    assert int(((scores - expected).abs() > 1e-5).any(dim=1).sum()) <= 2


def test_averages_follow_scores():
    network = learning_network(NETWORK)
    averaged = copy.deepcopy(network)
    before = copy.deepcopy(network)
    ours = compiled(network, torch.arange(512)[None], 1e-2, averaged=averaged, shares=[0.25])
    for average, start, end in zip(*map(layers_of, (averaged, before, ours[0])), strict=True):
        expected = start.linear.scores + 0.25 * (end.linear.scores - start.linear.scores)
        torch.testing.assert_close(average.linear.scores, expected)
        assert not torch.equal(average.linear.scores, start.linear.scores)


def test_scores_that_are_no_numbers_do_no_harm():
    network = learning_network(NETWORK)
    with torch.no_grad():
        layers_of(network)[0].linear.scores[:, 2:] = torch.nan
        layers_of(network)[1].linear.scores.fill_(torch.nan)
    scores = scores_of(network, PREPARED, 1)
    assert scores.isfinite().all()
