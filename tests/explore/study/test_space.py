"""Axes of a search: what a sampler may draw, and how storages keep it."""

import json

import optuna
import pytest

from logicjsc.explore.study.space import Choice, Range, decode, suggest

SPACE = {
    "network.fan_in": Range(2, 4, log=False, step=None),
    "network.bits": Range(2, 6, log=False, step=2),
    "training.learning_rate": Range(1e-3, 3e-2, log=True, step=None),
    "training.weight_decay": Range(0.0, 1.0, log=False, step=0.25),
    "network.hidden": Choice(([32, 16], [], [[1, 2], [3]])),
    "training.schedule": Choice(("constant", True, None, 1.5)),
}


@pytest.fixture(scope="module")
def drawn():
    """Settings of many trials, and what the storage keeps of them."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    trials = [study.ask() for _ in range(60)]
    return [(suggest(SPACE, trial), trial.params) for trial in trials]


def test_all_values_of_an_axis_are_drawn_and_no_others(drawn):
    values = {key: [settings[key] for settings, _ in drawn] for key in SPACE}
    assert set(values["network.fan_in"]) == {2, 3, 4}
    assert set(values["network.bits"]) == {2, 4, 6}
    assert {type(value) for value in values["network.fan_in"]} == {int}
    assert set(values["training.weight_decay"]) == {0.0, 0.25, 0.5, 0.75, 1.0}
    rates = values["training.learning_rate"]
    assert all(1e-3 <= rate <= 3e-2 for rate in rates)
    # Evenly in the logarithm: about half lie below the geometric mean.
    assert 15 < sum(rate < 5.5e-3 for rate in rates) < 45
    for key in ("network.hidden", "training.schedule"):
        assert all(value in values[key] for value in SPACE[key].values)


def test_the_storage_gives_the_settings_back(drawn):
    for settings, parameters in drawn:
        assert decode(SPACE, parameters) == settings
        json.dumps(parameters)
    # Of a trial that was lost before all were drawn, too.
    settings, parameters = drawn[0]
    some = {"network.hidden": parameters["network.hidden"]}
    assert decode(SPACE, some) == {"network.hidden": settings["network.hidden"]}
