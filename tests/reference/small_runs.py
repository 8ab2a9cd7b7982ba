"""Small runs."""

from dataclasses import replace

import pytest
from reference.small_jets import small_splits

from logicjsc.methods.gradient.config import Config, MembersConfig, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.rundir import RunDirectory

NETWORK = NetworkConfig(hidden=(10,), input_bits=2, bits=(2, 4), fan_in=(3, 5))
TRAINING = TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-2, device="cpu")


def config_of(network=NETWORK, members=None, **training):
    """A small config."""
    return Config(
        network=network,
        training=replace(TRAINING, **training),
        members=MembersConfig(**(members or {})),
    )


def trainer_of(path, splits=None, config=None):
    """A trainer of a new run."""
    config = config or config_of()
    run = RunDirectory.create(path, config, overwrite=False)
    return Trainer(run, config, splits or small_splits())


def interrupt_after(epoch, trainer):
    """Fit until a number of epochs is finished, where something interrupts."""

    def stop(report):
        if report.epoch == epoch:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer.fit(stop)


def fit(path, splits=None, config=None):
    """A finished training: its report, its run and its epochs' reports."""
    trainer = trainer_of(path, splits, config)
    epochs = []
    return trainer.fit(epochs.append), trainer.run, epochs
