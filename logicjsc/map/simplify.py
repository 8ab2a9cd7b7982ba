"""A smaller netlist from any artefact, and what it saved and cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.artefacts.circuit import OnProgress, build_netlist
from logicjsc.artefacts.measure import check_features, ends_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import NetlistError
from logicjsc.dataset import Samples, Dataset, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.map.completion import complete_table
from logicjsc.map.mapper import map_netlist
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, digest_of, evaluate, save_netlist
from logicjsc.netlist.passes import (
    PROVENANCE_KEY,
    DontCares,
    Effort,
    Measure,
    PassReport,
    apply_dont_cares,
    observed_dont_cares,
    run_pass,
    simplify,
    unreachable_rows,
)

OBSERVED_KEY: Final = "dont_cares_from_data"
"""Provenance of a netlist whose behaviour was changed on purpose."""


@dataclass(frozen=True)
class DataCost:
    """What don't-cares from data changed.

    Attributes:
        min_count: rows that fewer training jets read were freed.
        training_jets: number of training jets.
        fingerprint: of the training jets.
        free_rows: table rows freed.
        validation_jets: number of validation jets.
        accuracy_before: validation accuracy of the exact netlist, 0 to 1.
        accuracy_after: validation accuracy of the netlist written.
        changed_jets: validation jets that get another output code.
    """

    min_count: int
    training_jets: int
    fingerprint: str
    free_rows: int
    validation_jets: int
    accuracy_before: float
    accuracy_after: float
    changed_jets: int


@dataclass(frozen=True)
class SimplifyReport:
    """A simplified netlist and where the savings came from.

    Attributes:
        netlist: the result.
        out: file written.
        passes: every run of every pass, in order.
        cost: what don't-cares from data changed, if they were asked for.
    """

    netlist: Netlist
    out: Path
    passes: tuple[PassReport, ...]
    cost: DataCost | None

    def by_pass(self) -> list[dict[str, Any]]:
        """What each pass saved over all its runs, in the order of their first."""
        rows: dict[str, dict[str, Any]] = {}
        for report in self.passes:
            empty = dict.fromkeys([*self.sizes, "seconds"], 0)
            row = rows.setdefault(report.name, {"pass": report.name, **empty})
            for key in self.sizes:
                before, after = getattr(report, key)
                row[key] += before - after
            row["seconds"] += report.seconds
        return list(rows.values())

    def totals(self) -> dict[str, tuple[int, int]]:
        """Sizes before the first and after the last pass."""
        first, last = self.passes[0], self.passes[-1]
        return {key: (getattr(first, key)[0], getattr(last, key)[1]) for key in self.sizes}

    @property
    def sizes(self) -> tuple[str, ...]:
        """What was measured before and after every pass."""
        counted = ("lut",) if self.passes[0].lut is not None else ()
        return ("nodes", "table_rows", "table_bits", *counted)

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``; savings by pass, sizes as pairs before and after."""
        return {
            "netlist": str(self.out),
            "netlist_digest": digest_of(self.netlist),
            **{key: list(sizes) for key, sizes in self.totals().items()},
            "saved_by": self.by_pass(),
            "data": asdict(self.cost) if self.cost is not None else None,
        }


def simplify_source(
    source: Source,
    out: Path | None,
    *,
    effort: Effort,
    min_count: int | None = None,
    data: Path | None = None,
    count_luts: bool = False,
    on_progress: OnProgress | None = None,
    on_pass: Callable[[PassReport], None] = lambda _: None,
) -> SimplifyReport:
    """Simplify the netlist of a run, an ONNX model, a netlist file or a circuit, and write it.

    Args:
        source: where the netlist comes from.
        out: file to write; by default ``<name>-simplified.npz`` in a run or beside anything else.
        effort: how hard to look; see `simplify`.
        min_count: free table rows that fewer training jets read, which may change the output of
            other jets; None to change nothing.
        data: jets for that; by default those of the run, else the bundled sample.
        count_luts: map the netlist with low effort before and after every pass.
        on_progress: called while tables are made.
        on_pass: called after every run of a pass.

    Raises:
        NetlistError: jets are needed and the netlist has no encoder and decoder.
    """
    original = build_netlist(source, None, on_progress)
    splits = _jets(source, data, original) if min_count is not None else None
    run = _Run(effort, on_pass, _lut_counter() if count_luts else None)
    netlist = run.simplify(original)
    if effort != "low":
        netlist = run.choose_unreachable(netlist)
    cost = None
    if splits is not None and min_count is not None:
        netlist, cost = _use_data(netlist, splits, min_count, run)
    target = out or source.netlist_beside("simplified")
    save_netlist(netlist, target)
    return SimplifyReport(netlist, target, tuple(run.reports), cost)


def _jets(source: Source, data: Path | None, netlist: Netlist) -> Dataset:
    ends_of(netlist)
    if data is not None:
        splits = load_dataset(DataConfig(path=str(data)))
    elif source.kind == "run":
        splits = load_dataset(RunDirectory.open(source.path).load_config().data)
    else:
        splits = load_dataset(DataConfig())
    check_features(netlist, splits.train)
    return splits


class _Run:
    """Passes one after the other, and what each of them saved."""

    def __init__(
        self, effort: Effort, on_pass: Callable[[PassReport], None], measure: Measure | None
    ) -> None:
        self.effort: Effort = effort
        self.on_pass = on_pass
        self.measure = measure
        self.reports: list[PassReport] = []

    def simplify(self, netlist: Netlist) -> Netlist:
        """All exact passes."""
        result, reports = simplify(netlist, self.effort, self.on_pass, self.measure)
        self.reports += reports
        return result

    def choose_unreachable(self, netlist: Netlist) -> Netlist:
        """Rows that cannot be read take whatever needs few LUTs; once, for it never ends."""
        free = unreachable_rows(netlist)
        if not free.rows:
            return netlist
        chosen = self.choose("choose unreachable rows", netlist, free)
        if chosen is netlist:
            return netlist
        done = f"{netlist.provenance.get(PROVENANCE_KEY, '')}; unreachable rows chosen".lstrip("; ")
        return replace(chosen, provenance={**chosen.provenance, PROVENANCE_KEY: done})

    def choose(self, name: str, netlist: Netlist, free: DontCares) -> Netlist:
        """Choose free rows."""
        result, report = run_pass(
            name,
            lambda given: apply_dont_cares(given, free, complete_table),
            netlist,
            self.measure,
        )
        self.reports.append(report)
        self.on_pass(report)
        return result


def _lut_counter() -> Measure:
    """Counts LUTs, of equal netlists once."""
    counts: dict[str, int] = {}

    def count(netlist: Netlist) -> int:
        digest = digest_of(netlist)
        if digest not in counts:
            counts[digest] = map_netlist(netlist, effort="low").luts
        return counts[digest]

    return count


def _use_data(
    netlist: Netlist, splits: Dataset, min_count: int, run: _Run
) -> tuple[Netlist, DataCost]:
    free = observed_dont_cares(netlist, _codes(netlist, splits.train), min_count)
    name = f"free rows read by fewer than {min_count} jets"
    result = run.simplify(run.choose(name, netlist, free))
    before = evaluate(netlist, _codes(netlist, splits.validation))
    after = evaluate(result, _codes(netlist, splits.validation))
    cost = DataCost(
        min_count=min_count,
        training_jets=len(splits.train),
        fingerprint=splits.train.fingerprint(),
        free_rows=free.rows,
        validation_jets=len(splits.validation),
        accuracy_before=_accuracy(netlist, before, splits.validation),
        accuracy_after=_accuracy(netlist, after, splits.validation),
        changed_jets=int((before != after).any(axis=1).sum()),
    )
    source = f"min_count {min_count}, training jets {cost.fingerprint}"
    result = replace(result, provenance={**result.provenance, OBSERVED_KEY: source})
    return result, cost


def _codes(netlist: Netlist, jets: Samples) -> np.ndarray[Any, Any]:
    if netlist.encoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no encoder")
    return netlist.encoder.encode(jets.features)


def _accuracy(netlist: Netlist, codes: np.ndarray[Any, Any], jets: Samples) -> float:
    if netlist.decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no decoder")
    return float((netlist.decoder.classify(codes) == jets.labels).mean())
