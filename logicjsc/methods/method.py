"""The contract of a method, and the registry of those that there are.

A method is a folder of `logicjsc.methods` whose module ``method`` has a ``METHOD``, or is registered
from outside. Nothing else knows of it.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.core.settings import Section
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.result import Result

if TYPE_CHECKING:
    from logicjsc.dataset.samples import Dataset
    from logicjsc.netlist import Netlist

DEFAULT: Final = "gradient"


@dataclass(frozen=True)
class MethodConfig(Section):
    """Base of every method's settings: the samples are everybody's."""

    data: DataConfig


@dataclass(frozen=True)
class Asked:
    """What a method is asked to do.

    Attributes:
        name: of the run and of what comes out of it.
        config: the method's settings.
        dataset: samples.
        run: where to write; created by `begin`.
        jobs: processes that may work at once.
        on_progress: told how far things are.
        on_step: told of every finished step, for those who want more than a remark.
    """

    name: str
    config: Any
    dataset: Dataset
    run: Run
    jobs: int = 1
    on_progress: OnProgress = silent
    on_step: Callable[[Any], None] = lambda _: None


class Method(ABC):
    """Finds a network for samples.

    Attributes:
        name: what ``method = "..."`` calls it.
        title: one line for people.
        config: dataclass of its settings, a `MethodConfig`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    config: ClassVar[type[Any]]

    @abstractmethod
    def find(self, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
        """Find a network and write what belongs to it into the run.

        Args:
            asked: what to do.
            begin: creates the run's directory; called after the last check that may refuse.
            resume: go on where an interrupted run stands, to the same bits.

        Raises:
            LogicjscError: it cannot be done.
        """

    @abstractmethod
    def netlist(self, run: Run, on_progress: OnProgress = silent) -> Netlist:
        """The netlist of a finished run, made if need be.

        Raises:
            LogicjscError: there is none.
        """

    def seeds(self, config: Any) -> dict[str, int]:  # noqa: ANN401, ARG002 - its own config
        """Seeds of everything random, by what they are for."""
        return {}

    def with_seed(self, config: Any, seed: int) -> Any:  # noqa: ANN401 - its own config
        """The same settings with another seed of starts and draws."""
        raise NotImplementedError

    def without_paths(self, config: Any) -> Any:  # noqa: ANN401 - its own config
        """The same settings without anything that is true on one machine only.

        Raises:
            ConfigError: a setting names a place of this machine that cannot be left out.
        """
        return config


_registered: dict[str, Method] = {}


def register_method(method: Method) -> None:
    """Make a method known that is no part of this package."""
    _registered[method.name] = method


def known_methods() -> tuple[str, ...]:
    """Names of all methods."""
    folders = Path(__file__).parent.glob("*/method.py")
    return tuple(sorted({folder.parent.name for folder in folders} | _registered.keys()))


def find_method(name: str, where: str = "") -> Method:
    """A method by its name.

    Args:
        name: of the method.
        where: what names it, for messages.

    Raises:
        ConfigError: there is none of that name.
    """
    if name in _registered:
        return _registered[name]
    if name not in known_methods():
        raise ConfigError(
            f"{where}{': ' if where else ''}method = {name!r} is not known; use one of "
            f"{', '.join(known_methods())}"
        )
    method: Method = importlib.import_module(f"logicjsc.methods.{name}.method").METHOD
    return method
