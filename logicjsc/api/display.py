"""How objects show themselves: one line in a terminal, a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from logicjsc.core.console.tables import show
from logicjsc.explore.report.short import Short


def html_table(title: str, rows: Iterable[Sequence[Any]], header: Sequence[str] = ()) -> str:
    """A table for notebooks."""
    parts = [f"<b>{escape(title)}</b><table>"]
    if header:
        parts.append(_row(header, "th"))
    parts += [_row(row, "td") for row in rows]
    return "".join([*parts, "</table>"])


def short_html(short: Short) -> str:
    """The short form of a report, for notebooks."""
    return html_table(short.title, [(name, show(value)) for name, value in short.rows])


def _row(cells: Sequence[Any], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
