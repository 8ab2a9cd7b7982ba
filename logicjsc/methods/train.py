"""One verb for all methods: a config and samples become a run."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc import __version__
from logicjsc.core.errors import LogicjscError, OtherSamplesError
from logicjsc.core.executor import Jobs
from logicjsc.core.launch import launch_of_environment
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Header, Run
from logicjsc.core.settings import plain, refuse_bytes
from logicjsc.dataset.load import absolute, load_dataset
from logicjsc.dataset.provenance import Provenance
from logicjsc.methods.loading import LoadedConfig, config_to_toml, load_config
from logicjsc.methods.method import Asked, OnStep, unwatched
from logicjsc.methods.result import Result

if TYPE_CHECKING:
    from logicjsc.dataset.samples import Dataset

_PACKAGES: Final = ("numpy", "torch", "brevitas", "onnx", "onnxruntime", "scikit-learn")


def train(
    loaded: LoadedConfig,
    path: Path,
    dataset: Dataset | None = None,
    *,
    overwrite: bool = False,
    jobs: Jobs = 1,
    on_progress: OnProgress = silent,
    on_step: OnStep = unwatched,
) -> Result:
    """Make a new run in ``path``.

    Args:
        loaded: method and settings.
        path: the run's directory.
        dataset: samples; by default those that the settings name.
        overwrite: replace a run that is already there.
        jobs: processes that may work at once, or an executor.
        on_progress: told how far things are.
        on_step: told of every finished step: an epoch, a round, one of several starts.

    Raises:
        LogicjscError: it cannot be done; a run that was begun says so in ``run.json``.
    """
    run = Run(path)
    run.refuse_existing(overwrite=overwrite)
    dataset = dataset or load_dataset(loaded.config.data)
    config = replace(loaded.config, data=absolute(loaded.config.data))
    refuse_bytes(plain(config))
    method = loaded.finder

    def begin() -> Run:
        header = Header(
            method=method.name,
            dataset=Provenance.of(dataset).to_dict(),
            seeds=method.seeds(config),
            versions=versions(),
            files=method.files(config, run.name),
        )
        text = config_to_toml(method.name, config)
        return Run.create(path, header, text, overwrite=overwrite)

    asked = Asked(run.name, config, dataset, run, jobs, on_progress, on_step)
    return _find(loaded, asked, begin, resume=False)


def resume(
    path: Path,
    dataset: Dataset | None = None,
    *,
    jobs: Jobs = 1,
    on_progress: OnProgress = silent,
    on_step: OnStep = unwatched,
) -> Result:
    """Continue an interrupted run, to the same bits as if it had never stopped.

    Raises:
        LogicjscError: it cannot be done.
    """
    run = Run.open(path)
    loaded = load_config(run.config_file)
    provenance = Provenance.from_dict(run.header().dataset)
    if dataset is None:
        dataset = provenance.dataset()
    elif provenance.fingerprint and dataset.fingerprint() != provenance.fingerprint:
        raise OtherSamplesError(
            f"{path} was begun with other samples than those of {dataset.source} (fingerprint "
            f"{provenance.fingerprint}, not {dataset.fingerprint()}); give the old ones, or start "
            f"a new run"
        )
    asked = Asked(run.name, loaded.config, dataset, run, jobs, on_progress, on_step)
    return _find(loaded, asked, lambda: run, resume=True)


def versions() -> dict[str, str]:
    """Of the packages that results depend on, as far as they are installed."""
    found = {"logicjsc": __version__}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _find(loaded: LoadedConfig, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
    started = time.perf_counter()
    # Of several processes that torchrun started, the first one holds the lock and writes.
    is_first = launch_of_environment().rank == 0
    begun = resume

    def begin_once() -> Run:
        nonlocal begun
        run = begin()
        begun = True
        return run

    with ExitStack() as stack:
        if is_first:
            stack.enter_context(asked.run.locked())
            if resume:
                asked.run.go_on()
        try:
            result = loaded.finder.find(asked, begin_once, resume=resume)
        except LogicjscError as error:
            # Before that, there may be a run that was to be replaced: it is as it was.
            if is_first and begun:
                asked.run.fail(str(error))
            raise
        dataset = asked.dataset
        result = replace(
            result,
            seconds=time.perf_counter() - started,
            dataset={
                "source": dataset.source,
                "split": dataset.config.split,
                "fingerprint": dataset.fingerprint(),
            },
        )
        if is_first:
            files = tuple(found.file for found in result.found if found.file)
            asked.run.finish(result.to_dict(), files)
    return result
