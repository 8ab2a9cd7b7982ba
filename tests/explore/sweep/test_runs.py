"""What makes two runs the same run."""

from dataclasses import replace

from reference.small_jets import small_splits

from logicjsc.explore.sweep.runs import run_digest
from logicjsc.methods.gradient.config import Config, TrainingConfig


def test_a_run_is_named_by_every_setting_and_by_its_samples():
    config, samples = Config(), small_splits().fingerprint()
    other = small_splits(validation=205).fingerprint()
    digests = {
        run_digest(config, samples),
        run_digest(config, other),
        run_digest(replace(config, training=TrainingConfig(seed=1)), samples),
        run_digest(replace(config, training=TrainingConfig(weight_decay=0.5)), samples),
    }
    assert len(digests) == 4
    assert run_digest(Config(), small_splits().fingerprint()) in digests
