"""Probabilities of all training samples, each by networks that were trained without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.cache import entry
from logicjsc.core.errors import TrainingError
from logicjsc.core.executor import Jobs, run_tasks
from logicjsc.core.files import atomic_file, read_arrays
from logicjsc.core.progress import OnProgress
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.distil.inputs import network_inputs

_RECIPE: Final = 1
"""Counts up where equal settings begin to mean other networks; see `_kept_at`."""

_Task = tuple[int, int]
"""A fold and the number of a network."""


def held_out_probabilities(
    samples: Samples,
    config: TeacherConfig,
    jobs: Jobs,
    on_progress: OnProgress,
    copies: Sequence[Samples] = (),
) -> Array:
    """What the teacher makes of its training samples, float32 ``[samples, classes]``.

    Copies of them follow, each judged by the networks that judge the sample it was made from. Kept
    in the cache, by samples and settings. How many jobs there are changes nothing.

    Args:
        samples: training samples.
        config: settings, with at least one member.
        jobs: networks trained at once, each on one core, or an executor.
        on_progress: told the networks trained, and how many there are.
        copies: of all samples, in the same order.

    Raises:
        TrainingError: there are fewer samples than folds, or a network has diverged.
        OutputError: the cache cannot be written.
    """
    if config.folds > len(samples.targets):
        raise TrainingError(
            f"teacher.folds = {config.folds}, but there are {len(samples.targets)} training "
            f"samples; lower it"
        )
    file = _kept_at(samples, config, copies)
    kept = _kept(file, (len(samples.targets) * (1 + len(copies)), len(samples.class_names)))
    if kept is not None:
        return kept
    judged = _train(samples, config, jobs, on_progress, copies)
    if not np.isfinite(judged).all():
        raise TrainingError(
            f"a network of the teacher has diverged; lower teacher.learning_rate = "
            f"{config.learning_rate:g}"
        )
    with atomic_file(file) as path, path.open("wb") as stream:
        np.savez(stream, probabilities=judged)
    return judged


def _train(
    samples: Samples,
    config: TeacherConfig,
    jobs: Jobs,
    on_progress: OnProgress,
    copies: Sequence[Samples],
) -> Array:
    from logicjsc.methods.distil.member import judge_fold  # torch

    count = len(samples.targets)
    folds = np.random.default_rng(config.seed).permutation(count) % config.folds
    tasks = [(fold, member) for member in range(config.members) for fold in range(config.folds)]
    found: dict[_Task, Array] = {}
    on_progress(0, len(tasks), "teacher")
    seen = samples.features
    inputs = np.concatenate([network_inputs(part.features, seen) for part in (samples, *copies)])
    shared = ((inputs, samples.targets, folds), config)
    for task, part in run_tasks(judge_fold, {task: task for task in tasks}, jobs, shared):
        found[task] = part
        on_progress(len(found), len(tasks), f"teacher: {len(found)} of {len(tasks)} networks")
    folds = np.tile(folds, 1 + len(copies))
    judged = np.zeros((len(folds), len(samples.class_names)), np.float64)
    for fold, member in tasks:  # always in this order: sums are rounded
        part = found[fold, member]
        judged[folds == fold, : part.shape[1]] += part / config.members
    return judged.astype(np.float32)


def _kept_at(samples: Samples, config: TeacherConfig, copies: Sequence[Samples]) -> Path:
    made = [copy.fingerprint() for copy in copies]
    known = [_RECIPE, samples.fingerprint(), asdict(config), *([made] if made else [])]
    return entry("teacher", known, ".npz")


def _kept(file: Path, shape: tuple[int, int]) -> Array | None:
    """Probabilities in the cache; none where there is no file, or a damaged one."""
    try:
        kept = read_arrays(file).get("probabilities")
    except (OSError, ValueError):
        return None
    if kept is None or kept.shape != shape or kept.dtype != np.float32:
        return None
    return kept
