"""A study's file: every key known, both ends of every range possible."""

from dataclasses import replace
from typing import get_args

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.study.definition import load_study, resolve_study
from logicjsc.explore.study.results import Objective
from logicjsc.explore.study.space import Choice, Range

WHOLE = """
base = "jsc-s"
trials = 9
sampler = "nsga2"
sampler_options = { population_size = 4 }
pruner = "percentile"
pruner_options = { percentile = 25.0 }
[set]
"training.epochs" = 2
[space]
"network.fan_in" = { low = 2, high = 4 }
"network.bits" = { low = 2, high = 6, step = 2 }
"training.learning_rate" = { low = 1e-3, high = 3e-2, log = true }
network.hidden = { choices = [[32, 16], []] }
"training.schedule" = { choices = ["constant", "one-cycle"] }
"""


def load(tmp_path, text=WHOLE):
    path = tmp_path / "my.toml"
    path.write_text(text)
    return load_study(path)


def test_a_search_is_read(tmp_path):
    search = load(tmp_path)
    assert not search.is_grid
    assert search.name == "my"
    assert search.trials == search.search.trials == 9
    assert search.space == {
        "network.fan_in": Range(2, 4, log=False, step=None),
        "network.bits": Range(2, 6, log=False, step=2),
        "training.learning_rate": Range(1e-3, 3e-2, log=True, step=None),
        "network.hidden": Choice(([32, 16], [])),
        "training.schedule": Choice(("constant", "one-cycle")),
    }
    config = search.config({"network.hidden": [32, 16], "network.fan_in": 4}).config
    assert (config.network.hidden, config.network.fan_in) == ((32, 16), 4)
    assert (config.training.epochs, config.network.bits) == (2, 2)


def test_trials_may_grow_but_what_is_searched_may_not_change(tmp_path):
    identity = load(tmp_path).identity
    same = [("trials = 9", "trials = 99"), ("nsga2", "random"), ("percentile = 25", "percentile=5")]
    for old, new in same:
        text = WHOLE.replace(old, new)
        if new == "random":
            text = text.replace("{ population_size = 4 }", "{}")
        assert load(tmp_path, text).identity == identity
    for old, new in [('epochs" = 2', 'epochs" = 3'), ("high = 4", "high = 3"), ("jsc-s", "jsc-m")]:
        assert load(tmp_path, WHOLE.replace(old, new)).identity != identity
    assert load(tmp_path, 'objectives = ["luts"]' + WHOLE).identity != identity
    assert load(tmp_path, "pipeline = 2" + WHOLE).identity != identity


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trials", "trails", "unknown key trails; did you mean trials?"),
        ("trials", "seeds = [1]\ntrials", "unknown key seeds"),
        ("nsga2", "nsga7", "sampler = 'nsga7' is not one of 'tpe', 'random'"),
        ("nsga2", "cma-es", "sampler = 'cma-es' takes one objective; use one of: tpe, random"),
        ("population_size", "population", "unknown key sampler_options.population; NSGAIISampler"),
        ("population_size = 4", "population_size = 1", "sampler_options: `population_size`"),
        ("percentile = 25.0", "percentile = 250.0", "pruner_options: "),
        ("{ percentile = 25.0 }", "{}", "pruner_options: "),
        ("fan_in", "fanin", "unknown key network.fanin; did you mean network.fan_in?"),
        ("low = 2, high = 4", "low = 0, high = 4", "network.fan_in = 0 must be at least 1"),
        ("high = 6", "high = 14", "network.bits = 14 must be at most 8"),
        ("low = 2, high = 4", "low = 2.0, high = 4", "network.fan_in = 2.0 must be"),
        ("low = 2, high = 4", "low = 5, high = 4", "low must not be larger than high"),
        ("low = 2, high = 4", "low = 2", "low or high is missing; known: low, high, log, step"),
        ("low = 2, high = 4", "low = 2, hgh = 4", "unknown key hgh"),
        ("{ low = 2, high = 4 }", "3", "must be { low = ..., high = ... } or { choices = [...] }"),
        ("low = 1e-3", "low = 0.0", "a logarithmic range needs a low above 0"),
        ("step = 2", "step = 0", "step must be above 0"),
        ("step = 2", "step = 0.5", "needs a whole step"),
        ("log = true", "log = 1", "log must be true or false"),
        ('"constant", ', '"constant", "constant", ', "holds a choice twice"),
        ('"constant", ', '"cnstant", ', "'cnstant' is not one of"),
        ("choices = [[", "low = 1, choices = [[", "and nothing beside it"),
        ("training.epochs", "network.fan_in", "network.fan_in stands in set and in space"),
        ('base = "jsc-s"', "", "base is missing"),
        ('"jsc-s"', '"jsc-toy"', 'objectives must be ["accuracy"] or ["loss"]; or set'),
        ("trials = 9", 'objectives = ["luts", "luts"]', "must be distinct"),
        ("trials = 9", "heartbeat_seconds = 0.0", "heartbeat_seconds = 0.0 must be above 0"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_and_fix(tmp_path, old, new, message):
    assert old in WHOLE
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, WHOLE.replace(old, new, 1))
    text = str(caught.value)
    assert text.startswith(str(tmp_path / "my.toml"))
    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize("text", [WHOLE.partition("[space]")[0] + "[space]", "space = {}\n"])
def test_a_space_holds_something(tmp_path, text):
    with pytest.raises(ConfigError, match=r"space is empty|base is missing"):
        load(tmp_path, text)


def test_without_a_space_or_a_grid_there_is_nothing_to_do(tmp_path):
    with pytest.raises(
        ConfigError, match=r"give either one \[grid\], or blocks .*, or a \[space\]"
    ):
        load(tmp_path, 'base = "jsc-s"\n')
    with pytest.raises(ConfigError, match="unknown key trials"):
        load(tmp_path, 'base = "jsc-s"\ntrials = 3\n[grid]\n"training.epochs" = [1]')


@pytest.mark.parametrize("table", ["grid", "blocks", "blocks.x.grid"])
def test_a_space_and_a_grid_do_not_go_together(tmp_path, table):
    with pytest.raises(ConfigError, match="a study has a space or a grid; write either"):
        load(tmp_path, f"{WHOLE}\n[{table}]")


def test_lists_by_layer_need_not_fit_every_network(tmp_path):
    text = WHOLE.replace("{ low = 2, high = 4 }", "{ choices = [3, [4, 2]] }")
    assert len(load(tmp_path, text).space["network.fan_in"].examples) == 2


ANNEAL = """
base = "jsc-lut-7"
objectives = ["accuracy", "luts"]
[space]
"anneal.first_temperature" = { low = 1e-6, high = 1e-4, log = true }
"anneal.last_temperature" = { low = 1e-7, high = 1e-5, log = true }
"network.layers" = { choices = [[4], [8, 4]] }
"""


def test_any_method_is_searched_and_values_need_not_go_with_all_others(tmp_path):
    search = load(tmp_path, ANNEAL)
    assert search.first.method == "anneal"
    config = search.config({"network.layers": [8, 4], "anneal.last_temperature": 1e-6}).config
    assert (config.network.layers, config.anneal.last_temperature) == ((8, 4), 1e-6)
    # No first temperature lies above these.
    message = "anneal.last_temperature = 0.001 must not be above anneal.first_temperature"
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, ANNEAL.replace("low = 1e-7, high = 1e-5", "low = 1e-3, high = 1e-2"))


def test_settings_made_in_python_are_checked_as_well(tmp_path):
    settings = load(tmp_path).settings
    with pytest.raises(ConfigError, match="pipeline = -1 must be at least 0"):
        replace(settings, pipeline=-1)


def test_the_shipped_search_is_known_by_name():
    search = load_study(resolve_study("jsc"))
    assert search.settings.objectives == ("accuracy", "luts", "latency")
    assert set(search.settings.objectives) < set(get_args(Objective))
    assert (search.is_grid, search.trials) == (False, 60)


def test_the_shipped_lab_is_known_by_name():
    lab = load_study(resolve_study("lab"))
    assert {block.name: len(block.points) for block in lab.blocks} == {
        "batch-size": 5,
        "epochs": 5,
        "learning-rate": 6,
        "network": 3,
    }
    assert all(len(point.runs) == 3 for block in lab.blocks for point in block.points)
    assert lab.settings.objectives == ("accuracy",)
    # Two points stand in two or three blocks.
    assert lab.trials == len(lab.entries) == 3 * (5 + 5 + 6 + 3 - 2)
    with pytest.raises(ConfigError, match="no study 'lbb'; give a file, or one of: jsc, lab"):
        resolve_study("lbb")
