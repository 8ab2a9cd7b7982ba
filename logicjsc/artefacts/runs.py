"""The run that something comes from, and the jets that it learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from logicjsc.artefacts.sources import Source
from logicjsc.core.settings import read_toml
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.anneal import method as anneal
from logicjsc.methods.anneal.definition import AnnealConfig, load_annealing
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import load_config
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.methods.prune import method as compact
from logicjsc.methods.prune.definition import CompactConfig, load_compacting

AnyConfig: TypeAlias = Config | AnnealConfig | CompactConfig


def load_any_config(path: Path) -> AnyConfig:
    """The config of a training, an annealing or a compacting run.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value is refused.
    """
    sections = read_toml(path)
    if "annealing" in sections:
        return load_annealing(path).config
    if "compacting" in sections:
        return load_compacting(path).config
    return load_config(path).config


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
    return load_any_config(run[1]).data
