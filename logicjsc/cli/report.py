"""``logicjsc report``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from logicjsc.cli.arguments import samples_option, sources_argument
from logicjsc.core.console.options import json_option, path_type, print_json


@click.command("report")
@sources_argument(nargs=-1, required=True)
@click.option("--out", type=path_type, help="Write one HTML page, which needs nothing else.")
@samples_option
@click.option(
    "--effort",
    type=click.Choice(["none", "low", "medium", "high"]),
    default="low",
    show_default=True,
    help="How hard LUTs are searched for; none leaves them out.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="That this search may take, about.",
)
@json_option
def command(
    source: tuple[str, ...],
    *,
    out: Path | None,
    data: Path | None,
    effort: Literal["none", "low", "medium", "high"],
    seconds: float,
    as_json: bool,
) -> None:
    """Show all that is known of SOURCE: a run, circuit, study, zoo point, model or netlist.

    Without --out, a table. With --out, a page: what was trained on what, how it went, how well it
    does, which features matter, the network drawn, its LUTs, its verification, and the commands
    that make it again. Of several, they are compared. Pages need the report extra: pip install
    logicjsc[report].
    """
    from logicjsc.core.console.tables import print_facts, print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.report.comparison import comparison_rows
    from logicjsc.explore.report.page import require_plotly
    from logicjsc.explore.report.report import report_of

    if out is not None:
        require_plotly()
    with shown_progress("report") as update:
        report = report_of(source, data=data, effort=effort, seconds=seconds, on_progress=update)
        if out is not None:
            report.write(out)
    if as_json:
        print_json({**report.to_dict(), **({} if out is None else {"page": str(out)})})
        return
    if len(report.shorts) == 1:
        print_facts(report.title, report.shorts[0].rows)
    else:
        print_table(report.title, *comparison_rows(report.shorts))
    if out is not None:
        click.echo(f"wrote {out}")
