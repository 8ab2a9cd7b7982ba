"""How a network came to be: method, settings, and the command that makes it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, RunError
from logicjsc.core.run import Run
from logicjsc.explore.zoo.accuracy import value_in
from logicjsc.methods.loading import config_to_toml, load_config
from logicjsc.methods.method import find_method
from logicjsc.methods.result import Recorded

_DATA = "DATA"
"""What stands in commands for the place of the samples."""


@dataclass(frozen=True)
class Origin:
    """How a network came to be.

    Attributes:
        method: name of the method.
        config: all its settings.
        command: the one command that makes it again.
    """

    method: str
    config: Any
    command: str

    @property
    def seed(self) -> int:
        """Of starts and draws; what `Method.with_seed` changes."""
        return next(iter(find_method(self.method).seeds(self.config).values()), 0)

    @property
    def common(self) -> Any:  # noqa: ANN401 - a method's own settings
        """What all seeds of a network have in common."""
        method, config = find_method(self.method), _without_place(self.config)
        return method.with_seed(config, 0) if method.seed_keys else config

    def text(self) -> str:
        """The settings as TOML that says nothing about the machine they were used on.

        Raises:
            ConfigError: a setting names a place of this machine that cannot be left out.
        """
        config = find_method(self.method).without_paths(_without_place(self.config))
        return config_to_toml(self.method, config)


def recorded_in(source: Source) -> tuple[Run, dict[str, Any]] | None:
    """The run that a source is, or that its netlist was made in, and what that run says of it.

    None for a netlist or circuit that is no part of a run.

    Raises:
        RunError: the run is not finished, or damaged.
    """
    if source.kind == "run":
        run = Run.open(source.path)
        return run, Recorded.of(run).best
    if source.kind == "netlist" and Run.exists(source.path.parent):
        run = Run.open(source.path.parent)
        recorded = Recorded.of(run)
        name = source.path.name
        found = recorded.best if source.path == run.netlist_file else recorded.of_file(name)
        return None if found is None else (run, found)
    return None


def origin_of(source: Source, folder: Path, config: Path | None, command: str) -> Origin:
    """How a source came to be.

    Args:
        source: a run, or anything else with a netlist.
        folder: where its settings will lie, as ``config.toml``.
        config: the settings that made it, if the source is no run.
        command: the command that made it; empty for ``logicjsc train`` with those settings.

    Raises:
        ConfigError: the settings or the command are not known.
        RunError: the source is a run that is not finished.
    """
    recorded = recorded_in(source)
    if config is not None:
        loaded = load_config(config)
        if not command:
            raise ConfigError(
                f"the command that makes {source.path} again is not known; add --command"
            )
    elif recorded is not None:
        loaded = load_config(recorded[0].config_file)
    else:
        raise ConfigError(
            f"{source.path} is a {source.kind} that does not say how it was trained; add --config "
            f"and --command"
        )
    if not command:
        data = f" --data {_DATA}" if loaded.config.data.path else ""
        place = folder / "config.toml"
        command = f"logicjsc train {_relative(place)}{data} --out runs/{folder.name}"
    return Origin(loaded.method, loaded.config, command)


def outcome_of(run: Run, found: dict[str, Any]) -> tuple[Origin, int, float, float, int]:
    """Settings, seed, accuracies or errors (validation, test), and test samples of a network.

    Raises:
        RunError: the network has neither.
    """
    loaded = load_config(run.config_file)
    try:
        validation, test = value_in(found["validation"]), value_in(found["test"])
        samples = int(found["test"]["samples"])
    except KeyError as error:
        raise RunError(f"{run.path} has no {error} to compare networks by") from error
    origin = Origin(loaded.method, loaded.config, "")
    return origin, int(found["seed"]), validation, test, samples


def _relative(path: Path) -> str:
    """A path from the folder ``zoo`` on, which means the same on every machine."""
    parts = path.resolve().parts
    if "zoo" in parts:
        place = len(parts) - 1 - parts[::-1].index("zoo")
        return "/".join(parts[place:])
    return str(path)


def _without_place(config: Any) -> Any:  # noqa: ANN401 - a method's own settings
    return replace(config, data=replace(config.data, path="", test_path=""))
