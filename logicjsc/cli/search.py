"""``logicjsc search``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import jobs_option, json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.explore.search.definition import Search
    from logicjsc.explore.search.report import SearchReport


@click.command("search")
@click.argument("search")
@click.option(
    "--storage",
    metavar="URL",
    envvar="LOGICJSC_STORAGE",
    help="Database of the trials, such as postgresql://user@host/name (default: "
    "$LOGICJSC_STORAGE, else one in the folder).",
)
@jobs_option
@click.option("--folder", type=path_type, help="Of runs and results (default: runs/<name>).")
@click.option("--export", "number", type=int, metavar="TRIAL", help="Copy a trial's run instead.")
@click.option(
    "--out", type=path_type, help="With --export: run directory (default: runs/<name>-<trial>)."
)
@json_option
def command(
    search: str,
    *,
    storage: str | None,
    jobs: int,
    folder: Path | None,
    number: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Search for networks by SEARCH, a TOML file or a shipped name such as jsc.

    Any number of machines may run the same command with one --storage. A trial whose process died
    is repeated by another; if all stop, the same command goes on. Needs the search extra:
    pip install logicjsc[search].
    """
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.search.definition import load_search
    from logicjsc.explore.search.search import run_search
    from logicjsc.explore.sweep.settings import resolve_definition

    if out is not None and number is None:
        raise click.UsageError("--out belongs to --export")
    definition = load_search(resolve_definition(search, "search", "search"))
    place = folder or DEFAULT_RUNS / definition.name
    if number is not None:
        target = out or DEFAULT_RUNS / f"{definition.name}-{number}"
        _export(definition, storage, place, number=number, out=target, as_json=as_json)
        return
    try:
        with progress_bar("searching", definition.settings.trials) as update:
            report = run_search(definition, storage, place, jobs, update)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where it stopped", err=True)
        raise
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: SearchReport) -> None:
    from logicjsc.cli.tables import print_table
    from logicjsc.explore.search.report import table

    front = [row for row in report.trials if row.number in report.front]
    header, rows = table(report, front)
    print_table(f"{report.search}: trials that no other equals or beats", header, rows)
    states = ", ".join(f"{count} {state}" for state, count in report.states().items())
    click.echo(f"trials: {states}; {report.lost} were lost on the way and repeated")
    for reason in report.ended:
        click.echo(f"a process ended early, others did its trial: {reason}", err=True)
    for row in report.trials:
        if row.error:
            click.echo(f"trial {row.number} failed: {row.error}", err=True)
    click.echo(f"wrote {', '.join(str(file) for file in report.files)}")
    if report.note:
        click.echo(report.note)


def _export(
    search: Search, storage: str | None, folder: Path, *, number: int, out: Path, as_json: bool
) -> None:
    from logicjsc.cli.tables import metric_facts, print_facts
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.search.report import objective_heading, show_objective
    from logicjsc.explore.search.search import export_trial
    from logicjsc.methods.gradient.rundir import RunDirectory

    with progress_bar("exporting") as update:
        row = export_trial(
            search,
            storage,
            folder,
            number=number,
            out=out,
            on_epoch=lambda report: update(report.epoch, "training"),
        )
    result = RunDirectory.open(out).load_result()
    if as_json:
        print_json({"trial": number, "run": str(out), "values": row.values, **result})
        return
    facts = [
        ("run", str(out)),
        *((objective_heading(name), show_objective(name, v)) for name, v in row.values.items()),
        *((f"test {name}", value) for name, value in metric_facts(result)),
    ]
    print_facts(f"trial {number}", facts)
    click.echo(f"next: logicjsc export-verilog {out}")
