"""``logicjsc study``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from logicjsc.core.console.options import jobs_option, json_option, path_type, print_json
from logicjsc.core.errors import LogicjscError
from logicjsc.core.executor import Executor
from logicjsc.core.places import DEFAULT_RUNS, DEFAULT_STUDIES

if TYPE_CHECKING:
    from logicjsc.explore.study.definition import Study
    from logicjsc.explore.study.report import StudyReport


def _studies(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from logicjsc.methods.loading import shipped_studies

    found = [name for name in shipped_studies() if name.startswith(incomplete)]
    return [CompletionItem(name) for name in found] or [CompletionItem(incomplete, type="file")]


@click.command("study")
@click.argument("study", shell_complete=_studies)
@click.option(
    "--storage",
    metavar="URL",
    envvar="LOGICJSC_STORAGE",
    help="Database of the trials, such as postgresql://user@host/name (default: "
    "$LOGICJSC_STORAGE, else one in the folder).",
)
@jobs_option
@click.option("--folder", type=path_type, help="Of runs and results (default: studies/<name>).")
@click.option("--export", "number", type=int, metavar="TRIAL", help="Copy a trial's run instead.")
@click.option(
    "--out", type=path_type, help="With --export: run directory (default: runs/<name>-<trial>)."
)
@json_option
def command(
    study: str,
    *,
    storage: str | None,
    jobs: Executor,
    folder: Path | None,
    number: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Make many runs by STUDY, a TOML file or a shipped name such as lab, and compare them.

    STUDY holds a grid, each point with several seeds, or a space that a sampler searches for
    accurate, small and fast networks. Finished runs are never repeated. Any number of machines may
    run the same command with one --storage. A trial whose process died is repeated by another; if
    all stop, the same command goes on. Needs the study extra: pip install logicjsc[study].
    """
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.study.definition import load_study, resolve_study
    from logicjsc.explore.study.study import run_study

    if out is not None and number is None:
        raise click.UsageError("--out belongs to --export")
    definition = load_study(resolve_study(study))
    place = folder or DEFAULT_STUDIES / definition.name
    if number is not None:
        target = out or DEFAULT_RUNS / f"{definition.name}-{number}"
        _export(definition, storage, place, number=number, out=target, as_json=as_json)
        return
    try:
        with shown_progress("study") as update:
            report = run_study(definition, storage, place, jobs, update)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where it stopped", err=True)
        raise
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)
    _refuse_failures(report)


def _show(report: StudyReport) -> None:
    from logicjsc.core.console.tables import print_table
    from logicjsc.explore.study.tables import block_rows, front_rows

    for result in report.blocks:
        print_table(result.block.title, *block_rows(result))
    if not report.blocks:
        title = f"{report.study}: trials that no other equals or beats"
        print_table(title, *front_rows(report, report.front_rows))
    states = ", ".join(f"{count} {state}" for state, count in report.states().items())
    click.echo(f"trials: {states}; {report.lost} were lost on the way and repeated")
    for reason in report.ended:
        click.echo(f"a process ended early, others did its trial: {reason}", err=True)
    click.echo(f"wrote {', '.join(str(file) for file in report.files)}")
    if report.note:
        click.echo(report.note)


def _refuse_failures(report: StudyReport) -> None:
    """Name the trials that failed; the others are reported and kept."""
    failed = [row for row in report.trials if row.error]
    for row in failed:
        click.echo(f"trial {row.number} failed: {row.error}", err=True)
    if failed and report.blocks:
        raise LogicjscError(
            f"{len(failed)} of {len(report.trials)} runs failed; the same command tries them again"
        )


def _export(
    study: Study, storage: str | None, folder: Path, *, number: int, out: Path, as_json: bool
) -> None:
    from logicjsc.core.console.tables import metric_facts, print_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.core.run import Run
    from logicjsc.explore.study.study import export_trial
    from logicjsc.explore.study.tables import objective_heading, show_objective

    with shown_progress("exporting") as update:
        row = export_trial(study, storage, folder, number=number, out=out, on_progress=update)
    result = Run.open(out).result()
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
