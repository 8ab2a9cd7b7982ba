"""``logicjsc info``."""

from __future__ import annotations

import click

from logicjsc.cli.arguments import source_argument
from logicjsc.core.console.options import json_option, print_json


@click.command("info")
@source_argument
@json_option
def command(source: str, *, as_json: bool) -> None:
    """Say what SOURCE is: anything that a command takes or makes, by path or by name."""
    from logicjsc.artefacts.describe import describe
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_facts, print_table

    found = identify(source)
    description = describe(found)
    if as_json:
        print_json({"path": str(found.path), **description.to_dict()})
        return
    facts = ((name.replace("_", " "), _text(value)) for name, value in description.facts.items())
    print_facts(f"{found.path} is a {description.kind}", facts)
    if description.layers:
        header = [name.replace("_", " ") for name in description.layers[0]]
        print_table("layers", header, (list(layer.values()) for layer in description.layers))


def _text(value: object) -> object:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {entry}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else value
