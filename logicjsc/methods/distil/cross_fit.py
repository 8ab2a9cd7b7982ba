"""Probabilities of all training jets, each by networks that were trained without it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import TrainingError
from logicjsc.core.files import atomic_file, cache_directory, read_arrays
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.methods.distil.definition import TeacherConfig
from logicjsc.methods.distil.inputs import network_inputs

_RECIPE: Final = 1
"""Counts up where equal settings begin to mean other networks; see `_kept_at`."""

_Task = tuple[int, int]
"""A fold and the number of a network."""


def held_out_probabilities(
    jets: Samples, config: TeacherConfig, jobs: int, on_progress: Callable[[int, int], None]
) -> Array:
    """What the teacher makes of its training jets, float32 ``[jets, classes]``.

    Kept in the cache, by jets and settings. How many jobs there are changes nothing.

    Args:
        jets: training jets.
        config: settings, with at least one member.
        jobs: networks trained at once, each on one core.
        on_progress: told the networks trained, and how many there are.

    Raises:
        TrainingError: there are fewer jets than folds, or a network has diverged.
        OutputError: the cache cannot be written.
    """
    if config.folds > len(jets.labels):
        raise TrainingError(
            f"teacher.folds = {config.folds}, but there are {len(jets.labels)} training jets; "
            f"lower it"
        )
    file = _kept_at(jets, config)
    kept = _kept(file, (len(jets.labels), len(jets.class_names)))
    if kept is not None:
        return kept
    judged = _train(jets, config, jobs, on_progress)
    if not np.isfinite(judged).all():
        raise TrainingError(
            f"a network of the teacher has diverged; lower teacher.learning_rate = "
            f"{config.learning_rate:g}"
        )
    with atomic_file(file) as path, path.open("wb") as stream:
        np.savez(stream, probabilities=judged)
    return judged


def _train(
    jets: Samples, config: TeacherConfig, jobs: int, on_progress: Callable[[int, int], None]
) -> Array:
    count = len(jets.labels)
    folds = np.random.default_rng(config.seed).permutation(count) % config.folds
    tasks = [(fold, member) for member in range(config.members) for fold in range(config.folds)]
    found: dict[_Task, Array] = {}
    on_progress(0, len(tasks))
    with tempfile.TemporaryDirectory(prefix="logicjsc-teacher-") as name:
        folder = Path(name)
        np.save(folder / "inputs.npy", network_inputs(jets.features))
        np.save(folder / "labels.npy", jets.labels)
        np.save(folder / "folds.npy", folds)
        for task, part in _judged(tasks, folder, config, jobs):
            found[task] = part
            on_progress(len(found), len(tasks))
    judged = np.zeros((count, len(jets.class_names)), np.float64)
    for fold, member in tasks:  # always in this order: sums are rounded
        part = found[fold, member]
        judged[folds == fold, : part.shape[1]] += part / config.members
    return judged.astype(np.float32)


def _judged(
    tasks: list[_Task], folder: Path, config: TeacherConfig, jobs: int
) -> Iterator[tuple[_Task, Array]]:
    """What each network makes of its fold, as they are trained."""
    from logicjsc.methods.distil.member import judge_fold  # torch

    if jobs == 1:
        for fold, member in tasks:
            yield (fold, member), judge_fold(folder, fold, member, config)
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=context) as pool:
        futures = {pool.submit(judge_fold, folder, *task, config): task for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise TrainingError(
                f"a process that trains the teacher was killed; if memory ran out, allow fewer "
                f"than {jobs} at once (--jobs)"
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _kept_at(jets: Samples, config: TeacherConfig) -> Path:
    known = json.dumps([_RECIPE, jets.fingerprint(), asdict(config)], sort_keys=True)
    name = hashlib.sha256(known.encode()).hexdigest()
    return cache_directory() / "teacher" / f"{name}.npz"


def _kept(file: Path, shape: tuple[int, int]) -> Array | None:
    """Probabilities in the cache; none where there is no file, or a damaged one."""
    try:
        kept = read_arrays(file).get("probabilities")
    except (OSError, ValueError):
        return None
    if kept is None or kept.shape != shape or kept.dtype != np.float32:
        return None
    return kept
