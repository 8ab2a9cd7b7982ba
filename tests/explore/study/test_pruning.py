"""Pruning on the validation metric although several objectives are searched."""

import pytest

from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.pruning import Judge
from logicjsc.explore.study.storage import Patience, embedded_url, open_storage

SEARCH = """
base = "jsc-s"
pruner = "PRUNER"
pruner_options = { OPTIONS }
[space]
"network.fan_in" = { low = 2, high = 4 }
"""


GRID = SEARCH.replace("[space]", "[grid]").replace("{ low = 2, high = 4 }", "[2, 4]")


@pytest.fixture
def judge(tmp_path):
    storages = []

    def judge(pruner, options, text=SEARCH):
        text = text.replace("PRUNER", pruner).replace("OPTIONS", options)
        (tmp_path / "my.toml").write_text(text)
        storages.append(open_storage(embedded_url(tmp_path)))
        search = load_study(tmp_path / "my.toml")
        return Judge(search, storages[-1], Patience("test", 1), ("search", "samples", "1"))

    yield judge
    for storage in storages:
        storage.engine.dispose()


@pytest.mark.parametrize(
    ("pruner", "options"),
    [
        ("median", "n_startup_trials = 2"),
        ("successive-halving", "min_resource = 1, reduction_factor = 2"),
    ],
)
@pytest.mark.parametrize("text", [SEARCH, GRID])
def test_a_training_below_the_others_is_stopped(judge, pruner, options, text):
    for accuracy in (0.6, 0.7, 0.65):
        good = judge(pruner, options, text)
        good.stops(1, accuracy)
        good.close(pruned=False)
    bad, best = judge(pruner, options, text), judge(pruner, options, text)
    assert bad.stops(1, 0.2)
    bad.close(pruned=True)
    assert not best.stops(1, 0.8)
    best.close(pruned=False)


def test_an_epoch_that_is_repeated_after_an_interruption_is_reported_once(judge):
    one = judge("threshold", "lower = 0.1")
    assert not one.stops(1, 0.5)
    assert not one.stops(1, 0.5)
    assert one.stops(2, 0.05)


def test_nothing_is_kept_without_a_pruner(judge):
    none = judge("none", "")
    assert not none.stops(1, 0.0)
    none.close(pruned=False)
