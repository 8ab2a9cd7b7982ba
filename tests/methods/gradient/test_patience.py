"""Stopping when validation has not improved for long enough."""

import json

import pytest
import torch
from reference.small_jets import separable_jets
from reference.small_runs import config_of, finish, fit, interrupt_after, trainer_of, unnamed

from logicjsc.dataset import Dataset
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.population import member_configs
from logicjsc.methods.loading import load_config

PATIENCE = 3
HASTY = {"epochs": 30, "learning_rate": 0.1, "schedule": "constant"}


def noisy_splits():
    """Samples whose accuracy goes up and down."""
    return Dataset(*(separable_jets(300, seed, noise=3.0) for seed in (1, 2, 3)))


def where_it_must_stop(epochs, patience):
    best, at = (-1.0, 0.0), 0
    for entry in epochs:
        rank = (entry.validation_rank, -entry.validation_loss)
        if rank > best:
            best, at = rank, entry.epoch
        if entry.epoch - at == patience:
            return entry.epoch, at
    return len(epochs), at


@pytest.mark.parametrize("engine", ["fused", "brevitas"])
@pytest.mark.parametrize("patience", [1, PATIENCE])
def test_a_run_stops_as_if_somebody_watched(tmp_path, engine, patience):
    splits = noisy_splits()
    _, _, everything = fit(tmp_path / "whole", splits, config_of(engine=engine, **HASTY))
    last, best = where_it_must_stop(everything, patience)
    assert last < 30, "a run to the end is no test of stopping"
    config = config_of(engine=engine, patience=patience, **HASTY)
    report, run, made = fit(tmp_path / "run", splits, config)
    assert (report.steps, report.best.step, len(made)) == (last, best, last)
    accuracies = [entry.validation_rank for entry in made]
    assert accuracies == [entry.validation_rank for entry in everything[:last]]
    assert json.loads(GradientFiles(run).metrics.read_text().splitlines()[-1])["epoch"] == last


def test_without_patience_a_run_goes_to_its_end(tmp_path):
    report, _, made = fit(tmp_path / "run", noisy_splits(), config_of(**HASTY))
    assert report.steps == len(made) == 30


def test_a_run_that_has_stopped_stays_so(tmp_path):
    splits = noisy_splits()
    report, run, _ = fit(tmp_path / "run", splits, config_of(patience=PATIENCE, **HASTY))
    again = Trainer(run, load_config(run.config_file).config, splits)
    again.restore()
    assert finish(again, lambda _: pytest.fail("an epoch more")) == report


def test_an_interrupted_run_remembers_how_long_it_has_waited(tmp_path):
    splits = noisy_splits()
    config = config_of(patience=PATIENCE, **HASTY)
    whole, _, _ = fit(tmp_path / "whole", splits, config)

    trainer = trainer_of(tmp_path / "stopped", splits, config)
    interrupt_after(whole.steps - 1, trainer)
    again = Trainer(trainer.run, config, splits)
    again.restore()
    assert unnamed(finish(again)) == unnamed(whole)


def test_a_member_that_has_stopped_may_diverge(tmp_path):
    splits = noisy_splits()
    config = config_of(population=4, patience=2, **HASTY)
    expected, _, _ = fit(tmp_path / "whole", splits, config)
    trainer = trainer_of(tmp_path / "run", splits, config)

    def spoil(_):
        for member, runs in zip(trainer.members, trainer.running, strict=True):
            if not runs:
                member.network.score_scale.data.fill_(torch.nan)

    assert unnamed(finish(trainer, spoil)) == unnamed(expected)


def test_members_stop_each_in_its_own_time(tmp_path):
    splits = noisy_splits()
    config = config_of(population=4, patience=2, **HASTY)
    report, _, _ = fit(tmp_path / "population", splits, config)
    singles = [
        fit(tmp_path / str(index), splits, single)[0]
        for index, single in enumerate(member_configs(config))
    ]
    assert len({single.steps for single in singles}) > 1
    assert report.steps == max(single.steps for single in singles)
    population = report.details["population"]
    for member, single in zip(population["members"], singles, strict=True):
        assert member["best_epoch"] == single.best.step
        assert member["validation_rank"] == pytest.approx(single.best.validation.accuracy)
    best = singles[population["best_member"]].best
    assert (best.validation, best.test) == (report.best.validation, report.best.test)
