"""``logicjsc data``: the commands about samples, those of known tasks included."""

from __future__ import annotations

from typing import Any, Final

import click

from logicjsc.core.console.lazy import LazyGroup

_COMMANDS: Final = {
    "info": ("logicjsc.cli.data_info", "What samples are, and what accuracy to expect of them."),
    "fetch": ("logicjsc.cli.data_fetch", "Fetch a published set of a known task, and check it."),
    "quantise": ("logicjsc.cli.data_quantise", "Round features to fixed-point words."),
}


class _DataGroup(LazyGroup):
    """Commands for any samples, and those that tasks bring along."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        from logicjsc.dataset.task import known_tasks

        of_tasks: dict[str, tuple[str, str]] = {}
        for task in known_tasks().values():
            of_tasks |= task.commands
        super().__init__(*args, lazy={**_COMMANDS, **of_tasks}, **kwargs)


@click.group("data", cls=_DataGroup)
def command() -> None:
    """Make, fetch, inspect and convert samples."""
