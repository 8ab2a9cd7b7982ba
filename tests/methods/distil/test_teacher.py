"""One teacher for every method: a finished run, or networks trained for that."""

from dataclasses import replace

import numpy as np
import pytest
from reference.small_jets import small_splits
from reference.small_runs import config_of, fit, trainer_of
from reference.small_samples import mixed_dataset

from logicjsc.core.errors import ConfigError, OtherSamplesError, RunError
from logicjsc.dataset import Schema, Target
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.distil.teacher import teacher_probabilities, teacher_scores
from logicjsc.methods.gradient.config import DistillationConfig
from logicjsc.methods.gradient.engines.native.library import load_library
from logicjsc.methods.method import find_method

FEW = {"members": 1, "folds": 2, "width": 8, "blocks": 0, "epochs": 2, "batch_size": 64}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch, cache):
    # The engine is compiled where other tests find it; what a teacher said is kept by each test.
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    load_library()
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))


def test_a_run_says_what_its_own_way_from_raw_features_says(tmp_path):
    splits = small_splits()
    _, run, _ = fit(tmp_path / "run", splits)
    config = TeacherConfig(run=str(run.path))
    scores = teacher_scores(splits, config)
    assert (scores == find_method("gradient").scores(run, splits.train)).all()
    powers = np.exp(scores.astype(np.float64))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(teacher_probabilities(splits, config), expected, atol=1e-6)


def test_a_run_that_may_have_learned_from_the_samples_held_out_is_no_teacher(tmp_path):
    splits = small_splits()
    _, run, _ = fit(tmp_path / "run", splits)
    config = TeacherConfig(run=str(run.path))
    fewer = replace(splits, train=splits.train.take(np.arange(100), "train"))
    assert len(teacher_scores(fewer, config)) == 100
    for part in ("validation", "test"):
        held_out = getattr(splits, part)
        other = replace(splits, **{part: held_out.take(np.arange(1, len(held_out)), part)})
        for scores in (teacher_scores, teacher_probabilities):
            with pytest.raises(OtherSamplesError, match="was made from other samples than"):
                scores(other, config)


def test_networks_trained_for_it_say_logarithms_of_their_probabilities():
    splits = small_splits()
    config = TeacherConfig(**FEW)
    judged = teacher_probabilities(splits, config)
    np.testing.assert_allclose(np.exp(teacher_scores(splits, config)), judged, rtol=1e-5)


def test_two_classes_have_one_score():
    dataset = mixed_dataset("binary")
    scores = teacher_scores(dataset, TeacherConfig(**FEW))
    assert scores.shape == (len(dataset.train), 1)
    likely = teacher_probabilities(dataset, TeacherConfig(**FEW))[:, 1]
    np.testing.assert_allclose(1 / (1 + np.exp(-scores[:, 0])), likely, atol=1e-5)


def test_the_gradient_method_learns_from_networks_trained_for_it(tmp_path):
    splits = small_splits()
    config = config_of(teacher={**FEW, "weight": 1.0}, epochs=12)
    trainer = trainer_of(tmp_path / "pupil", splits, config)
    softened = teacher_scores(splits, config.teacher) / config.teacher.temperature
    powers = np.exp(softened)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(trainer.objective.teacher.numpy(), expected, atol=1e-6)


def test_other_targets_and_two_teachers_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"teacher\.members trains networks for classes"):
        teacher_scores(mixed_dataset("value"), TeacherConfig(**FEW))
    with pytest.raises(ConfigError, match="two teachers; keep one"):
        DistillationConfig(run="runs/a", members=2)
    splits = small_splits()
    fit(tmp_path / "run", splits)
    schema = Schema(splits.schema.columns, Target("binary", ("no", "yes")))
    train = replace(splits.train, targets=splits.train.targets == 0, schema=schema)
    with pytest.raises(RunError, match=r"gives 5 scores, this network gives 1"):
        teacher_scores(replace(splits, train=train), TeacherConfig(run=str(tmp_path / "run")))
