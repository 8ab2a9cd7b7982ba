"""A smaller netlist, and what it saved and cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.samples import Dataset
from logicjsc.map.completion import complete_table
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, digest_of, evaluate
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
from logicjsc.netlist.scoring import check_features, check_target, ends_of, metrics_of

OBSERVED_KEY: Final = "dont_cares_from_data"
"""Provenance of a netlist whose behaviour was changed on purpose."""


@dataclass(frozen=True)
class DataCost:
    """What don't-cares from data changed.

    Attributes:
        min_count: rows that fewer training samples read were freed.
        training_samples: number of training samples.
        fingerprint: of the training samples.
        free_rows: table rows freed.
        validation_samples: number of validation samples.
        before: validation metrics of the exact netlist.
        after: validation metrics of the result.
        changed_samples: validation samples that get another output code.
    """

    min_count: int
    training_samples: int
    fingerprint: str
    free_rows: int
    validation_samples: int
    before: Metrics
    after: Metrics
    changed_samples: int

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **asdict(self),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@dataclass(frozen=True)
class SimplifyReport:
    """A simplified netlist and where the savings came from.

    Attributes:
        netlist: the result.
        passes: every run of every pass, in order.
        cost: what don't-cares from data changed, if they were asked for.
    """

    netlist: Netlist
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
            "netlist_digest": digest_of(self.netlist),
            **{key: list(sizes) for key, sizes in self.totals().items()},
            "saved_by": self.by_pass(),
            "data": None if self.cost is None else self.cost.to_dict(),
        }


def simplify_netlist(
    original: Netlist,
    *,
    effort: Effort,
    min_count: int | None = None,
    dataset: Dataset | None = None,
    count_luts: bool = False,
    on_pass: Callable[[PassReport], None] = lambda _: None,
) -> SimplifyReport:
    """Simplify a netlist.

    Args:
        original: the netlist.
        effort: how hard to look; see `simplify`.
        min_count: free table rows that fewer training samples read, which may change the output of
            other samples; None to change nothing.
        dataset: samples for that.
        count_luts: map the netlist with low effort before and after every pass.
        on_pass: called after every run of a pass.

    Raises:
        NetlistError: samples are needed and the netlist has no encoder and decoder.
        DataError: the samples have other features or another target.
    """
    run = _Run(effort, on_pass, _lut_counter() if count_luts else None)
    if dataset is not None:
        check_features(original, dataset.train)
        check_target(original, dataset.train)
    netlist = run.simplify(original)
    if effort != "low":
        netlist = run.choose_unreachable(netlist)
    cost = None
    if dataset is not None and min_count is not None:
        netlist, cost = _use_data(netlist, dataset, min_count, run)
    return SimplifyReport(netlist, tuple(run.reports), cost)


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
    netlist: Netlist, dataset: Dataset, min_count: int, run: _Run
) -> tuple[Netlist, DataCost]:
    encoder, _ = ends_of(netlist)
    free = observed_dont_cares(netlist, encoder.encode(dataset.train.features), min_count)
    name = f"free rows read by fewer than {min_count} samples"
    result = run.simplify(run.choose(name, netlist, free))
    codes = encoder.encode(dataset.validation.features)
    changed = (evaluate(netlist, codes) != evaluate(result, codes)).any(axis=1)
    cost = DataCost(
        min_count=min_count,
        training_samples=len(dataset.train),
        fingerprint=dataset.train.fingerprint(),
        free_rows=free.rows,
        validation_samples=len(dataset.validation),
        before=metrics_of(netlist, dataset.validation),
        after=metrics_of(result, dataset.validation),
        changed_samples=int(changed.sum()),
    )
    source = f"min_count {min_count}, training samples {cost.fingerprint}"
    result = replace(result, provenance={**result.provenance, OBSERVED_KEY: source})
    return result, cost
