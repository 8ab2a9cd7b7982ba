"""``logicjsc zoo improve``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.zoo_verify import complete_points
from logicjsc.core.console.options import jobs_option, json_option, print_json
from logicjsc.core.executor import Executor


@click.command("improve")
@click.argument("points", nargs=-1, required=True, shell_complete=complete_points)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Time of each search: of the network alone, and of it with its encoder.",
)
@jobs_option
@json_option
def command(points: tuple[str, ...], seconds: float, jobs: Executor, *, as_json: bool) -> None:
    """Search for fewer LUTs of POINTS of the zoo, by folder or name, across nodes.

    The search goes on where the last one stopped. A point that gets smaller is verified and written
    again: its LUTs and figures, nothing else. Others are not touched.
    """
    from logicjsc.artefacts.sources import zoo_points
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.zoo.improve import improve_point

    found: dict[str, list[int | None]] = {}
    with shown_progress("searching") as update:

        def tell(step: str) -> None:
            update(len(found), len(points), step)

        for name in points:
            folder = zoo_points().get(name, Path(name))
            before, after = improve_point(folder, seconds, tell, jobs=jobs)
            found[name] = [
                None if area is None else area.lut
                for figures in (before.figures, after.figures)
                for area in (figures.core, figures.whole)
            ]
    if as_json:
        keys = ("core_before", "whole_before", "core", "whole")
        print_json({name: dict(zip(keys, areas, strict=True)) for name, areas in found.items()})
        return
    columns = ("point", "alone", "with both ends", "alone now", "with both ends now")
    print_table("LUTs", columns, ((name, *areas) for name, areas in found.items()))
