"""``logicjsc zoo verify``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from logicjsc.cli.arguments import samples_option
from logicjsc.core.console.options import json_option, print_json


def complete_points(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of points that begin with what was typed."""
    from logicjsc.artefacts.sources import zoo_points

    return [CompletionItem(name) for name in zoo_points() if name.startswith(incomplete)]


@click.command("verify")
@click.argument("points", nargs=-1, required=True, shell_complete=complete_points)
@samples_option
@json_option
@click.pass_context
def command(
    context: click.Context, points: tuple[str, ...], data: Path | None, *, as_json: bool
) -> None:
    """Check POINTS of the zoo, by folder or name: digest, decisions, LUTs and Verilog.

    The LUTs are proven table by table, the Verilog is simulated and proven. With --data, the figure
    on the point's own test samples is checked as well. Exits with 1 if anything does not hold.
    """
    from logicjsc.artefacts.sources import zoo_points
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.zoo.checks import check_point

    found = {}
    with shown_progress("verifying") as update:
        for number, name in enumerate(points):
            update(number, len(points), name)
            folder = zoo_points().get(name, Path(name))
            found[name] = list(check_point(folder, data=data, quick=None))
    if as_json:
        print_json({name: [asdict(check) for check in checks] for name, checks in found.items()})
    else:
        for name, checks in found.items():
            print_table(
                name,
                ("what", "found", ""),
                ((check.name, check.found, "ok" if check.ok else "DIFFERS") for check in checks),
            )
    held = all(check.ok for checks in found.values() for check in checks)
    if not as_json:
        click.echo("every point holds" if held else "NOT as recorded: see above")
    context.exit(0 if held else 1)
