"""``logicjsc info``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import json_option, print_json


@click.command("info")
@click.argument("thing")
@json_option
def command(thing: str, *, as_json: bool) -> None:
    """Say what THING is: a config, run, ONNX model, netlist, circuit or C library."""
    from logicjsc.artefacts.describe import describe
    from logicjsc.artefacts.sources import identify
    from logicjsc.cli.tables import print_facts, print_table
    from logicjsc.methods.gradient.loading import resolve_config

    path = Path(thing)
    # A bare word that is no path may be the name of a shipped config.
    source = identify(path if path.exists() or path.suffix else resolve_config(thing))
    description = describe(source)
    if as_json:
        print_json({"path": str(source.path), **description.to_dict()})
        return
    facts = ((name.replace("_", " "), _text(value)) for name, value in description.facts.items())
    print_facts(f"{source.path} is a {description.kind}", facts)
    if description.layers:
        header = [name.replace("_", " ") for name in description.layers[0]]
        print_table("layers", header, (list(layer.values()) for layer in description.layers))


def _text(value: object) -> object:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {entry}" for key, entry in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else value
