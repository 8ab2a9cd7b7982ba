"""Starting from another run's weights: what fits is taken, and the report says what."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner
from reference.small_jets import separable_jets, small_splits
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
from logicjsc.core.errors import RunError
from logicjsc.dataset import Dataset
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import load_config


@pytest.fixture
def other(tmp_path):
    """A finished run to start from."""
    return fit(tmp_path / "other", config=config_of(seed=5))[1]


def start(path, network, other, splits=None, **training):
    trainer = trainer_of(path, splits, config_of(network, start_from=str(other.path), **training))
    trainer.begin()
    return trainer


def test_the_same_network_takes_everything_but_the_scaler(tmp_path, other):
    far = Dataset(*(separable_jets(300, seed, noise=4.0) for seed in (7, 8, 9)))
    trainer = start(tmp_path / "run", NETWORK, other, far)
    theirs = checkpoint.load(GradientFiles(other).checkpoint)["model"]
    ours = trainer.members[0].network.state_dict()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]) == ("standardise" not in name), name
    assert trainer.start.run == str(other.path)
    assert trainer.start.fresh == ()
    assert set(trainer.start.taken) == {name for name in ours if "standardise" not in name}
    assert finish(trainer).to_dict()["details"]["start"]["taken"] == trainer.start.taken


def test_other_bits_keep_the_weights(tmp_path, other):
    finer = NetworkConfig(hidden=(10,), input_bits=4, bits=(3, 5), fan_in=(3, 5))
    trainer = start(tmp_path / "run", finer, other)
    assert trainer.start.fresh == ()
    theirs = checkpoint.load(GradientFiles(other).checkpoint)["model"]
    for name, parameter in trainer.members[0].network.named_parameters():
        assert torch.equal(parameter.detach(), theirs[name]), name


def test_layers_of_another_shape_are_fresh(tmp_path, other):
    wider = NetworkConfig(hidden=(14,), input_bits=2, bits=(2, 4), fan_in=(3, 5))
    trainer = start(tmp_path / "run", wider, other)
    fresh = set(trainer.start.fresh)
    theirs = checkpoint.load(GradientFiles(other).checkpoint)["model"]
    ours = trainer.members[0].network.state_dict()
    assert {"layers.0.linear.weight", "layers.0.norm.bias"} <= fresh
    # The last layer's shapes fit, but its connections would mean other neurons.
    assert ours["layers.1.linear.weight"].shape == theirs["layers.1.linear.weight"].shape
    assert {f"layers.1.linear.{name}" for name in ("weight", "bias", "connections")} <= fresh
    assert torch.equal(ours["layers.1.norm.weight"], theirs["layers.1.norm.weight"])
    assert torch.equal(ours["input.norm.running_mean"], theirs["input.norm.running_mean"])


def test_connections_come_with_their_weights(tmp_path, other):
    trainer = start(tmp_path / "run", replace(NETWORK, connectivity_seed=9), other)
    theirs = checkpoint.load(GradientFiles(other).checkpoint)["model"]
    ours = trainer.members[0].network.state_dict()
    fresh = trainer_of(tmp_path / "fresh", config=config_of(replace(NETWORK, connectivity_seed=9)))
    drawn = fresh.members[0].network.state_dict()
    name = "layers.0.linear.connections"
    assert not torch.equal(drawn[name], theirs[name])
    assert torch.equal(ours[name], theirs[name])
    # Training, checkpoint and report agree about them.
    trainer.fit(lambda _: None)
    assert torch.equal(checkpoint.load_model(trainer.run).network.state_dict()[name], theirs[name])


def test_averages_start_there_too(tmp_path, other):
    trainer = start(tmp_path / "run", NETWORK, other, averaging="exponential")
    (member,) = trainer.members
    for ours, theirs in zip(member.averaged.parameters(), member.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_good_start_is_ahead(tmp_path):
    splits = small_splits()
    _, run, epochs = fit(tmp_path / "other", splits, config_of(epochs=8))
    trainer = start(tmp_path / "run", NETWORK, run, splits, epochs=1, learning_rate=1e-4)
    assert finish(trainer).best.validation.accuracy > epochs[0].validation_rank + 0.1


@pytest.mark.parametrize(
    "network",
    [NetworkConfig(kind="dense", hidden=(10,)), NetworkConfig(kind="dense", hidden=())],
)
def test_a_run_of_which_nothing_fits_is_refused(tmp_path, other, network):
    with pytest.raises(RunError, match=r"training\.start_from = '.*other': no tensor of .* fits"):
        start(tmp_path / "run", network, other)


@pytest.mark.parametrize("key", ["training.start_from", "teacher.run"])
def test_a_run_that_is_not_there_is_refused_and_leaves_nothing(tmp_path, key, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "jsc-s", "--set", f"{key}=runs/none", "--set"]
    result = CliRunner().invoke(main, [*arguments, "data.train_samples=2000"])
    assert result.exit_code == 2
    expected = "error: runs/none is not a run: it has no run.json\n"
    assert result.output.endswith(expected)
    assert not list(tmp_path.iterdir())


def test_a_run_goes_on_without_the_one_it_started_from(tmp_path, other):
    config = config_of(start_from=str(other.path), epochs=3)

    whole, _, _ = fit(tmp_path / "whole", config=config)
    trainer = trainer_of(tmp_path / "stopped", config=config)
    interrupt_after(2, trainer)
    shutil.rmtree(other.path)
    again = Trainer(trainer.run, load_config(trainer.run.config_file).config, small_splits())
    again.restore()
    assert unnamed(finish(again)) == unnamed(whole)


class TestTeacher:
    def test_a_run_goes_on_to_the_same_bits(self, tmp_path, other):
        config = config_of(teacher={"run": str(other.path)}, epochs=3)

        whole, _, _ = fit(tmp_path / "whole", config=config)
        trainer = trainer_of(tmp_path / "stopped", config=config)
        interrupt_after(2, trainer)
        again = Trainer(trainer.run, load_config(trainer.run.config_file).config, small_splits())
        again.restore()
        assert unnamed(finish(again)) == unnamed(whole)

    def test_another_teacher_in_its_place_is_refused(self, tmp_path, other):
        config = config_of(teacher={"run": str(other.path)}, epochs=2)
        _, run, _ = fit(tmp_path / "run", config=config)
        _, different, _ = fit(tmp_path / "different", config=config_of(seed=6))
        shutil.copy(GradientFiles(different).checkpoint, GradientFiles(other).checkpoint)
        again = Trainer(run, load_config(run.config_file).config, small_splits())
        with pytest.raises(RunError, match=r"the teacher of .* has changed since it was started"):
            again.restore()


def test_people_are_told_what_was_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = ["--set", "data.train_samples=2000", "--epochs", "1", "--set", "training.device=cpu"]
    runner = CliRunner(env={"COLUMNS": "400"})
    assert runner.invoke(main, ["train", "jsc-s", *settings]).exit_code == 0
    again = ["train", "jsc-m", *settings, "--set", "training.start_from=runs/jsc-s"]
    result = runner.invoke(main, again)
    assert result.exit_code == 0, result.output
    assert (
        "tensors of runs/jsc-s; fresh: layers.0.linear.connections"
        in " ".join(result.output.replace("│", " ").split())
        or "tensors of runs/jsc-s; fresh: layers.0.linear.weight" in result.output
    )
    saved = json.loads((tmp_path / "runs/jsc-m/result.json").read_text())["details"]["start"]
    assert saved["run"] == "runs/jsc-s"
