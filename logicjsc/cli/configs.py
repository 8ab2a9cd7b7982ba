"""``logicjsc configs``."""

from __future__ import annotations

import click

from logicjsc.core.console.options import json_option, print_json


@click.command("configs")
@json_option
def command(*, as_json: bool) -> None:
    """List the configs, studies and points of the zoo that travel with logicjsc, by name."""
    from logicjsc.artefacts.sources import zoo_points
    from logicjsc.core.console.tables import print_table
    from logicjsc.methods.loading import first_comment, shipped_configs, shipped_studies

    listed = {
        "configs": [(path.stem, path) for path in shipped_configs().values()],
        "studies": [(path.stem, path) for path in shipped_studies().values()],
    }
    rows = {
        kind: [(name, _task(path), first_comment(path)) for name, path in entries]
        for kind, entries in listed.items()
    }
    points = [(name, folder.parent.name) for name, folder in zoo_points().items()]
    if as_json:
        report = {
            kind: [dict(zip(("name", "task", "about"), row, strict=True)) for row in entries]
            for kind, entries in rows.items()
        }
        print_json({**report, "zoo": [{"name": name, "task": task} for name, task in points]})
        return
    print_table("configs: logicjsc train NAME", ("name", "task", "about"), rows["configs"])
    print_table("studies: logicjsc study NAME", ("name", "task", "about"), rows["studies"])
    print_table("zoo: logicjsc map NAME", ("name", "task"), points)


def _task(path: object) -> str:
    from pathlib import Path

    folder = Path(str(path)).parent
    return folder.parent.name if folder.name == "studies" else folder.name
