"""The run that something comes from, and the jets that it learned from."""

from __future__ import annotations

from pathlib import Path

from logicjsc.anneal.definition import load_annealing
from logicjsc.compact.definition import load_compacting
from logicjsc.config import DataConfig
from logicjsc.flow import anneal, compact
from logicjsc.flow.sources import Source
from logicjsc.training.rundir import RunDirectory


def run_of(source: Source) -> tuple[str, Path] | None:
    """The run that a netlist lies in: the command that made it, and the file of its settings.

    None where it lies in no annealing and no compacting run.
    """
    if source.kind == "netlist":
        for command, marker in (("anneal", anneal.MARKER), ("compact", compact.MARKER)):
            if (source.path.parent / marker).is_file():
                return command, source.path.parent / marker
    return None


def data_of(source: Source) -> DataConfig:
    """The jets of a source's run, and how they were divided; the default where there is none.

    Raises:
        RunError: a run's settings cannot be read.
        ConfigError: they are refused.
    """
    if source.kind == "run":
        return RunDirectory.open(source.path).load_config().data
    run = run_of(source)
    if run is None:
        return DataConfig()
    command, settings = run
    return (load_annealing if command == "anneal" else load_compacting)(settings).config.data
