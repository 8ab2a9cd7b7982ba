"""What a page is about: everything that its parts look at, read or measured once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar, overload

import numpy as np

from logicjsc.artefacts.netlists import netlist_of, provenance_of, samples_of
from logicjsc.artefacts.sources import POINT, Source
from logicjsc.check.verdict import Verdict
from logicjsc.core.errors import DataError, LogicjscError, RunError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Header, Run
from logicjsc.dataset.metrics import Metrics, measure
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array, Samples
from logicjsc.emit.verilog import Circuit, load_circuit
from logicjsc.explore.report.node_timing import NodeTiming, node_timing
from logicjsc.explore.zoo.checks import own_samples
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.points import LUTS, Point, read_point
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.timing.delays import load_delays
from logicjsc.methods.loading import LoadedConfig, load_config
from logicjsc.methods.method import find_method
from logicjsc.methods.result import Recorded
from logicjsc.netlist import Netlist
from logicjsc.netlist.scoring import check_target, ends_of, scores_of

Effort: TypeAlias = Literal["none", "low", "medium", "high"]

_Value = TypeVar("_Value")


class once(Generic[_Value]):  # noqa: N801 - read like a property
    """A property that is found once; why it cannot be had is remembered as well."""

    def __init__(self, find: Callable[[Subject], _Value]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> once[_Value]: ...

    @overload
    def __get__(self, owner: Subject, kind: type[Any]) -> _Value: ...

    def __get__(self, owner: Subject | None, kind: type[Any]) -> once[_Value] | _Value:
        if owner is None:
            return self
        if self._name not in owner.found:
            try:
                owner.found[self._name] = self._find(owner)
            except LogicjscError as error:
                owner.found[self._name] = _Refused(error)
        value: _Value | _Refused = owner.found[self._name]
        if isinstance(value, _Refused):
            raise value.error
        return value


@dataclass(frozen=True)
class _Refused:
    """Why something cannot be had."""

    error: LogicjscError


@dataclass(eq=False)
class Subject:
    """A run, model, netlist, circuit, C library or point of the zoo.

    Whatever is asked of it raises a `LogicjscError` that says why it cannot be had.

    Attributes:
        source: what it is.
        data: where to take samples from; None: from where it came.
        effort: how hard LUTs are searched for; ``"none"``: not at all.
        seconds: that the search may take, about.
        on_progress: told how far things are.
        found: what was found so far.
    """

    source: Source
    data: Path | None = None
    effort: Effort = "low"
    seconds: float = 60.0
    on_progress: OnProgress = silent
    found: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.source.name

    @once
    def run(self) -> Run | None:
        """The run; None of anything else."""
        return Run.open(self.source.path) if self.source.kind == "run" else None

    @once
    def header(self) -> Header | None:
        """What made the run; None of anything else."""
        return None if self.run is None else self.run.header()

    @once
    def config(self) -> LoadedConfig | None:
        """Settings of the run; None of anything else."""
        return None if self.run is None else load_config(self.run.config_file)

    @once
    def recorded(self) -> Recorded | None:
        """Result of the run; None of anything else.

        Raises:
            RunError: the run is not finished, or its result is damaged.
        """
        if self.run is None:
            return None
        recorded = Recorded.of(self.run)
        try:
            for part in ("validation", "test"):
                Metrics.from_dict(recorded.best[part])
            if not isinstance(recorded.values["sizes"], dict):
                raise TypeError("sizes are no table")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(
                f"{self.run.result_file} is damaged; write it again with logicjsc train --resume "
                f"{self.run.path}"
            ) from error
        return recorded

    @once
    def point(self) -> Point | None:
        """Figures of a point of the zoo; None of anything else."""
        is_point = self.source.kind == "point"
        return read_point(self.source.path / POINT) if is_point else None

    @once
    def circuit(self) -> Circuit | None:
        """The circuit; None of anything else."""
        return load_circuit(self.source.path) if self.source.kind == "circuit" else None

    @once
    def provenance(self) -> Provenance | None:
        """What is known of its samples."""
        return provenance_of(self.source)

    @once
    def netlist(self) -> Netlist:
        """Its netlist."""
        self._refuse_unfinished()
        return netlist_of(self.source, on_progress=self.on_progress)

    @once
    def samples(self) -> Samples:
        """The test samples that belong to it, or what ``data`` holds.

        Those of a point of the zoo rarely travel with the package; then those that do for its task.
        """
        try:
            return samples_of(self.source, "test", self.data)
        except DataError:
            own = own_samples(self.netlist) if self.point is not None and not self.data else None
            if own is None:
                raise
            return own

    @once
    def scores(self) -> Array:
        """Scores of the samples, float32 ``[samples, outputs]``; of a run those of its method."""
        self._refuse_unfinished()
        if self.run is not None and self.header is not None:
            return find_method(self.header.method).scores(self.run, self.samples)
        scores = scores_of(self.netlist, self.samples)
        check_target(self.netlist, self.samples)
        return scores

    @once
    def thresholds(self) -> Array | None:
        """Thresholds of the scores, float32 ``[outputs]``; None of classes and values."""
        if self.recorded is not None:
            kept = self.recorded.best["test"].get("threshold")
            return None if not kept else np.array(list(kept.values()), np.float32)
        _, decoder = ends_of(self.netlist)
        return np.array(decoder.thresholds, np.float32) if decoder.thresholds else None

    @once
    def metrics(self) -> Metrics:
        """Metrics of the scores."""
        return measure(self.scores, self.samples, self.thresholds)

    @once
    def mapped(self) -> MappedNetlist:
        """Its LUTs, node by node; of a point those that were committed with it.

        Raises:
            DataError: no search was asked for.
            ToolError: ABC is missing or failed.
        """
        known = None
        effort: str = self.effort
        if self.point is not None:
            known, effort = load_luts(self.source.path / LUTS), self.point.header.effort
        elif self.effort == "none":
            raise DataError("LUTs were not searched for; ask for them with --effort low")
        return map_netlist(
            self.netlist,
            effort=effort,
            jobs=1,
            known=known,
            on_progress=self.on_progress,
            seconds=self.seconds,
        )

    @once
    def timing(self) -> NodeTiming:
        """When its neurons settle, by the delays of the usual part.

        Raises:
            DataError: no search for LUTs was asked for.
            ToolError: ABC is missing or failed.
        """
        return node_timing(self.mapped, load_delays())

    @once
    def verdict(self) -> Verdict | None:
        """What its verification found; None if there was none."""
        folder = self.source.path
        place = folder / "verify.json" if folder.is_dir() else None
        return Verdict.read(place) if place is not None and place.is_file() else None

    def _refuse_unfinished(self) -> None:
        """Refuse to measure what has not come to its end."""
        if self.run is not None:
            self.run.result()
