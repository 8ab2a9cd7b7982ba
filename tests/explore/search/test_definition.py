"""A search's file: every key known, both ends of every range possible."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.search.definition import load_search
from logicjsc.explore.search.space import Choice, Range
from logicjsc.explore.sweep.settings import resolve_definition

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
    return load_search(path)


def test_a_search_is_read(tmp_path):
    search = load(tmp_path)
    assert search.name == "my"
    assert search.settings.trials == 9
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
    identity = load(tmp_path).identity()
    same = [("trials = 9", "trials = 99"), ("nsga2", "random"), ("percentile = 25", "percentile=5")]
    for old, new in same:
        text = WHOLE.replace(old, new)
        if new == "random":
            text = text.replace("{ population_size = 4 }", "{}")
        assert load(tmp_path, text).identity() == identity
    for old, new in [('epochs" = 2', 'epochs" = 3'), ("high = 4", "high = 3"), ("jsc-s", "jsc-m")]:
        assert load(tmp_path, WHOLE.replace(old, new)).identity() != identity
    assert load(tmp_path, 'objectives = ["luts"]' + WHOLE).identity() != identity
    assert load(tmp_path, "pipeline = 2" + WHOLE).identity() != identity


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trials", "trails", "unknown key trails; did you mean trials?"),
        ("nsga2", "nsga7", "sampler = 'nsga7' is not one of 'tpe', 'random'"),
        ("nsga2", "cma-es", "sampler = 'cma-es' takes one objective; use one of: tpe, random"),
        ("population_size", "population", "unknown key sampler_options.population; NSGAIISampler"),
        ("population_size = 4", "population_size = 1", "sampler_options: `population_size`"),
        ("percentile = 25.0", "percentile = 250.0", "pruner_options: "),
        ("{ percentile = 25.0 }", "{}", "pruner_options: "),
        ("fan_in", "fanin", "unknown key network.fanin; did you mean network.fan_in?"),
        ("low = 2, high = 4", "low = 0, high = 4", "network.fan_in = 0 must be at least 1"),
        ("high = 6", "high = 10", "network.bits = 10 must be at most 8"),
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
        ('"jsc-s"', '"jsc-toy"', 'objectives must be ["accuracy"]; or set'),
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


def test_without_a_space_there_is_nothing_to_search(tmp_path):
    with pytest.raises(ConfigError, match="space is empty"):
        load(tmp_path, WHOLE.partition("[space]")[0])


def test_lists_by_layer_need_not_fit_every_network(tmp_path):
    text = WHOLE.replace("{ low = 2, high = 4 }", "{ choices = [3, [4, 2]] }")
    assert len(load(tmp_path, text).space["network.fan_in"].examples) == 2


def test_the_shipped_search_is_known_by_name():
    search = load_search(resolve_definition("jsc", "search", "search"))
    assert search.settings.objectives == ("accuracy", "luts", "latency")
