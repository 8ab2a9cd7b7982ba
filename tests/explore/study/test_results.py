"""What finished runs reached, and its mean and spread over seeds."""

import math

import pytest
from reference.small_jets import small_splits
from reference.small_runs import fit

from logicjsc.core.errors import ConfigError, RunError, TrainingError
from logicjsc.core.run import Header, Run
from logicjsc.dataset import DataConfig
from logicjsc.dataset.metrics import Metrics
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.study.definition import StudySettings
from logicjsc.explore.study.results import (
    DEFAULT_MEASURES,
    MEASURES,
    PointResult,
    RunResult,
    Spread,
    measures_of,
    objectives_of,
)
from logicjsc.map.estimate import estimate_luts
from logicjsc.methods.anneal.config import AnnealConfig, LogicConfig, ScheduleConfig
from logicjsc.methods.loading import LoadedConfig
from logicjsc.methods.result import Found, Result
from logicjsc.methods.train import train
from logicjsc.netlist import load_netlist


def test_the_spread_is_the_sample_standard_deviation():
    assert Spread.of([]) == Spread(None, None, 0)
    assert Spread.of([2.0]) == Spread(2.0, None, 1)
    spread = Spread.of([1.0, 2.0, 6.0])
    assert (spread.mean, spread.count) == (3.0, 3)
    assert spread.deviation == pytest.approx(math.sqrt((4 + 1 + 9) / 2))
    assert Spread.of([1.0, math.inf]).deviation is None


def test_a_point_has_the_spread_of_the_runs_that_are_finished():
    runs = [RunResult(0, "a", {"luts": 3.0}, ""), RunResult(1, "", {}, "no")]
    point = PointResult.of({"x": 1}, [*runs, RunResult(2, "c", {"luts": 5.0}, "")])
    assert point.spreads["luts"] == Spread(4.0, math.sqrt(2), 2)
    assert point.spreads["test_loss"] == Spread(None, None, 0)
    assert set(point.spreads) == set(MEASURES)


def test_a_trained_run_has_all_measures_but_luts(tmp_path):
    result, run, epochs = fit(tmp_path / "run")
    found = measures_of(run.path)
    assert set(found) == set(MEASURES) - {"luts"}
    assert set(DEFAULT_MEASURES) < set(found)
    assert found["best_step"] == result.best.step
    assert found["training_loss"] == epochs[-1].training_loss
    assert found["test_accuracy"] == result.best.test.accuracy
    assert found["validation_loss"] == result.best.validation.loss
    settings = StudySettings(objectives=("loss", "accuracy"))
    validation = result.best.validation
    assert objectives_of(run.path, settings) == [validation.loss, validation.accuracy]


def test_an_annealing_has_luts_and_no_training_loss(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    config = AnnealConfig(
        DataConfig(task="jets", feature_bits=6),
        LogicConfig(layers=(3,)),
        anneal=ScheduleConfig(sweeps=2),
    )
    loaded = LoadedConfig("luts", "anneal", config, {})
    result = train(loaded, tmp_path / "run", small_splits())
    found = measures_of(tmp_path / "run")
    assert found["luts"] == result.best.sizes["luts"]
    assert found["test_accuracy"] == result.best.test.accuracy
    assert not {"trainable_parameters", "training_loss"} & set(found)
    netlist = load_netlist(tmp_path / "run" / "netlist.npz")
    circuit = write_circuit(netlist, tmp_path / "circuit", CircuitOptions())
    assert objectives_of(tmp_path / "run", StudySettings()) == [
        result.best.validation.accuracy,
        estimate_luts(netlist),
        circuit.latency_cycles,
    ]


def finished(path, metrics):
    run = Run.create(path, Header("gradient"), "", overwrite=False)
    run.finish(Result("gradient", "run", (Found("run", 0, metrics, metrics),)).to_dict())
    return path


def test_values_have_a_loss_and_no_accuracy(tmp_path):
    path = finished(tmp_path / "run", Metrics("value", 10, 2.5, rmse={"y": 1.6}))
    assert objectives_of(path, StudySettings(objectives=("loss",))) == [2.5]
    assert "validation_accuracy" not in measures_of(path)
    with pytest.raises(ConfigError, match=r"predicts values, which have no accuracy; use obj"):
        objectives_of(path, StudySettings(objectives=("accuracy",)))


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_a_failure(tmp_path, loss):
    path = finished(tmp_path / "run", Metrics("classes", 10, loss, accuracy=0.5))
    with pytest.raises(TrainingError, match=f"the validation loss of .* is {loss}"):
        objectives_of(path, StudySettings(objectives=("loss",)))


def test_an_unfinished_run_has_reached_nothing(tmp_path):
    run = Run.create(tmp_path / "run", Header("gradient"), "", overwrite=False)
    with pytest.raises(RunError, match="is not finished"):
        measures_of(run.path)
