"""``logicjsc zoo``: the commands about committed networks, one module each."""

from __future__ import annotations

from typing import Final

import click

from logicjsc.core.console.lazy import LazyGroup

_COMMANDS: Final = {
    "add": ("logicjsc.cli.zoo_add", "Measure and verify a network, and commit it as a point."),
    "improve": ("logicjsc.cli.zoo_improve", "Search for fewer LUTs of points."),
    "verify": ("logicjsc.cli.zoo_verify", "Check that a point is what it says."),
}


@click.group("zoo", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Trained networks that are committed with their figures."""
