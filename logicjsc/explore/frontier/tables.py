"""The frontier as tables, for terminals and for pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import write_text
from logicjsc.core.markdown import markdown_table
from logicjsc.explore.frontier.published import PublishedTable
from logicjsc.explore.frontier.rows import ACCURACY, Row, metric_of
from logicjsc.explore.zoo.accuracy import AnyScore, ErrorScore
from logicjsc.explore.zoo.figures import Area
from logicjsc.explore.zoo.latency import CYCLES, Latency

_LUTS: Final = (
    "LUT: LUT1 to LUT6 and inverters, nothing packed in pairs, found by our mapper and proven"
)
_DECIDES: Final = "what decides, an argmax or thresholds, is counted by Yosys"
_VALUES: Final = "values need no decision"
_BOTH: Final = "`a / b`: the network alone, codes to scores / with both ends, words to decision"
_DEPTH: Final = (
    "depth: LUTs on the longest path through network (and encoder); registers behind every layer"
)

_BEGIN: Final = "<!-- frontier: begin -->"
_END: Final = "<!-- frontier: end -->"


def is_timed(rows: Sequence[Row]) -> bool:
    """Whether latencies were estimated."""
    return any(row.latency is not None for row in rows)


def header(metric: str = ACCURACY, *, timed: bool = False) -> tuple[str, ...]:
    """Heads of the columns, for networks compared by ``metric``, perhaps with latencies."""
    estimates = ("estimated ns", "estimated LUT ns", "whole ns", "whole LUT ns") if timed else ()
    seeds = f"over seeds{' %' if metric == ACCURACY else ''}"
    return (
        "network", metric, "95 %", seeds, "LUT", "with encoder", "with decision",
        "with both", "Yosys", "FF", "depth", "cycles", "ns", *estimates, "front",
    )  # fmt: skip


def published_header(metric: str = "", *, timed: bool = False) -> tuple[str, ...]:
    """Heads of the columns of published points."""
    return (
        "design (theirs)", metric or ACCURACY, "LUT", "FF", "MHz", "ns",
        *(("LUT ns",) if timed else ()), "encoder counted", "remark",
    )  # fmt: skip


def cells(row: Row, *, timed: bool = False) -> list[str]:
    """One row as text, in the order of `header`."""
    figures = row.figures
    low, high = row.score.interval
    value = _shown(row.score.value, row.score)
    if row.by_words is not None and row.by_words != row.score:
        value += f" / {_shown(row.by_words.value, row.score)}"
    if isinstance(row.score, ErrorScore) and row.score.inside < row.score.samples:
        value += f" ({100 * row.score.inside / row.score.samples:.2f} % in the core)"
    whole = figures.whole
    confirmed = (figures.confirmed_core, figures.confirmed_whole)
    return [
        row.name,
        value,
        f"{_shown(low, row.score)} to {_shown(high, row.score)}",
        _spread(row.seeds, row.score),
        _number(figures.core.lut),
        _number(figures.encoded.lut if figures.encoded else None),
        _number(None if figures.decision is None else figures.core.lut + figures.decision),
        _number(whole.lut if whole else None),
        " / ".join(_number(entry.lut) for entry in confirmed if entry is not None) or "-",
        _both(figures.core, whole, lambda area: area.ff),
        _both(figures.core, whole, lambda area: area.depth),
        _both(figures.core, whole, lambda area: area.latency_cycles),
        f"{row.placed.latency_ns:.1f}" if row.placed else "-",
        *(_estimates(row.latency) if timed else ()),
        f"{_mark(on=row.front_core)} / {_mark(on=row.front_whole)}",
    ]


def _estimates(latency: Latency | None) -> tuple[str, ...]:
    """Latency and area-delay product, with registers / without any inside: alone, then whole."""
    alone = latency
    whole = None if latency is None else latency.whole
    return tuple(
        text
        for one in (alone, whole)
        for text in (
            ("-", "-")
            if one is None
            else (
                f"{one.pipelined_ns:.2f} / {one.single_ns:.2f}",
                f"{one.pipelined_area_delay:,.0f} / {one.single_area_delay:,.0f}",
            )
        )
    )


def published_cells(table: PublishedTable, *, timed: bool = False) -> list[list[str]]:
    """Rows of a table of published points, in the order of `published_header`."""
    return [
        [
            entry.design,
            f"{entry.value:g}",
            _number(entry.lut),
            _number(entry.ff or None),
            f"{entry.fmax_mhz:,.0f}" if entry.fmax_mhz else "-",
            f"{entry.latency_ns:g}" if entry.latency_ns else "-",
            *((_product(entry.lut, entry.latency_ns),) if timed else ()),
            "yes" if entry.inputs == "words" else "no",
            entry.remark,
        ]
        for entry in table.entries
    ]


def _product(lut: int, latency_ns: float) -> str:
    return f"{lut * latency_ns:,.0f}" if latency_ns else "-"


def published_title(table: PublishedTable) -> str:
    """Heading of a table of published points: whose they are, samples and tool."""
    return f"{table.title}: theirs, on {table.samples}, by {table.tool}"


def notes(rows: Sequence[Row]) -> list[str]:
    """How to read the table, and what is missing in it."""
    samples = dict.fromkeys((row.score.samples, row.samples_of) for row in rows)
    told = [f"tested on {count:,} samples: {name}" for count, name in samples]
    if any(row.by_words is not None and row.by_words != row.score for row in rows):
        told.append(
            f"{metric_of(rows)} `a / b`: features as they are / rounded to the encoder's words"
        )
    missing = dict.fromkeys(note for row in rows for note in row.figures.notes)
    values = rows[0].score.smaller_is_better
    what = "error" if values else "accuracy"
    front = f"front: no other row equals or beats it in LUT and {what}, alone / with both"
    estimates = dict.fromkeys(
        f"estimated: the network alone on {row.latency.part}, `a / b`: registers behind every "
        f"layer / none inside; whole: words in, decision out, and its LUTs with a decision of "
        f"ours, `a / b`: registers placed by time for {CYCLES} cycles / none inside; "
        f"{row.latency.note}"
        for row in rows
        if row.latency is not None
    )
    decides = _VALUES if values else _DECIDES
    return [*told, _LUTS, decides, _BOTH, _DEPTH, front, *estimates, *missing]


def to_markdown(
    rows: Sequence[Row],
    published: Sequence[PublishedTable],
    picture: str = "",
    time_picture: str = "",
) -> str:
    """All tables; ours first, theirs in tables of their own; pictures against LUTs and LUT ns."""
    metric = metric_of(rows)
    timed = is_timed(rows)
    ours = [cells(row, timed=timed) for row in rows]
    lines = ["### Ours", "", *markdown_table(header(metric, timed=timed), ours), ""]
    lines += [f"- {note}." for note in notes(rows)]
    commands = [[row.name, f"`{row.command}`"] for row in rows if row.command]
    if commands:
        lines += ["", *markdown_table(["network", "made again by"], commands)]
    what = "accuracy" if metric == ACCURACY else metric
    if picture:
        lines += ["", f"![{what} against LUTs]({picture})"]
    if time_picture:
        lines += ["", f"![{what} against LUTs times ns]({time_picture})"]
    for table in published:
        lines += ["", f"### {published_title(table)}", ""]
        heads = published_header(table.metric, timed=timed)
        theirs = published_cells(table, timed=timed)
        lines += [*markdown_table(heads, theirs), "", f"- {table.note}."]
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


def _shown(value: float, kind: AnyScore) -> str:
    """An accuracy in percent, or an error."""
    return f"{kind.scale * value:.2f}"


def _spread(values: Sequence[float], kind: AnyScore) -> str:
    """Mean and range over seeds."""
    if len(values) < 2:  # noqa: PLR2004 - one seed has no spread
        return "one seed" if values else "-"
    mean, low, high = (_shown(entry, kind) for entry in (fmean(values), min(values), max(values)))
    return f"{mean} ({low} to {high}, {len(values)})"


def _both(core: Area, whole: Area | None, of: Callable[[Area], int]) -> str:
    return " / ".join(_number(of(area)) for area in (core, whole) if area is not None)


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _mark(*, on: bool) -> str:
    return "yes" if on else "no"
