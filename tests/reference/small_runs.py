"""Small runs."""

from dataclasses import replace

import pytest
from reference.small_jets import small_splits

from logicjsc.core.run import Header, Run
from logicjsc.dataset import DataConfig
from logicjsc.dataset.provenance import Provenance
from logicjsc.methods.gradient.config import (
    Config,
    DistillationConfig,
    MembersConfig,
    NetworkConfig,
    TrainingConfig,
)
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import config_to_toml
from logicjsc.methods.result import Result

NETWORK = NetworkConfig(hidden=(10,), input_bits=2, bits=(2, 4), fan_in=(3, 5))
TRAINING = TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-2, device="cpu")


def config_of(network=NETWORK, members=None, teacher=None, **training):
    """A small config."""
    return Config(
        data=DataConfig(task="jets"),
        network=network,
        training=replace(TRAINING, **training),
        members=MembersConfig(**(members or {})),
        teacher=DistillationConfig(**(teacher or {})),
    )


def new_run(path, config, splits, *, overwrite=False):
    """A run that has begun, without anything trained."""
    header = Header("gradient", dataset=Provenance.of(splits).to_dict())
    return Run.create(path, header, config_to_toml("gradient", config), overwrite=overwrite)


def trainer_of(path, splits=None, config=None):
    """A trainer of a new run."""
    config, splits = config or config_of(), splits or small_splits()
    return Trainer(new_run(path, config, splits), config, splits)


def interrupt_after(epoch, trainer):
    """Fit until a number of epochs is finished, where something interrupts."""

    def stop(report):
        if report.epoch == epoch:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer.fit(stop)


def finish(trainer, on_epoch=lambda _: None):
    """Train to the end; the result as a run has it."""
    found, details = trainer.fit(on_epoch)
    return Result("gradient", trainer.run.name, (found,), steps=trainer.epoch, details=details)


def unnamed(result):
    """A result without the name of its run, to compare it with that of another."""
    return replace(result, name="", found=tuple(replace(entry, name="") for entry in result.found))


def fit(path, splits=None, config=None):
    """A finished training: its result, its run and its epochs' reports."""
    trainer = trainer_of(path, splits, config)
    epochs = []
    result = finish(trainer, epochs.append)
    trainer.run.finish(result.to_dict())
    return result, trainer.run, epochs
