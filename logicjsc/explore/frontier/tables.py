"""The frontier as tables, for terminals and for pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import write_text
from logicjsc.explore.frontier.anchors import AnchorTable
from logicjsc.explore.frontier.figures import Area
from logicjsc.explore.frontier.rows import Row

HEADER: Final = (
    "network", "test accuracy %", "95 %", "over seeds %", "LUT", "with encoder", "with argmax",
    "with both", "Yosys", "FF", "depth", "cycles", "ns", "front",
)  # fmt: skip

NOTES: Final = (
    "LUT: LUT1 to LUT6 and inverters, nothing packed in pairs, found by our mapper and proven",
    "the argmax is counted by Yosys",
    "`a / b`: the network alone, codes to scores / with encoder and argmax, words to class",
    "depth: LUTs on the longest path through network (and encoder); registers behind every layer",
    "front: no other row equals or beats it in LUT and accuracy, alone / with both",
)

ANCHOR_HEADER: Final = (
    "design (theirs)", "test accuracy %", "LUT", "FF", "MHz", "ns", "encoder counted", "remark",
)  # fmt: skip

_BEGIN: Final = "<!-- frontier: begin -->"
_END: Final = "<!-- frontier: end -->"


def cells(row: Row) -> list[str]:
    """One row as text, in the order of `HEADER`."""
    figures = row.figures
    low, high = row.score.interval
    accuracy = f"{100 * row.score.accuracy:.2f}"
    if row.by_words is not None and row.by_words != row.score:
        accuracy += f" / {100 * row.by_words.accuracy:.2f}"
    whole = figures.whole
    confirmed = (figures.confirmed_core, figures.confirmed_whole)
    return [
        row.name,
        accuracy,
        f"{100 * low:.2f} to {100 * high:.2f}",
        _spread(row.seeds),
        _number(figures.core.lut),
        _number(figures.encoded.lut if figures.encoded else None),
        _number(None if figures.argmax is None else figures.core.lut + figures.argmax),
        _number(whole.lut if whole else None),
        " / ".join(_number(entry.lut) for entry in confirmed if entry is not None) or "-",
        _both(figures.core, whole, lambda area: area.ff),
        _both(figures.core, whole, lambda area: area.depth),
        _both(figures.core, whole, lambda area: area.latency_cycles),
        f"{row.placed.latency_ns:.1f}" if row.placed else "-",
        f"{_mark(on=row.front_core)} / {_mark(on=row.front_whole)}",
    ]


def anchor_cells(table: AnchorTable) -> list[list[str]]:
    """Rows of a table of published points, in the order of `ANCHOR_HEADER`."""
    return [
        [
            anchor.design,
            f"{anchor.accuracy:g}",
            _number(anchor.lut),
            _number(anchor.ff or None),
            f"{anchor.fmax_mhz:,.0f}" if anchor.fmax_mhz else "-",
            f"{anchor.latency_ns:g}" if anchor.latency_ns else "-",
            "yes" if anchor.inputs == "words" else "no",
            anchor.remark,
        ]
        for anchor in table.entries
    ]


def anchor_title(table: AnchorTable) -> str:
    """Heading of a table of published points: whose they are, jets and tool."""
    return f"{table.title}: theirs, on {table.jets}, by {table.tool}"


def notes(rows: Sequence[Row]) -> list[str]:
    """How to read the table, and what is missing in it."""
    jets = dict.fromkeys((row.score.jets, row.jets_of) for row in rows)
    told = [f"tested on {count:,} jets: {name}" for count, name in jets]
    if any(row.by_words is not None and row.by_words != row.score for row in rows):
        told.append("accuracy `a / b`: features as they are / rounded to the encoder's words")
    missing = dict.fromkeys(note for row in rows for note in row.figures.notes)
    return [*told, *NOTES, *missing]


def to_markdown(rows: Sequence[Row], anchors: Sequence[AnchorTable], picture: str = "") -> str:
    """All tables; ours first, theirs in tables of their own."""
    lines = ["### Ours", "", *_markdown(HEADER, map(cells, rows)), ""]
    lines += [f"- {note}." for note in notes(rows)]
    commands = [f"| {row.name} | `{row.command}` |" for row in rows if row.command]
    if commands:
        lines += ["", "| network | made again by |", "| --- | --- |", *commands]
    if picture:
        lines += ["", f"![accuracy against LUTs]({picture})"]
    for table in anchors:
        lines += ["", f"### {anchor_title(table)}", ""]
        lines += [*_markdown(ANCHOR_HEADER, anchor_cells(table)), "", f"- {table.note}."]
    return "\n".join(lines) + "\n"


def refresh_page(page: Path, text: str) -> None:
    """Put text between the two markers of a page; the rest stays as it is.

    Raises:
        ConfigError: the page cannot be read, or has no such markers.
    """
    try:
        given = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {page}: {error}") from error
    before, begin, rest = given.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ConfigError(f"{page} has no lines {_BEGIN} and {_END}, between which tables belong")
    write_text(page, f"{before}{begin}\n\n{text}\n{end}{after}")


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(header) + " |",
        "| " + " | ".join("---" for _ in header) + " |",
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows),
    ]


def _spread(accuracies: Sequence[float]) -> str:
    """Mean and range over seeds."""
    if len(accuracies) < 2:  # noqa: PLR2004 - one seed has no spread
        return "one seed" if accuracies else "-"
    low, high = 100 * min(accuracies), 100 * max(accuracies)
    return f"{100 * fmean(accuracies):.2f} ({low:.2f} to {high:.2f}, {len(accuracies)})"


def _both(core: Area, whole: Area | None, of: Callable[[Area], int]) -> str:
    return " / ".join(_number(of(area)) for area in (core, whole) if area is not None)


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _mark(*, on: bool) -> str:
    return "yes" if on else "no"
