"""What a search's TOML file says.

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import read_table, read_toml, setting, to_toml
from logicjsc.explore.search.samplers import make_pruner, make_sampler
from logicjsc.explore.search.space import Space, decode, read_space
from logicjsc.explore.sweep.settings import Settings, flatten, overlay, resolve_base
from logicjsc.methods.gradient.loading import LoadedConfig

Objective: TypeAlias = Literal["accuracy", "luts", "latency"]

DIRECTIONS: Final[dict[Objective, Literal["maximize", "minimize"]]] = {
    "accuracy": "maximize",
    "luts": "minimize",
    "latency": "minimize",
}


@dataclass(frozen=True)
class SearchSettings:
    """What the file says besides its tables."""

    base: str = setting("", "config, by name or file")
    trials: int = setting(50, "trials in all, over all machines", at_least=1)
    objectives: tuple[Objective, ...] = setting(
        ("accuracy", "luts", "latency"),
        "accuracy: on validation jets; luts: estimated 6-input LUTs; latency: clock cycles",
    )
    estimate: Literal["formula", "map"] = setting(
        "formula", "formula: LogicNets' bound; map: found by mapping with low effort"
    )
    pipeline: int = setting(1, "registers after every so many layers", at_least=0)
    argmax: bool = setting(False, "count the cycles of a class decided in the circuit")
    sampler: Literal["tpe", "random", "nsga2", "nsga3", "qmc", "gp", "cma-es"] = setting(
        "tpe", "how settings are chosen"
    )
    pruner: Literal[
        "none", "median", "percentile", "successive-halving", "hyperband", "threshold"
    ] = setting("none", "how hopeless trainings are stopped")
    seed: int = setting(0, "seed of the sampler", at_least=0)
    heartbeat_seconds: float = setting(
        15.0, "between two signs of life; after four missing ones a trial is retried", above=0.0
    )
    patience_seconds: float = setting(
        600.0, "how long a storage that went away is waited for", at_least=0.0
    )


@dataclass(frozen=True)
class Search:
    """A search.

    Attributes:
        name: its file's name; also the study's in the storage.
        source: the file.
        settings: its settings.
        base: path of the base config.
        fixed: settings over it, the same in all trials.
        space: settings that vary.
        sampler_options: passed on to the sampler.
        pruner_options: passed on to the pruner.
    """

    name: str
    source: Path
    settings: SearchSettings
    base: Path
    fixed: Settings
    space: Space
    sampler_options: Mapping[str, Any]
    pruner_options: Mapping[str, Any]

    def config(self, chosen: Mapping[str, Any]) -> LoadedConfig:
        """All settings of a trial.

        Raises:
            ConfigError: they do not go together.
        """
        return overlay(self.base, {**self.fixed, **chosen}, self.source)

    def chosen(self, parameters: Mapping[str, Any]) -> Settings:
        """The settings of a trial from what the storage keeps of it."""
        return decode(self.space, parameters)

    def identity(self) -> str:
        """Equal for searches whose trials can be compared; their number may differ."""
        settings = self.settings
        parts = (
            to_toml(overlay(self.base, self.fixed, self.source).config),
            repr(sorted(self.space.items())),
            repr((settings.objectives, settings.estimate, settings.pipeline, settings.argmax)),
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def load_search(path: Path) -> Search:
    """Read a search; both ends of every range and every choice are checked.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value in it is refused.
        ToolNotFoundError: Optuna, or a package that the sampler needs, is not installed.
    """
    values = read_toml(path)
    fixed = flatten(values.pop("set", {}), "set", path)
    space = read_space(values.pop("space", {}), path)
    options = {}
    for name in ("sampler_options", "pruner_options"):
        options[name] = values.pop(name, {})
        if not isinstance(options[name], dict):
            raise ConfigError(f"{path}: {name} must be a table, write it as [{name}]")
    settings = read_table(SearchSettings, values, str(path), "")
    if not settings.base:
        raise ConfigError(f'{path}: base is missing; name a config, such as base = "jsc-s"')
    if not settings.objectives or len(set(settings.objectives)) < len(settings.objectives):
        raise ConfigError(
            f"{path}: objectives = {list(settings.objectives)} must be distinct, and at least one"
        )
    for key in fixed.keys() & space.keys():
        raise ConfigError(f"{path}: {key} stands in set and in space; keep one of them")
    search = Search(
        path.stem, path, settings, resolve_base(settings.base, path), fixed, space, **options
    )
    make_sampler(settings.sampler, options["sampler_options"], 0, path, len(settings.objectives))
    make_pruner(settings.pruner, options["pruner_options"], path)
    _check_ends(search)
    return search


def _check_ends(search: Search) -> None:
    """Refuse settings that no trial could use, before any is trained."""
    middle = {key: axis.examples[0] for key, axis in search.space.items()}
    for key, axis in search.space.items():
        for value in axis.examples:
            try:
                config = search.config({**middle, key: value}).config
            except ConfigError as error:
                # Lists by layer may not fit the first choice of another axis; each trial is
                # checked again.
                if "entries" in str(error) or "network.skips entry" in str(error):
                    continue
                raise
            if config.network.kind == "dense" and search.settings.objectives != ("accuracy",):
                raise ConfigError(
                    f"{search.source}: a dense network has no tables, so objectives must be "
                    '["accuracy"]; or set "network.kind" = "sparse"'
                )
