"""What is learned: labels, or what a teacher says of samples and of their copies."""

from dataclasses import replace

import numpy as np
import pytest
from reference.small_jets import small_splits
from reference.small_samples import mixed_dataset

from logicjsc.core.errors import DataError
from logicjsc.core.progress import silent
from logicjsc.dataset.blends import blends
from logicjsc.methods.anneal.config import AnnealConfig, ScheduleConfig
from logicjsc.methods.anneal.lesson import Lesson
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.distil.teacher import teacher_scores

FEW = TeacherConfig(members=1, folds=2, width=8, blocks=0, epochs=2, batch_size=64)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))


def lesson_of(dataset, teacher=None, **settings):
    config = AnnealConfig(anneal=ScheduleConfig(**settings))
    if teacher is not None:
        config = replace(config, teacher=teacher)
    return Lesson.of(dataset, config, 1, silent)


def test_without_copies_and_teacher_the_samples_are_learned():
    dataset = small_splits()
    parts, labels = lesson_of(dataset).drawn(3)
    assert [part is dataset.train for part in parts] == [True]
    assert (labels == dataset.train.targets).all()


def test_copies_are_what_the_sample_is_without_a_teacher():
    dataset = small_splits()
    parts, labels = lesson_of(dataset, blends=2, seed=4).drawn(9)
    expected = [dataset.train, *blends(dataset.train, 2, 4)]
    for part, other in zip(parts, expected, strict=True):
        assert (part.features == other.features).all()
    assert (labels == np.tile(dataset.train.targets, 3)).all()


@pytest.mark.parametrize("kind", ["classes", "binary"])
def test_a_teacher_says_what_samples_and_copies_seem_to_be(kind):
    dataset = mixed_dataset(kind)
    _, labels = lesson_of(dataset, FEW, blends=1).drawn(0)
    scores = teacher_scores(dataset, FEW, copies=tuple(blends(dataset.train, 1, 0)))
    assert len(scores) == len(labels) == 2 * len(dataset.train)
    seem = scores[:, 0] >= 0 if kind == "binary" else scores.argmax(axis=1)
    assert (labels == seem).all()
    assert (scores[: len(dataset.train)] == teacher_scores(dataset, FEW)).all()
    assert (labels[: len(dataset.train)] != dataset.train.targets).any()


def test_what_is_no_image_has_no_moved_copies():
    lesson = lesson_of(small_splits(), image_copies=1)
    with pytest.raises(DataError, match="no pixels of one image"):
        lesson.drawn(0)
