"""``logicjsc zoo verify``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from logicjsc.cli.common import data_option, json_option, path_type, print_json


@click.command("verify")
@click.argument("folders", type=path_type, nargs=-1, required=True, metavar="FOLDERS...")
@data_option
@json_option
@click.pass_context
def command(
    context: click.Context, folders: tuple[Path, ...], data: Path | None, *, as_json: bool
) -> None:
    """Check points of the zoo: digest, decisions about jets, LUTs and Verilog.

    The LUTs are proven table by table, the Verilog is simulated. With --data, the figure on the
    point's own test jets is checked as well. Exits with 1 if anything does not hold.
    """
    from logicjsc.cli.tables import print_table
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.frontier.checks import check_point

    found = {}
    with progress_bar("verifying") as update:
        for number, folder in enumerate(folders):
            update(number, str(folder))
            found[str(folder)] = list(check_point(folder, data=data, quick=None))
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
