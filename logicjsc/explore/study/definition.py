"""What a study's TOML file says: a grid (see `logicjsc.explore.study.grid`), or a space to search.

::

    base = "jsc-s"
    trials = 100
    sampler = "nsga2"
    sampler_options = { population_size = 20 }

    [set]
    "training.epochs" = 20

    [space]
    "network.fan_in" = { low = 2, high = 4 }
    "training.learning_rate" = { low = 1e-3, high = 3e-2, log = true }
    "network.hidden" = { choices = [[32, 16], [64, 32, 32, 32]] }
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import read_table, read_toml, setting
from logicjsc.explore.study.grid import GRID_KEYS, Block, read_blocks
from logicjsc.explore.study.results import Objective
from logicjsc.explore.study.samplers import make_pruner, make_sampler
from logicjsc.explore.study.settings import Settings, flatten, overlay, resolve_base
from logicjsc.explore.study.space import Space, decode, read_space
from logicjsc.methods.loading import LoadedConfig, shipped_studies

_TABLES: Final = ("sampler_options", "pruner_options")


@dataclass(frozen=True)
class StudySettings:
    """What the file of any study may say besides its tables."""

    objectives: tuple[Objective, ...] = setting(
        ("accuracy", "luts", "latency"),
        "accuracy, loss: on validation samples; luts: estimated 6-input LUTs; latency: clock cycles",
    )
    estimate: Literal["formula", "map"] = setting(
        "formula", "formula: LogicNets' bound; map: found by mapping with low effort"
    )
    pipeline: int = setting(1, "registers after every so many layers", at_least=0)
    argmax: bool = setting(False, "count the cycles of a decision made in the circuit")
    pruner: Literal[
        "none", "median", "percentile", "successive-halving", "hyperband", "threshold"
    ] = setting("none", "how hopeless trainings are stopped")
    heartbeat_seconds: float = setting(
        15.0, "between two signs of life; after four missing ones a trial is retried", above=0.0
    )
    patience_seconds: float = setting(
        600.0, "how long a storage that went away is waited for", at_least=0.0
    )


@dataclass(frozen=True)
class SearchSettings:
    """What the file of a search may say besides."""

    base: str = setting("", "config, by name or file")
    trials: int = setting(50, "trials in all, over all machines", at_least=1)
    sampler: Literal["tpe", "random", "nsga2", "nsga3", "qmc", "gp", "cma-es"] = setting(
        "tpe", "how settings are chosen"
    )
    seed: int = setting(0, "seed of the sampler", at_least=0)


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes:
        name: its file's name; also the study's in the storage.
        source: the file.
        settings: of any study.
        blocks: grids; none if a space is searched.
        search: settings of a search.
        fixed: settings over a search's base, the same in all trials.
        space: settings that vary in a search.
        sampler_options: passed on to the sampler.
        pruner_options: passed on to the pruner.
    """

    name: str
    source: Path
    settings: StudySettings
    blocks: tuple[Block, ...] = ()
    search: SearchSettings = field(default_factory=SearchSettings)
    fixed: Settings = field(default_factory=dict)
    space: Space = field(default_factory=dict)
    sampler_options: Mapping[str, Any] = field(default_factory=dict)
    pruner_options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_grid(self) -> bool:
        """Whether all trials are known from the start."""
        return bool(self.blocks)

    @cached_property
    def entries(self) -> tuple[LoadedConfig, ...]:
        """Settings of all trials of a grid; equal ones of several blocks stand here once."""
        configs = {
            text_of(run.config): run.config
            for block in self.blocks
            for point in block.points
            for run in point.runs
        }
        return tuple(configs.values())

    @property
    def trials(self) -> int:
        """Trials in all."""
        return len(self.entries) if self.is_grid else self.search.trials

    @property
    def first(self) -> LoadedConfig:
        """Settings of one trial, whose samples all trials of a search share."""
        return self.entries[0] if self.is_grid else self.config({})

    def config(self, chosen: Mapping[str, Any]) -> LoadedConfig:
        """All settings of a trial of a search.

        Raises:
            ConfigError: they do not go together.
        """
        base = resolve_base(self.search.base, self.source)
        return overlay(base, {**self.fixed, **chosen}, self.source)

    def chosen(self, parameters: Mapping[str, Any]) -> Settings:
        """The settings of a trial of a search from what the storage keeps of it."""
        return decode(self.space, parameters)

    @cached_property
    def identity(self) -> str:
        """Equal for studies whose trials can be compared; a search may ask for more of them."""
        settings = self.settings
        parts = [
            repr((settings.objectives, settings.estimate, settings.pipeline, settings.argmax)),
            *map(text_of, self.entries),
        ]
        if not self.is_grid:
            parts += [text_of(self.first), repr(sorted(self.space.items()))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @property
    def name_in_storage(self) -> str:
        """Name of the study in the storage; a grid that was extended is another one."""
        return f"{self.name}-{self.identity}" if self.is_grid else self.name


def text_of(loaded: LoadedConfig) -> str:
    """All settings as text, equal for equal ones."""
    return loaded.to_toml()


def resolve_study(name_or_path: str) -> Path:
    """Path of a study's file: a file, or the name of a shipped one such as ``lab``.

    Raises:
        ConfigError: there is neither.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    known = shipped_studies()
    if name_or_path in known:
        return known[name_or_path]
    raise ConfigError(
        f"there is no study {name_or_path!r}; give a file, or one of: {', '.join(sorted(known))}"
    )


def load_study(path: Path) -> Study:
    """Read a study; every config of a grid, both ends of ranges and all choices are checked.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value in it is refused.
        ToolNotFoundError: Optuna, or a package that the sampler needs, is not installed.
    """
    values = read_toml(path)
    fixed = flatten(values.pop("set", {}), "set", path)
    options = {name: values.pop(name, {}) for name in _TABLES}
    for name, table in options.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name} must be a table, write it as [{name}]")
    tables = {name: values.pop(name, None) for name in ("space", "blocks", "grid")}
    if tables["space"] is not None and (tables["blocks"] or tables["grid"]) is not None:
        raise ConfigError(f"{path}: a study has a space or a grid; write either")
    if tables["space"] is None:
        own = _taken(values, GRID_KEYS)
        blocks = read_blocks(own, tables["blocks"], tables["grid"], fixed, path)
        settings = _settings({"objectives": ["accuracy"], **values}, path)
        study = Study(path.stem, path, settings, blocks=blocks, **options)
    else:
        own = _taken(values, SearchSettings.__dataclass_fields__)
        search = read_table(SearchSettings, own, str(path), "")
        if not search.base:
            raise ConfigError(f'{path}: base is missing; name a config, such as base = "jsc-s"')
        space = read_space(tables["space"], path)
        for key in fixed.keys() & space.keys():
            raise ConfigError(f"{path}: {key} stands in set and in space; keep one of them")
        settings = _settings(values, path)
        make_sampler(search.sampler, options["sampler_options"], 0, path, len(settings.objectives))
        study = Study(path.stem, path, settings, (), search, fixed, space, **options)
    make_pruner(settings.pruner, options["pruner_options"], path)
    _check(study)
    return study


def _taken(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Entries of a table that belong elsewhere, taken out of it."""
    return {key: values.pop(key) for key in keys if key in values}


def _settings(values: dict[str, Any], path: Path) -> StudySettings:
    settings = read_table(StudySettings, values, str(path), "")
    if not settings.objectives or len(set(settings.objectives)) < len(settings.objectives):
        raise ConfigError(
            f"{path}: objectives = {list(settings.objectives)} must be distinct, and at least one"
        )
    return settings


def _check(study: Study) -> None:
    """Refuse settings that no trial could use, before any is trained."""
    middle = {key: axis.examples[0] for key, axis in study.space.items()}
    tried = list(study.entries)
    for key, axis in study.space.items():
        for value in axis.examples:
            try:
                tried.append(study.config({**middle, key: value}))
            except ConfigError as error:
                # Lists by layer may not fit the first choice of another axis; each trial is
                # checked again.
                if "entries" in str(error) or "network.skips entry" in str(error):
                    continue
                raise
    for loaded in tried:
        needs = {"luts", "latency"}.intersection(study.settings.objectives)
        if needs and not loaded.finder.makes_netlist(loaded.config):
            raise ConfigError(
                f"{study.source}: the networks of {loaded.name} have no tables, so objectives must "
                f'be ["accuracy"] or ["loss"]; or set "network.kind" = "sparse"'
            )
