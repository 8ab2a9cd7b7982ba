"""``logicjsc sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import jobs_option, json_option, path_type, print_json
from logicjsc.core.errors import LogicjscError

if TYPE_CHECKING:
    from logicjsc.explore.sweep.sweep import SweepReport


@click.command("sweep")
@click.argument("sweep")
@jobs_option
@click.option("--out", type=path_type, help="Folder of runs and results (default: runs/<name>).")
@json_option
def command(sweep: str, jobs: int, out: Path | None, *, as_json: bool) -> None:
    """Train every point of the grids in SWEEP, a TOML file or a shipped name such as lab.

    Finished runs are never repeated: the same command goes on where it was stopped, and after the
    file was extended it trains only what is new. Writes tables (Markdown, CSV) and, with the sweep
    extra, a picture per block.
    """
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.sweep.definition import load_sweep
    from logicjsc.explore.sweep.settings import resolve_definition
    from logicjsc.explore.sweep.sweep import run_sweep

    definition = load_sweep(resolve_definition(sweep, "sweep", "lab"))
    target = out or DEFAULT_RUNS / definition.name
    try:
        with progress_bar("sweeping") as update:
            report = run_sweep(definition, target, jobs, update)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where it stopped", err=True)
        raise
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)
    _refuse_failures(report)


def _show(report: SweepReport) -> None:
    from logicjsc.cli.tables import print_table
    from logicjsc.explore.sweep.tables import block_rows

    for result in report.blocks:
        print_table(result.block.title, *block_rows(result))
    click.echo(
        f"{report.trained} runs trained, {report.found} found finished; "
        f"wrote {', '.join(str(file) for file in report.files)}"
    )
    if report.note:
        click.echo(report.note)


def _refuse_failures(report: SweepReport) -> None:
    """Name the runs that failed; the others are reported and kept."""
    if not report.failures:
        return
    for path, failure in report.failures.items():
        click.echo(f"{path}: {failure.sentence}", err=True)
    runs = report.trained + report.found + len(report.failures)
    raise LogicjscError(
        f"{len(report.failures)} of {runs} runs failed; the same command tries them again"
    )
