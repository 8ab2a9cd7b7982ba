"""Averages of the weights against plain arithmetic, and what is kept of a run that makes them."""

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from reference.small_jets import small_splits, write_jets
from reference.small_runs import (
    NETWORK,
    config_of,
    finish,
    fit,
    interrupt_after,
    trainer_of,
    unnamed,
)

from logicjsc.cli.main import main
from logicjsc.methods.gradient import averaging, checkpoint
from logicjsc.methods.gradient.averaging import shares_of, statistics_blocks
from logicjsc.methods.gradient.config import TrainingConfig
from logicjsc.methods.gradient.engines.batches import batches_of
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine
from logicjsc.methods.gradient.evaluation import evaluate
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import config_to_toml, load_config

KINDS = ("exponential", "stochastic")


def weights_of(network):
    return np.concatenate(
        [entry.detach().double().numpy().flatten() for entry in network.parameters()]
    )


def naive_average(start, history, config, steps):
    """Step by step, as the words have it; ``history`` holds the weights after every step."""
    if config.averaging == "exponential":
        average = start
        for index, weights in enumerate(history):
            decay = min(config.average_decay, (2 + index) / (11 + index))
            average = decay * average + (1 - decay) * weights
        return average
    ends = history[steps - 1 :: steps]
    first = math.floor(config.average_start * config.epochs)
    return np.mean(ends[first:], axis=0) if len(ends) > first else ends[-1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("epochs_made", [1, 3, 5])
def test_the_average_is_that_of_the_weights_after_every_step(tmp_path, kind, epochs_made):
    config = config_of(
        averaging=kind,
        average_decay=0.9,
        average_start=0.4,
        epochs=5,
        engine="brevitas",
        schedule="constant",
    )
    trainer = trainer_of(tmp_path / "run", config=config)
    (member,) = trainer.members
    start, history = weights_of(member.network), []
    step = member.optimiser.step

    def recording_step():
        step()
        history.append(weights_of(member.network))

    member.optimiser.step = recording_step
    for epoch in range(epochs_made):
        trainer.engine.train_epoch(epoch)
    expected = naive_average(start, history, config.training, 12)
    np.testing.assert_allclose(weights_of(member.averaged), expected, rtol=1e-5, atol=1e-6)
    assert np.abs(weights_of(member.network) - expected).max() > 1e-3 or (
        kind == "stochastic" and epochs_made < 4
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ["native", "graph"])
def test_fused_engines_average_their_own_steps(tmp_path, kind, engine):
    config = config_of(averaging=kind, average_decay=0.9, average_start=0.3, epochs=4)
    trainer = trainer_of(tmp_path / "run", config=config)
    (member,) = trainer.members
    if engine == "graph":
        trainer.engine = GraphEngine(
            trainer.members, trainer.dataset, trainer.scaler, trainer.device
        )
    # The same steps, taken one at a time by another trainer without an average.
    plain = trainer_of(tmp_path / "plain", config=config_of(epochs=4))
    (other,) = plain.members
    start, history = weights_of(other.network), []
    for epoch in range(4):
        for part in range(12):
            single_step(plain, other, epoch, part)
            history.append(weights_of(other.network))
        trainer.engine.train_epoch(epoch)
    tolerance = 1e-6 if engine == "native" else 2e-2
    np.testing.assert_allclose(weights_of(member.network), history[-1], atol=tolerance)
    expected = naive_average(start, history, config.training, 12)
    np.testing.assert_allclose(weights_of(member.averaged), expected, atol=tolerance)


def single_step(trainer, member, epoch, index):
    from logicjsc.methods.gradient.engines.batches import rates_of
    from logicjsc.methods.gradient.engines.native.calls import train_steps

    engine = trainer.engine
    part = slice(index, index + 1)
    train_steps(
        member.network,
        member.optimiser,
        engine.features,
        engine.labels,
        batches_of(member.config.training, epoch, len(engine.features))[part],
        rates=rates_of(member.config.training, epoch, 12)[part],
        threads=1,
    )


@pytest.mark.parametrize("engine", ["native", "graph", "modules"])
def test_statistics_are_measured_anew_as_torch_does_it(tmp_path, engine, monkeypatch):
    monkeypatch.setattr(averaging, "STATISTICS_BATCH", 100)
    name = "brevitas" if engine == "modules" else "fused"
    config = config_of(averaging="exponential", epochs=3, engine=name)
    trainer = trainer_of(tmp_path / "run", config=config)
    if engine == "graph":
        trainer.engine = GraphEngine(
            trainer.members, trainer.dataset, trainer.scaler, trainer.device
        )
    trainer.engine.train_epoch(0)
    (member,) = trainer.members
    blocks = statistics_blocks(batches_of(config.training, 0, 400))
    assert blocks.shape == (3, 128)
    expected = copy.deepcopy(member.averaged)
    features = torch.from_numpy(trainer.dataset.train.features)
    torch.optim.swa_utils.update_bn([features[block] for block in blocks], expected)
    for (name, ours), theirs in zip(
        member.averaged.named_buffers(), expected.buffers(), strict=True
    ):
        if "running" in name:
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5, msg=name)
    # They are not those that followed the training.
    assert not torch.allclose(
        member.averaged.layers[0].norm.running_mean, member.network.layers[0].norm.running_mean
    )


def test_measuring_leaves_momentum_as_it_was(tmp_path):
    config = config_of(averaging="exponential", engine="brevitas")
    trainer = trainer_of(tmp_path / "run", config=config)
    trainer.engine.train_epoch(0)
    assert trainer.members[0].averaged.layers[0].norm.momentum == 0.1


@pytest.mark.parametrize(("samples", "shape"), [(10, (1, 10)), (29, (2, 14)), (40, (4, 10))])
def test_blocks_are_equal_and_hold_nearly_everything(monkeypatch, samples, shape):
    monkeypatch.setattr(averaging, "STATISTICS_BATCH", 10)
    blocks = statistics_blocks(torch.arange(samples)[:, None])
    assert blocks.shape == shape
    assert torch.equal(blocks.flatten(), torch.arange(math.prod(shape)))


def test_without_an_average_there_are_no_shares(tmp_path):
    assert shares_of(TrainingConfig(), 3, 10) is None
    (member,) = trainer_of(tmp_path / "run").members
    assert member.averaged is None
    assert member.candidate is member.network


def test_shares_tell_how_long_an_average_remembers():
    config = TrainingConfig(averaging="exponential", average_decay=0.99)
    shares = [share for epoch in range(200) for share in shares_of(config, epoch, 10)]
    assert shares[0] == pytest.approx(9 / 11)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.01)
    config = TrainingConfig(averaging="stochastic", average_start=0.5, epochs=6)
    ends = [shares_of(config, epoch, 10) for epoch in range(6)]
    assert [part[-1] for part in ends] == [1, 1, 1, 1, 1 / 2, 1 / 3]
    assert not any(share for part in ends for share in part[:-1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ["fused", "brevitas"])
@pytest.mark.parametrize("population", [1, 3])
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, kind, engine, population):
    config = config_of(averaging=kind, engine=engine, epochs=4, population=population)

    trainer = trainer_of(tmp_path / "stopped", config=config)
    interrupt_after(3, trainer)
    resumed = Trainer(trainer.run, load_config(trainer.run.config_file).config, small_splits())
    resumed.restore()
    result = finish(resumed)
    whole, run, _ = fit(tmp_path / "whole", config=config)
    assert unnamed(result) == unnamed(whole)
    ours, theirs = (
        checkpoint.load(GradientFiles(folder).state)["members"] for folder in (resumed.run, run)
    )
    for one, other in zip(ours, theirs, strict=True):
        for part in ("model", "averaged"):
            for name, tensor in one[part].items():
                assert torch.equal(tensor, other[part][name]), name


@pytest.mark.parametrize("engine", ["fused", "brevitas"])
def test_the_average_is_what_is_validated_and_kept(tmp_path, engine):
    config = config_of(averaging="exponential", average_decay=0.99, epochs=3, engine=engine)
    epochs = []
    trainer = trainer_of(tmp_path / "run", config=config)
    kept = []

    def look(report):
        epochs.append(report)
        kept.append(copy.deepcopy(trainer.members[0].averaged.state_dict()))

    result = finish(trainer, look)
    saved = checkpoint.load(trainer.files.checkpoint)["model"]
    for name, tensor in kept[result.best.step - 1].items():
        assert torch.equal(tensor, saved[name]), name
    last = epochs[-1]
    measured = evaluate(trainer.members[0].averaged, trainer.dataset.validation)
    assert measured.accuracy == pytest.approx(last.validation_rank)
    assert measured.loss == pytest.approx(last.validation_loss, rel=1e-5)


def test_an_average_equals_that_of_the_member_alone(tmp_path):
    config = config_of(averaging="exponential", population=2, epochs=2)
    _, run, _ = fit(tmp_path / "both", config=config)
    single = config_of(
        replace(NETWORK, connectivity_seed=1), averaging="exponential", epochs=2, seed=1
    )
    _, alone, _ = fit(tmp_path / "alone", config=single)
    (ours,) = checkpoint.load(GradientFiles(alone).state)["members"]
    _, theirs = checkpoint.load(GradientFiles(run).state)["members"]
    for name, tensor in ours["averaged"].items():
        assert torch.equal(tensor, theirs["averaged"][name]), name


def test_an_average_climbs_the_ladder(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    splits = small_splits()
    for name in ("train", "test"):
        write_jets(tmp_path / "samples" / f"{name}.npz", getattr(splits, name))
    config = config_of(averaging="stochastic", epochs=4, final_rate=0.5)
    config = replace(config, data=replace(config.data, path="samples"))
    (tmp_path / "small.toml").write_text(config_to_toml("gradient", config))
    for command in (["train", "small.toml"], ["export-verilog", "runs/small"]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    result = CliRunner().invoke(main, ["verify", "runs/small", "--json"])
    assert result.exit_code == 0, result.output
    verdict = json.loads((tmp_path / "runs" / "small" / "verify.json").read_text())
    assert verdict["rungs"]
    assert not any(rung["mismatches"] for rung in verdict["rungs"])
