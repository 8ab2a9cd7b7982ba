"""What a site's TOML file says about its clusters.

::

    [slurm]
    jobs = 20
    queue = "short"
    memory = "4 GB"
    walltime = "02:00:00"
    directives = ["--gres=tmp:10G"]
    prologue = ["module load python/3.11"]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from logicjsc.core.settings import Section, SettingError, read_sections, read_toml, setting

_SIZE: Final = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B")
_TIME: Final = re.compile(r"(\d+-)?\d+:\d\d:\d\d")


@dataclass(frozen=True)
class SchedulerSettings(Section):
    """Of a Dask scheduler that is there."""

    connect_seconds: float = setting(10.0, "how long it may take to answer", above=0.0)
    patience_seconds: float = setting(
        600.0,
        "how long a scheduler that went away, or one without workers, is waited for",
        at_least=0.0,
    )


@dataclass(frozen=True)
class BatchSettings(Section):
    """Of workers that a batch system starts."""

    jobs: int = setting(4, "batch jobs that run at once; ended ones are submitted anew", at_least=1)
    processes: int = setting(1, "workers in each job, one core each", at_least=1)
    memory: str = setting("2 GB", "of each job, such as 500 MB")
    walltime: str = setting("01:00:00", "of each job, hours:minutes:seconds")
    queue: str = setting("", "partition or queue; empty for the site's default")
    account: str = setting("", "account or project that pays; empty for none")
    directives: tuple[str, ...] = setting((), "more lines of the submit file")
    prologue: tuple[str, ...] = setting((), "shell commands before a worker starts")
    python: str = setting("", "Python of the workers; empty for this one")
    interface: str = setting("", "network interface of scheduler and workers, such as ib0")
    host: str = setting("", "address of this machine for the workers; empty to find it")
    folder: str = setting("cluster", "folder that all machines see, for logs and keys")
    encrypt: bool = setting(True, "TLS with keys of this one cluster; others cannot connect")
    lost_seconds: float = setting(
        60.0, "silence after which a worker's tasks are given to others", above=0.0
    )
    patience_seconds: float = setting(
        86400.0, "how long jobs in the queue are waited for", at_least=0.0
    )

    def check(self) -> None:
        """See `Section.check`."""
        for key, pattern, example in (("memory", _SIZE, "2 GB"), ("walltime", _TIME, "01:00:00")):
            if pattern.fullmatch(getattr(self, key)) is None:
                raise SettingError(key, f"{key} = {getattr(self, key)!r}: write it as {example!r}")


@dataclass(frozen=True)
class SlurmSettings(BatchSettings):
    """Of workers that Slurm starts; directives are options of sbatch, such as ``--gres=...``."""


@dataclass(frozen=True)
class HtcondorSettings(BatchSettings):
    """Of workers that HTCondor starts; directives are lines ``name = value``."""

    disk: str = setting("1 GB", "of each job")

    def check(self) -> None:
        """See `Section.check`."""
        super().check()
        if _SIZE.fullmatch(self.disk) is None:
            raise SettingError("disk", f"disk = {self.disk!r}: write it as '1 GB'")
        for line in self.directives:
            if "=" not in line:
                raise SettingError(
                    "directives", f"directives has {line!r}: write it as 'name = value'"
                )


@dataclass(frozen=True)
class ClusterSettings:
    """A site's clusters."""

    tcp: SchedulerSettings = field(default_factory=SchedulerSettings)
    slurm: SlurmSettings = field(default_factory=SlurmSettings)
    htcondor: HtcondorSettings = field(default_factory=HtcondorSettings)


def read_cluster(file: Path) -> ClusterSettings:
    """The settings in a TOML file.

    Raises:
        ConfigError: it is missing or no TOML, a key is unknown, or a value is refused.
    """
    return read_sections(ClusterSettings, read_toml(file), str(file))[0]
