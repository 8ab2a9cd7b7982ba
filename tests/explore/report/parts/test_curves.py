import json

import pytest

from logicjsc.core.run import Run
from logicjsc.explore.report.parts.curves import plot_of
from logicjsc.methods.curves import Curve


def test_a_gradient_run_shows_every_epoch(runs, sections):
    path = runs()
    saved = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    loss, chosen = sections(path)["curves"].elements
    assert [trace["name"] for trace in loss.data] == ["training", "validation"]
    assert loss.data[0]["x"] == [1.0, 2.0, 3.0]
    assert loss.data[1]["y"] == [entry["validation_loss"] for entry in saved]
    assert chosen.title == "Validation accuracy"
    assert chosen.data[0]["y"] == [entry["validation_rank"] for entry in saved]


def test_values_are_chosen_by_loss_and_have_one_plot(runs, sections):
    (loss,) = sections(runs("gradient", "value"))["curves"].elements
    assert min(loss.data[1]["y"]) > 0


def test_an_annealing_shows_what_each_start_reached(runs, sections):
    path = runs("anneal", "classes")
    result = Run(path).result()
    (plot,) = sections(path)["curves"].elements
    lines = {trace["name"]: trace["y"] for trace in plot.data}
    assert plot.data[0]["x"] == [0.0, 1.0]
    assert lines["training"] == result["details"]["training_accuracy"]
    assert lines["test"] == [entry["test"]["accuracy"] for entry in result["found"]]


def test_a_pruning_shows_its_rounds_by_size(runs, sections):
    path = runs("prune", "value")
    rounds = Run(path).result()["details"]["rounds"]
    loss, worth = sections(path)["curves"].elements
    assert loss.data[0]["x"] == [row[0] for row in rounds]
    assert loss.data[0]["y"] == [row[1] for row in rounds]
    assert worth.data[0]["y"] == [row[2] for row in rounds]
    assert loss.layout["xaxis"]["autorange"] == "reversed"


@pytest.mark.parametrize("falling", [True, False])
def test_sizes_that_fall_are_drawn_by_their_logarithm(falling):
    curve = Curve("loss", "LUTs", (8.0, 4.0), "nats", {"a": (1.0, float("nan"))}, falling=falling)
    plot = plot_of(curve)
    assert (plot.layout["xaxis"].get("type") == "log") is falling
    assert plot.data[0]["y"] == [1.0, None]
