"""``logicjsc data``: the commands about jets, one module each."""

from __future__ import annotations

from typing import Final

import click

from logicjsc.cli.lazy import LazyGroup

_COMMANDS: Final = {
    "fetch": ("logicjsc.cli.data_fetch", "Fetch and check the published jets."),
    "generate": ("logicjsc.cli.data_generate", "Make re-created jets with PYTHIA 8."),
    "info": ("logicjsc.cli.data_info", "What jets are, and what accuracy to expect of them."),
    "validate": ("logicjsc.cli.data_validate", "Check jets against physics and the published set."),
    "quantise": ("logicjsc.cli.data_quantise", "Round features to fixed-point words."),
}


@click.group("data", cls=LazyGroup, lazy=_COMMANDS)
def command() -> None:
    """Make, fetch, inspect and convert jets."""
