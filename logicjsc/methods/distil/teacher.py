"""Scores of the training samples by a teacher: a run, or networks trained for the purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from logicjsc.core.errors import ConfigError, OtherSamplesError, RunError
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.distil.cross_fit import held_out_probabilities
from logicjsc.methods.method import find_method


def teacher_scores(
    dataset: Dataset,
    config: TeacherConfig,
    jobs: Jobs = 1,
    on_progress: OnProgress = silent,
    copies: Sequence[Samples] = (),
) -> Array:
    """Scores of the training samples, and then of copies of them, float32 ``[samples, outputs]``.

    Those of a run, or the logarithms of the probabilities that cross-fitted networks give.

    Args:
        dataset: samples.
        config: settings of a teacher that is there.
        jobs: networks trained at once, or an executor.
        on_progress: told the networks trained.
        copies: of all training samples, in the same order.

    Raises:
        RunError: there is no such run, or it decides something else.
        OtherSamplesError: the run was made from other samples.
        TrainingError: a network has diverged.
        ConfigError: networks cannot be trained for such a target.
    """
    if config.run:
        return _of_run(dataset, config.run, copies)
    train = _refuse_other_targets(dataset.train)
    judged = held_out_probabilities(train, config, jobs, on_progress, copies)
    scores = np.log(np.maximum(judged, np.finfo(np.float32).tiny))
    if dataset.schema.target.kind == "binary":
        return np.asarray(scores[:, 1:] - scores[:, :1])
    return scores


def teacher_probabilities(
    dataset: Dataset, config: TeacherConfig, jobs: Jobs = 1, on_progress: OnProgress = silent
) -> Array:
    """Probabilities of the classes of the training samples, float32 ``[samples, classes]``.

    Raises:
        RunError, OtherSamplesError, TrainingError, ConfigError: see `teacher_scores`.
    """
    if not config.run:
        return held_out_probabilities(dataset.train, config, jobs, on_progress)
    scores = _of_run(dataset, config.run).astype(np.float64)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _of_run(dataset: Dataset, path: str, copies: Sequence[Samples] = ()) -> Array:
    train, run = dataset.train, Run.open(Path(path))
    _refuse_other_samples(dataset, run)
    method = find_method(run.header().method)
    scores = np.concatenate([method.scores(run, part) for part in (train, *copies)])
    outputs = train.target.outputs
    if scores.shape[1] != outputs:
        raise RunError(
            f"teacher.run = {path!r} gives {scores.shape[1]} scores, this network gives {outputs}"
        )
    return scores


def _refuse_other_samples(dataset: Dataset, run: Run) -> None:
    """Refuse a teacher that other samples were held out from: it may have learned from the tests.

    It may have learned from more or fewer training samples.
    """
    known = Provenance.from_dict(run.header().dataset)
    _, *judged = dataset.fingerprint().split("-")
    _, *theirs = known.fingerprint.split("-")
    if judged != theirs:
        raise OtherSamplesError(
            f"teacher.run = {str(run.path)!r} was made from other samples than those of "
            f"{dataset.source}: its validation and test samples have the fingerprint "
            f"{'-'.join(theirs) or 'none'}, not {'-'.join(judged)}; it may have learned from "
            f"samples that this run is judged by, so train a teacher on the same samples and "
            f"division"
        )


def _refuse_other_targets(train: Samples) -> Samples:
    if train.target.kind not in {"classes", "binary"}:
        raise ConfigError(
            f"teacher.members trains networks for classes, not for a target of kind "
            f"{train.target.kind!r}; name a finished run with teacher.run instead"
        )
    return train
