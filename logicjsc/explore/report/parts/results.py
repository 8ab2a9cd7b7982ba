"""How well it does: the recorded figures of every part of the samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from logicjsc.core.console.tables import metric_facts
from logicjsc.explore.report.elements import Element, Note, Table
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject


def _make(subject: Subject) -> Iterator[Element]:
    recorded = subject.recorded
    if recorded is None:
        metrics = subject.metrics.to_dict()
        samples = subject.samples
        yield _table({samples.part: metrics})
        yield Note(f"Measured on {samples.source}.")
        return
    yield _table({part: recorded.best[part] for part in ("validation", "test")})
    yield Note(
        "As result.json has it. Networks are chosen by validation samples; test samples are "
        "looked at once."
    )
    if len(recorded.found) > 1:
        yield _of_each(recorded.found)


def _table(metrics: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = {part: dict(metric_facts(values)) for part, values in metrics.items()}
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    rows = [[name, *(column.get(name, "-") for column in columns.values())] for name in names]
    return Table("Figures", ("", *columns), rows)


def _of_each(found: list[dict[str, Any]]) -> Table:
    """All networks that the run found."""
    key = "accuracy" if "accuracy" in found[0]["test"] else "loss"
    sizes = list(dict.fromkeys(name for entry in found for name in entry.get("sizes", {})))
    header = ["network", f"validation {key}", f"test {key}", *sizes]
    rows = [
        [
            entry["name"],
            *(f"{entry[part].get(key, float('nan')):.6g}" for part in ("validation", "test")),
            *(f"{entry.get('sizes', {}).get(name, float('nan')):g}" for name in sizes),
        ]
        for entry in found
    ]
    return Table("Networks of this run", [name.replace("_", " ") for name in header], rows)


PART = Part("results", "How well it does", 20, _make)
