"""Several things beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from logicjsc.core.errors import LogicjscError
from logicjsc.explore.report.elements import Element, Note, Plot, Section, Table
from logicjsc.explore.report.figures import axes, axis, line, plain, points
from logicjsc.explore.report.short import Short
from logicjsc.explore.report.subject import Subject

_MISSING: Final = "-"


def comparison_rows(shorts: Sequence[Short]) -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a table: a column for each thing, a row for each fact that any has."""
    columns = [dict(short.rows) for short in shorts]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(column.get(name, _MISSING) for column in columns)] for name in names]
    return ["", *(short.title for short in shorts)], rows


def compare(subjects: Sequence[Subject], shorts: Sequence[Short]) -> list[Section]:
    """The sections of a page that compares."""
    header, rows = comparison_rows(shorts)
    sections = [Section("facts", "Beside each other", (Table("Facts", header, rows),))]
    for name, title, elements in (
        ("results", "How well they do", tuple(_results(shorts))),
        ("area", "Accuracy against LUTs", tuple(_area(subjects, shorts))),
        ("curves", "How the searches went", tuple(_curves(subjects))),
    ):
        if elements:
            sections.append(Section(name, title, elements))
    return sections


def _tested(short: Short) -> dict[str, Any] | None:
    found = short.values.get("test")
    return found if isinstance(found, dict) else None


def _accuracy(short: Short) -> float | None:
    tested = _tested(short)
    value = None if tested is None else tested.get("accuracy")
    return None if value is None else float(value)


def _results(shorts: Sequence[Short]) -> Iterator[Element]:
    """Accuracies with their intervals; a warning where they are of other samples."""
    known = [short for short in shorts if _accuracy(short) is not None]
    if known:
        values = [_accuracy(short) or 0.0 for short in known]
        ends = [_interval(short) for short in known]
        trace = points("test accuracy", range(len(known)), values, [short.title for short in known])
        trace["x"] = [plain(short.title) for short in known]
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for (_, high), value in zip(ends, values, strict=True)],
            "arrayminus": [value - low for (low, _), value in zip(ends, values, strict=True)],
        }
        layout = {
            "xaxis": axis("", type="category"),
            "yaxis": axis("test accuracy"),
            "showlegend": False,
        }
        yield Plot("Test accuracy, with 95 % confidence intervals", [trace], layout)
    places = {str(short.values.get("samples", "not known")) for short in shorts}
    prints = {str(short.values["fingerprint"]) for short in shorts if "fingerprint" in short.values}
    if len(places) > 1 or len(prints) > 1:
        yield Note(
            "These figures are of different samples, or of other divisions of them; small "
            "differences between them say nothing.",
            missing=True,
        )


def _interval(short: Short) -> tuple[float, float]:
    tested = _tested(short) or {}
    value = _accuracy(short) or 0.0
    given = tested.get("accuracy_95_percent") or tested.get("intervals", {}).get("accuracy")
    return (float(given[0]), float(given[1])) if given else (value, value)


def _area(subjects: Sequence[Subject], shorts: Sequence[Short]) -> Iterator[Element]:
    """LUTs of each, by one measure for all of them."""
    found, missing = [], []
    for subject, short in zip(subjects, shorts, strict=True):
        try:
            found.append((short, subject.mapped.luts, subject.mapped.depth))
        except LogicjscError as error:
            missing.append(Note(f"Missing: {short.title}: {error}", missing=True))
    rows = [[short.title, luts, depth] for short, luts, depth in found]
    if rows:
        yield Table("LUTs by our mapper", ("", "LUTs", "LUTs on the longest path"), rows)
    drawn = [(short, luts) for short, luts, _ in found if _accuracy(short) is not None]
    if drawn:
        values = [_accuracy(short) or 0.0 for short, _ in drawn]
        texts = [f"{short.title}: {luts:,} LUTs" for short, luts in drawn]
        trace = points("accuracy", [luts for _, luts in drawn], values, texts)
        yield Plot("Test accuracy against LUTs", [trace], axes("LUTs", "test accuracy"))
    yield from missing


def _curves(subjects: Sequence[Subject]) -> Iterator[Element]:
    """Curves with the same title in one plot."""
    plots: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for subject in subjects:
        try:
            run, config = subject.run, subject.config
            if run is None or config is None:
                continue
            curves = config.finder.curves(run, config.config)
        except LogicjscError as error:
            yield Note(f"Missing: {error}", missing=True)
            continue
        for curve in curves:
            layout, traces = plots.setdefault(
                f"{curve.title}, by {curve.step}", (axes(curve.step, curve.unit), [])
            )
            if curve.falling:
                layout["xaxis"] |= {"type": "log", "autorange": "reversed"}
            traces += [
                line(f"{subject.name}, {name}", curve.steps, values)
                for name, values in curve.lines.items()
            ]
    for title, (layout, traces) in plots.items():
        yield Plot(title.capitalize(), traces, layout)
