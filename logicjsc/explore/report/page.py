"""Sections as one HTML page that needs nothing from elsewhere: no network, no other file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from logicjsc import __version__
from logicjsc.core.console.tables import show
from logicjsc.core.extras import require
from logicjsc.explore.report.elements import Commands, Element, Facts, Note, Plot, Section, Table

EXTRA: Final = "report"

_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""What a browser may load for the page: nothing that is not in it."""


def require_plotly() -> None:
    """Refuse early where no page can be written.

    Raises:
        ToolNotFoundError: Plotly is not installed; the sentence says how to install it.
    """
    require("plotly", EXTRA)


def html_page(title: str, sections: Sequence[Section]) -> str:
    """The text of a page.

    Raises:
        ToolNotFoundError: Plotly is not installed.
    """
    require_plotly()
    own = Path(__file__).parent
    style, script = ((own / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    links = "".join(f'<a href="#{part.name}">{escape(part.title)}</a>' for part in sections)
    plots: list[Plot] = []
    body = "".join(_section(section, plots) for section in sections)
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><h1>{escape(title)}</h1><nav>{links}</nav><main>{body}</main>"
        f"<footer>Written by logicjsc {escape(__version__)}.</footer>"
        f"<script>{require('plotly.offline', EXTRA).get_plotlyjs()}</script>"
        f'<script type="application/json" id="plots">{_json_of(plots)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _section(section: Section, plots: list[Plot]) -> str:
    parts = "".join(_element(element, plots) for element in section.elements)
    return f'<section id="{section.name}"><h2>{escape(section.title)}</h2>{parts}</section>'


def _element(element: Element, plots: list[Plot]) -> str:
    if isinstance(element, Facts):
        rows = "".join(
            f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>"
            for name, value in element.rows
        )
        return f'<table class="facts"><tbody>{rows}</tbody></table>'
    if isinstance(element, Table):
        return _table(element)
    if isinstance(element, Note):
        return f'<p class="{"missing" if element.missing else "note"}">{escape(element.text)}</p>'
    if isinstance(element, Commands):
        return f"<pre>{escape(chr(10).join(element.lines))}</pre>"
    return _plot(element, plots)


def _table(table: Table) -> str:
    header = "".join(f"<th>{_text(name)}</th>" for name in table.header)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    state = "" if table.folded else " open"
    return (
        f"<details{state}><summary>{escape(table.title)}</summary><div class='wide'><table>"
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _plot(plot: Plot, plots: list[Plot]) -> str:
    number = len(plots)
    plots.append(plot)
    beside = f'<aside id="detail-{number}" class="detail"></aside>' if plot.nodes else ""
    return (
        f'<figure class="{"small" if plot.small else "large"}">'
        f"<figcaption>{escape(plot.title)}</figcaption>"
        f'<div class="plot" id="plot-{number}" style="height:{plot.height}px"></div>'
        f"{beside}</figure>"
    )


def _cell(value: Any) -> str:  # noqa: ANN401 - anything a table holds
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return f"<td{' class=number' if numeric else ''}>{_text(value)}</td>"


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    return escape(show(value))


def _json_of(plots: Sequence[Plot]) -> str:
    """Plots for the script; nothing in them ends the element that they stand in."""
    entries = [
        {"data": plot.data, "layout": dict(plot.layout), "nodes": list(plot.nodes)}
        for plot in plots
    ]
    text = json.dumps(entries, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
