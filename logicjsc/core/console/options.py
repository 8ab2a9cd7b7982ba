"""What several commands share: arguments, and reports as tables or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from logicjsc.core.errors import ConfigError
from logicjsc.core.launch import launch_of_environment

_Command = TypeVar("_Command", bound=Callable[..., Any])

path_type = click.Path(path_type=Path)
"""A path; whether it exists is for the stage to say, in its own words."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")

data_option = click.option(
    "--data",
    type=path_type,
    help="Samples to use: a file in any known format, a folder, or a known task's name.",
)

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count,
    help="Processes (default: one per core).",
)


def effort_option(default: str, text: str) -> Callable[[_Command], _Command]:
    """``--effort``: how hard something is searched for."""
    return click.option(
        "--effort",
        type=click.Choice(["low", "medium", "high"]),
        default=default,
        show_default=True,
        help=text,
    )


adders_option = click.option(
    "--adders",
    type=click.Choice(["lut", "carry", "best"]),
    default="lut",
    show_default=True,
    help="Sums as LUTs, on carry chains with the tables they add inside the adders' LUTs, or each "
    "neuron in the way that takes fewer LUTs.",
)

address_option = click.option(
    "--max-address-bits",
    "address_limit",
    type=click.IntRange(1, 24),
    help="Refuse neurons whose table would have more address bits (default 16).",
)


def process_number() -> int:
    """Number of this process among those that ``torchrun`` started together; 0 if it is alone."""
    try:
        return launch_of_environment().rank
    except ConfigError:  # for training to say; nothing else is done by several processes
        return 0


def print_json(report: dict[str, Any]) -> None:
    """Print a report for scripts."""
    click.echo(json.dumps(report, indent=2))
