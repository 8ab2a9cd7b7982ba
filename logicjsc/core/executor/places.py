"""Places to work by the text that ``--on`` takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from logicjsc.core.errors import ConfigError
from logicjsc.core.executor.executor import Executor
from logicjsc.core.executor.local import LocalExecutor

if TYPE_CHECKING:
    from logicjsc.core.executor.cluster.settings import ClusterSettings

Jobs: TypeAlias = int | Executor
"""How many processes of this machine may work at once, or where else work is done."""

PLACES: Final = "local:4, tcp://scheduler:8786, slurm, htcondor"
"""What ``--on`` takes, for messages."""


def executor_of(jobs: Jobs | None) -> Executor:
    """The executor itself, or one of so many processes; None for one process per core.

    Raises:
        ConfigError: there are to be no processes at all.
    """
    if isinstance(jobs, Executor):
        return jobs
    if jobs is not None and jobs < 1:
        raise ConfigError(f"{jobs} processes can do no work; at least one is needed")
    return LocalExecutor(jobs or os.cpu_count() or 1)


def open_executor(place: str, settings: Path | None = None) -> Executor:
    """A place to work by name; a cluster is reached, or started, when there is work to do.

    Args:
        place: ``local:4``; ``tcp://scheduler:8786``, a Dask scheduler; ``slurm`` or ``htcondor``,
            where workers are started as batch jobs.
        settings: a TOML file with a table for each kind of cluster.

    Raises:
        ConfigError: there is no such place, or a setting is unknown or refused.
        ToolNotFoundError: the ``cluster`` extra is not installed.
    """
    kind, _, rest = place.partition(":")
    if kind == "local":
        return LocalExecutor(_count(place, rest))
    if kind in {"tcp", "tls"}:
        return _scheduler(place, settings)
    from logicjsc.core.executor.cluster.batch import SYSTEMS, batch_executor

    if place in SYSTEMS:
        return batch_executor(place, _settings(settings))
    raise ConfigError(f"--on {place!r} is no place to work; write one of {PLACES}")


def _count(place: str, text: str) -> int:
    if not text:
        return os.cpu_count() or 1
    if not text.isdecimal() or not int(text):
        raise ConfigError(f"--on {place!r}: write a number of processes, as in local:4")
    return int(text)


def _scheduler(place: str, settings: Path | None) -> Executor:
    from logicjsc.core.executor.cluster.scheduler import scheduler_executor

    host, _, port = place.partition("://")[2].rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ConfigError(f"--on {place!r}: write host and port, as in tcp://scheduler:8786")
    return scheduler_executor(place, _settings(settings))


def _settings(file: Path | None) -> ClusterSettings:
    from logicjsc.core.executor.cluster.settings import ClusterSettings, read_cluster

    return ClusterSettings() if file is None else read_cluster(file)
