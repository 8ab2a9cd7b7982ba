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
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, SettingError, read_table, read_toml, setting
from logicjsc.explore.study.grid import Block, Header, listed, read_blocks
from logicjsc.explore.study.results import Objective
from logicjsc.explore.study.samplers import make_pruner, make_sampler
from logicjsc.explore.study.settings import Settings, flatten, overlay, resolve_base
from logicjsc.explore.study.space import Space, decode, read_space
from logicjsc.methods.loading import LoadedConfig, resolve_shipped, shipped_studies

_Kind = TypeVar("_Kind")

_TABLES: Final = ("sampler_options", "pruner_options")


@dataclass(frozen=True)
class StudySettings(Section):
    """What the file of any study may say besides its tables."""

    objectives: tuple[Objective, ...] = setting(
        ("accuracy", "luts", "latency"),
        "accuracy, loss: on validation samples; luts: estimated 6-input LUTs; latency: cycles",
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
class SearchSettings(Section):
    """What the file of a search may say besides."""

    base: str = setting("", "config, by name or file")
    trials: int = setting(50, "trials in all, over all machines", at_least=1)
    sampler: Literal["tpe", "random", "nsga2", "nsga3", "qmc", "gp", "cma-es"] = setting(
        "tpe", "how settings are chosen"
    )
    seed: int = setting(0, "seed of the sampler", at_least=0)


@dataclass(frozen=True)
class _SearchFile(SearchSettings, StudySettings):
    """All that the file of a search says at its top."""


@dataclass(frozen=True)
class _GridFile(Header, StudySettings):
    """All that the file of a grid says at its top."""


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
            run.config.to_toml(): run.config
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

    @property
    def judged_by(self) -> str:
        """Equal for studies that measure a run in the same way."""
        settings = self.settings
        return repr((settings.objectives, settings.estimate, settings.pipeline, settings.argmax))

    @cached_property
    def identity(self) -> str:
        """Equal for studies whose trials can be compared; a search may ask for more of them."""
        parts = [self.judged_by, *(entry.to_toml() for entry in self.entries)]
        if not self.is_grid:
            parts += [self.first.to_toml(), repr(sorted(self.space.items()))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    @property
    def name_in_storage(self) -> str:
        """Name of the study in the storage; a grid that was extended is another one."""
        return f"{self.name}-{self.identity}" if self.is_grid else self.name


def resolve_study(name_or_path: str) -> Path:
    """Path of a study's file: a file, or the name of a shipped one such as ``lab``.

    Raises:
        ConfigError: there is neither.
    """
    return resolve_shipped("study", name_or_path, shipped_studies())


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
    space, blocks, grid = (values.pop(name, None) for name in ("space", "blocks", "grid"))
    if space is not None and not (blocks is None and grid is None):
        raise ConfigError(f"{path}: a study has a space or a grid; write either")
    if space is None and (blocks is None) == (grid is None):
        raise ConfigError(
            f"{path}: give either one [grid], or blocks such as [blocks.NAME.grid], or a [space]"
        )
    if space is None:
        top = {"objectives": ["accuracy"], **listed(values)}
        whole = read_table(_GridFile, top, str(path), "")
        own = {key: values[key] for key in _names(Header) if key in values}
        blocks = read_blocks(own, blocks, grid, fixed, path)
        settings = _settings(whole, path)
        study = Study(path.stem, path, settings, blocks=blocks, **options)
    else:
        whole_search = read_table(_SearchFile, values, str(path), "")
        search = _part(SearchSettings, whole_search)
        if not search.base:
            raise ConfigError(f'{path}: base is missing; name a config, such as base = "jsc-s"')
        axes = read_space(space, path)
        for key in fixed.keys() & axes.keys():
            raise ConfigError(f"{path}: {key} stands in set and in space; keep one of them")
        settings = _settings(whole_search, path)
        make_sampler(search.sampler, options["sampler_options"], 0, path, len(settings.objectives))
        study = Study(path.stem, path, settings, (), search, fixed, axes, **options)
    make_pruner(settings.pruner, options["pruner_options"], path)
    _check(study)
    return study


def _names(kind: type[Any]) -> list[str]:
    return [entry.name for entry in fields(kind)]


def _part(kind: type[_Kind], whole: object) -> _Kind:
    """What belongs to a kind of settings, out of all that a file says."""
    return kind(**{name: getattr(whole, name) for name in _names(kind)})


def _settings(whole: StudySettings, path: Path) -> StudySettings:
    settings = _part(StudySettings, whole)
    if not settings.objectives or len(set(settings.objectives)) < len(settings.objectives):
        raise ConfigError(
            f"{path}: objectives = {list(settings.objectives)} must be distinct, and at least one"
        )
    return settings


def _check(study: Study) -> None:
    """Refuse settings that no trial could use, before any is trained."""
    tried = [*study.entries]
    if not study.is_grid:
        tried.append(study.first)
        for key, axis in study.space.items():
            tried += [_tried(study, key, value) for value in axis.examples]
    for loaded in tried:
        needs = {"luts", "latency"}.intersection(study.settings.objectives)
        if needs and not loaded.finder.makes_netlist(loaded.config):
            raise ConfigError(
                f"{study.source}: the networks of {loaded.name} have no tables, so objectives must "
                f'be ["accuracy"] or ["loss"]; or set "network.kind" = "sparse"'
            )


def _tried(study: Study, key: str, value: Any) -> LoadedConfig:  # noqa: ANN401 - a setting
    """A value of an axis together with examples of the others, if it goes with some of them.

    Each trial is checked again.

    Raises:
        ConfigError: it goes with none.
    """
    refused: ConfigError | None = None
    for number in range(max(len(axis.examples) for axis in study.space.values())):
        others = {
            name: axis.examples[number % len(axis.examples)] for name, axis in study.space.items()
        }
        try:
            return study.config({**others, key: value})
        except ConfigError as error:
            refused = refused or error
    if refused is not None and _is_by_layer(refused):
        return study.first  # a sampler may draw a network that it fits
    raise refused or AssertionError


def _is_by_layer(error: ConfigError) -> bool:
    """Whether lists by layer do not fit the number of layers."""
    texts = ("entries", "network.skips entry")
    return isinstance(error.__cause__, SettingError) and any(text in str(error) for text in texts)
