"""What is decayed, and the learning rate at every step."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.optimiser import learning_rate_at, make_optimiser
from logicjsc.tasks.jets.arrange import SCHEMA

SCALER = Scaler((0.0,) * 16, (1.0,) * 16)


def names_by_decay(network, optimiser):
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    groups = {}
    for group in optimiser.param_groups:
        groups.setdefault(group["weight_decay"], []).extend(
            names[id(entry)] for entry in group["params"]
        )
    return groups


@pytest.mark.parametrize(
    ("kind", "decayed"),
    [
        ("sparse", {f"layers.{index}.linear.weight" for index in range(3)}),
        # Linear layers of the dense network stand at every third place, after a norm and a ReLU.
        ("dense", {"3.weight", "6.weight", "9.weight"}),
    ],
)
def test_only_weights_of_linear_layers_are_decayed(kind, decayed):
    network = build_network(NetworkConfig(kind=kind, hidden=(8, 8)), SCALER, SCHEMA.target)
    optimiser = make_optimiser(network, TrainingConfig(weight_decay=0.25))
    groups = names_by_decay(network, optimiser)
    assert set(groups) == {0.25, 0.0}
    assert set(groups[0.25]) == decayed
    everything = sorted(name for name, _ in network.named_parameters())
    assert sorted(groups[0.25] + groups[0.0]) == everything
    spared = set(groups[0.0])
    assert any("norm" in name or name == "1.weight" for name in spared)
    if kind == "sparse":
        assert {"input.bias", "score_bias", "score_scale", "layers.0.norm.weight"} <= spared
        assert sum("quantiser" in name for name in spared) == 4


def test_without_a_gradient_decay_alone_moves_weights():
    network = build_network(NetworkConfig(hidden=(8,)), SCALER, SCHEMA.target)
    optimiser = make_optimiser(network, TrainingConfig(weight_decay=0.5, learning_rate=0.1))
    before = {name: entry.detach().clone() for name, entry in network.named_parameters()}
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    for name, parameter in network.named_parameters():
        factor = 0.95 if name.endswith("linear.weight") else 1.0
        torch.testing.assert_close(parameter.detach(), before[name] * factor, msg=name)


def test_settings_reach_the_optimiser():
    network = build_network(NetworkConfig(hidden=()), SCALER, SCHEMA.target)
    optimiser = make_optimiser(network, TrainingConfig(learning_rate=0.02, betas=(0.6, 0.7)))
    assert isinstance(optimiser, torch.optim.AdamW)
    for group in optimiser.param_groups:
        assert (group["lr"], group["betas"]) == (0.02, (0.6, 0.7))


def naive_one_cycle(step, total, peak):
    """From 4 % of the peak up along half a cosine wave in a tenth, then down along another."""
    tenth = total / 10
    start = 0.04 * peak
    if step < tenth:
        return start + (peak - start) * (0.5 - 0.5 * math.cos(math.pi * step / tenth))
    return peak * math.cos(0.5 * math.pi * (step - tenth) / (total - tenth)) ** 2


@pytest.mark.parametrize("step", [0, 1, 7, 19, 20, 21, 55, 110, 150, 198, 199])
def test_one_cycle_follows_its_formula(step):
    config = TrainingConfig(epochs=20, learning_rate=0.03, schedule="one-cycle")
    rate = learning_rate_at(step, 10, config)
    assert rate == pytest.approx(naive_one_cycle(step, 200, 0.03), rel=1e-9)


def test_one_cycle_starts_low_peaks_after_a_tenth_and_ends_near_zero():
    config = TrainingConfig(epochs=20, learning_rate=0.03, schedule="one-cycle")
    rates = [learning_rate_at(step, 50, config) for step in range(1000)]
    assert rates[0] == pytest.approx(0.0012)
    assert max(rates) == rates[100] == pytest.approx(0.03)
    assert rates[:101] == sorted(rates[:101])
    assert rates[100:] == sorted(rates[100:], reverse=True)
    assert 0 < rates[-1] < 1e-5 * 0.03


def naive_cosine(step, total, peak, warm_up, floor):
    """Up along a line, then down along half a cosine wave to a part of the peak."""
    rising = warm_up * total
    if step < rising:
        return min(peak, peak * (step + 1) / rising)
    wave = math.cos(0.5 * math.pi * (step - rising) / (total - rising)) ** 2
    return peak * (floor + (1 - floor) * wave)


@pytest.mark.parametrize(("warm_up", "floor"), [(0.0, 0.0), (0.1, 0.0), (0.33, 0.2), (0.5, 1.0)])
def test_cosine_follows_its_formula(warm_up, floor):
    config = TrainingConfig(
        epochs=20, learning_rate=0.03, schedule="cosine", warm_up=warm_up, final_rate=floor
    )
    for step in range(200):
        rate = learning_rate_at(step, 10, config)
        assert rate == pytest.approx(naive_cosine(step, 200, 0.03, warm_up, floor), rel=1e-9)


@pytest.mark.parametrize("warm_up", [0.0, 0.25, 0.5])
def test_one_cycle_peaks_where_its_warm_up_ends(warm_up):
    config = TrainingConfig(epochs=20, learning_rate=0.03, warm_up=warm_up)
    rates = [learning_rate_at(step, 50, config) for step in range(1000)]
    peak = int(warm_up * 1000)
    assert rates[peak] == max(rates) == pytest.approx(0.03)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "warm-restarts"])
def test_a_schedule_ends_at_its_final_rate(schedule):
    config = TrainingConfig(
        epochs=4, learning_rate=0.02, schedule=schedule, final_rate=0.25, restart_epochs=4
    )
    rates = [learning_rate_at(step, 1000, config) for step in range(4000)]
    assert rates[-1] == pytest.approx(0.005, rel=1e-3)
    assert min(rates[400:]) == rates[-1]


@pytest.mark.parametrize(
    ("step", "part"),
    [(0, 1.0), (15, 0.5), (10, 0.75), (20, 0.25), (30, 1.0), (45, 0.5), (60, 1.0), (80, 0.25)],
)
def test_warm_restarts_fall_along_a_cosine_in_each_period(step, part):
    config = TrainingConfig(
        epochs=50, learning_rate=0.02, schedule="warm-restarts", restart_epochs=3
    )
    assert learning_rate_at(step, 10, config) == pytest.approx(0.02 * part)


def test_warm_restarts_end_each_period_near_zero():
    config = TrainingConfig(learning_rate=1.0, schedule="warm-restarts", restart_epochs=2)
    rates = [learning_rate_at(step, 500, config) for step in range(3000)]
    jumps = [step for step in range(1, 3000) if rates[step] > rates[step - 1]]
    assert jumps == [1000, 2000]
    assert max(rates[999], rates[1999], rates[2999]) < 1e-5


@given(st.integers(0, 10_000), st.integers(1, 500), st.integers(1, 50))
def test_a_constant_rate_is_constant(step, steps_per_epoch, epochs):
    config = TrainingConfig(epochs=epochs, learning_rate=0.007, schedule="constant")
    assert learning_rate_at(step, steps_per_epoch, config) == 0.007


@given(st.integers(1, 300), st.integers(1, 40), st.data())
def test_no_schedule_leaves_the_range_from_zero_to_the_peak(steps_per_epoch, epochs, data):
    step = data.draw(st.integers(0, epochs * steps_per_epoch - 1))
    warm_up = data.draw(st.floats(0, 0.99))
    for schedule in ("one-cycle", "cosine", "warm-restarts"):
        config = TrainingConfig(
            epochs=epochs, learning_rate=0.5, schedule=schedule, warm_up=warm_up
        )
        assert 0 < learning_rate_at(step, steps_per_epoch, config) <= 0.5
