"""What became of trials: the front against its definition, what was lost, and blocks of grids."""

import json
from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.ledger import AFTER, ERROR, MEASURED, RETRIES, RETRY_OF, RUN, SURPLUS
from logicjsc.explore.study.report import make_report
from logicjsc.explore.study.results import DIRECTIONS

SEARCH = """
base = "jsc-s"
trials = 14
[space]
"training.epochs" = { low = 1, high = 90 }
"""
GRID = """
base = "jsc-s"
seeds = [0, 1]
[blocks.one.grid]
"training.epochs" = [2, 3]
[blocks.two.grid]
"training.epochs" = [3, 4]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Reads a study."""

    def study(text):
        path = tmp_path_factory.mktemp("study") / "my.toml"
        path.write_text(text)
        return load_study(path)

    return study


@pytest.fixture(scope="module")
def search(study):
    return study(SEARCH)


def opened(study, trials):
    """The study in a storage, with trials that have ended."""
    directions = [DIRECTIONS[name] for name in study.settings.objectives]
    found = optuna.create_study(directions=directions)
    for trial in trials:
        found.add_trial(trial)
    return found


def reported(study, trials):
    return make_report(study, opened(study, trials), Path("f"), "sqlite:///x")


def complete(values, epochs=None, **attributes):
    axis = {"training.epochs": optuna.distributions.IntDistribution(1, 90)} if epochs else {}
    return create_trial(
        values=values,
        params={"training.epochs": epochs} if epochs else {},
        distributions=axis,
        user_attrs=attributes,
    )


def failed(**attributes):
    return create_trial(state=TrialState.FAIL, user_attrs=attributes)


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=14))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_front_is_what_nothing_equals_or_beats(search, values):
    report = reported(search, [complete([*map(float, entry)], 5) for entry in values])
    for number, (accuracy, luts, latency) in enumerate(values):
        beaten = any(
            a >= accuracy and b <= luts and c <= latency
            and ((a, b, c) != (accuracy, luts, latency) or other < number)
            for other, (a, b, c) in enumerate(values)
        )  # fmt: skip
        assert (number not in report.front) == beaten
    # The best come first.
    accuracies = [row.values["accuracy"] for row in report.front_rows]
    assert accuracies == sorted(accuracies, reverse=True)


def test_of_one_objective_the_best_trial_is_the_front(study):
    losses = study('objectives = ["loss"]' + SEARCH)
    report = reported(losses, [complete([value], 5) for value in (0.7, 0.5, 0.5, 0.9)])
    assert report.front == (1,)
    assert reported(losses, []).front == ()


def test_lost_trials_are_counted_and_those_that_repeat_them_stand_for_them(search):
    report = reported(
        search,
        [
            failed(),  # lost, and repeated as number 3
            complete([0.7, 10, 2], 5, **{RUN: "a", MEASURED: {"luts": 10}}),
            failed(**{ERROR: "too large"}),
            complete([0.8, 20, 2], 6, **{RUN: "b", RETRY_OF: 0, RETRIES: 1, AFTER: 0}),
            failed(**{SURPLUS: True}),
            failed(),  # lost, and its settings with it
            create_trial(state=TrialState.PRUNED, user_attrs={RUN: "c"}),
            create_trial(state=TrialState.WAITING),
        ],
    )
    assert [(row.number, row.state) for row in report.trials] == [
        (1, "complete"),
        (2, "failed"),
        (3, "complete"),
        (6, "pruned"),
        (7, "waiting"),
    ]
    assert report.states() == {"complete": 2, "failed": 1, "pruned": 1, "waiting": 1}
    assert report.lost == 2
    row = report.row(3)
    assert (row.settings, row.retry_of, row.run) == ({"training.epochs": 6}, 0, "b")
    assert row.values == {"accuracy": 0.8, "luts": 20, "latency": 2}
    assert (report.row(1).measured, report.row(2).error) == ({"luts": 10}, "too large")
    assert report.row(0) is None
    assert report.configs[3].config.training.epochs == 6
    assert set(report.configs) == {1, 3, 6}


def test_what_killed_its_workers_again_and_again_is_named(search):
    retries = [{}, *({RETRY_OF: 0, RETRIES: n, AFTER: n - 1} for n in (1, 2, 3))]
    report = reported(search, [failed(**attributes) for attributes in retries])
    assert report.states() == {"failed": 1}
    assert report.lost == 3
    assert report.trials[0].error == "its worker died 4 times (out of memory?)"


def measured(epochs, accuracy):
    return {RUN: f"run{epochs}", MEASURED: {"test_accuracy": accuracy, "best_step": epochs}}


def test_results_of_a_grid_stand_in_all_blocks_that_have_them(study):
    grid = study(GRID)
    assert [entry.config.training.epochs for entry in grid.entries] == [2, 2, 3, 3, 4, 4]
    report = reported(
        grid,
        [
            complete([0.5], **measured(2, 0.5)),
            failed(**{ERROR: "no such file"}),  # tried again as number 6
            failed(),  # lost, and repeated as number 5
            failed(**{ERROR: "too large"}),
            create_trial(state=TrialState.PRUNED, user_attrs={RUN: "run4"}),
            complete([0.7], **measured(3, 0.7), **{RETRY_OF: 2, RETRIES: 1, AFTER: 2}),
            complete([0.6], **measured(2, 0.6), **{RETRY_OF: 1, RETRIES: 0, AFTER: 1}),
        ],
    )
    one, two = report.blocks
    assert [[run.values.get("test_accuracy") for run in point.runs] for point in one.points] == [
        [0.5, 0.6],
        [0.7, None],
    ]
    assert [[run.failure for run in point.runs] for point in two.points] == [
        ["", "too large"],
        ["it is pruned", "it was not done"],
    ]
    assert one.points[0].spreads["test_accuracy"].mean == pytest.approx(0.55)
    assert one.points[1].runs[0].run == "run3"
    assert report.states() == {"complete": 3, "failed": 1, "pruned": 1}
    assert report.lost == 1
    assert report.configs[6] == grid.entries[1]
    assert report.front == (5,)
    shown = json.loads(json.dumps(report.to_dict()))
    assert shown["states"] == report.states()
    assert shown["objectives"] == {"accuracy": "maximize"}
    runs = shown["blocks"][1]["points"][0]["runs"]
    assert runs[0]["test_accuracy"] == 0.7
    assert runs[1]["failure"] == "too large"
