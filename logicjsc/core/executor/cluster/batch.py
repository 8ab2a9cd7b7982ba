"""Workers that a batch system starts, through dask-jobqueue.

The scheduler runs in the process of the command, and ends with it, as do the workers. Jobs that end
early are submitted anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import ConfigError, ToolFailedError
from logicjsc.core.executor.cluster.executor import ClusterExecutor
from logicjsc.core.executor.cluster.link import Link
from logicjsc.core.executor.cluster.settings import (
    BatchSettings,
    ClusterSettings,
    HtcondorSettings,
    SlurmSettings,
)
from logicjsc.core.extras import require
from logicjsc.core.programs import locate

if TYPE_CHECKING:
    from dask_jobqueue.core import JobQueueCluster
    from distributed import Client

_CONNECT_SECONDS: Final = 30.0


def _slurm(settings: SlurmSettings) -> dict[str, Any]:
    return {
        "walltime": settings.walltime,
        "queue": settings.queue or None,
        "account": settings.account or None,
        "job_extra_directives": list(settings.directives),
    }


def _htcondor(settings: HtcondorSettings) -> dict[str, Any]:
    lines = dict(line.split("=", 1) for line in settings.directives)
    own = {name.strip(): value.strip() for name, value in lines.items()}
    if settings.queue:
        own["+JobQueue"] = f'"{settings.queue}"'
    if settings.account:
        own["accounting_group"] = settings.account
    days, _, clock = settings.walltime.rpartition("-")
    hours, minutes, seconds = map(int, clock.split(":"))
    most = ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    own.setdefault("+MaxRuntime", str(most))
    return {"disk": settings.disk, "job_extra_directives": own}


@dataclass(frozen=True)
class System:
    """A batch system.

    Attributes:
        program: submits jobs.
        version: argument that makes it print its version.
        cluster: class of dask-jobqueue.
        options: what that class is told of a site's settings besides what all are told.
    """

    program: str
    version: str
    cluster: str
    options: Callable[[Any], dict[str, Any]]


SYSTEMS: Final[Mapping[str, System]] = {
    "slurm": System("sbatch", "--version", "SLURMCluster", _slurm),
    "htcondor": System("condor_submit", "-version", "HTCondorCluster", _htcondor),
}
"""Batch systems by name, which is also that of their settings."""


class BatchLink(Link):
    """Workers as batch jobs, and a scheduler of our own."""

    def __init__(self, system: str, settings: BatchSettings) -> None:
        super().__init__(system, settings.patience_seconds)
        self._settings = settings
        self._cluster: JobQueueCluster | None = None

    def connect(self) -> Client:
        """See `Link.connect`."""
        from distributed import Client

        if self._cluster is None:
            system = SYSTEMS[self.name]
            locate(
                system.program,
                version_arguments=(system.version,),
                advice="run the command on a machine that submits jobs",
            )
            self._cluster = start_cluster(self.name, self._settings)
            count = self._settings.jobs
            self._cluster.adapt(minimum_jobs=count, maximum_jobs=count, interval="2s")
        return Client(self._cluster, timeout=_CONNECT_SECONDS, set_as_default=False)

    def close(self) -> None:
        """See `Link.close`."""
        if self._cluster is not None:
            with suppress(Exception):  # jobs that are gone cannot be ended
                self._cluster.close(timeout=10)
            self._cluster = None


def batch_executor(system: str, settings: ClusterSettings) -> ClusterExecutor:
    """Workers that a batch system starts.

    Args:
        system: one of `SYSTEMS`.
        settings: of clusters.

    Raises:
        ToolNotFoundError: the ``cluster`` extra is not installed.
    """
    require("dask_jobqueue", "cluster")
    return ClusterExecutor(BatchLink(system, getattr(settings, system)))


def start_cluster(system: str, settings: BatchSettings) -> JobQueueCluster:
    """A scheduler of our own, to which jobs can be added.

    Args:
        system: one of `SYSTEMS`.
        settings: of its jobs.

    Raises:
        ConfigError: dask-jobqueue refuses a setting.
        ToolNotFoundError: keys are wanted, and the package that makes them is missing.
        ToolFailedError: no scheduler can be started.
    """
    import dask
    import dask_jobqueue

    if settings.encrypt:
        require("cryptography", "cluster")
    folder = Path(settings.folder).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kind = SYSTEMS[system]
    dask.config.set(
        {
            "distributed.scheduler.worker-ttl": f"{settings.lost_seconds}s",
            "distributed.scheduler.allowed-failures": 10,
        }
    )
    scheduler: dict[str, Any] = {"dashboard": False}
    if settings.host:
        scheduler["host"] = settings.host
    try:
        return getattr(dask_jobqueue, kind.cluster)(
            n_workers=0,
            cores=settings.processes,
            processes=settings.processes,
            memory=settings.memory,
            interface=settings.interface or None,
            python=settings.python or sys.executable,
            job_script_prologue=list(settings.prologue),
            log_directory=str(folder),
            shared_temp_directory=str(folder),
            security=settings.encrypt or None,
            scheduler_options=scheduler,
            silence_logs="critical",
            **kind.options(settings),
        )
    except (ValueError, KeyError) as error:
        raise ConfigError(f"--on {system}: a setting is refused: {error}") from error
    except (OSError, RuntimeError) as error:
        raise ToolFailedError(f"--on {system}: no scheduler can be started: {error}") from error
