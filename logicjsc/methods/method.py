"""The contract of a method, and their registry.

A method is a folder of `logicjsc.methods` whose module ``method`` has a ``METHOD``, or is
registered from outside. Nothing else knows of it.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from logicjsc.core.errors import ConfigError
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.core.settings import Section, flat, plain
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.samples import MOST_CLASSES, Array
from logicjsc.dataset.schema import TARGET_KINDS, Schema, Target, TargetKind
from logicjsc.methods.curves import Curve
from logicjsc.methods.result import Result

if TYPE_CHECKING:
    from logicjsc.dataset.metrics import Metrics
    from logicjsc.dataset.samples import Dataset, Samples
    from logicjsc.netlist import Netlist

DEFAULT: Final = "gradient"


@dataclass(frozen=True)
class MethodConfig(Section):
    """Base of every method's settings: the samples are everybody's."""

    data: DataConfig


@dataclass(frozen=True)
class Step:
    """A finished step of a method: an epoch, a round, one of several starts.

    Attributes:
        number: of the step, from 1.
        score: validation metric of the network as it stands, by which networks are chosen; larger
            is better. None if only finished networks have one.
        report: what the method has to say of it, in its own form.
    """

    number: int
    score: float | None
    report: Any


OnStep: TypeAlias = Callable[[Step], None]


def unwatched(_step: Step) -> None:
    """Ignore a step."""


@dataclass(frozen=True)
class Asked:
    """What a method is asked to do.

    Attributes:
        name: of the run and of what comes out of it.
        config: the method's settings.
        dataset: samples.
        run: where to write; created by `begin`.
        jobs: processes that may work at once, or an executor.
        on_progress: told how far things are.
        on_step: told of every finished step; of a run that goes on, first of those made before.
    """

    name: str
    config: Any
    dataset: Dataset
    run: Run
    jobs: Jobs = 1
    on_progress: OnProgress = silent
    on_step: OnStep = unwatched


@dataclass(frozen=True)
class Models:
    """The models that a run's netlist comes from.

    Attributes:
        onnx: the exported model's file.
        output_codes: the trained network's output integers ``[samples, outputs]`` of raw features
            ``[samples, features]``.
    """

    onnx: Path
    output_codes: Callable[[Array], Array]


class Method(ABC):
    """Finds a network for samples.

    Attributes:
        name: what ``method = "..."`` calls it.
        title: one line for people.
        config: dataclass of its settings, a `MethodConfig`.
        kinds: kinds of target that it can predict.
        most_classes: most classes that it can tell apart.
        seed_keys: setting of each seed, ``section.name``, by what it is for; `with_seed` changes
            the first.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    config: ClassVar[type[Any]]
    kinds: ClassVar[tuple[TargetKind, ...]] = TARGET_KINDS
    most_classes: ClassVar[int] = MOST_CLASSES
    seed_keys: ClassVar[Mapping[str, str]] = {}

    def refuse(self, target: Target) -> None:
        """Refuse a target that the method cannot predict.

        Raises:
            ConfigError: it is of another kind, or has too many classes.
        """
        if target.kind not in self.kinds:
            other = "or set data.kind = 'classes'" if target.kind == "binary" else ""
            raise ConfigError(
                f"method = {self.name!r} predicts {' or '.join(self.kinds)}, and the target "
                f"{target.column or target.names[0]!r} is of kind {target.kind!r}; use method = "
                f"{DEFAULT!r}{', ' if other else ''}{other}"
            )
        if target.kind == "classes" and len(target.names) > self.most_classes:
            self.refuse_classes(target, self.most_classes, f"method = {self.name!r}")

    @staticmethod
    def refuse_classes(target: Target, most: int, what: str) -> None:
        """Refuse more classes than there is room for."""
        raise ConfigError(
            f"{what} tells at most {most} classes apart, and the target has {len(target.names)}; "
            f"use method = {DEFAULT!r}, or merge classes"
        )

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

    def netlist(
        self,
        run: Run,
        on_progress: OnProgress = silent,  # noqa: ARG002 - for those that make it now
        address_limit: int | None = None,  # noqa: ARG002 - as above
    ) -> Netlist:
        """The netlist of a finished run: by default the one that was found, or made if need be.

        Args:
            run: the run.
            on_progress: told how far things are.
            address_limit: most address bits of a table that has to be made; None: as many as usual.

        Raises:
            LogicjscError: there is none.
        """
        from logicjsc.netlist import load_netlist

        return load_netlist(run.netlist_file)

    def scores(self, run: Run, samples: Samples) -> Array:
        """Scores of what was learned, float32 ``[samples, outputs]``; by default the netlist's.

        Raises:
            LogicjscError: it cannot be read, or the samples have other features.
        """
        from logicjsc.netlist.scoring import scores_of

        return scores_of(self.netlist(run), samples)

    def metrics(self, run: Run, samples: Samples) -> Metrics:
        """Metrics of what was learned; by default those of the netlist.

        Raises:
            LogicjscError: it cannot be read, or the samples are of another kind.
        """
        from logicjsc.netlist.scoring import metrics_of

        return metrics_of(self.netlist(run), samples)

    def models(self, run: Run) -> Models | None:  # noqa: ARG002 - most methods have none
        """The models between learning and the netlist; None if the netlist is what was learned.

        Raises:
            LogicjscError: they cannot be read.
        """
        return None

    def describe(
        self,
        config: Any,  # noqa: ANN401 - its own config
        schema: Schema | None,  # noqa: ARG002 - for those whose size depends on it
    ) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
        """Facts about a configured network, and a row per layer; without a schema, less of both."""
        return dict(flat(plain(config))), ()

    def progress(self, run: Run, config: Any) -> dict[str, Any]:  # noqa: ANN401, ARG002 - its own
        """Facts about how far a run is, finished or not."""
        return {}

    def curves(self, run: Run, config: Any) -> tuple[Curve, ...]:  # noqa: ANN401, ARG002 - its own
        """How the search went so far, finished or not.

        Raises:
            RunError: what was saved of it is damaged.
        """
        return ()

    def makes_netlist(self, config: Any) -> bool:  # noqa: ANN401, ARG002 - its own config
        """Whether the networks of these settings have a netlist, or are only trained."""
        return True

    def files(self, config: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401, ARG002 - its own config
        """What a run of that name may hold besides what all runs do, names in its directory.

        A run that takes its place removes them.
        """
        return ()

    def seeds(self, config: Any) -> dict[str, int]:  # noqa: ANN401 - its own config
        """Seeds of everything random, by what they are for."""
        places = {what: key.split(".") for what, key in self.seed_keys.items()}
        return {
            what: getattr(getattr(config, section), name)
            for what, (section, name) in places.items()
        }

    def with_seed(self, config: Any, seed: int) -> Any:  # noqa: ANN401 - its own config
        """The same settings with another seed of starts and draws.

        Raises:
            ConfigError: the method has no seeds.
        """
        if not self.seed_keys:
            raise ConfigError(f"method = {self.name!r} draws nothing, so it takes no seed")
        section, name = next(iter(self.seed_keys.values())).split(".")
        return replace(config, **{section: replace(getattr(config, section), **{name: seed})})

    def without_paths(self, config: Any) -> Any:  # noqa: ANN401 - its own config
        """The same settings without anything that is true on one machine only.

        Raises:
            ConfigError: a setting names a place of this machine that cannot be left out.
        """
        return config


def refuse_absolute(key: str, value: str) -> None:
    """Refuse a path of this machine in settings that are to be true on every machine.

    Raises:
        ConfigError: it is absolute.
    """
    if Path(value).is_absolute():
        raise ConfigError(
            f"{key} = {value!r} is a path of this machine; give a config with a relative one by "
            f"--config"
        )


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
