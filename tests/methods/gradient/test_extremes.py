"""Settings at the ends of what is allowed: training ends in a sentence, or goes on and says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from reference.small_jets import small_splits
from reference.small_runs import config_of, trainer_of

from logicjsc.core.errors import ConfigError, TrainingError
from logicjsc.methods.gradient.config import TrainingConfig
from logicjsc.methods.gradient.engines.batches import batches_of
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import parse_config


def told(config, tmp_path, splits=None):
    """Everything that training to the end says of its progress."""
    said = []
    trainer = trainer_of(tmp_path / "run", splits, config)
    trainer._tell = lambda *entry: said.append(entry)
    trainer.fit(lambda _: None)
    return said


@pytest.mark.parametrize("engine", ["auto", "brevitas"])
@pytest.mark.parametrize("rate", [1e30, 1e38, 1e300])
@pytest.mark.parametrize("place", [0, 1])
def test_a_member_that_diverges_is_seen_before_the_others_are_trained(
    tmp_path, engine, rate, place
):
    rates = [1e-3] * 3
    rates[place] = rate
    config = config_of(members={"learning_rate": rates}, population=3, engine=engine)
    trainer = trainer_of(tmp_path / "run", None, config)
    said = []
    trainer._tell = lambda *entry: said.append(entry)
    message = rf"the loss of member {place} became nan in step \d+ \(epoch 1\).*lower members.learn"
    with pytest.raises(TrainingError, match=message):
        trainer.fit(lambda _: None)
    members = {remark.split(",")[1] for _, _, remark in said}
    assert members == {f" member {number + 1} of 3" for number in range(place + 1)}


@pytest.mark.parametrize("engine", ["auto", "brevitas"])
def test_progress_is_told_while_members_are_built_and_within_an_epoch(tmp_path, engine):
    said = []
    config = config_of(population=4, engine=engine, epochs=1)
    run = trainer_of(tmp_path / "run", None, config).run
    splits = small_splits()
    trainer = Trainer(run, config, splits, on_progress=lambda *entry: said.append(entry))
    assert [remark for _, _, remark in said] == [
        f"building member {number} of 4" for number in (2, 3, 4)
    ]
    trainer.fit(lambda _: None)
    steps = trainer.steps_per_epoch
    assert (0, 1, f"epoch 1, member 4 of 4, step {steps} of {steps}") in said


def test_a_single_network_tells_of_its_steps(tmp_path):
    said = told(config_of(batch_size=2, epochs=1), tmp_path, small_splits(1000))
    steps = [remark for _, _, remark in said]
    assert "epoch 1, step 200 of" in steps[0]
    assert len(steps) > 2


@pytest.mark.parametrize("rate", [1e-300, 1e-45])
def test_a_rate_that_changes_nothing_is_no_mistake(tmp_path, rate):
    assert told(config_of(learning_rate=rate), tmp_path)


@pytest.mark.parametrize(
    "network",
    [{"hidden_max": 1e-300}, {"input_max": 1e300}, {"score_bias": 1e300}],
)
def test_a_start_beyond_float32_is_named_as_that(tmp_path, network):
    config = config_of()
    config = replace(config, network=replace(config.network, **network))
    with pytest.raises(TrainingError, match="nothing was learned before, so a start is beyond"):
        told(config, tmp_path)


def test_more_threads_than_cores_are_no_more_than_cores(tmp_path):
    before = torch.get_num_threads()
    try:
        assert told(config_of(threads=1_000_000), tmp_path)
        assert torch.get_num_threads() < 1000
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("seed", [2**32, 2**63 - 1])
def test_any_seed_makes_batches(seed):
    config = TrainingConfig(seed=seed, batch_size=4)
    first, second = batches_of(config, 0, 20), batches_of(config, 1, 20)
    assert not torch.equal(first, second)
    small = TrainingConfig(seed=3, batch_size=4)
    expected = torch.randperm(20, generator=torch.Generator().manual_seed(3_000_009 + 2))
    assert torch.equal(batches_of(small, 2, 20).ravel(), expected)


@pytest.mark.parametrize(
    "setting",
    [
        "network.hidden=[1000000000]",
        "network.bits=9",
        "training.population=10000000",
        "training.batch_size=1",
        "data.validation_fraction=0",
        "data.validation_fraction=1.0",
    ],
)
def test_what_could_never_be_done_is_refused_at_once(setting):
    key = setting.partition("=")[0]
    with pytest.raises(ConfigError, match=f"{key} = .* must be "):
        parse_config("", source="config", name="x", assignments=[setting])


def test_a_batch_of_all_samples_and_more(tmp_path):
    splits = small_splits()
    count = len(splits.train)
    assert told(config_of(batch_size=count), tmp_path, splits)
    with pytest.raises(ConfigError, match=f"is larger than the {count} training samples"):
        trainer_of(tmp_path / "other", splits, config_of(batch_size=count + 1))
