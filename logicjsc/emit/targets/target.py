"""The contract of a target, and their registry.

A target writes what a language, a simulator or a tool flow needs beside a circuit's Verilog. It is
a module of `logicjsc.emit.targets` that has a ``TARGET``, or is registered from outside. Nothing
else knows of it: its name is a choice of ``logicjsc export-verilog --for``, and its settings are
those of ``--for-set NAME.key=value``.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, parse_assignment, read_table
from logicjsc.dataset.samples import Array
from logicjsc.emit.verilog.circuit import Circuit

OPTION: Final = "--for-set"


@dataclass(frozen=True)
class NoSettings(Section):
    """Of targets that have none."""


@dataclass(frozen=True)
class Job:
    """What a target is asked for.

    Attributes:
        circuit: the circuit. Its folder is a temporary one that gets its name later, so no path of
            it may be written into a file; all its files lie there already, those of the targets in
            front as well.
        settings: the target's own.
        features: raw features of real samples, float32 ``[samples, features]``, if there are some.
    """

    circuit: Circuit
    settings: Any
    features: Array | None = None


class Target(ABC):
    """Writes files beside a circuit.

    Attributes:
        title: one line for people: what is written, for which tools.
        settings: dataclass of its settings, a `Section` of plain values with defaults.
        after: targets whose files it uses; they are written first, asked for or not.
        samples: whether it makes use of real samples.
    """

    title: ClassVar[str]
    settings: ClassVar[type[Any]] = NoSettings
    after: ClassVar[tuple[str, ...]] = ()
    samples: ClassVar[bool] = False

    @abstractmethod
    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """Contents by path within the circuit's folder.

        Paths have forward slashes. Files lie in a folder of the target's own name; only a file that
        a tool looks for in the circuit's folder itself, such as FuseSoC's ``.core``, lies there.

        Raises:
            CircuitError: the circuit is none that this target can take; one sentence says why and
                which option to change.
            ConfigError: the settings do not go with the circuit.
            ToolError: a program that it needs is missing or failed.
        """


_registered: dict[str, Target] = {}


def register_target(name: str, target: Target) -> None:
    """Make a target known that is no part of this package."""
    _registered[name] = target


def known_targets() -> dict[str, Target]:
    """All targets by name."""
    found: dict[str, Target] = {}
    for entry in pkgutil.iter_modules([str(Path(__file__).parent)]):
        module = importlib.import_module(f"{__package__}.{entry.name}")
        if hasattr(module, "TARGET"):
            found[entry.name.replace("_", "-")] = module.TARGET
    return dict(sorted((found | _registered).items()))


def find_target(name: str) -> Target:
    """The target of a name.

    Raises:
        ConfigError: there is none.
    """
    known = known_targets()
    if name not in known:
        raise ConfigError(f"there is no target {name!r}; use one of {', '.join(known)}")
    return known[name]


def read_wanted(names: Iterable[str], assignments: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Settings by target, of names and of assignments ``target.key=value``.

    Raises:
        ConfigError: an assignment is written otherwise, or of a target that is not asked for.
    """
    wanted: dict[str, dict[str, Any]] = {name: {} for name in names}
    for assignment in assignments:
        key, value = parse_assignment(assignment)
        name, _, setting = key.partition(".")
        if name not in wanted:
            raise ConfigError(f"{OPTION} {assignment}: add --for {name}, or leave it away")
        wanted[name][setting] = value
    return wanted


def in_order(wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Target, Any]]:
    """Targets with their settings, each behind those that it needs.

    Args:
        wanted: settings by key, by target.

    Raises:
        ConfigError: there is no such target or setting.
    """
    ordered: dict[str, tuple[Target, Any]] = {}

    def add(name: str) -> None:
        if name in ordered:
            return
        target = find_target(name)
        for other in target.after:
            add(other)
        given = wanted.get(name, {})
        ordered[name] = target, read_table(target.settings, given, OPTION, f"{name}.")

    for name in wanted:
        add(name)
    return ordered
